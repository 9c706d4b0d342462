"""Compare: kinds of path and voices side by side, in numbers; one click to hear each."""

import hashlib
from dataclasses import replace
from typing import Any

import numpy as np
import streamlit as st

from core.audio.io import AudioError
from core.checkpoints.limits import CheckpointError
from core.paths.route import PathError
from pages.interpolate.controls import KINDS, VOICES
from pages.interpolate.lock import LABELS
from pages.interpolate.path_sounds import Walk
from pages.shared import choices, notes
from pages.shared.messages import verbatim
from pages.shared.results import checkpoints
from pages.shared.visit import kept

LINES = ("linear", "spherical", "spline", "manifold")
COMPARED = ("transferred", "decoded", "re-rendered", "parameter line", "crossfade")
LATENT = COMPARED[:3]
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


def show(walk: Walk, via: tuple[int, ...]) -> None:
    """The table of the sounds and steps that are chosen now, as far as it is measured; a row that is chosen is heard.

    via: the waypoints of the spline.
    """
    if walk.path.route.kind == "corners":
        st.info("Compare goes from one end to another; a square has four. Please choose another kind of path.")
        return
    if walk.path.route.kind == "difference":
        st.caption(
            "The move by the difference in every voice; it goes straight, so no other kind of path is compared. "
            "The parameter line and the crossfade know nothing of the latent space and go to what the same difference "
            "of the knobs makes of C: the move has to beat them. Choose a row to hear it."
        )
    else:
        st.caption(
            "Every kind of path in every voice. The parameter line and the crossfade know nothing of the latent space: "
            "a path has to beat them. Choose a row to hear it."
        )
    key, jobs = f"{KEY}_{family(walk, via)}", offered(walk)
    measured = {(one.get("kind"), one.get("voice")) for one in notes.noted(key)}
    missing = [job for job in jobs if job not in measured]
    if missing and choices.get(f"{KEY}_asked") != key:
        st.button(
            "Measure the others" if measured else "Measure all", type="primary", on_click=choices.put,
            args=(f"{KEY}_asked", key), help="Renders and measures the sounds of every row: some seconds.",
        )  # fmt: skip
    elif missing:
        measure(walk, via, key, missing)
    if notes.noted(key):
        table(walk, via, key)


def table(walk: Walk, via: tuple[int, ...], key: str) -> None:
    """What is measured of the rows under a key, and what their numbers are of."""
    rows, widget = notes.noted(key), f"{key}_table"  # by its key a browser marks the place of the chosen row

    def hear() -> None:
        chosen = choices.get(widget, {}).get("selection", {}).get("rows", [])
        if chosen:
            choices.put("kind", rows[chosen[0]].get("kind"))
            choices.put("voice", rows[chosen[0]].get("voice"))

    st.caption(subject(walk, via))
    st.dataframe(
        [{name: row.get(name) for name in COLUMNS} for row in rows], hide_index=True, key=widget, on_select=hear,
        selection_mode="single-row", alt="Paths and voices compared", placeholder="–",
        column_config={name: st.column_config.Column(help=text) for name, text in COLUMNS.items()},
    )  # fmt: skip
    if not checkpoints.explorer(walk.name).config.controllers:
        st.caption(
            f"{VOICES['re-rendered']} is left out: {verbatim(walk.name)} has no controller that reads settings off a "
            "point. Another checkpoint in the sidebar may have one."
        )


def measure(walk: Walk, via: tuple[int, ...], key: str, jobs: list[tuple[str, str]]) -> None:
    """Measure rows, (kind of path, voice), and keep each as soon as it is there. Another control of the page takes its
    turn in between, and measuring goes on; the button ends it."""
    place = st.container(horizontal=True, vertical_alignment="bottom")
    progress = place.progress(0.0, "Measuring")
    place.button("Stop", on_click=choices.put, args=(f"{KEY}_asked", None), help="What is measured stays.")
    for done, (kind, voice) in enumerate(jobs):
        progress.progress(done / len(jobs), f"Measuring: {KINDS[kind]}, {VOICES[voice].lower()}")
        try:
            notes.note(key, row(along(walk, kind, via), voice))
            kept.save()  # a reload in between loses none
        except (PathError, CheckpointError, AudioError) as error:  # what these sounds, or this model, do not have
            notes.note(key, {"kind": kind, "voice": voice} | dict.fromkeys(COLUMNS) | names(kind, voice))
            st.caption(verbatim(str(error), 500))
    choices.put(f"{KEY}_asked", None)
    st.rerun()


