"""The lag between a dry and a wet sound, found and taken out."""

import numpy as np

from core.audio import SAMPLE_RATE, SEGMENT
from core.audio.deconvolution import even_floor, impulse_response

MAX_LAG_S = 2.0
_FILTER_SAMPLES = 96  # what looks like a lag below 4 ms may be a filter's own delay


def lag_of(dry: np.ndarray, wet: np.ndarray) -> int:
    """Samples that wet (time,) comes later than dry (time,), at most 2 s or half of the shorter; 0 for less than 4 ms.

    The first strong peak of the cross-correlation of the whitened sounds: an echo is louder than what it repeats at
    times, but never earlier.
    """
    response = np.abs(impulse_response(dry, wet, even_floor))
    most = int(min(MAX_LAG_S * SAMPLE_RATE, min(len(dry), len(wet)) // 2))  # half of the shorter one stays to compare
    around = np.concatenate([response[-most:], response[: most + 1]])
    first = int((around > 0.4 * around.max()).argmax())
    lag = first + int(around[first : first + 3].argmax()) - most  # the peak itself, not its rise
    return 0 if abs(lag) <= _FILTER_SAMPLES else lag


def residual_lag(predicted: np.ndarray, wet: np.ndarray, most: int = 32) -> int:
    """Samples, at most `most` either way, that wet (time,) comes later than what is thought to be the same sound."""
    size = min(len(predicted), len(wet), 2 * SEGMENT)
    # Differences: high frequencies tell samples apart, low ones hardly.
    p, w = np.diff(predicted[:size], n=2), np.pad(np.diff(wet[:size], n=2), most)
    return int(np.argmax([p @ w[start : start + len(p)] for start in range(2 * most + 1)])) - most


def align(dry: np.ndarray, wet: np.ndarray, lag: int | None = None) -> tuple[np.ndarray, np.ndarray, int]:
    """dry and wet without the lag between them, cut to what both have, and the lag in samples; None: see `lag_of`."""
    lag = lag_of(dry, wet) if lag is None else lag
    dry, wet = dry[max(0, -lag) :], wet[max(0, lag) :]
    length = min(len(dry), len(wet))
    return dry[:length], wet[:length], lag
