"""A pair as every look takes it: at one time, one polarity, one loudness, and with the response between the two."""

from dataclasses import dataclass

import numpy as np
import scipy.fft

from core.audio import SAMPLE_RATE
from core.audio.deconvolution import even_floor, local_floor, transfer
from core.audio.measure import REFERENCE_LUFS, loudness_lufs

_EARLY, _LATE = 64, 256  # samples: what converters and plugins delay; an echo comes later
_FIRST = 0.4  # of the top: a copy may be louder than what it copies, but never earlier
_RESPONSE = 65_536  # samples of the response that are looked at: 2.7 s


@dataclass(frozen=True)
class Aligned:
    """dry, wet (time,), float32, without offset; wet where dry is, the same way up and as loud.

    change_db: by how much wet was louder. response (_RESPONSE,): what makes wet of dry, from time 0 on, as if it were
    linear. sharpness: of its first peak over the mean, on a logarithmic scale.
    """

    dry: np.ndarray
    wet: np.ndarray
    change_db: float
    response: np.ndarray
    sharpness: float

    @classmethod
    def of(cls, dry: np.ndarray, wet: np.ndarray) -> "Aligned":
        """dry, wet (time,) at 24 kHz, dry at the reference loudness or silent."""
        dry, wet = (np.asarray(x, dtype=np.float32) - np.float32(np.mean(x)) for x in (dry, wet))
        change_db = loudness_lufs(wet) - REFERENCE_LUFS if dry.any() and wet.any() else 0.0
        change_db = float(np.clip(np.nan_to_num(change_db), -40, 40))
        wet = wet * np.float32(10 ** (-change_db / 20))
        size = scipy.fft.next_fast_len(len(dry) + _RESPONSE, real=True)
        d, w = scipy.fft.rfft(dry, size), scipy.fft.rfft(wet, size)
        power = d.real**2 + d.imag**2
        flat = scipy.fft.irfft(transfer(d, w, power, np.float32(even_floor(power))), size)
        around = np.concatenate([flat[-_EARLY:], flat[: _LATE + 1]])
        height = np.abs(around)
        first = int((height > _FIRST * height.max()).argmax())
        peak = first + int(height[first : first + 3].argmax())  # the peak itself, not its rise
        sharpness = float(np.log10(height[peak] / (np.abs(flat).mean() + 1e-12) + 1e-3))
        lag, turn = peak - _EARLY, np.float32(-1 if around[peak] < 0 else 1)
        response = scipy.fft.irfft(transfer(d, w, power, local_floor(power).astype(np.float32)), size)
        return cls(dry, turn * _moved(wet, lag), change_db, turn * np.roll(response, -lag)[:_RESPONSE], sharpness)


def _moved(wet: np.ndarray, lag: int) -> np.ndarray:
    """wet (time,) `lag` samples earlier, as long as before."""
    if lag >= 0:
        return np.concatenate([wet[lag:], np.zeros(lag, np.float32)])
    return np.concatenate([np.zeros(-lag, np.float32), wet[:lag]])


def seconds(sound: np.ndarray) -> float:
    """How long a sound (time,) lasts."""
    return len(sound) / SAMPLE_RATE
