"""Bitcrush: how often does the signal step, and how high is a step?"""

import numpy as np
import scipy.fft

from core.audio import SAMPLE_RATE
from core.audio.measurements.aligned import Aligned
from core.audio.measurements.scale import TINY, position
from core.audio.stft import hann

_LOWEST_HZ, _BANDS = 2300, 32
_FEW = 16


def measure_steps(pair: Aligned) -> np.ndarray:
    """Bitcrush: the rate at which samples are held, how clearly, gaps between changes, and the smallest step."""
    return np.concatenate([_lines(pair.dry, pair.wet), _gaps(pair.wet)])


def _lines(dry: np.ndarray, wet: np.ndarray) -> np.ndarray:
    """The line that held samples draw into the squares of their differences: it outlives noise, codecs and other sample
    rates, but what lies beyond half the sample rate is seen mirrored."""
    found, own = _jumps(wet), _jumps(dry)
    lowest = int(_LOWEST_HZ / (SAMPLE_RATE / 2) * len(found))
    top = lowest + int(found[lowest:].argmax())
    edges = np.geomspace(lowest, len(found) - 1, _BANDS + 1).astype(int)
    height, before = (np.log10(np.maximum.reduceat(x, edges[:-1]) + TINY) for x in (found, own))
    hz = top * SAMPLE_RATE / 2 / len(found)
    half = found[top // 2 - 1 : top // 2 + 2].max() / (found[top] + TINY)
    return np.array([position(hz, 2500, 16_000), position(SAMPLE_RATE - hz, 2500, 16_000), np.log10(found[top] + TINY),
                     half, *height, *(height - before)])  # fmt: skip


def _jumps(sound: np.ndarray) -> np.ndarray:
    """Spectrum (bin,) of the squares of a sound's (time,) differences, over its median."""
    jumps = np.square(np.diff(sound))
    jumps = np.minimum(jumps, np.quantile(jumps[::7], 0.98))
    size = scipy.fft.next_fast_len(len(jumps), real=True)
    spectrum = np.abs(scipy.fft.rfft((jumps - jumps.mean()) * hann(len(jumps)).astype(np.float32), size))
    return spectrum / (np.median(spectrum[::7]) + TINY)


def _gaps(wet: np.ndarray) -> np.ndarray:
    """Gaps between changes where values are held to the bit, and the smallest value."""
    places = np.flatnonzero(np.abs(np.diff(wet)) > 1e-5)
    if len(places) < _FEW:
        return np.zeros(15)
    gaps = np.bincount(np.minimum(np.diff(places), 12), minlength=13)[1:] / len(places)
    held = 1 - len(places) / len(wet)
    sizes = np.abs(wet[np.abs(wet) > 1e-6])
    small = np.quantile(sizes[::7], 0.002) if len(sizes) >= _FEW else 1e-6
    return np.array([held, np.log10(1 - held + 1e-2), np.log10(small), *gaps[:12]])
