"""Delay and reverb: when does the sound come back, how loud, how long?"""

from itertools import pairwise

import numpy as np
import scipy.fft

from core.audio import SAMPLE_RATE
from core.audio.measurements.aligned import Aligned
from core.audio.measurements.scale import TINY, position

_DECAY_BANDS_HZ = ((150, 600), (600, 1500), (1500, 3500), (3500, 7000), (7000, 11_500))


def measure_echoes(pair: Aligned) -> np.ndarray:
    """Delay and reverb: the strongest repeat, its time and its own repeats; decay of the response in bands."""
    response = pair.response
    size_s = np.abs(response[: 2 * SAMPLE_RATE])
    first, last = int(0.045 * SAMPLE_RATE), int(0.64 * SAMPLE_RATE)
    time = first + int(size_s[first:last].argmax())
    near_time = np.arange(first, last) // 240 == time // 240  # 10 ms
    second = first + int(np.where(near_time, 0, size_s[first:last]).argmax())

    def near(place: int) -> float:
        return float(size_s[max(0, place - 4) : place + 5].max(initial=0.0))

    direct, repeats = near(4), [near(time * turn) for turn in (1, 2, 3)]
    usual = float(np.median(size_s[first:last]))
    ratio = repeats[0] / (direct + TINY)
    again = [min(b / (a + TINY), 2.0) for a, b in pairwise(repeats)]
    clear = np.log10(repeats[0] / (usual + TINY) + TINY)
    found = [
        position(time / SAMPLE_RATE, 0.05, 0.6), ratio / (1 + ratio), *again, np.clip(clear, -2, 4),
        position(second / SAMPLE_RATE, 0.05, 0.6), size_s[second] / (size_s[time] + TINY),
    ]  # fmt: skip

    spectrum = scipy.fft.rfft(response)
    hz = np.linspace(0, SAMPLE_RATE / 2, len(spectrum))
    edges = (np.geomspace(0.012, 1.7, 19) * SAMPLE_RATE).astype(int)
    centre_s = np.sqrt(edges[1:] * edges[:-1]) / SAMPLE_RATE
    total = (response[: edges[0]] ** 2).sum() + TINY
    out = [np.array(found)]
    for low, high in _DECAY_BANDS_HZ:
        band = scipy.fft.irfft(spectrum * ((hz >= low) & (hz < high)), len(response))
        energy = np.add.reduceat(band[: edges[-1]] ** 2, edges[:-1])
        own = (band[: edges[0]] ** 2).sum() + TINY
        density = 10 * np.log10(energy / np.diff(edges) * edges[0] / own + 1e-8)
        slope, start = np.polyfit(centre_s[5:15], density[5:15], 1)
        out.append(np.array([slope / 60, start / 30, *(density / 40), np.log10(own / total + 1e-4)]))
    fine = np.concatenate([np.arange(0, 1200, 120), (np.geomspace(0.05, 1.5, 80) * SAMPLE_RATE).astype(int)])
    energy = np.add.reduceat(response[: fine[-1] + 1] ** 2, fine)[:-1]
    out.append(np.log10(energy / (energy.sum() + TINY) + 1e-6))
    return np.concatenate(out)