def along(walk: Walk, kind: str, via: tuple[int, ...]) -> Walk:
    """The walk between the same ends along another kind of path."""
    route = replace(walk.path.route, kind=kind, via=via if kind == "spline" else ())
    return Walk.between(walk.name, walk.chosen, route)


def offered(walk: Walk) -> list[tuple[str, str]]:
    """Kinds of path and voices that the checkpoint has; parameter line and crossfade are the same along every kind."""
    controlled = bool(checkpoints.explorer(walk.name).config.controllers)
    left_out = {"decoded"} if walk.path.same_audio else set()  # where it is what is transferred
    left_out |= set() if controlled else {"re-rendered"}
    voices = [voice for voice in COMPARED if voice not in left_out]
    kinds = ("difference",) if walk.path.route.kind == "difference" else LINES
    return [(kind, voice) for kind in kinds for voice in voices if kind == kinds[0] or voice in LATENT]


def family(walk: Walk, via: tuple[int, ...]) -> str:
    """Names what the numbers of a table depend on, whatever kind of path and voice are heard now."""
    route, ends, settings = replace(walk.path.route, kind="linear", via=via), walk.ends, walk.settings
    if walk.path.route.kind == "difference":
        route, ends = walk.path.route, walk.chosen
        settings = [end.setting for end in ends]
    said = (checkpoints.revision(walk.name), route, settings)
    content = hashlib.sha256(repr((walk.name, *said)).encode())
    for end in ends:
        for sound in (end.dry, end.wet):
            content.update(np.ascontiguousarray(sound).data)
    return content.hexdigest()[:16]


def subject(walk: Walk, via: tuple[int, ...]) -> str:
    """What the numbers of the table are of, in one line of Markdown."""
    route = walk.path.route
    facts = [f"{route.steps} steps, spread {route.easing}", f"checkpoint {verbatim(walk.name)}"]
    if (route.low, route.high) != (0.0, 1.0):
        facts.append(f"from {route.low:g} to {route.high:g} of the way")
    if route.part:
        facts.append(f"only the {route.part} moves")
    if route.locked:
        facts.append(f"locked: {', '.join(LABELS[name] for name in route.locked)}")
    if route.kind == "difference":
        a, b, c = (verbatim(end.label) for end in walk.chosen[:3])
        return f"**C**: {c}, moved by **A**: {a} → **B**: {b}; {'; '.join(facts)}."
    a, b = (verbatim(end.label) for end in walk.ends)
    facts.append(f"waypoints {', '.join(map(str, via))}" if via else "no waypoints")
    return f"**A**: {a} → **B**: {b}; {'; '.join(facts)}."


def names(kind: str, voice: str) -> dict[str, str]:
    """What a row's path and voice are called."""
    return {"Path": KINDS[kind] if voice in LATENT else "(any)", "Voice": VOICES[voice]}


def row(walk: Walk, voice: str) -> dict[str, Any]:
    """One line of the table. Parameter line and crossfade are the same along every kind of path."""
    kind, found = walk.path.route.kind, walk.measures(voice)
    return {
        "kind": kind,
        "voice": voice,
        **names(kind, voice),
        "Evenness": round(found.evenness, 2),
        "Zig-zag": round(found.zigzag, 2) if np.isfinite(found.zigzag) else None,
        "One way (%)": round(100 * found.monotone) if np.isfinite(found.monotone) else None,
        "Distance": round(found.distance, 2) if voice in LATENT else None,
        "Loudness span (LU)": round(float(np.ptp(found.loudness_lufs)), 1),
        "Brightness span (Hz)": round(float(np.ptp(found.brightness_hz))),
    }
