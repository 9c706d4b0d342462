"""How alike two wet sounds are in what was done to them, where nobody knows what they were made of.

What is said, and by whom, changes a sound far more than most effects do. So a sound is described by numbers that
effects move (band levels and how they vary, modulation, cepstrum, decay, amplitudes, held samples), and these are
turned so that what differs between recordings under one effect counts little, what differs between effects much (linear
discriminants, Fisher 1936). Fitted on recordings of the training speakers and tracks by `python -m training likeness`,
which also tells how often the nearest setting has the right effect. Level is not heard: sounds are compared at one
loudness.
"""

from functools import cache
from pathlib import Path

import numpy as np
import scipy.fft

from core.audio import SAMPLE_RATE
from core.audio.measure import gain_to
from core.audio.stft import band_edges, pool, stft

FILE = Path(__file__).with_name("likeness.npz")
SIZE = 7
"""Numbers that `likeness` gives."""
_FFT, _HOP, _GROUP = 1024, 256, 8
_SHORTEST = SAMPLE_RATE // 2
_RATES_HZ = (0.2, 0.5, 1, 1.6, 2.5, 4, 6, 9, 14, 22, 40)
_TINY = 1e-9


def described(wet: np.ndarray) -> np.ndarray:
    """Numbers (feature,) that effects move, of a sound (time,) at 24 kHz, any level; finite for any finite sound."""
    heard = np.flatnonzero(np.abs(wet) > 1e-7 * np.abs(wet).max(initial=_TINY))
    wet = np.asarray(wet, dtype=np.float32)[: heard[-1] + 1 if len(heard) else 1]
    wet = np.resize(wet, max(len(wet), _SHORTEST))
    wet = wet * np.float32(gain_to(wet))
    power = np.abs(stft(wet, _FFT, _HOP)) ** 2
    edges = np.unique(band_edges(80, 11_800, 41, _FFT))
    bands = 10 * np.log10(pool(power, edges) + 1e-7)  # (frame, band)
    level = 10 * np.log10(power.sum(axis=1) + 1e-7)
    active = bands[level > level.max() - 40]
    mean = 10 * np.log10((10 ** (active / 10)).mean(axis=0))
    found = (
        mean - mean.mean(), active.std(axis=0), _modulation(bands),
        np.quantile(np.diff(level), (0.02, 0.1, 0.25, 0.5, 0.75, 0.9, 0.98)), _cepstrum(wet), _amplitudes(wet),
        _held(wet),
    )  # fmt: skip
    return np.nan_to_num(np.concatenate(found)).astype(np.float32)


def likeness(wet: np.ndarray) -> np.ndarray:
    """Numbers (SIZE,) of a sound (time,) at 24 kHz: the nearer those of two, the more alike what was done to them."""
    return turned(described(wet)[None], *_turn())[0]


def turned(rows: np.ndarray, mean: np.ndarray, deviation: np.ndarray, basis: np.ndarray) -> np.ndarray:
    """(sound, SIZE) of descriptions (sound, feature). basis (feature, SIZE)."""
    return np.clip((rows - mean) / deviation, -4, 4) @ basis


@cache
def _turn() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    with np.load(FILE, allow_pickle=False) as archive:
        return archive["mean"], archive["deviation"], archive["basis"]


def _modulation(bands: np.ndarray) -> np.ndarray:
    """How strongly groups of bands (frame, band) swing, by rate."""
    groups = np.add.reduceat(10 ** (bands / 10), np.arange(0, bands.shape[1], _GROUP), axis=1)
    course = 10 * np.log10(groups + 1e-7)
    course = (course - course.mean(axis=0)) * np.hanning(len(course))[:, None]
    size = 8192 if len(course) <= 8192 else scipy.fft.next_fast_len(len(course), real=True)
    swing, hz = np.abs(scipy.fft.rfft(course, size, axis=0)), np.fft.rfftfreq(size, _HOP / SAMPLE_RATE)
    places = np.searchsorted(hz, _RATES_HZ)
    return np.log10(np.add.reduceat(swing, places[:-1], axis=0) / np.diff(places, append=0)[:-1, None] + 1e-3).ravel()


def _cepstrum(wet: np.ndarray) -> np.ndarray:
    """Repeats, by how late they come: peaks of the real cepstrum over what is usual."""
    size = scipy.fft.next_fast_len(2 * len(wet), real=True)
    power = np.abs(scipy.fft.rfft(wet, size)) ** 2
    response = np.abs(scipy.fft.irfft(np.log(power + 1e-6 * power.mean() + _TINY), size))
    edges = (np.geomspace(0.0005, 0.62, 22) * SAMPLE_RATE).astype(int)
    usual = np.median(response[edges[-1] // 30 : edges[-1]]) + _TINY
    return np.log10(np.maximum.reduceat(response[: edges[-1]], edges[:-1]) / usual + 1e-3)


def _amplitudes(wet: np.ndarray) -> np.ndarray:
    """How amplitudes are spread over all, and how far the peaks of loud stretches of 20 ms stand out of them."""
    size = np.abs(wet)
    parts = wet[: len(wet) // 480 * 480].reshape(-1, 480)
    rms = np.sqrt((parts**2).mean(axis=1)) + _TINY
    crest = (np.abs(parts).max(axis=1) / rms)[rms >= np.quantile(rms, 0.6)]
    spread = np.log10(np.quantile(size, (0.1, 0.25, 0.5, 0.75, 0.9, 0.97, 0.995, 1)) + 1e-5)
    return np.concatenate([spread, np.quantile(crest, (0.1, 0.5, 0.9))])


def _held(wet: np.ndarray) -> np.ndarray:
    """Samples that are held, lines that they draw into the squares of the differences, and the smallest value."""
    held = float((np.abs(np.diff(wet)) <= 1e-5).mean())
    jumps = np.square(np.diff(wet))
    jumps = np.minimum(jumps, np.quantile(jumps[::7], 0.98))
    size = scipy.fft.next_fast_len(len(jumps), real=True)
    lines = np.abs(scipy.fft.rfft((jumps - jumps.mean()) * np.hanning(len(jumps)), size))
    lines = lines / (np.median(lines[::7]) + _TINY)
    edges = np.geomspace(2300 / SAMPLE_RATE * 2 * len(lines), len(lines) - 1, 9).astype(int)
    above = np.abs(wet)[::7]
    small = np.quantile(above[above > 1e-6], 0.002) if (above > 1e-6).any() else 1e-6
    heights = np.log10(np.maximum.reduceat(lines, edges[:-1]) + 1e-3)
    return np.concatenate([[held, np.log10(1 - held + 1e-2), np.log10(small + 1e-7)], heights])
