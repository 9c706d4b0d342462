"""From a setting that is nearly right to one that sounds right: a few steps downhill through the real effect.

Where CMA-ES asks thousands of sounds, this asks some twenty: near the answer, the spectrum of a wet sound changes
almost in proportion to the knobs (Gauss-Newton within a trust region: SciPy's least squares). What it cannot reach by
small steps is measured or tried first: the time of a repeat, the rate of a slow oscillator.
"""

from functools import cache

import numpy as np
from scipy.optimize import least_squares

from core.audio import SAMPLE_RATE
from core.audio.deconvolution import impulse_response
from core.audio.measure import gain_to
from core.audio.stft import bands_db
from core.effects import Parameter, Setting, effect_named
from core.effects.parameter import SECONDS
from core.effects.render import through

_EXCERPTS = (32_768, 65_536, 131_072)  # an oscillator's rate is found on a short beginning, then sharpened on more
_LONGEST = 10 * SAMPLE_RATE
_CLIP_DB = 15.0
_ROUNDS = 5
_RATE_STEPS = 52
_FOUND = 0.3  # dB squared: nothing is left to find


def polish(dry: np.ndarray, wet: np.ndarray, setting: Setting, spread: tuple[float, ...]) -> Setting:
    """The setting near `setting` whose sound is nearest to wet in the dB of 64 bands; dry, wet (time,), aligned.

    spread: how far off each knob may be. The first 10 s count. Deterministic; some 15 renderings, and 60 to 500 short
    ones where there is an oscillator, which hides many wrong answers near the right one.
    """
    parameters = effect_named(setting.effect).parameters
    dry, wet = dry[:_LONGEST], wet[:_LONGEST]
    values, reach = np.array(setting.values), np.clip(np.array(spread), 0.01, 0.1)
    for number, parameter in enumerate(parameters):
        if parameter.role == "repeat":
            values[number], reach[number] = _repeat(dry, wet, parameter, values[number], reach[number])
    whole = _Distance(setting.effect, dry, wet)
    slow = [number for number, one in enumerate(parameters) if one.role == "rate"]
    if not slow:
        return Setting(setting.effect, tuple(_descend(whole, values, reach)[0]))
    lengths = [length for length in _EXCERPTS if length < len(dry) and _sounding(dry[:length])]
    ladder = [_Distance(setting.effect, dry[:length], wet[:length]) for length in lengths] + [whole]
    reach[slow] = 0.5 / _RATE_STEPS  # rates are tried on a grid: no further than to the next one
    found = []
    for turn, begin in enumerate(_beginnings(values, np.array(spread), slow[0])):
        # Anew, rates are told apart by more of the sound: the slowest take five seconds to come round.
        ranked = _rates(ladder[min(turn, len(ladder) - 1, 1)], begin, slow[0])
        near = [one for one in ranked if abs(one[slow[0]] - values[slow[0]]) <= 2 * spread[slow[0]]]
        for start in ranked[:1] if turn else [*near[:3], *ranked[:2]]:
            for distance in ladder:
                start, left = _descend(distance, start, reach)
            found.append((left, start))
            if left < _FOUND:
                return Setting(setting.effect, tuple(start))
    return Setting(setting.effect, tuple(min(found, key=lambda pair: pair[0])[1]))


def _beginnings(values: np.ndarray, spread: np.ndarray, rate: int) -> list[np.ndarray]:
    """values, and where to begin anew if the search fails from there: the least certain other knob further up, down."""
    doubtful = int(np.argmax(np.where(np.arange(len(values)) == rate, -1.0, spread)))
    away = 2 * spread[doubtful] * (np.arange(len(values)) == doubtful)
    return [values, np.clip(values + away, 0, 1), np.clip(values - away, 0, 1)]


class _Distance:
    """What is left between dry through an effect and wet, in dB (frame, band), flat, without the mean level."""

    def __init__(self, effect: str, dry: np.ndarray, wet: np.ndarray) -> None:
        self.effect, self.dry, self.into, self.target = effect, dry, gain_to(dry), bands_db(wet)

    def __call__(self, values: np.ndarray) -> np.ndarray:
        # `render`, without measuring the loudness of the same dry sound again.
        sound, back = through(self.dry, Setting(self.effect, tuple(values)), self.into)
        left = bands_db(sound * np.float32(back)) - self.target
        # On an excerpt, loudness is matched to that of the excerpt: its mean level says nothing.
        return np.clip(left - np.median(left), -_CLIP_DB, _CLIP_DB).ravel()


def _descend(distance: _Distance, values: np.ndarray, reach: np.ndarray) -> tuple[np.ndarray, float]:
    """values (knob,) after a few steps, the first of at most 3 * reach or so, and the mean square that is left."""

    @cache
    def left(*at: float) -> np.ndarray:
        return distance(np.array(at))

    def slopes(at: np.ndarray) -> np.ndarray:
        # Coarser than a numerical derivative: knobs have steps, and the spectrum's fine structure hides its slope.
        nudges = np.diag(np.where(at + 0.15 * reach <= 1, 0.15, -0.15) * reach)
        return np.stack([(distance(at + nudge) - left(*at)) / nudge.sum() for nudge in nudges], axis=1)

    found = least_squares(
        lambda at: left(*at), values, slopes, bounds=(0, 1), method="dogbox", x_scale=3 * reach, ftol=0.02, xtol=1e-4,
        max_nfev=_ROUNDS,
    )  # fmt: skip
    return found.x, 2 * found.cost / len(found.fun)


def _repeat(dry: np.ndarray, wet: np.ndarray, parameter: Parameter, value: float, reach: float) -> tuple[float, float]:
    """Where the strongest repeat stands on a knob, and a sample's width there; as it was where there is none."""
    response = np.abs(impulse_response(dry, wet))
    samples = SECONDS[parameter.unit] * SAMPLE_RATE  # in one of the knob's unit
    first, last = int(parameter.low * samples), min(int(parameter.high * samples) + 1, len(response) // 2)
    if last - first < 2:
        return value, reach
    time = (first + int(response[first:last].argmax())) / samples
    time = min(max(time, parameter.low), parameter.high - 1 / samples)
    place = parameter.to_unit(time)
    return place, 2 * (parameter.to_unit(time + 1 / samples) - place)


def _rates(distance: _Distance, values: np.ndarray, knob: int) -> list[np.ndarray]:
    """values with other positions of one knob, the nearest to wet first; values themselves are among them."""
    tried = [values]
    for position in np.linspace(0, 1, _RATE_STEPS):
        tried.append(values.copy())
        tried[-1][knob] = position
    return sorted(tried, key=lambda one: float(np.square(distance(one)).mean()))


def _sounding(audio: np.ndarray) -> bool:
    """Whether at least 0.6 s of audio (time,) lie within 40 dB of its peak."""
    blocks = np.abs(audio[: len(audio) // 240 * 240].reshape(-1, 240)).max(axis=1)
    return bool((blocks > 0.01 * blocks.max()).sum() >= 60)
