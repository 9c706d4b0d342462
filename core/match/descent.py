"""Downhill from a row of knobs to where a sound is nearest to the wet one."""

from collections.abc import Callable, Sequence
from functools import cache, cached_property

import numpy as np
from scipy.optimize import least_squares

from core.audio import SAMPLE_RATE
from core.audio.stft import bands_db
from core.effects import Chain, Parameter, Setting, effect_named
from core.effects.render import NoSound
from core.match.align import loudest
from core.match.at_once import at_once
from core.match.pair import Candidate, Ear, as_strong

Began = tuple[float, ...]
"""See Candidate.began_s."""

_CLIP_DB = 15.0
ROUNDS = 10


class Excerpt:
    """Samples start ... stop of what an ear hears, and what is left between dry through some effects and wet, in dB.

    effects: in signal order; what they do is said by a row of all their knobs, one effect's behind the other's.
    studio_rate: what they work at, in Hz.
    """

    def __init__(self, ear: Ear, effects: tuple[str, ...], studio_rate: int, start: int, stop: int) -> None:
        self.ear, self.effects, self.studio_rate, self.start, self.stop = ear, effects, studio_rate, start, stop
        self.dry, self.wet = ear.dry[start:stop], ear.wet[start:stop]

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """Of each knob in the row."""
        return tuple(knob for effect in self.effects for knob in effect_named(effect).parameters)

    @cached_property
    def owner(self) -> np.ndarray:
        """Number of the effect (knob,) whose each knob in the row is."""
        counts = [len(effect_named(effect).parameters) for effect in self.effects]
        return np.repeat(np.arange(len(counts)), counts)

    def cut(self, start: int, stop: int) -> "Excerpt":
        """Other samples of the same."""
        return Excerpt(self.ear, self.effects, self.studio_rate, start, stop)

    def part(self, length: int) -> "Excerpt":
        """The most telling `length` samples."""
        start = self.start + loudest(self.dry, length)
        return self.cut(start, min(start + length, self.stop))

    def first(self, length: int) -> "Excerpt":
        """`length` samples from where dry is heard: where it first comes within 20 dB of its loudest."""
        hop = SAMPLE_RATE // 20
        power = np.square(self.dry[: len(self.dry) // hop * hop].reshape(-1, hop)).mean(axis=1)
        start = self.start + (int((power > 0.01 * power.max()).argmax()) * hop if len(power) else 0)
        return self.cut(start, min(start + length, self.stop))

    def around(self, part: "Excerpt", length: int) -> "Excerpt":
        """`length` samples with a part of it in their middle, as far as it goes."""
        start = (part.start + part.stop - length) // 2
        start = max(self.start, min(start, self.stop - length))
        return self.cut(start, min(start + length, self.stop))

    @cached_property
    def _target(self) -> np.ndarray:
        return bands_db(self.wet)

    @cached_property
    def nothing(self) -> float:
        """Mean square in dB squared that doing nothing leaves."""
        return float(np.square(self._left(self.dry)).mean())

    def hear(self, values: np.ndarray, began_s: Began = ()) -> np.ndarray:
        """What the effects with knobs at values (knob,) make of dry, (time,), at any level; Enough, see Watch."""
        self.ear.watch.check()
        return self.ear.hear(self.candidate(values, began_s), self.start, self.stop)

    def candidate(self, values: np.ndarray, began_s: Began = ()) -> Candidate:
        """The effects with knobs at values (knob,)."""
        held = values.clip(0, 1)
        settings = (
            Setting(effect, tuple(held[self.owner == number].tolist())) for number, effect in enumerate(self.effects)
        )
        return Candidate(self.ear.pair, Chain(tuple(settings)), self.studio_rate, began_s)

    def answer(self, values: np.ndarray, began_s: Began = ()) -> Candidate:
        """The same, once a search has ended there."""
        return self.candidate(values, began_s)

    def left(self, values: np.ndarray, began_s: Began = ()) -> np.ndarray:
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

    def error(self, values: np.ndarray, began_s: Began = ()) -> float:
        """Mean square of what is left, in dB squared."""
        return float(np.square(self.left(values, began_s)).mean())

    def errors(self, rows: Sequence[np.ndarray], began_s: Began = ()) -> np.ndarray:
        """The same of each of some rows, (row,)."""
        return np.array(at_once(lambda row: self.error(row, began_s), rows))


def descend(
    left: Callable[[np.ndarray], np.ndarray],
    start: np.ndarray,
    reach: np.ndarray,
    knobs: int | None = None,
    rounds: int = ROUNDS,
) -> tuple[np.ndarray, float]:
    """start (number,) after a few steps, the first of at most 3 * reach or so, and the mean square that is left.

    left: what such numbers leave (cell,). What has no reach stays. The first `knobs` numbers (None: all) lie in [0, 1].
    """
    free = np.flatnonzero(reach)
    if not len(free):
        return start, float(np.square(left(start)).mean())
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
        nudged = at_once(lambda nudge: at_point(*(at + nudge)), nudges)
        return np.stack(
            [(moved - at_point(*at)) / nudge.sum() for moved, nudge in zip(nudged, nudges, strict=True)], axis=1
        )

    found = least_squares(
        lambda at: at_point(*at), start[free], slopes, method="dogbox", x_scale=3 * reach[free], ftol=0.02, xtol=1e-4,
        bounds=(np.where(knob, 0.0, -np.inf), np.where(knob, 1.0, np.inf)), max_nfev=rounds,
    )  # fmt: skip
    return full(found.x), 2 * found.cost / len(found.fun)
