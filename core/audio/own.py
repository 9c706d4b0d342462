"""A recording as it was brought: at its own rate, in its own channels."""

from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np

from core.audio import SAMPLE_RATE
from core.audio.channels import centred, heard_alike
from core.audio.containers.parts import parts
from core.audio.decoders import Decoder, Undecodable, opened
from core.audio.io import Source, bytes_of, label_of, load
from core.audio.rate import as_heard, resampled

MOST_SAMPLES = 20_000_000
"""Of all channels together, 80 MB: 3 min 46 s of stereo at 44.1 kHz. So much is held where many are at work at once."""
_CHANNELS = 8
_SAME_S = 0.15  # by which what two ways of reading give may differ: encoders pad
_SAME_LEVEL = 0.05
_STUDIO_HZ = 44_100
_LOW = "{} has {:,} samples a second and is used at {:,}: below that, effects are others than they are called."


@dataclass(frozen=True)
class Own:
    """audio: (time,) of one channel, (channel, time) of more, float32 at `rate` Hz. heard, notes: of io.load.

    limited: whether it was too long to be held as it was brought.
    """

    audio: np.ndarray
    rate: int
    heard: np.ndarray
    notes: tuple[str, ...] = ()
    limited: bool = False

    @classmethod
    def of(cls, heard: np.ndarray) -> "Own":
        """A sound (time,) that is at 24 kHz anyhow."""
        return cls(heard, SAMPLE_RATE, heard)

    @property
    def plain(self) -> bool:
        """Whether it is what is heard, 24 kHz in one channel."""
        return self.rate == SAMPLE_RATE and self.audio.ndim == 1

    @property
    def mixes(self) -> bool:
        """Whether the mean of its channels is what is heard, as where none cancel each other."""
        mean = as_heard(self.audio, self.rate)
        return bool(abs(mean.std() - self.heard.std()) < _SAME_LEVEL * self.heard.std())

    @property
    def text(self) -> str:
        """For people: "44.1 kHz, stereo"."""
        return quality(self.audio, self.rate)

    def part(self, start: int, stop: int) -> "Own":
        """The samples start ... stop, at 24 kHz, of what is heard, and the same stretch of what was brought."""
        if self.plain:
            return replace(Own.of(self.heard[start:stop]), notes=self.notes)
        cut = slice(round(start * self.rate / SAMPLE_RATE), round(stop * self.rate / SAMPLE_RATE))
        return Own(self.audio[..., cut], self.rate, self.heard[start:stop], self.notes)

    def lasting(self, samples: int, loop: bool) -> "Own":
        """As long as so many samples at 24 kHz: cut, or looped, or ended in silence."""
        if self.plain:
            return replace(Own.of(_lasting(self.heard, samples, loop)), notes=self.notes)
        length = round(samples * self.rate / SAMPLE_RATE)
        return Own(_lasting(self.audio, length, loop), self.rate, _lasting(self.heard, samples, loop), self.notes)


def load_own(
    source: Source,
    name: str = "",
    start_s: float = 0.0,
    seconds: float | None = None,
    most: int | None = None,
) -> Own:
    """Read a recording without mixing it, at its own rate, or at 24 kHz where that is lower; what must be pieced
    together or repaired, as io.load does.

    source ... seconds: as of io.load, which raises AudioError. most: samples of all channels together; of a longer
    recording what is heard stands for it, with a sentence that says so.
    """
    loaded = load(source, name, start_s, seconds)
    label = label_of(source, name)
    room_s = len(loaded.audio) / SAMPLE_RATE
    with suppress(Undecodable, ValueError):
        (part,) = parts(bytes_of(source))
        with opened(part, start_s > 0, loaded.track) as decoder:
            rate, channels, used = decoder.rate, decoder.channels, max(decoder.rate, SAMPLE_RATE)
            if most is not None and room_s * used * channels > most:
                longest = f"Up to {most / used / channels / 60:.1f} min keep {used / 1000:g} kHz and their channels."
                return Own(loaded.audio, SAMPLE_RATE, loaded.audio, (*loaded.notes, _used_as(label, longest)), True)
            low = () if rate >= SAMPLE_RATE else (_LOW.format(label, rate, SAMPLE_RATE),)
            if channels == 1 and rate <= SAMPLE_RATE:
                return replace(Own.of(loaded.audio), notes=(*loaded.notes, *low))
            if channels <= _CHANNELS:
                if start_s:
                    decoder.skip(start_s)
                audio = _frames(decoder, round((room_s + (0.0 if seconds else _SAME_S)) * rate))
                if abs(audio.shape[1] / rate - room_s) < _SAME_S and np.isfinite(audio).all():
                    for channel in audio:
                        channel[:] = centred(channel, rate)
                    audio = resampled(audio, rate, used)
                    return Own(audio[0] if channels == 1 else audio, used, loaded.audio, (*loaded.notes, *low))
    return Own(loaded.audio, SAMPLE_RATE, loaded.audio, (*loaded.notes, _used_as(label)))


