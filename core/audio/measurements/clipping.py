"""Overdrive: how hard was it driven, and through which tone filter?"""

import numpy as np

from core.audio import SAMPLE_RATE
from core.audio.measurements.aligned import Aligned
from core.audio.measurements.scale import TINY, position
from core.audio.stft import band_edges, pool, stft

_BANDS = 24
_DRIVES_DB = np.arange(2.0, 48.0, 5.0)
_CUTOFFS_HZ = np.geomspace(500, 11_000, 32)


def measure_clipping(pair: Aligned) -> np.ndarray:
    """Overdrive: for a bank of drives the clipped dry sound against the wet one; the tone filter that is left over."""
    edges = band_edges(120, 11_000, _BANDS + 1, 1024)
    hz = np.sqrt(edges[1:] * np.maximum(edges[:-1], 1)) * SAMPLE_RATE / 1024
    wet_db, active = _bands_db(pair.wet, edges), _bands_db(pair.dry, edges) > -50
    count = active.sum(0) + TINY
    warp = np.tan(np.pi * np.minimum(hz, 11_500) / SAMPLE_RATE) / np.tan(np.pi * _CUTOFFS_HZ[:, None] / SAMPLE_RATE)
    filters = -10 * np.log10(1 + warp**2)  # first order, (cutoff, band)
    left, tones, curves = [], [], []
    for drive_db in _DRIVES_DB:
        ratio = wet_db - _bands_db(np.tanh(pair.dry * np.float32(10 ** (drive_db / 20))), edges)
        mean = (ratio * active).sum(0) / count
        left.append(((ratio - mean) ** 2 * active).sum() / (active.sum() + TINY))
        off = mean - filters
        weight = count / count.sum()
        off = ((off - (off * weight).sum(1, keepdims=True)) ** 2 * weight).sum(1)
        tones.append(int(off.argmin()))
        curves.append(mean - (mean * weight).sum())
    best = int(np.argmin(left))
    profile = np.log10(np.array(left) + 1e-2)
    return np.concatenate([
        [_DRIVES_DB[best] / 40, position(_CUTOFFS_HZ[tones[best]], 700, 9000), profile[best]],
        profile - profile[best], position(_CUTOFFS_HZ[tones], 700, 9000), curves[best] / 20,
        _level_map(pair.dry, pair.wet),
    ])  # fmt: skip


def _bands_db(sound: np.ndarray, edges: np.ndarray) -> np.ndarray:
    spectrum = stft(sound, 1024, 1024, np.float32)
    return 10 * np.log10(pool(spectrum.real**2 + spectrum.imag**2, edges) + 1e-7)


def _level_map(dry: np.ndarray, wet: np.ndarray) -> np.ndarray:
    """Amplitude of wet by that of dry, in 16 steps of 4 dB."""
    place = np.clip((20 * np.log10(np.abs(dry) + 1e-5) + 64) / 4, 0, 15).astype(int)
    held = np.bincount(place, np.abs(wet), 16) / np.maximum(np.bincount(place, minlength=16), 1)
    return np.log10(held + 1e-4)
