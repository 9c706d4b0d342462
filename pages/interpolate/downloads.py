"""What a visitor takes home from the page Interpolate, and how a path comes back from its file."""

import streamlit as st

from core.audio import SAMPLE_RATE, SEGMENT
from core.effects.automation import Node
from core.paths.path_file import End, Journey, JourneyError, fingerprint, from_json, parameter_csv, to_json
from pages.interpolate.path_sounds import Walk
from pages.shared import choices, controls, results
from pages.shared import downloads as exports
from pages.widgets import morph, player

_IMPORT = "path_file"


def journey(walk: Walk, voice: str) -> Journey:
    """The path as it is chosen now; see core.paths.path_file."""
    ends = []
    for key, end in zip("abcd", walk.ends, strict=False):
        start = (
            int(SAMPLE_RATE * (choices.get(choices.PairState(key).start_s) or 0)) if end.clip == choices.UPLOAD else 0
        )
        name = end.clip if end.clip in controls.CLIP_LABELS else end.label.partition(" · ")[0]
        ends.append(End(name, start, None if end.ready else end.setting, fingerprint(end.dry)))
    return Journey(
        walk.name,
        results.fingerprint(walk.name),
        tuple(ends),
        walk.path.route,
        voice,
        nodes=tuple(nodes(walk, voice)),
    )


def nodes(walk: Walk, voice: str) -> list[Node]:
    """What real effects play at each step of a path; none of a square, or where there is no controller."""
    if walk.path.route.kind == "corners" or not results.explorer(walk.name).config.controllers:
        return []
    blends = walk.rendered(voice) or walk.blends
    return [Node(float(position), blend) for position, blend in zip(walk.path.position, blends, strict=True)]


def downloads(walk: Walk, voice: str) -> None:
    """Buttons that make their file when pressed."""
    axes, title = results.axes(walk.name), "  →  ".join(end.label for end in walk.ends)
    line = walk.path.route.kind != "corners"
    files = {
        "All steps (ZIP of WAV)": (
            lambda: exports.steps_zip(walk.sounds(voice)), "steps.zip", "application/zip",
            "Every step in the voice that you listen to.",
        ),
        "Film strip (PNG)": (
            lambda: exports.strip_picture(walk.path, title=title, **axes), "path.png", "image/png",
            "The spectrograms for print: 200 dots an inch, one dB bar.",
        ),
        "Film strip (SVG)": (
            lambda: exports.strip_picture(walk.path, title=title, kind="svg", **axes), "path.svg", "image/svg+xml",
            "The same with letters and axes as vectors, for a thesis.",
        ),
        "Player (HTML)": (
            lambda: player_page(walk, voice, title, axes), "path.html", "text/html",
            "One file that shows the strip and plays along the path, without a server.",
        ),
        "Path (JSON)": (
            lambda: to_json(journey(walk, voice)), "path.json", "application/json",
            "Everything that makes this path; “Open a path” above reads it again.",
        ),
        "Knobs (CSV)": (
            lambda: parameter_csv(nodes(walk, voice)), "knobs.csv", "text/csv",
            "The knobs along the path in their units, and the share of each effect.",
        ),
    }  # fmt: skip
    with st.container(horizontal=True):
        for label, (make, name, mime, text) in files.items():
            if line or label not in ("Film strip (PNG)", "Film strip (SVG)", "Player (HTML)", "Knobs (CSV)"):
                st.download_button(label, make, name, mime, help=text, on_click="ignore")


def player_page(walk: Walk, voice: str, title: str, axes: dict) -> str:
    """One HTML page with the film strip and the morph player, which need nothing else."""
    data = morph.pack(
        {f"{voice}/{step}": sound for step, sound in walk.sounds(voice)},
        version=walk.key, voice=voice, labels=walk.labels(), samples=SEGMENT, rate=SAMPLE_RATE,
        position=0.0, strip=None,
    )  # fmt: skip
    return exports.player_page(
        title, player.parts("morph"), data, exports.strip_picture(walk.path, title=title, **axes)
    )


def importer() -> None:
    """A path from its file takes the place of what is chosen now."""
    with st.popover("Open a path", help="Choose a path.json that was downloaded here before."):
        st.file_uploader("A path (JSON, up to 1 MB)", key=_IMPORT, on_change=_open, help="The file of “Path (JSON)”.")


def told() -> None:
    """What there is to say of the path that was opened last."""
    for sentence in choices.noted(_IMPORT):
        (st.error if sentence["refused"] else st.info)(sentence["text"])


def _open() -> None:
    """Callback: put a path's choices into the page's controls, or say why not."""
    choices.forget(_IMPORT)
    file = choices.get(_IMPORT)
    if file is None:
        return
    try:
        path = from_json(file.getvalue())
    except JourneyError as error:
        choices.note(_IMPORT, {"refused": True, "text": str(error)})
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
            choices.note(
                _IMPORT, _told(f"{key.upper()} was made from {end.clip}. Please upload or choose that recording.")
            )
        if end.setting is None:
            choices.put(choices.PairState(key).effect, choices.READY)
        else:
            choices.put(choices.PairState(key).effect, end.setting.effect)
            choices.set_knobs(key, end.setting)
    if path.checkpoint in results.checkpoints():
        choices.put("checkpoint", path.checkpoint)
        if path.revision != results.fingerprint(path.checkpoint):
            choices.note(
                _IMPORT, _told(f"{path.checkpoint} has changed since this path was made; it may sound different.")
            )
    else:
        choices.note(
            _IMPORT, _told(f"The path was made with {path.checkpoint}, which is not here; another model walks it now.")
        )


def _told(text: str) -> dict:
    return {"refused": False, "text": text}
