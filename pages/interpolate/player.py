"""The morph player fed with a path: a few sounds at a time, the ends first, none twice."""

import time

import numpy as np
import streamlit as st

from core.audio import SAMPLE_RATE, SEGMENT
from core.audio.own import quality
from pages.interpolate.path_sounds import Walk
from pages.shared import choices, messages, player, queue
from pages.shared.visit import kept
from pages.widgets.morph import morph

KEY = "morph"
BUDGET_S = 0.3
"""Rendering stops after this time and the player gets what there is, then asks for more: the first sounds come soon,
cached ones all at once. Where others wait, sooner."""


@kept.fragment
def path_player(walk: Walk, voice: str, matched: bool) -> None:
    """Player along the path or over the square, and below it the nearest step alone, to hear exactly and to keep."""
    count, side = len(walk), walk.path.route.steps if walk.path.route.kind == "corners" else 0
    held = choices.get(KEY, {}).get("held") or {}
    keys = held.get("keys", []) if held.get("version") == walk.key else []
    sounds: dict[str, np.ndarray] = {}
    gains: dict[str, float] = {}
    with messages.plain_errors():
        until = time.monotonic() + queue.share(BUDGET_S)
        for step in walk.path.order:
            key = f"{voice}/{step}"
            if key not in keys and (not sounds or time.monotonic() < until):
                sounds[key] = walk.sound(step, voice)
            if matched and (key in keys or key in sounds):
                gains[key] = walk.gain(step, voice)
        morph(
            KEY,
            sounds,
            keys,
            version=walk.key,
            voice=voice,
            labels=walk.labels(),
            samples=SEGMENT,
            rate=SAMPLE_RATE,
            moves=choices.get("step_typed", 0),
            position=_position(min(choices.get("step", 1), count) - 1, count, side),
            gains=gains,
            side=side,
            strip="film_strip",
            letters=walk.letters[:2],
            on_release=lambda: choices.put("step", 1 + _nearest(choices.get(KEY)["position"]["at"], count, side)),
        )
        exact_step(walk, voice, gains)


def exact_step(walk: Walk, voice: str, gains: dict[str, float]) -> None:
    """The chosen step alone: exactly what it is, not a mix of two."""
    count = len(walk)
    if choices.get("step", 1) > count:
        choices.put("step", count)
    left, right = st.columns([1, 3], vertical_alignment="bottom")
    with left:
        step = st.number_input(
            "Step", 1, count, help="The step heard alone; releasing the handle chooses it.",
            on_change=lambda: choices.put("step_typed", choices.get("step_typed", 0) + 1), **choices.bound("step"),
        )  # fmt: skip
    with right:
        sound, gain = walk.sound(int(step) - 1, voice, full=True), gains.get(f"{voice}/{int(step) - 1}", 1.0)
        rate = walk.rate(voice)
        player.sound(f"Step {int(step)} of {count}, exactly", sound * gain, f"step-{int(step):02d}", rate=rate)
    if walk.takes is not None:
        st.caption(
            f"This step and all downloads of sounds are {quality(sound, rate)}; what plays while you drag, and the "
            "page to download, are 24 kHz, mono."
            + (" The network makes this voice up, words and all." if rate != walk.takes.rate else "")
        )
    if voice in ("re-rendered", "parameter line"):
        step = int(step) - 1
        blend = walk.blends[step] if voice == "re-rendered" else walk.path.blend(step, walk.settings)
        st.caption(blend.text)


def _position(step: int, count: int, side: int) -> float | tuple[float, float]:
    """Where a step lies on the player: 0 ... 1, or (right, down)."""
    return (step % side / (side - 1), step // side / (side - 1)) if side else step / (count - 1)


def _nearest(position: float | list[float], count: int, side: int) -> int:
    """The step nearest to a position on the player."""
    if isinstance(position, list):
        right, down = (round(at * (side - 1)) for at in position)
        return min(count - 1, down * side + right)
    return round(position * (count - 1))
