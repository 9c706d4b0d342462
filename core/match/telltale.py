"""Knobs that can be read off the sounds, where no slope leads to them."""

from collections.abc import Callable

import numpy as np
import scipy.fft
import scipy.signal

from core.audio import SAMPLE_RATE
from core.audio.deconvolution import impulse_response
from core.effects import Parameter
from core.effects.parameter import SECONDS

CLEAR = 40.0
"""Times the median: a line that only held samples draw; other sounds reach a quarter of it."""
_AS_CLEAR = 0.3  # of a line: another one of the same held samples
_APART = SAMPLE_RATE // 100
_SILENT = 1e-3  # of the largest sample
_UNSEEN = 1e-4  # of the square of the largest jump
LATTICE = 0.5
"""Share of its samples that lie on a lattice, or so; by chance a third of it do."""


def repeat(dry: np.ndarray, wet: np.ndarray, parameter: Parameter, value: float, reach: float) -> tuple[float, float]:
    """Where the strongest repeat stands on a knob, and a sample's width there; value and reach where there is none.

    dry, wet (time,) at 24 kHz, aligned. parameter: of the role "repeat".
    """
    return next(iter(repeats(dry, wet, parameter, 1)), (value, reach))


def repeats(dry: np.ndarray, wet: np.ndarray, parameter: Parameter, most: int) -> list[tuple[float, float]]:
    """The same of the strongest repeats, `most` of them at most and some way apart, the strongest first."""
    response = np.abs(impulse_response(dry, wet))
    samples = SECONDS[parameter.unit] * SAMPLE_RATE  # in one of the knob's unit
    first, last = int(parameter.low * samples), min(int(parameter.high * samples) + 1, len(response) // 2)
    heard = response[first:last].copy()
    found: list[tuple[float, float]] = []
    while len(found) < most and len(heard) > 1:
        at = int(heard.argmax())
        time = min(max((first + at) / samples, parameter.low), parameter.high - 1 / samples)
        place = parameter.to_unit(time)
        found.append((place, 2 * (parameter.to_unit(time + 1 / samples) - place)))
        heard[max(0, at - _APART) : at + _APART] = 0
    return found


def holds(wet: np.ndarray, parameter: Parameter, sample_rate: int = SAMPLE_RATE) -> tuple[list[float], float]:
    """Where on a knob of the role "hold" the rate stands at which samples of wet (time,) are held, and how clearly it
    is seen; see CLEAR.

    Held samples jump at even times: the squares of their differences hold a line at that rate. It outlives noise,
    codecs and other sample rates. What lies beyond half the sample rate is seen mirrored, and twice the rate as clearly
    as the rate, so there may be some places. Looked for are lines from the lowest rate up: of a low sample_rate there
    are few, or none.
    """
    jumps = np.square(np.diff(wet.astype(np.float64)))
    # Of few bits or a soft sound most samples are as the one before: what few jumps there are must not all be cut.
    seen = jumps[jumps > _UNSEEN * jumps.max()]
    jumps = np.minimum(jumps, max(np.quantile(jumps, 0.98), np.median(seen) if len(seen) else 0.0))
    size = scipy.fft.next_fast_len(4 * len(jumps), real=True)
    spectrum = np.abs(scipy.fft.rfft((jumps - jumps.mean()) * np.hanning(len(jumps)), size))
    hz = sample_rate / size
    first = int(parameter.low / hz)
    if first >= len(spectrum):
        return [], 0.0
    at = first + _top(spectrum[first:])
    clearly = float(spectrum[round(at)] / max(np.median(spectrum), 1e-30))
    parts = [at / part for part in (1, 2, 3, 4) if spectrum[round(at / part)] >= _AS_CLEAR * spectrum[round(at)]]
    found = [rate for part in parts for rate in (part * hz, sample_rate - part * hz)]
    near = [rate for rate in found if parameter.low - hz <= rate <= parameter.high + hz]
    places = [parameter.to_unit(min(max(rate, parameter.low), parameter.high)) for rate in near]
    return places, clearly if places else 0.0


def steps(wet: np.ndarray, parameter: Parameter, power: Callable[[float], float]) -> tuple[float, float]:
    """Where on a knob of the role "step" the fineness of the values of wet (time,) stands, and how clearly it is seen,
    0 ... 1; see LATTICE.

    power: mean square of what the effect makes of the dry sound with this knob at a place, which tells by how much
    wet was turned afterwards. On a lattice of the right width, samples are all in phase; so they are on one of half the
    width, so the widest is taken.
    """
    coarse, fine = np.linspace(0, 1, 49), np.linspace(0, 1, 1201)
    turned = np.interp(fine, coarse, np.log([max(power(float(place)), 1e-20) for place in coarse]))
    gain = np.exp((turned - np.log(max(float(np.square(wet).mean()), 1e-20))) / 2)
    jumps = np.abs(np.diff(wet, prepend=wet[:1])) + np.abs(np.diff(wet, append=wet[-1:]))
    size = np.abs(wet)
    sounding = size[size > _SILENT * size.max()]  # of few bits most samples are 0, which lies on every lattice
    loud = np.flatnonzero(size >= np.quantile(sounding, 0.6)) if len(sounding) else np.arange(len(wet))
    samples = wet[loud[np.argsort(jumps[loud])[:4000]]].astype(np.float64)
    widths = gain * 2 ** (parameter.low + fine * (parameter.high - parameter.low))
    phases = np.array([np.cos(2 * np.pi * width * samples).mean() for width in widths])
    tops, _ = scipy.signal.find_peaks(np.pad(phases, 1, constant_values=-1), height=0.8 * max(phases.max(), 1e-3))
    first = int(tops[0]) - 1 if len(tops) else int(phases.argmax())
    best = max(0, first - 1) + _top(phases[max(0, first - 1) : first + 2])
    return best / (len(fine) - 1), float(phases[first])


def _top(values: np.ndarray) -> float:
    """Where values (place,) are greatest, between the places, too."""
    at = int(values.argmax())
    if not 0 < at < len(values) - 1:
        return float(at)
    before, top, after = values[at - 1 : at + 2]
    return at + (before - after) / (2 * (before - 2 * top + after) or 1.0)
