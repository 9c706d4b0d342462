"""Filters and phaser: what becomes of each band, and how does that sway over time?"""

import numpy as np

from core.audio.measurements.aligned import Aligned, seconds
from core.audio.measurements.scale import TINY
from core.audio.measurements.sway import measure_sway
from core.audio.stft import band_edges, pool, stft

_BANDS = 24


def measure_bands(pair: Aligned) -> np.ndarray:
    """Filters and phaser: the linear transfer from dry to wet, coherence, and how the ratio of bands sways over time.

    Sway: the rate whose first three harmonics hold most of it in all bands; each band's strength at that rate. Once
    more of what sways against the mean of all bands, which a compressor moves and a phaser does not.
    """
    d, w = (stft(x, 1024, 512, np.float32) for x in (pair.dry, pair.wet))
    edges = np.unique(band_edges(80, 11_800, 57, 1024))
    cross, own, other = (w * d.conj()).sum(0), (np.abs(d) ** 2).sum(0), (np.abs(w) ** 2).sum(0)
    linear = np.log10(np.abs(pool(cross, edges)) / (pool(own, edges) + TINY) + 1e-4)
    power = np.log10(pool(other, edges) / (pool(own, edges) + TINY) + 1e-6)
    coherent = pool(np.abs(cross) ** 2 / (own * other + TINY), edges) / np.diff(edges)
    coherence = np.log10(1 - np.clip(coherent, 0, 1) + 1e-4)

    edges = band_edges(150, 10_500, _BANDS + 1, 1024)
    d_db, w_db = (10 * np.log10(pool(np.abs(x) ** 2, edges) + 1e-7) for x in (d, w))  # (frame, band)
    active = (d_db > -55).astype(float)
    course = (w_db - d_db) * active
    count = active.sum(0) + TINY
    mean = course.sum(0) / count
    course = (course - mean * active) / 10
    deviation = np.sqrt((course**2).sum(0) / count + 1e-6)
    by_level, quarter = course[d_db.mean(1).argsort()], len(course) // 4
    quiet, loud = by_level[:quarter].mean(0), by_level[-quarter:].mean(0)
    return np.concatenate([
        linear, power / 2, coherence, mean / 10, deviation, quiet, loud, measure_sway(course, seconds(pair.dry)),
        measure_sway(course - course.mean(axis=1, keepdims=True), seconds(pair.dry)), [np.mean(deviation)],
    ])  # fmt: skip
