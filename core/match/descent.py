"""Downhill from a row of knobs to where a sound is nearest to the wet one."""

from collections.abc import Callable
from functools import cache, cached_property

import numpy as np
from scipy.optimize import least_squares

from core.audio.stft import bands_db
from core.effects import Setting
from core.effects.render import NoSound
from core.match.align import loudest
from core.match.pair import Candidate, Ear, as_strong

_CLIP_DB = 15.0
_ROUNDS = 10


class Excerpt:
    """Samples start ... stop of what an ear hears, and what is left between dry through an effect and wet, in dB.

    studio_rate: what the effect works at, in Hz.
    """

    def __init__(self, ear: Ear, effect: str, studio_rate: int, start: int, stop: int) -> None:
        self.ear, self.effect, self.studio_rate, self.start, self.stop = ear, effect, studio_rate, start, stop
        self.dry, self.wet = ear.dry[start:stop], ear.wet[start:stop]

    def part(self, length: int) -> "Excerpt":
        """The most telling `length` samples."""
        start = self.start + loudest(self.dry, length)
        return Excerpt(self.ear, self.effect, self.studio_rate, start, min(start + length, self.stop))

    def around(self, part: "Excerpt", length: int) -> "Excerpt":
        """`length` samples with a part of it in their middle, as far as it goes."""
        start = (part.start + part.stop - length) // 2
        start = max(self.start, min(start, self.stop - length))
        return Excerpt(self.ear, self.effect, self.studio_rate, start, min(start + length, self.stop))

    @cached_property
    def _target(self) -> np.ndarray:
        return bands_db(self.wet)

    @cached_property
    def nothing(self) -> float:
        """Mean square in dB squared that doing nothing leaves."""
        return float(np.square(self._left(self.dry)).mean())

    def hear(self, values: np.ndarray, began_s: float = 0.0) -> np.ndarray:
        """What the effect with knobs at values (knob,) makes of dry, (time,), at any level."""
        return self.ear.hear(self.candidate(values, began_s), self.start, self.stop)

    def candidate(self, values: np.ndarray, began_s: float = 0.0) -> Candidate:
        """The effect with knobs at values (knob,)."""
        setting = Setting(self.effect, tuple(values.clip(0, 1)))
        return Candidate(self.ear.pair, setting, self.studio_rate, began_s)

    def left(self, values: np.ndarray, began_s: float = 0.0) -> np.ndarray:
        """What knob positions (knob,) leave, in dB without the mean level, (cell,); the most where they make no
        sound."""
        try:
            return self._left(self.hear(values, began_s))
        except NoSound:
            return np.full(self._target.size, _CLIP_DB)

    def _left(self, sound: np.ndarray) -> np.ndarray:
        # Equally strong, so that the same is silence in both; what is left of the level is the median.
        left = bands_db(as_strong(sound, self.wet)) - self._target
        return np.clip(left - np.median(left), -_CLIP_DB, _CLIP_DB).ravel()

    def error(self, values: np.ndarray, began_s: float = 0.0) -> float:
        """Mean square of what is left, in dB squared."""
        return float(np.square(self.left(values, began_s)).mean())


def descend(
    left: Callable[[np.ndarray], np.ndarray], start: np.ndarray, reach: np.ndarray, knobs: int | None = None
) -> tuple[np.ndarray, float]:
    """start (number,) after a few steps, the first of at most 3 * reach or so, and the mean square that is left.

    left: what such numbers leave (cell,). What has no reach stays. The first `knobs` numbers (None: all) lie in [0, 1].
    """
    free = np.flatnonzero(reach)
    knob = free < (len(start) if knobs is None else knobs)

    def full(at: np.ndarray) -> np.ndarray:
        whole = start.copy()
        whole[free] = at
        return whole

    @cache
    def at_point(*at: float) -> np.ndarray:
        return left(full(np.array(at)))

    def slopes(at: np.ndarray) -> np.ndarray:
        # Coarser than a numerical derivative: knobs have steps, and the spectrum's fine structure hides its slope.
        nudges = np.diag(np.where(at + 0.15 * reach[free] <= 1, 0.15, -0.15) * reach[free])
        return np.stack([(at_point(*(at + nudge)) - at_point(*at)) / nudge.sum() for nudge in nudges], axis=1)

    found = least_squares(
        lambda at: at_point(*at), start[free], slopes, method="dogbox", x_scale=3 * reach[free], ftol=0.02, xtol=1e-4,
        bounds=(np.where(knob, 0.0, -np.inf), np.where(knob, 1.0, np.inf)), max_nfev=_ROUNDS,
    )  # fmt: skip
    return full(found.x), 2 * found.cost / len(found.fun)
