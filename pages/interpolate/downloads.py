"""What a visitor takes home from the page Interpolate, and how a path comes back from its file."""

import streamlit as st

from core.audio import SAMPLE_RATE, SEGMENT
from core.effects.automation import Node
from core.paths.path_file import End, PathFile, fingerprint, parameter_csv, to_json
from pages.interpolate import exports
from pages.interpolate.path_sounds import Walk
from pages.shared import choices, controls
from pages.shared import downloads as shared_downloads
from pages.shared.results import checkpoints
from pages.widgets import morph
from pages.widgets.shared import parts


def journey(walk: Walk, voice: str) -> PathFile:
    """The path as it is chosen now; see core.paths.path_file."""
    ends = []
    for key, end in zip("abcd", walk.ends, strict=False):
        start = (
            int(SAMPLE_RATE * (choices.get(choices.PairState(key).start_s) or 0)) if end.clip == choices.UPLOAD else 0
        )
        name = end.clip if end.clip in controls.CLIP_LABELS else end.label.partition(" · ")[0]
        ends.append(End(name, start, None if end.ready else end.setting, fingerprint(end.dry)))
    return PathFile(
        walk.name,
        checkpoints.fingerprint(walk.name),
        tuple(ends),
        walk.path.route,
        voice,
        nodes=tuple(nodes(walk, voice)),
    )


def nodes(walk: Walk, voice: str) -> list[Node]:
    """What real effects play at each step of a path; none of a square, or where there is no controller."""
    if walk.path.route.kind == "corners" or not checkpoints.explorer(walk.name).config.controllers:
        return []
    blends = walk.rendered(voice) or walk.blends
    return [Node(float(position), blend) for position, blend in zip(walk.path.position, blends, strict=True)]


def downloads(walk: Walk, voice: str) -> None:
    """Buttons that make their file when pressed."""
    axes, title = checkpoints.axes(walk.name), "  →  ".join(end.label for end in walk.ends)
    line = walk.path.route.kind != "corners"
    files = {
        "All steps (ZIP of WAV)": (
            lambda: shared_downloads.steps_zip(walk.sounds(voice)), "steps.zip", "application/zip",
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
    return exports.player_page(title, parts("morph"), data, exports.strip_picture(walk.path, title=title, **axes))
