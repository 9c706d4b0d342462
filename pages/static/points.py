"""The points of the map, and files of their sounds: neighbours on the map lie in one file."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from core.audio import SAMPLE_RATE
from core.audio.clips import clip_segment, clips
from core.audio.coarse import Coarse, coarse
from core.effects import Chain, Setting, render
from core.explorer import Explorer
from core.own_map.own_map import OwnMap
from pages.shared.figures.theme import EFFECT_COLOURS, EFFECT_LABELS, SYMBOLS
from pages.static.text import apart, script
from pages.widgets import map as point_map

SECONDS = 2.5
"""What is heard of each point, from its beginning."""
TOGETHER = 20
"""Points in a file."""
_CHAINS = point_map.Mark("Two effects", "#D81B60", "circle")
_SHARE_OF_CHAINS = 0.1


@dataclass(frozen=True)
class Point:
    """place: on the map, in the atlas's units. mark: number. label: of the recording. dry: the recording (time,)."""

    place: np.ndarray
    mark: int
    own: Setting | Chain
    label: str
    dry: Callable[[], np.ndarray]

    @property
    def text(self) -> str:
        return f"{self.own.text} — {self.label}"

    def sound(self) -> np.ndarray:
        """What the dashboard plays of it (time,), its first SECONDS."""
        return render(self.dry(), self.own)[: int(SECONDS * SAMPLE_RATE)]


_LABELS = {clip.name: clip.label for clip in clips()}


def chosen(explorer: Explorer, count: int) -> list[Point]:
    """At most so many points of the atlas, as many of each effect, and some of its chains; neighbours together."""
    chains = explorer.atlas.chains
    some = min(len(chains), round(_SHARE_OF_CHAINS * count))
    found = [_chain(explorer, index) for index in _evenly(np.arange(len(chains)), some)]
    effects = len(explorer.atlas.effects)
    for effect in range(effects):
        own = np.flatnonzero(explorer.atlas.effect == effect)
        share = (count - some) // effects + (effect < (count - some) % effects)
        found += [_setting(explorer, index) for index in _evenly(own, share)]
    along = _neighbours(np.array([point.place for point in found]))
    return [found[index] for index in along]


def brought(explorer: Explorer, own_map: OwnMap, count: int) -> list[Point]:
    """At most so many points of a map of somebody's own recording, where the atlas has its like."""
    index = _evenly(np.arange(len(own_map)), count)
    places = explorer.atlas.place(own_map.made.z[index], "umap", 2)
    found = []
    for place, number in zip(places, index, strict=True):
        own = own_map.played(int(number))
        mark = list(EFFECT_LABELS).index(own.effect) if isinstance(own, Setting) else len(EFFECT_LABELS)
        found.append(Point(place, mark, own, own_map.name, lambda: own_map.own.heard))
    return [found[number] for number in _neighbours(places)]


def first(points: list[Point]) -> bytes:
    """The script with the points, without a sound."""
    places = np.array([point.place for point in points], dtype=np.float64)
    middle, span = (places.max(0) + places.min(0)) / 2, max(float(np.ptp(places, axis=0).max()), 1e-9)
    used = sorted({point.mark for point in points})
    known = point_map.Points(
        (places - middle) / span + 0.5,
        np.array([used.index(point.mark) for point in points]),
        [_mark(number) for number in used],
        [point.text for point in points],
    )
    return script("map", *apart(point_map.pack(known, {}, SAMPLE_RATE)))


def files(points: list[Point]) -> Iterator[tuple[str, bytes, list[Coarse]]]:
    """Name and script of each file of sounds, in order, and what became of them."""
    for start in range(0, len(points), TOGETHER):
        made = [coarse(point.sound()) for point in points[start : start + TOGETHER]]
        sounds = {start + place: (one.flac, one.levels) for place, one in enumerate(made)}
        name = f"points-{start // TOGETHER}"
        yield name, script(name, *apart(point_map.pack(None, sounds, SAMPLE_RATE))), made


def _setting(explorer: Explorer, index: int) -> Point:
    atlas = explorer.atlas
    own = explorer.knobs.setting_of_point(int(atlas.effect[index]), atlas.values[index])
    clip = str(atlas.clips[atlas.clip[index]])
    number = list(EFFECT_LABELS).index(own.effect)
    return Point(
        atlas.umap_2d[index], number, own, _LABELS[clip], partial(clip_segment, clip, int(atlas.offset[index]))
    )


def _chain(explorer: Explorer, index: int) -> Point:
    atlas, chains = explorer.atlas, explorer.atlas.chains
    both = zip(chains.effect[index], chains.values[index], strict=True)
    own = Chain(tuple(explorer.knobs.setting_of_point(int(effect), values) for effect, values in both))
    clip = str(atlas.clips[chains.clip[index]])
    dry = partial(clip_segment, clip, int(chains.offset[index]))
    return Point(chains.umap_2d[index], len(EFFECT_LABELS), own, _LABELS[clip], dry)


def _mark(number: int) -> point_map.Mark:
    if number == len(EFFECT_LABELS):
        return _CHAINS
    name = list(EFFECT_LABELS)[number]
    return point_map.Mark(EFFECT_LABELS[name], EFFECT_COLOURS[name], SYMBOLS[name])


def _evenly(index: np.ndarray, most: int) -> np.ndarray:
    return index if len(index) <= most else index[np.linspace(0, len(index) - 1, most).astype(int)]


def _neighbours(places: np.ndarray) -> np.ndarray:
    """An order of places (N, 2) in which neighbours come one after the other: the bits of both, by turns (Morton)."""
    span = np.maximum(np.ptp(places, axis=0), 1e-9)
    cells = np.round(1023 * (places - places.min(0)) / span).astype(int)
    key = sum(((cells[:, axis] >> bit) & 1) << (2 * bit + axis) for bit in range(10) for axis in (0, 1))
    return np.argsort(key, kind="stable")
