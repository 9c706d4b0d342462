"""Two checkpoints by ear: one step of the same path by both in one player, one film strip above the other."""

from dataclasses import replace

import streamlit as st

from pages.interpolate.path_sounds import Walk
from pages.shared import choices, controls
from pages.shared.ab_player import ab_player
from pages.shared.figures.film_strip import film_strip
from pages.shared.messages import verbatim
from pages.shared.results import checkpoints


def show(walk: Walk, voice: str) -> None:
    """The path of another checkpoint between the same sounds, heard and seen beside this one's."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        other = controls.other_checkpoint("other")
        choices.hold("step_heard", len(walk))
        step = st.slider(
            "Step heard", 1, len(walk), (len(walk) + 1) // 2, width=240,
            help="Which step of both paths is in the player.", **choices.bound("step_heard"),
        )  # fmt: skip
    if not other:
        st.info("Choose another checkpoint to hear the same path by both.")
        return
    second = along(walk, other)
    a, b = walk.letters[0], "C by the knobs" if walk.path.route.kind == "difference" else walk.letters[-1]
    between = {one.name: one.sound(step - 1, voice) for one in (walk, second)}
    heard = {a: walk.path.wets[0], **between, b: walk.path.wets[-1]}
    texts = {one.name: f"step {step} of {len(one)}, {voice}" for one in (walk, second)}
    texts |= {a: walk.ends[0].label, b: walk.ends[-1].label}
    ab_player("beside", heard, texts, f"{walk.key} {second.key} {step} {voice}")
    for one in (walk, second):
        st.header(verbatim(one.name))
        label = f"Spectrograms of the path by {one.name}"
        st.html(film_strip(one.path, **checkpoints.axes(one.name), label=label))
        if one.path.route.kind != "corners":
            st.caption(f"Mean drift of the dry sound: {one.path.mean_drift_db:.2f} dB.")


def along(walk: Walk, other: str) -> Walk:
    """The same path by another checkpoint: without waypoints, which are points of one map, and all of z where the other
    has no part of that name."""
    route, parts = walk.path.route, checkpoints.explorer(other).layout.names
    route = replace(route, via=(), part=route.part if route.part in parts else None)
    return Walk.between(other, walk.chosen, route)
