"""What a path is like, in numbers: how its knobs, its loudness, its brightness and its steps go."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from core.audio.measure import brightness_hz, loudness_lufs, spectral_distance_db
from core.effects import Blend, Faded, Setting
from core.effects.fade import Played

_STILL = 0.02
"""A knob that moves less than this share of its range stands still."""


def zigzag(values: np.ndarray) -> float:
    """Total variation over range of values (step,), NaN left out: 1 for a curve that only rises or only falls, NaN for
    one that stands still."""
    known = values[np.isfinite(values)]
    if len(known) < 2 or np.ptp(known) < _STILL:
        return float("nan")
    return float(np.abs(np.diff(known)).sum() / np.ptp(known))


def evenness(change: np.ndarray) -> float:
    """Mean over largest of the changes (step - 1,) along a path: 1 where all steps are equal; 1 where nothing moves."""
    return float(change.mean() / change.max()) if change.max() > 0 else 1.0


def knob_curves(blends: Sequence[Blend]) -> dict[tuple[str, int], np.ndarray]:
    """Positions in [0, 1] of each knob along a path (step,), by effect and number of the knob; NaN where the effect is
    not heard. Where it is in two chains at once, those in the louder one."""
    curves: dict[tuple[str, int], np.ndarray] = {}
    for step, blend in enumerate(blends):
        loudest: dict[str, tuple[float, Setting]] = {}
        for own, share in blend.parts:
            for setting, amount in heard(own):
                known = loudest.setdefault(setting.effect, (share * amount, setting))
                loudest[setting.effect] = max(known, (share * amount, setting), key=lambda part: part[0])
        for effect, (_, setting) in loudest.items():
            for number, value in enumerate(setting.values):
                curves.setdefault((effect, number), np.full(len(blends), np.nan))[step] = value
    return curves


def share_curves(blends: Sequence[Blend]) -> dict[str, np.ndarray]:
    """Share of the sound that each effect has a part in along a path (step,), by its name.

    In a chain that fades, its amount.
    """
    curves: dict[str, np.ndarray] = {}
    for step, blend in enumerate(blends):
        for own, share in blend.parts:
            for setting, amount in heard(own):
                curves.setdefault(setting.effect, np.zeros(len(blends)))[step] += share * amount
    return curves


def heard(own: Played) -> list[tuple[Setting, float]]:
    """The settings that are heard of what plays, and their amounts."""
    parts = own.parts if isinstance(own, Faded) else [(setting, 1.0) for setting in own.settings]
    return [(setting, amount) for setting, amount in parts if amount > 0]


@dataclass(frozen=True)
class PathMeasures:
    """loudness_lufs, brightness_hz (step,) of the sounds; change_db (step - 1,): log-spectral distance of each sound
    from the one before. zigzag: median over the knobs that move of total variation / range, NaN where none is known.
    monotone: share of those knobs that only rise or only fall. distance: mean distance of the inner steps from the
    nearest point of the atlas, over the usual distance between neighbours there; 1: as near as real pairs.
    """

    loudness_lufs: np.ndarray
    brightness_hz: np.ndarray
    change_db: np.ndarray
    zigzag: float
    monotone: float
    distance: float

    @property
    def evenness(self) -> float:
        return evenness(self.change_db)


def measure(sounds: Sequence[np.ndarray], blends: Sequence[Blend] = (), distance: float = float("nan")) -> PathMeasures:
    """Measure the sounds (time,) of a path in order; blends: what rendered them, where settings did."""
    zigzags = np.array([zigzag(curve) for curve in knob_curves(blends).values()])
    moving = zigzags[np.isfinite(zigzags)]
    return PathMeasures(
        loudness_lufs=np.array([loudness_lufs(sound) for sound in sounds]),
        brightness_hz=np.array([brightness_hz(sound) for sound in sounds]),
        change_db=np.array([spectral_distance_db(a, b) for a, b in pairwise(sounds)]),
        zigzag=float(np.median(moving)) if len(moving) else float("nan"),
        monotone=float((moving < 1 + 1e-6).mean()) if len(moving) else float("nan"),
        distance=distance,
    )