def together(dry: Own, wet: Own) -> tuple[np.ndarray, np.ndarray, int]:
    """A dry and a wet recording at one rate and in the same channels, those of the dry one, and that rate in Hz.

    Of two rates the wet one's gives way where both are of a studio, 44.1 kHz or more. Else both are what is heard of
    them. Where channels cancel each other in the mean of one of them, the same channels of both where both have them.
    """
    of_one, of_a_studio = dry.rate == wet.rate, min(dry.rate, wet.rate) >= _STUDIO_HZ
    if (of_one or of_a_studio) and dry.mixes and wet.mixes:
        return dry.audio, as_channels(resampled(wet.audio, wet.rate, dry.rate), dry.audio), dry.rate
    if dry.audio.ndim == 2 and dry.audio.shape[:-1] == wet.audio.shape[:-1] and not (dry.mixes and wet.mixes):
        rate = dry.rate if of_one or of_a_studio else SAMPLE_RATE
        alike = heard_alike(resampled(dry.audio, dry.rate, rate), resampled(wet.audio, wet.rate, rate), rate)
        return *alike, rate
    return dry.heard, wet.heard, SAMPLE_RATE


def quality(audio: np.ndarray, rate: int) -> str:
    """For people: "44.1 kHz, stereo" of audio, (time,) or (channel, time), at `rate` Hz."""
    channels = 1 if audio.ndim == 1 else len(audio)
    return f"{rate / 1000:g} kHz, {({1: 'mono', 2: 'stereo'}).get(channels, f'{channels} channels')}"


def _used_as(label: str, more: str = "") -> str:
    return f"{label} is used as one channel at {SAMPLE_RATE:,} Hz. {more}".rstrip()


def _frames(decoder: Decoder, most: int) -> np.ndarray:
    """What a decoder gives (channel, time), at most so many frames; held once, as it may be long."""
    audio, count = np.empty((decoder.channels, most), dtype=np.float32), 0
    for block in decoder.blocks():
        taken = block[: most - count]
        audio[:, count : count + len(taken)] = taken.T
        count += len(taken)
        if len(taken) < len(block):
            break
    return audio[:, :count]


def as_channels(audio: np.ndarray, like: np.ndarray) -> np.ndarray:
    """audio in as many channels as another sound: its mean in each of them where it has others."""
    if audio.shape[:-1] == like.shape[:-1]:
        return audio
    mean = audio if audio.ndim == 1 else audio.mean(axis=0)
    return mean if like.ndim == 1 else np.repeat(mean[None], len(like), axis=0)


def _lasting(audio: np.ndarray, samples: int, loop: bool) -> np.ndarray:
    """audio (..., time) cut to so many samples, or looped, or ended in silence."""
    short = samples - audio.shape[-1]
    if short <= 0:
        return audio[..., :samples]
    if loop:
        return np.tile(audio, -(-samples // audio.shape[-1]))[..., :samples]
    return np.pad(audio, [*[(0, 0)] * (audio.ndim - 1), (0, short)])
