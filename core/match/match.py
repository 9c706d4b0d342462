"""From a dry and a wet sound to the setting between them: the network's answer, polished, beside baselines."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

import numpy as np

from core.audio import SAMPLE_RATE
from core.audio.rate import as_heard
from core.effects import Setting, effect_named, random_setting
from core.match.align import alignment, residual
from core.match.estimate import Estimate
from core.match.pair import Candidate, Ear, Pair, checked
from core.match.polish import polish
from core.match.telltale import CLEAR, holds

_STUDIO_RATE = 44_100  # where a pair comes at the models' rate, its effect was often at work at this one
_FILTER, _NEAR = 6, 96  # samples; a low-pass delays its sound by the former; the latter hide behind an echo
_GOOD, _DOUBTFUL = 0.03, 0.25  # of doing nothing: no other studio, no other effect is tried
_TRIED, _POSSIBLE, _OTHERS = 3, 0.02, 0.5
_CLEARLY = 0.9
_UNMEASURED = 0.5  # a limit, where a checkpoint has none
_SAME = 0.01  # distance below which wet is the dry sound


@dataclass(frozen=True)
class Match:
    """What turned dry into wet.

    pair: both sounds, without the lag in samples that wet came later than dry (negative: earlier). aligned: whether
    they have anything in common by which that could be told; if not, lag is 0.
    estimate: the network's answer. candidates: "estimate", "polished" (see core.match.polish), and what to compare
    them with ("nothing", "always 0.5", "random", "nearest neighbour"). limits: see Reader.
    """

    pair: Pair
    lag: int
    aligned: bool
    estimate: Estimate
    candidates: dict[str, Candidate]
    limits: dict[str, float]

    @property
    def dry(self) -> np.ndarray:
        """See Pair."""
        return self.pair.dry

    @property
    def wet(self) -> np.ndarray:
        """See Pair."""
        return self.pair.wet

    @property
    def answer(self) -> Candidate:
        """The polished setting where it is clearly nearer to wet than the estimate."""
        polished, estimate = self.candidates["polished"], self.candidates["estimate"]
        return polished if polished.distance < _CLEARLY * estimate.distance else estimate

    @property
    def gain_db(self) -> float:
        """How much louder wet is than the answer's setting leaves dry, in dB."""
        assert self.answer.setting is not None
        gain_db = self.pair.level_db - self.answer.setting.level_db
        return 0.0 if abs(gain_db) < 0.1 else gain_db

    def candidate(self, setting: Setting) -> Candidate:
        """Another setting, at the studio's rate of the answer and begun as it."""
        return replace(self.answer, setting=setting)

    @property
    def leftover(self) -> float:
        """See `share`: of the answer."""
        return self.share(self.answer)

    def share(self, candidate: Candidate) -> float:
        """Share of the distance between dry and wet that a candidate leaves; 1 where the two hardly differ."""
        nothing = self.candidates["nothing"].distance
        return 1.0 if nothing < _SAME else candidate.distance / nothing

    @property
    def limit(self) -> float:
        """See Reader.limits: of the answer's effect."""
        assert self.answer.setting is not None
        return self.limits.get(self.answer.setting.effect, _UNMEASURED)

    @property
    def explained(self) -> bool:
        """Whether the answer leaves as little over as those of nearly all true pairs."""
        return self.aligned and self.leftover <= self.limit


class Estimator(Protocol):
    """See Reader.estimate."""

    def __call__(self, z: np.ndarray, /, *, effect: str | None) -> Estimate: ...


@dataclass(frozen=True)
class Reader:
    """What a match asks of a checkpoint.

    encode: z (segment, latent) of a pair (time,), (time,) of any length at 24 kHz. estimate: what such z say together,
    of the likeliest effect or of a named one. nearest: the setting of the point of the atlas nearest to z (latent,).
    limits: effect -> share of the distance between dry and wet up to which an answer explains them.
    """

    encode: Callable[[np.ndarray, np.ndarray], np.ndarray]
    estimate: Estimator
    nearest: Callable[[np.ndarray], Setting]
    limits: dict[str, float]


@dataclass(frozen=True)
class _Reading:
    """A pair as it was aligned, what hears it, what the network says of it, and z (segment, latent)."""

    pair: Pair
    lag: int
    ear: Ear
    z: np.ndarray
    estimate: Estimate

    def candidate(self, setting: Setting | None, studio_rate: int | None = None) -> Candidate:
        return Candidate(self.pair, setting, studio_rate or self.pair.sample_rate)

    @cached_property
    def estimated(self) -> Candidate:
        return self.candidate(self.estimate.setting)


