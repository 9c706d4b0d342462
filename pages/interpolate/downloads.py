"""Files that a visitor keeps of a path: its sounds, the film strip for print, a page that plays, the path itself."""

import base64
import html
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from core.audio import SAMPLE_RATE, SEGMENT
from core.paths.path_file import to_json
from core.paths.table import parameter_csv
from pages.interpolate.path_sounds import Walk
from pages.shared import downloads, memory, queue
from pages.shared.figures.film_strip import strip_figure, strip_width
from pages.shared.results import checkpoints
from pages.widgets import morph
from pages.widgets.shared import alone, mounting, parts

if TYPE_CHECKING:
    from core.paths.interpolation import Interpolation

Make = Callable[[], bytes | str]


def buttons(walk: Walk, voice: str) -> None:
    """Buttons that make their file when pressed."""
    with st.container(horizontal=True):
        for label, (make, name, mime, text) in files(walk, voice).items():
            st.download_button(
                label, partial(in_turn, memory.visitors(), make), name, mime, help=text, on_click="ignore"
            )


def in_turn(store: memory.Store, make: Make) -> bytes | str:
    """What make makes, as soon as a core is free: a file that is asked for waits behind those who came before. It runs
    outside the page's run, so it is lent the visitor's store of results."""
    with memory.lend(store), queue.turn():
        return make()


def files(walk: Walk, voice: str) -> dict[str, tuple[Make, str, str, str]]:
    """For each button what makes the file, its name, its type, and a sentence; a square has no strip and no
    knobs, nor has what no effects play."""
    axes, title = checkpoints.axes(walk.name), "  →  ".join(end.label for end in walk.ends)
    known: dict[str, tuple[Make, str, str, str]] = {
        "All steps (ZIP of WAV)": (
            lambda: downloads.steps_zip(walk.sounds(voice, full=True), walk.rate(voice)), "steps.zip",
            "application/zip",
            "Every step in the voice that you listen to, as 32-bit float, at the recordings' own rate and in their "
            "channels where the voice is made of them.",
        ),
        "Path (JSON)": (
            lambda: to_json(walk.file(voice)), "path.json", "application/json",
            "Everything that makes this path; “Open a path” reads it again.",
        ),
    }  # fmt: skip
    silent = voice == "re-rendered" and not checkpoints.explorer(walk.name).config.controllers
    if silent:
        del known["All steps (ZIP of WAV)"]
    if walk.path.route.kind == "corners":
        return known
    known |= {
        "Film strip (PNG)": (
            lambda: strip_picture(walk.path, title=title, **axes), "path.png", "image/png",
            "The spectrograms for print: 200 dots an inch, one dB bar.",
        ),
        "Film strip (SVG)": (
            lambda: strip_picture(walk.path, title=title, kind="svg", **axes), "path.svg", "image/svg+xml",
            "The same with letters and axes as vectors, for a thesis.",
        ),
        "Player (HTML)": (
            lambda: player_page(walk, voice, title, axes), "path.html", "text/html",
            "One file that shows the strip and plays along the path, at 24 kHz, mono, without a server.",
        ),
    }  # fmt: skip
    if silent:
        del known["Player (HTML)"]
    if not walk.plays(voice):
        return known
    return known | {
        "Knobs (CSV)": (
            lambda: parameter_csv(walk.nodes(voice)), "knobs.csv", "text/csv",
            "The knobs along the path in their units, and the share of each effect.",
        ),
    }  # fmt: skip


def strip_picture(path: "Interpolation", bin_hz: np.ndarray, frame_s: float, title: str, kind: str = "png") -> bytes:
    """The film strip for print, as "png" or "svg"; see pages.shared.figures.printed."""
    from pages.shared.figures.printed import printed  # matplotlib: not on the way to first paint

    return printed(strip_figure(path, bin_hz, frame_s), title, kind, strip_width(path))


_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
img {{ max-width: 100%; background: white; border-radius: 8px; }}
{css}
</style>
</head>
<body>
<h1>{title}</h1>
<div id="player">{html}</div>
<p><img src="data:image/png;base64,{strip}" alt="Spectrograms of the steps, dry above wet"></p>
<p>Made with LatentFX.</p>
<script>
const mount = {mount};
const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
mount({{ data: bytes("{data}"), parentElement: document.getElementById("player"), setStateValue() {{}} }});
</script>
</body>
</html>
"""


def player_page(walk: Walk, voice: str, title: str, axes: dict[str, Any]) -> str:
    """One HTML page with the film strip and the morph player, which need nothing else."""
    data = morph.pack(
        {f"{voice}/{step}": sound for step, sound in walk.sounds(voice)},
        version=walk.key, voice=voice, labels=walk.labels(), samples=SEGMENT, rate=SAMPLE_RATE,
        position=0.0, strip=None, letters=walk.letters[:2],
    )  # fmt: skip
    made, picture = parts("morph"), strip_picture(walk.path, title=title, **axes)
    return _PAGE.format(
        title=html.escape(title), css=alone() + made["css"], html=made["html"], mount=mounting("morph"),
        data=_text(data), strip=_text(picture),
    )  # fmt: skip


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()
