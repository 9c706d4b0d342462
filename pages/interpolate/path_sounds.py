"""A path with its ends, and its sounds, as all views of the page Interpolate need it."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from core.audio.measure import gain_to
from core.effects import Blend, Chain, Setting
from core.effects.automation import Node
from core.paths.path_file import End, PathFile, fingerprint
from core.paths.route import Route
from core.paths.voices import Takes, voice_rate
from pages.interpolate.lock import held
from pages.shared import memory, queue
from pages.shared.controls import CLIP_LABELS, Pair
from pages.shared.results import checkpoints, paths

if TYPE_CHECKING:
    from core.paths.interpolation import Interpolation
    from core.paths.measures import PathMeasures


DRAWN = "t_drawn"
"""Session key of the curve over a recording: ((share of its length, position), ...), both 0 ... 1. It outlives the
view that draws it, and fits a clip of any length."""


@dataclass(frozen=True)
class Walk:
    """name: of the checkpoint. path: decoded, between the ends. chosen: the pairs that a person chose, and D by a
    difference."""

    name: str
    path: "Interpolation"
    chosen: Sequence[Pair]

    @classmethod
    def between(cls, name: str, chosen: Sequence[Pair], route: Route) -> "Walk":
        """The walk of a checkpoint between pairs that were chosen."""
        heard = held(chosen, route.locked)
        return cls(name, paths.interpolation(name, [(pair.dry, pair.wet) for pair in heard], route), chosen)

    @property
    def joined(self) -> Sequence[Pair]:
        """The pairs that the path joins, A and B, or four corners; by a difference C, and what the rule makes of it."""
        return self.chosen[2:] if self.path.route.kind == "difference" else self.chosen

    @property
    def letters(self) -> tuple[str, ...]:
        """What the ends that the path joins are called."""
        return ("C", "C moved") if self.path.route.kind == "difference" else tuple("ABCD")[: len(self.chosen)]

    @cached_property
    def ends(self) -> Sequence[Pair]:
        """The pairs that the path joins, as they are played: locked knobs at A's value."""
        return held(self.joined, self.path.route.locked)

    @property
    def settings(self) -> list[Setting | Chain]:
        return [end.setting for end in self.ends]

    @cached_property
    def blends(self) -> list[Blend]:
        """Settings along the path as the controller reads them; CheckpointError where there is none."""
        return checkpoints.explorer(self.name).blends(self.path, self.settings)

    @cached_property
    def key(self) -> str:
        """Names the path, its ends and the checkpoint: equal keys, equal sounds."""
        content = hashlib.sha256(repr((checkpoints.revision(self.name), self.path.route, self.settings)).encode())
        for array in (self.path.z, self.path.position, self.path.drys, self.path.wets):
            content.update(np.ascontiguousarray(array).data)
        return content.hexdigest()[:16]

    def __len__(self) -> int:
        return len(self.path.z)

    @cached_property
    def takes(self) -> Takes | None:
        """The ends' recordings as they were brought; None where that is how models hear them."""
        counted = self.ends[:1] if self.path.same_audio else self.ends
        if all(end.own.plain for end in counted):
            return None
        pairs = tuple((end.own.audio, end.own_wet, end.own.rate) for end in self.ends)
        return paths.takes(pairs, self.path.same_audio)

    def sound(self, step: int, voice: str, full: bool = False) -> np.ndarray:
        """Sound (time,) of a step as models hear it; full: at the rate and in the channels of its recordings, in so far
        as the voice is made of them."""
        blends, takes = self.blends if voice == "re-rendered" else (), self.takes if full else None
        key = self.key if takes is None else f"{self.key} {memory.digest(takes).hex()}"
        return paths.voice(self.name, key, step, voice, self.path, self.settings, blends, takes)

    def rate(self, voice: str) -> int:
        """Sample rate in Hz of a step's `full` sound."""
        return voice_rate(self.path, voice, self.takes)

    def gain(self, step: int, voice: str) -> float:
        """What brings the sound of a step to the reference loudness. Kept apart from the sounds: where those had to
        give way to others', none is rendered again for its gain."""
        return _gain(self.key, step, voice, self)

    def sounds(self, voice: str, full: bool = False) -> Iterator[tuple[int, np.ndarray]]:
        """Steps and their sounds, in order; full: see `sound`."""
        return ((step, self.sound(step, voice, full)) for step in range(len(self)))

    def labels(self) -> list[str]:
        """What each step is called: the ends by their sounds, the others by their number."""
        route, count = self.path.route, len(self)
        names = [f"step {step + 1}" for step in range(count)]
        side = route.steps - 1
        places = (0, side, count - 1 - side, count - 1) if route.kind == "corners" else (0, count - 1)
        for place, end in zip(places, self.ends, strict=True):
            names[place] = end.label
        if route.kind != "corners":
            for place, at in ((0, route.low), (count - 1, route.high)):
                if at not in (0.0, 1.0):
                    names[place] = f"{at:.0%} of the way"
        return names

    def rendered(self, voice: str) -> list[Blend]:
        """What renders each step of a voice that real effects make; none for the others."""
        if voice == "re-rendered":
            return self.blends
        return [self.path.blend(step, self.settings) for step in range(len(self))] if voice == "parameter line" else []

    def measures(self, voice: str) -> "PathMeasures":
        """The path in numbers, in one voice."""
        from core.paths.measures import measure  # not on the way to first paint

        with queue.turn():
            distance = checkpoints.explorer(self.name).distance(self.path)
            return measure([sound for _, sound in self.sounds(voice)], self.rendered(voice), distance)

    def plays(self, voice: str) -> bool:
        """Whether real effects can play the path: no square, and a voice that needs no controller, or there is one."""
        told = voice == "parameter line" or bool(checkpoints.explorer(self.name).config.controllers)
        return told and self.path.route.kind != "corners"

    def nodes(self, voice: str) -> list[Node]:
        """What real effects play at each step of a path; none where there `plays` nothing of it."""
        if not self.plays(voice):
            return []
        blends = self.rendered(voice) or self.blends
        return [Node(float(position), blend) for position, blend in zip(self.path.position, blends, strict=True)]

    def file(self, voice: str, curve: Sequence[tuple[float, float]] = (), score: dict | None = None) -> PathFile:
        """The path as it is chosen now, for its file. curve: (time in s, position) that was drawn over a recording;
        score: what the real effects play along it."""
        count = 3 if self.path.route.kind == "difference" else len(self.chosen)
        return PathFile(
            self.name,
            checkpoints.fingerprint(self.name),
            tuple(_end(end) for end in self.chosen[:count]),
            self.path.route,
            voice,
            tuple(curve),
            tuple(self.nodes(voice)),
            score,
        )


def _end(end: Pair) -> End:
    """The end of a path as its file names it."""
    name = end.clip if end.clip in CLIP_LABELS else end.name
    return End(name, end.start, None if end.ready else end.setting, fingerprint(end.dry))


@st.cache_data(max_entries=20_000, show_spinner=False)
def _gain(key: str, step: int, voice: str, _walk: Walk) -> float:
    return gain_to(_walk.sound(step, voice))
