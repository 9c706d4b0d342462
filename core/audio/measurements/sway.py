"""Slow oscillators: how fast does a course swing, how far, and in which bands?"""

from functools import lru_cache

import numpy as np

from core.audio.measurements.scale import TINY, position

_RATES_HZ = np.geomspace(0.12, 9.0, 96)


def measure_sway(course: np.ndarray, seconds: float) -> np.ndarray:
    """Rate of the sway of a course (frame, band), its share of the whole, spectrum over rates, strength by band."""
    window = np.hanning(len(course))
    turns = [_turns(len(course), seconds, harmonic) for harmonic in (1, 2, 3)]
    spectra = [np.abs((course * window[:, None]).T @ turn) ** 2 for turn in turns]  # (band, rate)
    score = sum(spectrum.sum(0) for spectrum in spectra)
    best = int(score.argmax())
    energy = ((course * window[:, None]) ** 2).sum() * window.sum() / 4 + TINY
    strength = [np.log10(np.sqrt(spectrum[:, best]) / len(course) + 1e-3) for spectrum in spectra[:2]]
    profile = np.log10(np.sqrt(score.reshape(-1, 2).mean(1)) / len(course) + 1e-3)
    return np.concatenate([[position(_RATES_HZ[best], 0.2, 6.0), score[best] / energy], profile, *strength])


@lru_cache(maxsize=16)
def _turns(frames: int, seconds: float, harmonic: int) -> np.ndarray:
    """exp(-2 pi i rate t), (frame, rate)."""
    time = (np.arange(frames) + 0.5) / frames * seconds
    return np.exp(-2j * np.pi * harmonic * _RATES_HZ * time[:, None])
