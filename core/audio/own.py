"""A recording as it was brought: at its own rate, in its own channels."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.audio import SAMPLE_RATE
from core.audio.channels import centred
from core.audio.containers.parts import parts
from core.audio.decoders import Undecodable, opened
from core.audio.io import load
from core.audio.rate import as_heard

_CHANNELS = 8
_SAME_S = 0.15  # by which what two ways of reading give may differ: encoders pad
_SAME_LEVEL = 0.05


@dataclass(frozen=True)
class Own:
    """audio: (time,) of one channel, (channel, time) of more, float32 at `rate` Hz. heard, notes: of io.load."""

    audio: np.ndarray
    rate: int
    heard: np.ndarray
    notes: tuple[str, ...]

    @property
    def mixes(self) -> bool:
        """Whether the mean of its channels is what is heard, as where none cancel each other."""
        mean = as_heard(self.audio, self.rate)
        return bool(abs(mean.std() - self.heard.std()) < _SAME_LEVEL * self.heard.std())


def load_own(file: str | Path) -> Own:
    """Read a recording without mixing or resampling it; what must be pieced together or repaired, as io.load does.

    Raises AudioError as io.load does.
    """
    loaded = load(file)
    with suppress(Undecodable, ValueError):
        (part,) = parts(memoryview(Path(file).read_bytes()))
        with opened(part) as decoder:
            rate, frames = decoder.rate, np.concatenate(list(decoder.blocks()))
        same = abs(len(frames) / rate - len(loaded.audio) / SAMPLE_RATE) < _SAME_S
        if same and frames.shape[1] <= _CHANNELS and np.isfinite(frames).all():
            channels = np.stack([centred(channel) for channel in frames.T])
            return Own(channels[0] if len(channels) == 1 else channels, rate, loaded.audio, loaded.notes)
    notes = (*loaded.notes, f"{file} is used as one channel at {SAMPLE_RATE:,} Hz.")
    return Own(loaded.audio, SAMPLE_RATE, loaded.audio, notes)