def match(dry: np.ndarray, wet: np.ndarray, reader: Reader, seed: int = 0, sample_rate: int = SAMPLE_RATE) -> Match:
    """Which setting turned dry into wet, both (time,) or (channel, time), of any length; see Match.

    sample_rate: of both, in Hz; candidates are rendered at it. seed: of the random setting. The sounds are aligned; the
    level of wet is measured, and the network hears it as loud as dry. Raises AudioError where a sound is silent, not
    finite or shorter than 0.1 s, by itself or in what both have in common, or of another shape.
    """
    dry, wet = checked(dry, "The dry sound", sample_rate), checked(wet, "The wet sound", sample_rate)
    if dry.shape[:-1] != wet.shape[:-1]:
        dry, wet = _as_many_channels(dry, wet)
    found = alignment(as_heard(dry, sample_rate), as_heard(wet, sample_rate))
    reading = _read((dry, wet), sample_rate, found.lag if abs(found.lag) > _FILTER else 0, found.inverted, reader)
    if found.sure:
        reading = _realigned((dry, wet), reading, reader)
    polished = _explain(reading, reader)
    if found.sure:
        reading, polished = _settled((dry, wet), reading, polished)
    estimated = reading.candidate(reading.estimate.setting, polished.studio_rate)
    assert polished.setting is not None
    others = {
        "nothing": None,
        "always 0.5": Setting.all_at(polished.setting.effect, 0.5),
        "random": random_setting(polished.setting.effect, seed),
        "nearest neighbour": reader.nearest(reading.z.mean(axis=0)),
    }
    candidates = {"estimate": estimated, "polished": polished}
    candidates |= {name: reading.candidate(setting, polished.studio_rate) for name, setting in others.items()}
    for name in ("estimate", "polished", "nothing"):
        reading.ear.distance(candidates[name])
    lag = round(reading.lag * sample_rate / SAMPLE_RATE)
    return Match(reading.pair, lag, found.sure, reading.estimate, candidates, reader.limits)


def _as_many_channels(dry: np.ndarray, wet: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both mono where one of them has other channels than the other."""
    return np.atleast_2d(dry).mean(axis=0), np.atleast_2d(wet).mean(axis=0)


def _read(
    brought: tuple[np.ndarray, np.ndarray], sample_rate: int, lag: int, inverted: bool, reader: Reader
) -> _Reading:
    """What the network says once wet comes `lag` samples at 24 kHz earlier."""
    pair = Pair.of(*brought, sample_rate, round(lag * sample_rate / SAMPLE_RATE), inverted)
    z = reader.encode(*pair.as_heard)
    return _Reading(pair, lag, Ear(pair), z, reader.estimate(z, effect=None).at_level(pair.level_db))


def _realigned(brought: tuple[np.ndarray, np.ndarray], reading: _Reading, reader: Reader) -> _Reading:
    """The same with the last samples of a lag, which an echo or a filter hides: against a sound that is nearly right
    they show."""
    for _ in range(2):
        pair, ear = reading.pair, reading.ear
        if not np.isfinite(ear.distance(reading.estimated)):
            break
        off, turned = residual(ear.hear(reading.estimated), ear.wet, _NEAR)
        if not off and not turned:
            break
        again = _read(brought, pair.sample_rate, reading.lag + off, pair.inverted != turned, reader)
        if again.ear.distance(again.estimated) >= ear.distance(reading.estimated):
            break
        reading = again
    return reading


def _explain(reading: _Reading, reader: Reader) -> Candidate:
    """The best that polish finds: from the likeliest effect, or, if that explains little, from the next ones."""
    estimate, ear = reading.estimate, reading.ear
    nothing = ear.distance(reading.candidate(None))
    seen = _seen(reading)
    suspects = [effect for effect, likely in estimate.probabilities.items() if likely >= _POSSIBLE and effect != seen]
    best = None
    for effect in [*([seen] if seen else []), *suspects][:_TRIED]:
        own = effect == estimate.setting.effect
        begin = estimate if own else reader.estimate(reading.z, effect=effect).at_level(reading.pair.level_db)
        found = _polished(reading, begin, nothing)
        # Of two that explain little the likelier one: it hears what distances do not.
        if best is None or found.distance < _OTHERS * best.distance:
            best = found
        if best.distance <= _DOUBTFUL * nothing:
            break
    assert best is not None
    return best


def _seen(reading: _Reading) -> str:
    """The effect whose held samples show in wet and not in dry, "" where there is none."""
    wet, dry, rate = reading.ear.samples(), reading.ear.samples(of_dry=True), reading.pair.sample_rate
    for effect in reading.estimate.probabilities:
        for parameter in effect_named(effect).parameters:
            if parameter.role == "hold":
                clearly = holds(wet, parameter, rate)[1]
                if clearly >= max(CLEAR, 2 * holds(dry, parameter, rate)[1]):
                    return effect
    return ""


def _polished(reading: _Reading, begin: Estimate, nothing: float) -> Candidate:
    """The best that polish finds from an estimate: at the pair's own rate, then at the studio's."""
    ear, start, spread = reading.ear, reading.candidate(begin.setting), begin.spread
    best = polish(ear, start, spread)
    if reading.pair.sample_rate == SAMPLE_RATE and ear.distance(best) > _GOOD * nothing:
        if best.distance < _CLEARLY * ear.distance(start):  # at the other studio it is not far
            start, spread = best, tuple(off / 4 for off in spread)
        other = polish(ear, replace(start, studio_rate=_STUDIO_RATE), spread)
        best = other if ear.distance(other) < _CLEARLY * best.distance else best
    return best


def _settled(
    brought: tuple[np.ndarray, np.ndarray], reading: _Reading, polished: Candidate
) -> tuple[_Reading, Candidate]:
    """The same with the lag and the polarity that the answer's own sound shows."""
    pair, ear = reading.pair, reading.ear
    if not np.isfinite(ear.distance(polished)):
        return reading, polished
    off, turned = residual(ear.hear(polished), ear.wet, _NEAR)
    if not off and not turned:
        return reading, polished
    lag = reading.lag + off
    moved = Pair.of(*brought, pair.sample_rate, round(lag * pair.sample_rate / SAMPLE_RATE), pair.inverted != turned)
    again = replace(reading, pair=moved, lag=lag, ear=Ear(moved))
    answer = replace(polished, pair=moved)
    return (again, answer) if again.ear.distance(answer) <= ear.distance(polished) else (reading, polished)
