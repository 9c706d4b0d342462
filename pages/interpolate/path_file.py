"""A path comes back from its file."""

from typing import Any

import streamlit as st

from core.audio import SAMPLE_RATE
from core.audio.io import AudioError
from core.audio.own import Own
from core.checkpoints.limits import CheckpointError
from core.paths.path_file import End, PathFile, PathFileError, clip_name, fingerprint, from_json
from pages.interpolate.path_sounds import DRAWN, Walk
from pages.shared import choices, controls, notes, recordings
from pages.shared.messages import verbatim
from pages.shared.results import checkpoints, sounds

KEY = "path_file"
_ENDS = "path_file_ends"


def importer() -> None:
    """A path from its file takes the place of what is chosen now."""
    with st.popover("Open a path", help="Choose a path.json that was downloaded here before."):
        st.file_uploader(
            "A path (JSON, up to 1 MB)", key=choices.uploader(KEY), on_change=_open, help="The file of “Path (JSON)”."
        )


def told() -> None:
    """What there is to say of the path that was opened last."""
    for sentence in notes.noted(KEY):
        (st.error if sentence["refused"] else st.info)(sentence["text"])


def compared(walk: Walk) -> None:
    """Say where an end of the path that was opened last is another sound than the one it was made from."""
    for key, end, known in zip("ABCD", walk.chosen, choices.get(_ENDS, ()), strict=False):
        same_place = (
            end.clip == known.clip if known.clip in controls.CLIP_LABELS else end.clip not in controls.CLIP_LABELS
        )
        if same_place and fingerprint(end.dry) != known.sha256:
            st.warning(
                f"{key} is not the sound that the opened path was made from ({verbatim(known.clip)}): the recording, "
                "its start or “Loop short sounds” differs."
            )


def _open() -> None:
    """Callback: put a path's choices into the page's controls, or say why not."""
    notes.forget(KEY)
    choices.put(_ENDS, ())
    file = choices.get(choices.uploader(KEY))
    if file is None:
        return
    try:
        path = from_json(file.getvalue())
    except PathFileError as error:
        notes.note(KEY, {"refused": True, "text": verbatim(str(error), 500)})
        return
    for key, value in _route(path).items():
        choices.put(key, value)
    for key, end in zip("abcd", path.ends, strict=False):
        _restore(key, end)
    choices.put("loop", _looped(path.ends))
    choices.put(_ENDS, path.ends)
    _over_time(path)
    _checkpoint(path)


def _route(path: PathFile) -> dict[str, Any]:
    """Widgets' keys and what the path puts there."""
    route = path.route
    return {
        "kind": route.kind, "part": route.part or "all", "easing": route.easing, "voice": path.voice,
        "reach": (route.low, route.high), "via": ", ".join(map(str, route.via)),
        "locked": list(route.locked),
        "side" if route.kind == "corners" else "steps": route.steps,
    }  # fmt: skip


def _restore(key: str, end: End) -> None:
    """Put an end's recording, where it begins, and its setting or chain into the controls of A, B, C or D."""
    keys = choices.PairState(key)
    if end.clip in controls.CLIP_LABELS:
        choices.put(keys.clip, end.clip)
        choices.put(keys.offset_s, round(end.start / SAMPLE_RATE, 3))
    else:
        brought = _brought(end)
        choices.put(keys.clip, brought or choices.UPLOAD)
        choices.put(keys.start_s, end.start // SAMPLE_RATE)
        if brought is None:
            _tell(f"{key.upper()} was made from {verbatim(end.clip)}. Please upload or choose that recording.")
    if end.setting is None:
        choices.put(keys.effect, choices.READY)
    else:
        choices.set_chain(key, end.setting)


def _brought(end: End) -> str | None:
    """Key of the recording on the shelf that an end was made from: of several of its name, as all that are recorded
    here have one, that which sounds so."""
    named = {key: one for key, one in recordings.shelf().items() if clip_name(one.name) == end.clip}
    sounding = (key for key, one in named.items() if len(named) > 1 and _sounds_so(one, end))
    return next(sounding, next(iter(named), None))


def _sounds_so(one: recordings.Recording, end: End) -> bool:
    try:
        own = recordings.segment(one, end.start / SAMPLE_RATE)
    except AudioError:
        return False
    return any(fingerprint(sounds.stretched(own, loop).heard) == end.sha256 for loop in (True, False))


def _looped(ends: tuple[End, ...]) -> bool:
    """Whether short sounds were repeated: the fingerprint of a shipped end tells; True where none does."""
    for end in ends:
        if end.clip in controls.CLIP_LABELS:
            dry = sounds.clip_segment(end.clip, end.start) if end.start else sounds.clip(end.clip)
            for loop in (True, False):
                if fingerprint(sounds.stretched(Own.of(dry), loop).heard) == end.sha256:
                    return loop
    return True


def _over_time(path: PathFile) -> None:
    """Put the curve back that was drawn over a recording, and the recording where it is a shipped one."""
    if path.curve:
        end_s = path.curve[-1][0] or 1.0
        choices.put(DRAWN, tuple((time / end_s, min(1.0, max(0.0, at))) for time, at in path.curve))
    if path.score:
        drys = set(path.score["drys"])
        for clip in controls.CLIP_LABELS:
            if fingerprint(sounds.clip(clip)) in drys:
                choices.put("t_clip", clip)
                return
        _tell("The recording of the morph over time is not one of the clips here. Please upload it under Over time.")


def _checkpoint(path: PathFile) -> None:
    name = verbatim(path.checkpoint)
    if path.checkpoint not in checkpoints.checkpoints():
        _tell(f"The path was made with {name}, which is not here; another model walks it now.")
        return
    choices.put("checkpoint", path.checkpoint)
    try:
        revision = checkpoints.fingerprint(path.checkpoint)
    except (CheckpointError, OSError):  # it is fetched first, and the page says what is wrong where it cannot be
        return
    if path.revision != revision:
        _tell(f"{name} has changed since this path was made; it may sound different.")


def _tell(text: str) -> None:
    notes.note(KEY, {"refused": False, "text": text})
