"""A path with its ends, and its sounds, as all views of the page Interpolate need it."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from core.effects import Blend, Setting
from pages.shared.controls import Pair
from pages.shared.results import checkpoints, paths

if TYPE_CHECKING:
    from core.paths.interpolation import Interpolation
    from core.paths.measures import PathMeasures


@dataclass(frozen=True)
class Walk:
    """name: of the checkpoint. path: decoded. ends: the pairs that it joins, A and B, or four corners."""

    name: str
    path: "Interpolation"
    ends: Sequence[Pair]

    @property
    def settings(self) -> list[Setting]:
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

    def sound(self, step: int, voice: str) -> tuple[np.ndarray, float]:
        """Sound (time,) of a step, and the gain that brings it to the reference loudness."""
        blends = self.blends if voice == "re-rendered" else ()
        return paths.voice(self.name, self.key, step, voice, self.path, self.settings, blends)

    def sounds(self, voice: str) -> Iterator[tuple[int, np.ndarray]]:
        """Steps and their sounds, in order."""
        return ((step, self.sound(step, voice)[0]) for step in range(len(self)))

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

        distance = checkpoints.explorer(self.name).distance(self.path)
        return measure([sound for _, sound in self.sounds(voice)], self.rendered(voice), distance)
