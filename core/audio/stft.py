"""Short-time spectra of a sound in NumPy: what measures and measurements look at. Models see core.audio.spectrogram."""

from functools import lru_cache

import numpy as np
import scipy.fft

from core.audio import SAMPLE_RATE


def stft(audio: np.ndarray, size: int, hop: int, precision: type = np.float64) -> np.ndarray:
    """Hann STFT (..., frame, bin), complex, of audio (..., time), time >= size; a full-scale sine has magnitude 1 in
    its bin.

    Frame i begins at sample i * hop; there is no padding. precision: np.float32 takes half the time.
    """
    window = hann(size)
    frames = np.lib.stride_tricks.sliding_window_view(audio, size, axis=-1)[..., ::hop, :]
    return scipy.fft.rfft(frames * (2 * window / window.sum()).astype(precision), axis=-1)


@lru_cache(maxsize=16)
def hann(size: int) -> np.ndarray:
    """Hann window (size,), read-only."""
    window = np.hanning(size)
    window.setflags(write=False)
    return window


def pool(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Sums of values (..., bin) between edges (band + 1,), bins that rise: (..., band)."""
    return np.add.reduceat(values, edges, axis=-1)[..., :-1]


def band_edges(low_hz: float, high_hz: float, count: int, size: int) -> np.ndarray:
    """Bins (count,) of an STFT of `size` samples, evenly apart on a logarithmic scale from low_hz to high_hz."""
    return np.round(np.geomspace(low_hz, high_hz, count) / SAMPLE_RATE * size).astype(int)


def bands_db(audio: np.ndarray) -> np.ndarray:
    """Power of audio (time,) in dB above -60 dB, (frame, band): 21 ms a frame, some 60 bands from 80 Hz up."""
    spectrum = stft(np.pad(audio, (0, max(0, 1024 - len(audio)))), 1024, 512, np.float32)
    return 10 * np.log10(pool(spectrum.real**2 + spectrum.imag**2, _edges()).astype(np.float64) + 1e-6)


@lru_cache(maxsize=1)
def _edges() -> np.ndarray:
    return np.unique(band_edges(80, 11_800, 65, 1024))
