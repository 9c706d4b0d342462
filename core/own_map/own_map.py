"""The map of a recording: what each of its points is, and where it lies in z."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from core.audio import SAMPLE_RATE, SEGMENT
from core.audio.io import AudioError, is_silent
from core.audio.own import Own
from core.effects import Chain, KnobLayout, Setting
from core.effects.chain import plainest

MOST_POINTS = 2000
DEEPEST = 2
"""Settings in a chain of a map, at most."""


LEAST_S = 0.5


def as_mapped(own: Own, name: str) -> Own:
    """What a map is made of: as much of a recording as a model hears, ended in silence where it is shorter.

    AudioError where it is so short that an effect could hardly be told on it.
    """
    if len(own.heard) < LEAST_S * SAMPLE_RATE:
        raise AudioError(f"{name} is shorter than {LEAST_S} s, too short for a map. Please choose a longer one.")
    mapped = own.lasting(SEGMENT, loop=False)
    if is_silent(mapped.heard):
        raise AudioError(f"{name} is silent for its first {SEGMENT / SAMPLE_RATE:.2f} s. Please cut that off.")
    return mapped


@dataclass(frozen=True)
class Made:
    """What was found of N settings; arrays, read-only.

    effect (N, DEEPEST): numbers of the effects in signal order, -1 where a chain is shorter. values (N, DEEPEST, P):
    positions of their knobs, NaN where there is none. z (N, part): the part of z that the checkpoint's atlas maps.
    loudness_lufs, brightness_hz (N,): of the wet sound.
    """

    effect: np.ndarray
    values: np.ndarray
    z: np.ndarray
    loudness_lufs: np.ndarray
    brightness_hz: np.ndarray

    def __len__(self) -> int:
        return len(self.effect)

    @classmethod
    def of(cls, knobs: KnobLayout, chains: Sequence[Chain], rows: np.ndarray) -> "Made":
        """Of chains and what was heard of each, rows (N, part + 2): z, loudness, brightness. A chain whose row is NaN
        is left out: its effects made no sound."""
        effect = np.full((len(chains), DEEPEST), -1, dtype=np.int8)
        values = np.full((len(chains), DEEPEST, knobs.most), np.nan, dtype=np.float32)
        for number, chain in enumerate(chains):
            for place, setting in enumerate(chain.settings):
                effect[number, place] = knobs.effects.index(setting.effect)
                values[number, place, : len(setting.values)] = setting.values
        heard = np.isfinite(rows).all(axis=1)
        rows = rows[heard].astype(np.float32)
        return cls(effect[heard], values[heard], rows[:, :-2], rows[:, -2], rows[:, -1])


@dataclass(frozen=True)
class OwnMap:
    """A recording, as long as a model hears, and what was made of it.

    name: of the recording. checkpoint, fingerprint: whose z it is, and the state of its weights. knobs: of its effects.
    """

    name: str
    own: Own = field(repr=False)
    checkpoint: str
    fingerprint: str
    knobs: KnobLayout
    made: Made = field(repr=False)

    def __len__(self) -> int:
        return len(self.made)

    def played(self, point: int) -> Setting | Chain:
        """What the recording went through at a point."""
        numbers = self.made.effect[point]
        settings = (
            self.knobs.setting_of_point(number, self.made.values[point, place])
            for place, number in enumerate(numbers)
            if number >= 0
        )
        return plainest(Chain(tuple(settings)))

    def knob(self, effect: int, knob: int) -> np.ndarray:
        """(N,) the position of one knob of effect number `effect`, NaN where that is not in the chain."""
        there = self.made.effect == effect
        values = np.where(there, self.made.values[:, :, knob], np.nan)
        return np.where(there[:, 0], values[:, 0], values[:, 1])

    def with_made(self, made: Made) -> "OwnMap":
        """The same recording with other points."""
        return replace(self, made=made)
