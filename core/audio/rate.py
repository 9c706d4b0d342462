"""Other sample rates and channels than those that the models hear, 24 kHz and one."""

import numpy as np
import soxr

from core.audio import SAMPLE_RATE


def resampled(audio: np.ndarray, rate: int, to: int) -> np.ndarray:
    """audio, (time,) or (channel, time), from `rate` to `to` Hz, float32, by soxr in high quality."""
    return audio if rate == to else soxr.resample(audio.T, rate, to).T.astype(np.float32)


def as_heard(audio: np.ndarray, rate: int = SAMPLE_RATE) -> np.ndarray:
    """audio, (time,) or (channel, time), at `rate` Hz as models hear it: the mean of its channels (time,) at 24 kHz."""
    return resampled(audio if audio.ndim == 1 else audio.mean(axis=0), rate, SAMPLE_RATE)
