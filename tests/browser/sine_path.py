"""A path of sines instead of real sounds: each voice and step has a frequency of its own."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from pages.widgets.morph import pack

RATE, SAMPLES, COUNT, SIDE = 24_000, 24_000, 11, 3
AMPLITUDE = 0.3
VOICES = ("decoded", "re-rendered", "late")
JUMP = AMPLITUDE * 2 * np.pi * 430 / RATE + 0.02  # between two samples: the highest sine's, and 2 % of full scale


def hz(voice: str, step: int) -> int:
    """A whole number of periods in a loop."""
    return 200 + 20 * step + 7 * VOICES.index(voice)


def sine(voice: str, step: int) -> np.ndarray:
    return AMPLITUDE * np.sin(2 * np.pi * hz(voice, step) * np.arange(SAMPLES) / RATE).astype(np.float32)


def packed(steps: Iterable[int] | None = None, held: Iterable[str] = (), **other: Any) -> bytes:
    """What the morph player is sent: these steps of a voice (all of them), and what else there is to say."""
    voice, side = other.get("voice", "decoded"), other.get("side", 0)
    count = side * side or COUNT
    sounds = {f"{voice}/{step}": sine(voice, step) for step in (range(count) if steps is None else steps)}
    fixed = {
        "version": "first", "voice": voice, "labels": [f"sound {step}" for step in range(count)], "samples": SAMPLES,
        "rate": RATE, "position": (0.0, 0.0) if side else 0.0, "moves": 0, "strip": None,
    }  # fmt: skip
    return pack(sounds, list(held), **(fixed | other))
