"""The morph player fed with a path: a few sounds at a time, the ends first, none twice."""

import hashlib
import time
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from core.audio import SAMPLE_RATE, SEGMENT
from pages.components import resources, state, widgets
from pages.components.morph import morph

if TYPE_CHECKING:
    from core.explorer import Interpolation

KEY = "morph"
BUDGET_S = 0.3
"""Rendering stops after this time and the player gets what there is: the first sounds soon, cached ones all at once."""


def step_sound(name: str, path: "Interpolation", step: int, channel: int) -> np.ndarray:
    """Sound (time,) of one step of the path; channel 0: dry, 1: wet."""
    return resources.step_sound(name, path.spectrograms[step], path.phase_of[step], channel, path.same_audio)


@st.fragment
def path_player(name: str, path: "Interpolation", channel: int, labels: tuple[str, str]) -> None:
    """Player along the path, and below it the nearest step alone, to hear exactly and to keep."""
    count = len(path.z)
    version = hashlib.sha256(path.spectrograms[:, channel].tobytes()).hexdigest()[:16]
    held = state.get(KEY, {}).get("held") or {}
    steps = held.get("steps", []) if held.get("version") == version else []
    sounds: dict[int, np.ndarray] = {}
    until = time.monotonic() + BUDGET_S
    for step in (0, count - 1, *range(1, count - 1)):
        if step not in steps and (not sounds or time.monotonic() < until):
            sounds[step] = step_sound(name, path, step, channel)
    names = [labels[0], *(f"step {step + 1}" for step in range(1, count - 1)), labels[1]]

    def settle() -> None:
        state.put("step", 1 + round(state.get(KEY)["position"] * (count - 1)))

    morph(
        KEY,
        sounds,
        steps,
        version=version,
        labels=names,
        samples=SEGMENT,
        rate=SAMPLE_RATE,
        position=(min(state.get("step", 1), count) - 1) / (count - 1),
        on_release=settle,
    )
    if state.get("step", 1) > count:
        state.put("step", count)
    left, right = st.columns([1, 3], vertical_alignment="bottom")
    with left:
        step = st.number_input(
            "Step", 1, count, help="The step heard alone; releasing the handle chooses it.", **state.bound("step")
        )
    with right:
        sound = step_sound(name, path, int(step) - 1, channel)
        widgets.sound(f"Step {int(step)} of {count}, exactly", sound, f"step-{int(step):02d}")
