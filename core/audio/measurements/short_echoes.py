"""Chorus: where is the wavering copy, how far and how fast does it swing?"""

import numpy as np
import scipy.fft

from core.audio import SAMPLE_RATE
from core.audio.deconvolution import transfer
from core.audio.measurements.aligned import Aligned, seconds
from core.audio.measurements.scale import TINY
from core.audio.measurements.sway import measure_sway
from core.audio.stft import stft


def measure_short_echoes(pair: Aligned) -> np.ndarray:
    """Chorus: the delay of a wavering copy, frame by frame; where it dwells, how far and how fast it swings."""
    d, w = (stft(x, 2048, 1024, np.float32) for x in (pair.dry, pair.wet))
    power = np.abs(d) ** 2
    response = transfer(d, w, power, 0.05 * power.mean(1, keepdims=True) + TINY)
    response = scipy.fft.irfft(response, axis=1)[:, :480] ** 2  # 20 ms
    energy = response.reshape(len(d), 120, 4).sum(2)
    total = power.sum(1)
    active = (total > 1e-4 * total.max()).astype(float)
    share = energy / (energy.sum(1, keepdims=True) + TINY)
    dwell = (share * active[:, None]).sum(0) / (active.sum() + TINY)
    late = energy[:, 6:] ** 2
    delay_ms = (np.arange(6, 120) + 0.5) * 4 / SAMPLE_RATE * 1000
    centre = (late * delay_ms).sum(1) / (late.sum(1) + 1e-30)
    mean = (centre * active).sum() / (active.sum() + TINY)
    swing = np.where(active > 0, centre - mean, 0.0)
    span = np.quantile(centre[active > 0] - mean, (0.03, 0.1, 0.9, 0.97)) if active.any() else np.zeros(4)
    clear = np.log10(late.max(1) / (late.sum(1) + 1e-30) + 1e-3) @ active / (active.sum() + TINY)
    return np.concatenate([
        np.log10(dwell.reshape(60, 2).sum(1) + 1e-4), span / 5, [mean / 7, clear, swing.std() / 3],
        measure_sway(swing[:, None] / 3, seconds(pair.dry)),
    ])  # fmt: skip
