"""Other sample rates and channels than those that the models hear, 24 kHz and one."""

import numpy as np
import soxr

from core.audio import SAMPLE_RATE
from core.audio.channels import centred

PLAYED_HZ = 8_000, 48_000
_BLOCK = 2**18


class Resampling:
    """One channel on its way from `rate` Hz to 24 kHz, block by block, and without its offset, which would ring where
    the sound begins and where it ends."""

    def __init__(self, rate: int) -> None:
        self._rate, self._stream, self._made = rate, _stream(rate), list[np.ndarray]()
        self._frames = self._start = self._stop = 0  # from start to stop it sounds
        self._sum = 0.0

    def take(self, block: np.ndarray) -> None:
        """The next samples (time,)."""
        sounding = np.flatnonzero(block)
        if len(sounding):
            self._start = self._start if self._stop else self._frames + int(sounding[0])
            self._stop = self._frames + int(sounding[-1]) + 1
        self._sum += float(block.sum(dtype=np.float64))
        self._frames += len(block)
        self._made.append(self._stream.resample_chunk(block))

    def done(self) -> np.ndarray:
        """All of it (time,) float32."""
        self._made.append(self._stream.resample_chunk(np.zeros(0, dtype=np.float32), last=True))
        audio = np.concatenate(self._made)
        if centred(audio) is not audio:
            self._take_away(audio, self._sum / (self._stop - self._start))
        return audio

    def _take_away(self, audio: np.ndarray, offset: float) -> None:
        """What this offset, there from start to stop, has become, from audio (time,), in place."""
        stream, at = _stream(self._rate), 0
        for begin in range(0, self._frames, _BLOCK):
            place = np.arange(begin, min(begin + _BLOCK, self._frames))
            box = offset * ((self._start <= place) & (place < self._stop))
            became = stream.resample_chunk(box.astype(np.float32), last=begin + _BLOCK >= self._frames)
            audio[at : at + len(became)] -= became
            at += len(became)


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


def _stream(rate: int) -> soxr.ResampleStream:
    return soxr.ResampleStream(rate, SAMPLE_RATE, 1, dtype="float32")
