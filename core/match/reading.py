"""A pair, aligned, and what the network says of it; the last samples of the lag are taken from sounds nearly right."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from core.audio import SAMPLE_RATE
from core.effects import Chain, Setting
from core.match.align import residual
from core.match.estimate import Estimate, Guess
from core.match.pair import Candidate, Ear, Pair
from core.match.watch import NOBODY, Watch

FILTER = 6
"""Samples by which a low-pass delays its sound."""
_NEAR = 96  # samples that hide behind an echo
_TELLS = 0.5  # of what doing nothing leaves: what leaves less there shows a lag as short as a filter's


@dataclass(frozen=True)
class Reader:
    """What a match asks of a checkpoint.

    encode: z (segment, latent) of a pair (time,), (time,) of any length at 24 kHz. guess: what such z say together.
    nearest: the setting of the point of the atlas nearest to z (latent,). limits: effect -> share of the distance
    between dry and wet up to which an answer explains them. watch: of whoever waits for it.
    """

    encode: Callable[[np.ndarray, np.ndarray], np.ndarray]
    guess: Callable[[np.ndarray], Guess]
    nearest: Callable[[np.ndarray], Setting]
    limits: dict[str, float]
    watch: Watch = NOBODY


@dataclass(frozen=True)
class Reading:
    """A pair as it was aligned, what hears it, what the network says of it, and z (segment, latent)."""

    pair: Pair
    lag: int
    ear: Ear
    z: np.ndarray
    guess: Guess

    @cached_property
    def estimate(self) -> Estimate:
        """The likeliest chain."""
        return self.of(self.guess.likeliest(1)[0])

    def of(self, effects: tuple[str, ...]) -> Estimate:
        """The network's knobs for these effects in this order, levels as they were measured."""
        return self.guess.estimate(effects).at_level(self.pair.level_db)

    def candidate(self, chain: Chain, studio_rate: int | None = None) -> Candidate:
        return Candidate(self.pair, chain, studio_rate or self.pair.sample_rate)

    @cached_property
    def estimated(self) -> Candidate:
        return self.candidate(self.estimate.chain)

    @cached_property
    def nothing(self) -> float:
        """Distance of the dry sound from the wet one."""
        return self.ear.distance(self.candidate(Chain()))


def read(brought: tuple[np.ndarray, np.ndarray], sample_rate: int, lag: int, inverted: bool, reader: Reader) -> Reading:
    """What the network says once wet comes `lag` samples at 24 kHz earlier."""
    pair = Pair.of(*brought, sample_rate, round(lag * sample_rate / SAMPLE_RATE), inverted)
    z = reader.encode(*pair.as_read)
    return Reading(pair, lag, Ear(pair, reader.watch), z, reader.guess(z))


def realigned(brought: tuple[np.ndarray, np.ndarray], reading: Reading, reader: Reader) -> Reading:
    """The same with the last samples of a lag, which an echo or a filter hides: against a sound that is nearly right
    they show."""
    for _ in range(2):
        pair, ear = reading.pair, reading.ear
        if not np.isfinite(ear.distance(reading.estimated)):
            break
        off, turned = residual(ear.hear(reading.estimated), ear.wet, _NEAR)
        if not turned and (not off or (not reading.lag and abs(off) <= FILTER)):  # `settled` tells those, at the end
            break
        again = read(brought, pair.sample_rate, reading.lag + off, pair.inverted != turned, reader)
        if again.ear.distance(again.estimated) >= ear.distance(reading.estimated):
            break
        reading = again
    return reading


def settled(brought: tuple[np.ndarray, np.ndarray], reading: Reading, answer: Candidate) -> tuple[Reading, Candidate]:
    """The same with the lag and the polarity that the answer's own sound shows."""
    pair, ear = reading.pair, reading.ear
    if not np.isfinite(ear.distance(answer)):
        return reading, answer
    off, turned = residual(ear.hear(answer), ear.wet, _NEAR)
    if not off and not turned:
        return reading, answer
    lag = reading.lag + off
    moved = Pair.of(*brought, pair.sample_rate, round(lag * pair.sample_rate / SAMPLE_RATE), pair.inverted != turned)
    again = Reading(moved, lag, Ear(moved, ear.watch), reading.z, reading.guess)
    there = replace(answer, pair=moved)
    left = again.ear.distance(there)
    tells = turned or abs(off) > FILTER or min(left, again.nothing) < _TELLS * reading.nothing
    return (again, there) if tells and left <= ear.distance(answer) else (reading, answer)
