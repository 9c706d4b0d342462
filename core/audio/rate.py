"""Other sample rates and channels than those that the models hear, 24 kHz and one."""

import numpy as np
import soxr

from core.audio import SAMPLE_RATE

PLAYED_HZ = 8_000, 48_000


def resampled(audio: np.ndarray, rate: int, to: int) -> np.ndarray:
    """audio, (time,) or (channel, time), from `rate` to `to` Hz, float32, by soxr in high quality."""
    return audio if rate == to else soxr.resample(audio.T, rate, to).T.astype(np.float32)


def as_heard(audio: np.ndarray, rate: int = SAMPLE_RATE) -> np.ndarray:
    """audio, (time,) or (channel, time), at `rate` Hz as models hear it: the mean of its channels (time,) at 24 kHz."""
    return resampled(audio if audio.ndim == 1 else audio.mean(axis=0), rate, SAMPLE_RATE)


def playable(audio: np.ndarray, rate: int) -> tuple[np.ndarray, int]:
    """audio, (time,) or (channel, time), and its rate in Hz, as browsers play it: one channel or two, 8 to 48 kHz."""
    if audio.ndim == 2 and len(audio) > 2:
        audio = audio.mean(axis=0)
    played = min(max(rate, PLAYED_HZ[0]), PLAYED_HZ[1])
    return resampled(audio, rate, played), played
