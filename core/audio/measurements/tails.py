"""Reverb and delay behind other effects: which tail makes the levels of wet out of those of dry?"""

import numpy as np
import scipy.signal

from core.audio import SAMPLE_RATE
from core.audio.measurements.aligned import Aligned
from core.audio.measurements.scale import TINY
from core.audio.stft import band_edges, pool, stft

_GROUPS, _BANDS, _HOP = 4, 12, 480  # 20 ms
_DECAYS_S = np.array([0.1, 0.2, 0.4, 0.8, 1.6, 3.2])  # until a tail is 60 dB down
_SHARES_DB = np.arange(-25.0, 6.0, 5.0)  # of what the tail of a lasting sound adds to it
_HEARD = 1e-6  # 60 dB below full scale
_FLOOR = 0.1 * _HEARD
COUNT = _GROUPS * (len(_DECAYS_S) + 3)
"""How many numbers `measure_tails` gives."""


def measure_tails(pair: Aligned) -> np.ndarray:
    """(COUNT,): what a bank of tails leaves unexplained of wet's levels, in four groups of bands.

    Powers add whatever became of phases, so a tail is seen behind an oscillator, a clipper or held samples, which
    smear the response. Levels in dB, each band about its mean, so that no filter counts; what their correlation leaves,
    so that none that turns down what is loud counts. Of each group: the best of each decay against no tail, no tail
    itself, and which decay and which share are best.
    """
    edges = band_edges(150, 10_500, _BANDS + 1, 1024)
    dry, wet = (_powers(sound, edges) for sound in (pair.dry, pair.wet))
    heard = np.maximum(dry, wet) > _HEARD
    answer = _course(wet, heard)
    ways = np.stack([dry, *(dry + 10 ** (share_db / 10) * tail for tail in _tails(dry) for share_db in _SHARES_DB)])
    courses = _course(ways, heard)  # (way, frame, band)
    alike, own = np.einsum("wfb,fb->wb", courses, answer), np.einsum("wfb,wfb->wb", courses, courses)
    left = 1 - _by_group(alike) ** 2 / (_by_group(own) * _by_group(np.square(answer).sum(0)) + TINY)
    left = np.log10(left + 1e-3)  # (way, group)
    none, bank = left[0], left[1:].reshape(len(_DECAYS_S), len(_SHARES_DB), _GROUPS)
    best = bank.reshape(-1, _GROUPS).argmin(axis=0)
    decay, share = np.divmod(best, len(_SHARES_DB))
    found = [*(bank.min(axis=1) - none), none, decay / (len(_DECAYS_S) - 1), share / (len(_SHARES_DB) - 1)]
    return np.concatenate(found)


def _powers(sound: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """(frame, band), float32."""
    spectrum = stft(sound, 1024, _HOP, np.float32)
    return pool(spectrum.real**2 + spectrum.imag**2, edges)


def _tails(power: np.ndarray) -> list[np.ndarray]:
    """What is left of the frames before, for each decay; of a lasting sound as much as the sound itself."""
    kept = 10 ** (-6 * _HOP / SAMPLE_RATE / _DECAYS_S)
    return [scipy.signal.lfilter([0, 1 - share], [1, -share], power, axis=0).astype(np.float32) for share in kept]


def _course(power: np.ndarray, heard: np.ndarray) -> np.ndarray:
    """Levels (..., frame, band) in dB about each band's mean, 0 where nothing is heard."""
    level_db = 10 * np.log10(power + np.float32(_FLOOR))
    mean = (level_db * heard).sum(axis=-2, keepdims=True) / (heard.sum(axis=0) + TINY)
    return (level_db - mean) * heard


def _by_group(values: np.ndarray) -> np.ndarray:
    """Sums (..., group) of values (..., band)."""
    return values.reshape(*values.shape[:-1], _GROUPS, -1).sum(axis=-1)
