"""Bitcrush: how often does the signal step, and how high is a step?"""

import numpy as np
import scipy.fft

from core.audio import SAMPLE_RATE
from core.audio.measurements.scale import position


def measure_steps(wet: np.ndarray) -> np.ndarray:
    """Bitcrush: the rate at which samples change, its clearness, gaps between changes, and the smallest step."""
    change = np.abs(np.diff(wet)) > 1e-5
    places = np.flatnonzero(change)
    if len(places) < 16:
        return np.zeros(18)
    gaps = np.bincount(np.minimum(np.diff(places), 12), minlength=13)[1:] / len(places)
    size = scipy.fft.next_fast_len(len(change), real=True)
    comb = np.abs(scipy.fft.rfft(change.astype(float), size)) / len(places)
    fast = gaps[0] > 0.02  # two changes in a row: more than half as many steps as samples, the comb is an image
    lowest = int((7900 if fast else 2300) / SAMPLE_RATE * size)
    top = comb[lowest:].max()
    peak = lowest + int((comb[lowest:] > 0.75 * top).argmax())
    rate_hz = peak * SAMPLE_RATE / size
    rate_hz = SAMPLE_RATE - rate_hz if fast else rate_hz
    sizes = np.abs(wet[np.abs(wet) > 1e-6])
    small = np.quantile(sizes, 0.002) if len(sizes) else 1e-6
    held = 1 - len(places) / len(wet)
    return np.array([position(rate_hz, 2500, 16_000), top, held, np.log10(1 - held + 1e-2), np.log10(small), *gaps[:12],
                     float(fast)])  # fmt: skip
