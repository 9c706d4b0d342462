"""Slow oscillators: how fast does a course swing, how far, and in which bands?"""

from functools import lru_cache

import numpy as np

from core.audio.measurements.scale import TINY, position

_RATES_HZ = np.geomspace(0.12, 9.0, 96)


def measure_sway(course: np.ndarray, seconds: float) -> np.ndarray:
    """Rates of the two strongest sways of a course (frame, band), their shares of the whole, spectrum over rates,
    strength by band of the strongest."""
    window = np.hanning(len(course))
    turns = [_turns(len(course), seconds, harmonic) for harmonic in (1, 2, 3)]
    windowed = (course * window[:, None]).T
    spectra = [(windowed @ cosine) ** 2 + (windowed @ sine) ** 2 for cosine, sine in turns]  # (band, rate)
    score = sum(spectrum.sum(0) for spectrum in spectra)
    best = int(score.argmax())
    away = np.abs(np.arange(len(score)) - best) > 6  # a third of its rate
    other = int(np.where(away, score, 0).argmax())
    energy = ((course * window[:, None]) ** 2).sum() * window.sum() / 4 + TINY
    strength = [np.log10(np.sqrt(spectrum[:, best]) / len(course) + 1e-3) for spectrum in spectra[:2]]
    profile = np.log10(np.sqrt(score.reshape(-1, 2).mean(1)) / len(course) + 1e-3)
    rates = [position(_rate_hz(score, place), 0.2, 6.0) for place in (best, other)]
    return np.concatenate([rates, [score[best] / energy, score[other] / energy], profile, *strength])


def _rate_hz(score: np.ndarray, place: int) -> float:
    """The rate at a peak of score (rate,), between the rates looked at, too."""
    if not 0 < place < len(score) - 1:
        return float(_RATES_HZ[place])
    before, top, after = np.log(score[place - 1 : place + 2] + TINY)
    off = np.clip((before - after) / (2 * (before - 2 * top + after) - TINY), -1, 1)
    return float(_RATES_HZ[place] * (_RATES_HZ[1] / _RATES_HZ[0]) ** off)


@lru_cache(maxsize=16)
def _turns(frames: int, seconds: float, harmonic: int) -> tuple[np.ndarray, np.ndarray]:
    """Cosine and sine of 2 pi rate t, (frame, rate): two real products take half as long as a complex one."""
    time = (np.arange(frames) + 0.5) / frames * seconds
    angle = 2 * np.pi * harmonic * _RATES_HZ * time[:, None]
    return np.cos(angle), np.sin(angle)
