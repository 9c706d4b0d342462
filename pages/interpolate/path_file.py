"""A path comes back from its file."""

import streamlit as st

from core.paths.path_file import PathFileError, from_json
from pages.shared import choices, controls, notes
from pages.shared.results import checkpoints

_IMPORT = "path_file"


def importer() -> None:
    """A path from its file takes the place of what is chosen now."""
    with st.popover("Open a path", help="Choose a path.json that was downloaded here before."):
        st.file_uploader("A path (JSON, up to 1 MB)", key=_IMPORT, on_change=_open, help="The file of “Path (JSON)”.")


def told() -> None:
    """What there is to say of the path that was opened last."""
    for sentence in notes.noted(_IMPORT):
        (st.error if sentence["refused"] else st.info)(sentence["text"])


def _open() -> None:
    """Callback: put a path's choices into the page's controls, or say why not."""
    notes.forget(_IMPORT)
    file = choices.get(_IMPORT)
    if file is None:
        return
    try:
        path = from_json(file.getvalue())
    except PathFileError as error:
        notes.note(_IMPORT, {"refused": True, "text": str(error)})
        return
    route = path.route
    chosen = {
        "kind": route.kind, "part": route.part or "all", "easing": route.easing, "voice": path.voice,
        "reach": (route.low, route.high), "via": ", ".join(map(str, route.via)),
        "side" if route.kind == "corners" else "steps": route.steps,
    }  # fmt: skip
    for key, value in chosen.items():
        choices.put(key, value)
    for key, end in zip("abcd", path.ends, strict=False):
        if end.clip in controls.CLIP_LABELS:
            choices.put(choices.PairState(key).clip, end.clip)
        else:
            notes.note(
                _IMPORT, _told(f"{key.upper()} was made from {end.clip}. Please upload or choose that recording.")
            )
        if end.setting is None:
            choices.put(choices.PairState(key).effect, choices.READY)
        else:
            choices.put(choices.PairState(key).effect, end.setting.effect)
            choices.set_knobs(key, end.setting)
    if path.checkpoint in checkpoints.checkpoints():
        choices.put("checkpoint", path.checkpoint)
        if path.revision != checkpoints.fingerprint(path.checkpoint):
            notes.note(
                _IMPORT, _told(f"{path.checkpoint} has changed since this path was made; it may sound different.")
            )
    else:
        notes.note(
            _IMPORT, _told(f"The path was made with {path.checkpoint}, which is not here; another model walks it now.")
        )


def _told(text: str) -> dict:
    return {"refused": False, "text": text}
