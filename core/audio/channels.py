"""From the channels of a recording to one."""

import numpy as np
import scipy.fft

from core.audio import SAMPLE_RATE

_FRAME_S = 0.2  # much longer than any delay between the channels of a recording
_LEAST_FRAMES = 12  # before a bin tells chance from cancellation
_MOST_SAMPLES = 2**25  # of all channels together, some six minutes of stereo: they tell enough
_LOST = 0.25  # a bin that keeps less of its power than unlike channels would is lost
_TOO_MUCH = 0.1  # of the power in lost bins
_HALF = 0.5  # up to there, what is lost in the mean of dry is lost in that of wet, too
_DEAD = 1e-6  # of the loudest channel's power
_LOWEST_HZ = 20.0
SILENT = 1e-4  # peak, -80 dB
OFFSET = 0.01  # of the sound's own level: 40 dB under it
_BLOCK_S = 10
CLICK_S, CLICK_LEAST = 0.05, 0.01  # of a click, what is above this share of its peak


class Mixture:
    """What becomes of the channels where they are averaged; fed block by block.

    Channels that are turned against each other, as a whole or in some bands, or of which one comes a little later,
    cancel in the average. Without that, power adds up as if they had nothing in common, or better.
    """

    def __init__(self, channels: int, rate: int) -> None:
        self.channels, self.rate = channels, rate
        self.power = np.zeros(channels)
        self._frame = 0
        self._apart = self._summed = np.zeros(0)
        self._frames = self._samples = 0

    def averaged(self, block: np.ndarray) -> np.ndarray:
        """The average (time,) of a block (time, channel)."""
        if self.channels > 1 and self._samples < _MOST_SAMPLES and len(block):
            self._samples += block.size
            apart = block.T.astype(np.float64, order="C")
            self.power += (apart**2).sum(axis=1) - apart.sum(axis=1) ** 2 / len(block)
            self._look(block)
        return block @ np.full(self.channels, 1 / self.channels, dtype=np.float32)

    def _look(self, block: np.ndarray) -> None:
        """Add up the power of each bin in the channels, and in their sum."""
        if not self._frame:
            self._frame = 2 ** int(np.log2(min(_FRAME_S * self.rate, len(block))))
            self._apart, self._summed = np.zeros((2, self._frame // 2 + 1))
        count = len(block) // self._frame
        framed = block[: count * self._frame].reshape(count, self._frame, self.channels)
        window = np.hanning(self._frame)[:, None].astype(np.float32)
        spectra = scipy.fft.rfft(np.ascontiguousarray((framed * window).transpose(2, 0, 1)))
        self._apart += (np.abs(spectra) ** 2).sum(axis=(0, 1))
        self._summed += (np.abs(spectra.sum(axis=0)) ** 2).sum(axis=0)
        self._frames += count

    @property
    def lost(self) -> float:
        """Share of the power that is lost in the average, 0 ... 1."""
        heard = np.arange(len(self._apart)) * self.rate / self._frame >= _LOWEST_HZ
        apart, summed = self._apart[heard], self._summed[heard]
        total = apart.sum()
        if not total:
            return 0.0
        kept = summed.sum() / total
        if self._frames < _LEAST_FRAMES:
            return float(1 - kept) if kept < _LOST else 0.0
        in_lost_bins = apart[summed < _LOST * apart].sum() / total
        return float(max(in_lost_bins, 1 - kept if kept < 0.5 else 0.0))

    @property
    def alone(self) -> int | None:
        """The channel to use alone, the loudest one, as too much would be lost in the average; None where it is not."""
        return int(self.power.argmax()) if self.lost > _TOO_MUCH else None

    @property
    def gain(self) -> float:
        """What the average is to be raised by where some channels are silent: nobody hears those."""
        heard = int((self.power > _DEAD * self.power.max()).sum())
        return self.channels / heard if heard else 1.0


def is_silent(audio: np.ndarray) -> bool:
    """Whether nobody hears a sound (time,): its peak, without offset, is below -80 dB."""
    audio = centred(audio)
    return bool(max(audio.max(), -audio.min()) < SILENT)


def centred(audio: np.ndarray, rate: int = SAMPLE_RATE) -> np.ndarray:
    """audio (time,) without its offset, which nobody hears, where it has one to speak of; silence around it stays.

    What is as short as a click lies on one side by itself, and stays as it is.
    """
    sounding, size = audio != 0, np.abs(audio)
    loud = np.flatnonzero(size > CLICK_LEAST * size.max(initial=0.0))
    if not len(loud) or loud[-1] - loud[0] < CLICK_S * rate:
        return audio
    span = audio[_around(sounding)]
    slight = abs(span.mean(dtype=np.float64)) <= OFFSET * np.sqrt(float(span @ span) / len(span))
    return audio if slight else without_offset(audio)


def without_offset(audio: np.ndarray) -> np.ndarray:
    """audio (time,) without its offset, however small, from where it begins to sound to where it ends."""
    out, around = audio.copy(), _around(audio != 0)
    out[around] -= np.float32(out[around].mean(dtype=np.float64))
    return out


def _around(sounding: np.ndarray) -> slice:
    """From the first to the last True (time,); all where there is none."""
    return slice(int(sounding.argmax()), len(sounding) - int(sounding[::-1].argmax()))


def heard_in_one(audio: np.ndarray, rate: int) -> np.ndarray:
    """audio (channel, time) as one channel (time,): the mean of those that sound, or the loudest of them where too much
    is lost in it."""
    mixture = _mixture(audio, rate)
    return audio.mean(axis=0) * np.float32(mixture.gain) if mixture.alone is None else audio[mixture.alone]


def heard_alike(dry: np.ndarray, wet: np.ndarray, rate: int) -> tuple[np.ndarray, np.ndarray]:
    """dry and wet (channel, time) of one count of channels, so that their means can be compared: without channels that
    are silent in one of them; where half is lost in either's mean, their strongest channel. One channel is (time,)."""
    of_both = [_mixture(sound, rate) for sound in (dry, wet)]
    if max(one.lost for one in of_both) > _HALF:
        strongest = int((of_both[0].power * of_both[1].power).argmax())
        return dry[strongest], wet[strongest]
    sounding = np.all([one.power > _DEAD * one.power.max() for one in of_both], axis=0)
    if sounding.all() or not sounding.any():
        return dry, wet
    return (dry[sounding], wet[sounding]) if sounding.sum() > 1 else (dry[sounding.argmax()], wet[sounding.argmax()])


def _mixture(audio: np.ndarray, rate: int) -> Mixture:
    """What becomes of audio (channel, time) where it is averaged."""
    mixture, block = Mixture(len(audio), rate), round(_BLOCK_S * rate)
    for start in range(0, audio.shape[1], block):
        mixture.averaged(audio[:, start : start + block].T)
    return mixture
