"""Which settings make the own recording sound like another one: a search by ear alone, with progress and a stop."""

from collections.abc import Iterator

import numpy as np
import streamlit as st

from core.effects import render
from core.own_map.likeness import likeness
from core.own_map.own_map import OwnMap
from pages.shared import choices, controls
from pages.shared.job import Job, current
from pages.shared.memory import digest
from pages.shared.own_maps import Held

_JOB, _TABLE = "o_likeness", "o_alike"
NEAREST, BATCH = 10, 8
LIMITS = (
    "A reference has no dry sound, so the two recordings are compared as they are, at one loudness, by what effects "
    "move and words do not. With other speakers in both, the nearest setting has the right effect in 62 of 100 cases, "
    "with other music in 51, by chance in 13: Bitcrush, Low-pass and Overdrive are found; Reverb, Chorus and Phaser "
    "mostly taken for others, as rooms and voices differ, too. Where you have the dry sound, Match tells far more."
)


def panel(held: Held) -> None:
    """A reference in, the ten nearest settings out. To be called last: it listens while the page is there."""
    st.header("Which of these sounds like my reference?")
    st.caption(LIMITS)
    _, reference, label = controls.dry_picker("o_like", choices.Clusters.o_like_clip)
    if reference is None:
        return
    own_map = held.own_map
    job: Job | None = current(_JOB, _version(held))
    total = -(-len(own_map) // BATCH)

    def begin() -> None:
        (job or Job(_JOB, _version(held), heard(own_map)).keep()).begin(total - (job.done if job else 0))

    running, done = job is not None and job.running, job is not None and job.done == total
    with st.container(horizontal=True):
        st.button(
            "Listen to all points", key="o_listen", on_click=begin, disabled=running or done,
            help="Each point is rendered and described once; then any reference is compared at once.",
        )  # fmt: skip
        st.button(
            "Stop listening", key="o_listen_stop", on_click=job.stop if job else None, disabled=not running,
            help="Compare with the points that have been heard.",
        )  # fmt: skip
    bar = st.empty()
    if job is None:
        return
    if job.kept:
        _answers(own_map, np.concatenate(list(job.kept)), likeness(reference.heard), label)
    if running:
        job.run(bar, total, lambda job: f"{min(job.done * BATCH, len(own_map)):,} of {len(own_map):,} points heard")
        st.rerun()


def heard(own_map: OwnMap) -> Iterator[np.ndarray]:
    """What each point sounds like, (BATCH, SIZE) at a time."""
    for start in range(0, len(own_map), BATCH):
        points = range(start, min(start + BATCH, len(own_map)))
        yield np.stack([likeness(render(own_map.own.heard, own_map.played(point))) for point in points])


def nearest(known: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The points (at most NEAREST,) whose likeness in known (N, SIZE) is nearest to wanted (SIZE,), and how far."""
    distance = np.linalg.norm(known - wanted, axis=1)
    order = np.argsort(distance)[:NEAREST]
    return order, distance[order]


def _answers(own_map: OwnMap, known: np.ndarray, wanted: np.ndarray, label: str) -> None:
    points, distance = nearest(known, wanted)
    rows = {
        "Point": points.tolist(),
        "Setting": [own_map.played(int(point)).text for point in points],
        "Distance": distance.round(2),
    }
    table = f"{_TABLE}_{digest(rows).hex()}"  # by its key a browser marks the place of the row that was chosen

    def play() -> None:
        if chosen := choices.get(table)["selection"]["rows"]:
            choices.put("o_point", int(points[chosen[0]]))

    st.dataframe(
        rows, key=table, on_select=play, selection_mode="single-row", hide_index=True,
        alt=f"Settings that make the recording sound most like {label}",
    )  # fmt: skip
    st.caption("Choose a row, at its left end, to hear it on your recording.")


def _version(held: Held) -> str:
    own_map = held.own_map
    return f"{own_map.fingerprint} {digest(own_map.own.heard).hex()} {len(own_map)}"
