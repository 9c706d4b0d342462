"""From a dry and a wet sound to the setting between them: the network's answer, polished, beside baselines."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.audio import SAMPLE_RATE
from core.audio.distance import mrstft
from core.audio.io import check
from core.audio.measure import gain_to, loudness_lufs
from core.effects import KnobLayout, Setting, random_setting, render
from core.match.align import align, residual_lag
from core.match.polish import polish

_HEARD = 30 * SAMPLE_RATE


@dataclass(frozen=True)
class Estimate:
    """A setting read off a pair.

    spread: expected absolute error of each knob position. probabilities: of each effect, the likeliest first.
    """

    setting: Setting
    spread: tuple[float, ...]
    probabilities: dict[str, float]

    @classmethod
    def of(cls, knobs: KnobLayout, read: tuple[np.ndarray, ...], effect: str | None = None) -> "Estimate":
        """What a controller says, as a setting.

        read: probabilities (1, effect), then positions and spread (1, knob) in the row of all knobs. effect: that one's
        knobs, whichever is likeliest.
        """
        (probabilities,), (positions,), (spread,) = read
        number = int(probabilities.argmax()) if effect is None else knobs.effects.index(effect)
        by_effect = sorted(zip(knobs.effects, probabilities.tolist(), strict=True), key=lambda pair: -pair[1])
        own = knobs.own(number)
        setting = Setting(knobs.effects[number], tuple(positions[own].clip(0, 1).tolist()))
        return cls(setting, tuple(spread[own].tolist()), dict(by_effect))


@dataclass(frozen=True)
class Candidate:
    """A setting (None: nothing is done) with its sound (time,) and that sound's MR-STFT distance from the wet one."""

    setting: Setting | None
    sound: np.ndarray
    distance: float


@dataclass(frozen=True)
class Match:
    """What turned dry into wet.

    dry, wet (time,): aligned, of one length, scaled so that dry is at the reference loudness.
    lag: samples that wet came later than dry (negative: earlier), taken out. gain_db: what wet was turned up by,
    because it was not as loud as an effect here would leave it; 0: as it came.
    estimate: the network's answer. candidates: "estimate", "polished" (see core.match.polish), and what to compare
    them with ("nothing", "always 0.5", "random", "nearest neighbour"). limit: distance up to which an answer explains
    a sound.
    """

    dry: np.ndarray
    wet: np.ndarray
    lag: int
    gain_db: float
    estimate: Estimate
    candidates: dict[str, Candidate]
    limit: float

    @property
    def answer(self) -> Candidate:
        """The nearer one of "estimate" and "polished"."""
        return min(self.candidates["polished"], self.candidates["estimate"], key=lambda one: one.distance)

    @property
    def explained(self) -> bool:
        """Whether the answer's sound is as near to wet as those of nearly all true pairs."""
        return self.answer.distance <= self.limit


@dataclass(frozen=True)
class Reader:
    """What a match asks of a checkpoint.

    encode: z (segment, latent) of a pair (time,), (time,) of any length. estimate: what such z say together.
    nearest: the setting of the point of the atlas nearest to z (latent,). limit: see Match.
    """

    encode: Callable[[np.ndarray, np.ndarray], np.ndarray]
    estimate: Callable[[np.ndarray], Estimate]
    nearest: Callable[[np.ndarray], Setting]
    limit: float


@dataclass(frozen=True)
class _Answer:
    """The network's answer for an aligned pair: the estimate, its sound, wet (time,) as it was explained, the dB that
    wet was turned up by, and z (segment, latent)."""

    estimate: Estimate
    heard: Candidate
    wet: np.ndarray
    turned_db: float
    z: np.ndarray


def match(dry: np.ndarray, wet: np.ndarray, reader: Reader, seed: int = 0) -> Match:
    """Which setting turned dry into wet, both (time,) of any length; see Match. seed: of the random setting.

    The sounds are aligned, and where wet is not as loud as any effect here would leave it, a second answer is
    sought with its loudness matched; the nearer sound wins. Raises AudioError where a sound is silent, not finite
    or shorter than 0.1 s, by itself or in what both have in common.
    """
    brought = check(dry, "The dry sound"), check(wet, "The wet sound")
    dry, wet, lag = _aligned(*brought)
    answer = _answer(dry, wet, reader)
    # An echo or a filter hides the last samples of a lag; against a sound that is nearly right they show.
    if lag and (off := residual_lag(answer.heard.sound, answer.wet)):
        moved = _aligned(*brought, lag + off)
        again = _answer(*moved[:2], reader)
        if again.heard.distance < answer.heard.distance:
            (dry, _, lag), answer = moved, again
    candidates = _candidates(dry, answer, reader, seed)
    return Match(dry, answer.wet, lag, answer.turned_db, answer.estimate, candidates, reader.limit)


def _candidates(dry: np.ndarray, answer: _Answer, reader: Reader, seed: int) -> dict[str, Candidate]:
    """What is answered, and what to compare it with; see Match."""
    found = answer.estimate.setting
    others = {
        "polished": polish(dry, answer.wet, found, answer.estimate.spread),
        "nothing": None,
        "always 0.5": Setting.all_at(found.effect, 0.5),
        "random": random_setting(found.effect, seed),
        "nearest neighbour": reader.nearest(answer.z.mean(axis=0)),
    }
    return {"estimate": answer.heard} | {name: try_setting(other, dry, answer.wet) for name, other in others.items()}


def _answer(dry: np.ndarray, wet: np.ndarray, reader: Reader) -> _Answer:
    """The network's answer for an aligned pair, wet as it came or at the loudness of dry."""
    answers: list[_Answer] = []
    for turned_db in (0.0, _level_db(dry) - _level_db(wet)):
        if not answers or abs(turned_db) > 0.5:
            target = wet * np.float32(10 ** (turned_db / 20))
            z = reader.encode(dry, target)
            estimate = reader.estimate(z)
            answers.append(_Answer(estimate, try_setting(estimate.setting, dry, target), target, turned_db, z))
    # As it came, unless the other is clearly nearer.
    return min(answers, key=lambda one: one.heard.distance * (0.8 if one.turned_db else 1.0))


def try_setting(setting: Setting | None, dry: np.ndarray, wet: np.ndarray) -> Candidate:
    """How near dry through a setting comes to wet; their first 30 s count."""
    sound = dry if setting is None else render(dry, setting)
    return Candidate(setting, sound, mrstft(sound[:_HEARD], wet[:_HEARD]))


def _aligned(dry: np.ndarray, wet: np.ndarray, lag: int | None = None) -> tuple[np.ndarray, np.ndarray, int]:
    """dry and wet without their lag, dry at the reference loudness; AudioError where too little is left."""
    dry, wet, lag = align(dry, wet, lag)
    check(dry, "The dry sound, in what both sounds have in common,")
    check(wet, "The wet sound, in what both sounds have in common,")
    gain = np.float32(gain_to(dry))
    return dry * gain, wet * gain, lag


def _level_db(audio: np.ndarray) -> float:
    """Loudness, or of a sound too soft to have one its level."""
    loudness = loudness_lufs(audio)
    return loudness if np.isfinite(loudness) else 20 * float(np.log10(np.sqrt(np.square(audio).mean()) + 1e-12))
