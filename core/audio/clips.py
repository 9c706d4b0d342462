"""The recordings that come with the product: 16 short clips under free licences, never training data."""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from core.audio import SEGMENT
from core.audio.io import read

FOLDER = Path(__file__).with_name("clips")


@dataclass(frozen=True)
class Clip:
    """One shipped recording: its name, a label for people, seconds, and whom to thank under which licence."""

    name: str
    label: str
    seconds: float
    author: str
    licence: str
    source: str

    @property
    def is_speech(self) -> bool:
        return self.name.startswith("speech")


@lru_cache(maxsize=1)
def clips() -> tuple[Clip, ...]:
    """All shipped clips, speech first."""
    return tuple(Clip(**row) for row in json.loads((FOLDER / "credits.json").read_text()))


@lru_cache(maxsize=16)
def load_clip(name: str) -> np.ndarray:
    """The named clip as read-only float32 mono at 24 kHz, shape (time,), at -23 LUFS.

    Raises KeyError with the known names for an unknown one.
    """
    if name not in {clip.name for clip in clips()}:
        raise KeyError(f"no clip {name!r}; known: {', '.join(clip.name for clip in clips())}")
    audio = read(FOLDER / f"{name}.flac")
    audio.setflags(write=False)
    return audio


def clip_segment(name: str, offset: int) -> np.ndarray:
    """A full segment, shape (SEGMENT,), of the named clip played in a loop from sample `offset` on."""
    return np.resize(np.roll(load_clip(name), -offset), SEGMENT)
