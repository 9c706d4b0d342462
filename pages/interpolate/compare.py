"""Path lab: kinds of path and voices side by side, in numbers; one click to hear each."""

from typing import Any

import numpy as np
import streamlit as st

from core.effects import effect_named
from core.paths.route import Route
from pages.interpolate import controls
from pages.interpolate.path_sounds import Walk
from pages.shared import choices, notes, queue
from pages.shared.figures.theme import EFFECT_LABELS
from pages.shared.results import paths

KINDS = ("linear", "spherical", "spline", "manifold")
VOICES = ("decoded", "re-rendered", "parameter line", "crossfade")
KEY = "lab"
COLUMNS = {
    "Path": "Kind of path.",
    "Voice": "What is heard at each step.",
    "Evenness": "Mean over largest change from step to step; 1: all steps change the sound equally.",
    "Zig-zag": "Total variation over range of the knobs, median; 1: every knob only rises or only falls.",
    "One way (%)": "Share of the moving knobs that only rise or only fall.",
    "Distance": "Of the inner steps from the nearest known setting; 1: as near as neighbours are to each other.",
    "Loudness span (LU)": "Between the loudest and the softest step.",
    "Brightness span (Hz)": "Between the brightest and the darkest step.",
}


def show(walk: Walk) -> None:
    """The table, for the sounds and the steps that are chosen now; a row that is chosen is heard."""
    if walk.path.route.kind == "corners":
        st.info("The path lab compares paths from A to B. Please choose another kind of path.")
        return
    st.caption(
        "Every kind of path in every voice, for the sounds above. The parameter line and the crossfade know nothing of "
        "the latent space: a path has to beat them. Choose a row to hear it."
    )
    key = f"{KEY}_{_family(walk)}"
    if not notes.noted(key):
        st.button(
            "Measure all", type="primary", on_click=choices.put, args=(f"{KEY}_asked", True),
            help="Renders and measures the sounds of every row: some seconds.",
        )  # fmt: skip
        if not choices.get(f"{KEY}_asked"):
            return
        choices.put(f"{KEY}_asked", False)  # whatever the visitor does next stops it
        measure_all(walk, key)
    rows = notes.noted(key)

    def hear() -> None:
        chosen = choices.get("lab_table", {}).get("selection", {}).get("rows", [])
        if chosen:
            choices.put("kind", rows[chosen[0]]["kind"])
            choices.put("voice", rows[chosen[0]]["voice"])

    st.dataframe(
        [{name: row[name] for name in COLUMNS} for row in rows], hide_index=True, key="lab_table", on_select=hear,
        selection_mode="single-row", alt="Paths and voices compared", placeholder="–",
        column_config={name: st.column_config.Column(help=text) for name, text in COLUMNS.items()},
    )  # fmt: skip


def measure_all(walk: Walk, key: str) -> None:
    """Render and measure every kind of path in every voice, with progress; a click elsewhere on the page stops it."""
    jobs = [(kind, voice) for kind in KINDS for voice in VOICES if kind == "linear" or voice in VOICES[:2]]
    route, rows = walk.path.route, []
    progress = st.progress(0.0, "Measuring; any other control stops it.")
    for done, (kind, voice) in enumerate(jobs):
        own = Route(kind, route.part, route.steps, route.low, route.high, route.easing, route.via)
        with queue.turn():
            path = paths.interpolation(walk.name, [(end.dry, end.wet) for end in walk.ends], own)
            rows.append(row(Walk(walk.name, path, walk.ends), voice))
        progress.progress((done + 1) / len(jobs), f"{controls.KINDS[kind]}, {controls.VOICES[voice].lower()}")
    progress.empty()
    for one in rows:
        notes.note(key, one)


def row(walk: Walk, voice: str) -> dict[str, Any]:
    """One line of the table. Parameter line and crossfade are the same along every kind of path."""
    kind, found = walk.path.route.kind, walk.measures(voice)
    latent = voice in VOICES[:2]
    return {
        "kind": kind,
        "voice": voice,
        "Path": controls.KINDS[kind] if latent else "(any)",
        "Voice": controls.VOICES[voice],
        "Evenness": round(found.evenness, 2),
        "Zig-zag": round(found.zigzag, 2) if np.isfinite(found.zigzag) else None,
        "One way (%)": round(100 * found.monotone) if np.isfinite(found.monotone) else None,
        "Distance": round(found.distance, 2) if latent else None,
        "Loudness span (LU)": round(float(np.ptp(found.loudness_lufs)), 1),
        "Brightness span (Hz)": round(float(np.ptp(found.brightness_hz))),
    }


def knob_rows(knobs: dict[tuple[str, int], np.ndarray]) -> list[dict[str, Any]]:
    """A table of the knobs along a path: from, to, zig-zag, and whether the knob goes one way only."""
    from core.paths.measures import zigzag  # not on the way to first paint

    rows = []
    for (effect, number), values in knobs.items():
        parameter, known = effect_named(effect).parameters[number], values[np.isfinite(values)]
        wander = zigzag(values)
        rows.append(
            {
                "Effect": EFFECT_LABELS[effect],
                "Knob": parameter.label,
                "From": parameter.text(float(known[0])),
                "To": parameter.text(float(known[-1])),
                "Zig-zag (1: one way)": round(wander, 2) if np.isfinite(wander) else None,
                "Course": "stands still" if not np.isfinite(wander) else "one way" if wander < 1.005 else "turns",
            }
        )
    return rows


def _family(walk: Walk) -> str:
    """Names the sounds and the steps that a table belongs to, whatever kind of path is heard now."""
    route = walk.path.route
    return f"{[end.label for end in walk.ends]} {route.part} {route.steps} {route.low} {route.high} {route.easing}"
