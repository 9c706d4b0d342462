"""Compressor: how does gain follow level, from which threshold, and how soon does it let go?"""

import numpy as np
from pedalboard import Compressor

from core.audio import SAMPLE_RATE
from core.audio.measurements.aligned import Aligned
from core.audio.measurements.scale import TINY, position

_HOP = 64  # samples: 2.7 ms, shorter than a compressor's release
_FINE = 16  # samples: a follower hears the tops of so many, a sixteenth of the work
_RELEASES_MS = np.geomspace(18, 550, 6)
_THRESHOLDS_DB = np.arange(-54.0, -15.0, 1.5)


def measure_dynamics(pair: Aligned) -> np.ndarray:
    """Compressor: for a bank of release times the best static curve, a straight fall of gain above a threshold.

    The level that a release time gives is read off a real compressor: at a threshold far below any sound and a ratio
    of 2 it turns down by half the level.
    """
    count = len(pair.dry) // _HOP
    fine = _tops(pair.dry, _FINE)[: count * _HOP // _FINE]
    top, answer = _tops(pair.dry, _HOP), _tops(pair.wet, _HOP)
    use = (top > 1e-3) & (answer > 1e-6)
    if use.sum() < 16:
        return np.zeros(6 + 2 * len(_RELEASES_MS) + 24)
    gain_db = 20 * np.log10(answer[use] / top[use])
    gain_db = np.clip(gain_db, *np.quantile(gain_db, (0.01, 0.99)))
    found, levels = [], []
    for release_ms in _RELEASES_MS:
        follower = Compressor(threshold_db=-80, ratio=2, attack_ms=2, release_ms=float(release_ms))
        turned = np.asarray(follower(fine, SAMPLE_RATE / _FINE)).reshape(count, -1).max(axis=1)[use]
        level_db = -80 - 2 * 20 * np.log10(turned / top[use] + TINY)
        over = np.maximum(level_db - _THRESHOLDS_DB[:, None], 0)  # (threshold, frame)
        over_mean, gain_mean = over.mean(1, keepdims=True), gain_db.mean()
        covariance = ((over - over_mean) * (gain_db - gain_mean)).mean(1)
        slope = covariance / (over.var(1) + 1e-6)
        left = gain_db.var() - covariance**2 / (over.var(1) + 1e-6)
        best = int(left.argmin())
        found.append((left[best], slope[best], _THRESHOLDS_DB[best]))
        levels.append(level_db)
    left, slope, threshold = np.array(found).T
    best = int(left.argmin())
    ratio = 1 / np.clip(1 + slope[best], 0.02, 2.0)
    edges = np.linspace(-60, 0, 25)
    place = np.clip(np.digitize(levels[best], edges) - 1, 0, 23)
    curve = np.bincount(place, gain_db, 24) / np.maximum(np.bincount(place, minlength=24), 1)
    profile = np.log10(left + 1e-3)
    return np.concatenate([
        [position(_RELEASES_MS[best], 20, 500), (threshold[best] + 50) / 32, slope[best], position(ratio, 2, 20),
         profile[best], np.log10(gain_db.var() + 1e-3)],
        profile - profile[best], slope, curve / 10,
    ])  # fmt: skip


def _tops(sound: np.ndarray, hop: int) -> np.ndarray:
    """Greatest size of a sound (time,) in each hop: what filters and resampling move by a sample stays."""
    return np.abs(sound[: len(sound) // hop * hop]).reshape(-1, hop).max(axis=1)
