"""Points of a checkpoint's atlas, and what they mean."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.audio import SAMPLE_RATE
from core.effects import Chain, Setting, effect_named
from core.latent.atlas import Atlas, ChainPoints
from pages.shared.figures.latent_map import grouped
from pages.shared.results.checkpoints import explorer, revision
from pages.shared.results.sounds import clip_segment, wet


@dataclass(frozen=True)
class Point:
    """A point of the atlas, or one of its chains: the pair it stands for (dry, wet: (time,)), and what made it.

    offset_s: where the clip, played in a loop, begins.
    """

    index: int
    clip: str
    offset_s: float
    setting: Setting | Chain
    dry: np.ndarray
    wet: np.ndarray


def point(name: str, index: int) -> Point:
    """The pair behind point `index` of the checkpoint's atlas, rendered; chains are numbered behind the settings."""
    atlas, knobs = explorer(name).atlas, explorer(name).knobs
    chains, at = atlas.chains, index - len(atlas)
    made: Setting | Chain
    own: Atlas | ChainPoints
    if at < 0:
        made, own, row = knobs.setting_of_point(atlas.effect[index], atlas.values[index]), atlas, index
    else:
        both = zip(chains.effect[at], chains.values[at], strict=True)
        made, own, row = Chain(tuple(knobs.setting_of_point(*one) for one in both)), chains, at
    clip, offset = str(atlas.clips[own.clip[row]]), int(own.offset[row])
    dry = clip_segment(clip, offset)
    return Point(index, clip, offset / SAMPLE_RATE, made, dry, wet(dry, made))


def groups(name: str, shown: Sequence[str] = ()) -> tuple[list[str], np.ndarray]:
    """Names and which each point has (point,), settings first, then chains; see latent_map.grouped."""
    atlas = explorer(name).atlas
    alone = np.stack([atlas.effect, np.full(len(atlas), -1)], axis=1)
    return grouped([str(effect) for effect in atlas.effects], np.concatenate([alone, atlas.chains.effect]), shown)


def places(name: str, projection: str, dimensions: int) -> np.ndarray:
    """Coordinates (point, dimensions) of all points, settings first, then chains; see Atlas.coordinates."""
    atlas = explorer(name).atlas
    both = (part.coordinates(projection, dimensions) for part in (atlas, atlas.chains))
    return np.concatenate(list(both))


def point_colours(name: str, colour: str) -> tuple[np.ndarray | None, str]:
    """Values (point,) to colour all points by, settings first, then chains, with their name and unit; None for colours
    by effect.

    colour: "effect", "loudness", "brightness" or "<effect>.<parameter>", which is NaN for points without that effect.
    """
    atlas, chains = explorer(name).atlas, explorer(name).atlas.chains
    if colour == "loudness":
        return np.concatenate([atlas.loudness_lufs, chains.loudness_lufs]), "LUFS"
    if colour == "brightness":
        return np.concatenate([atlas.brightness_hz, chains.brightness_hz]), "Hz"
    for number, effect in enumerate(map(effect_named, map(str, atlas.effects))):
        for column, parameter in enumerate(effect.parameters):
            if colour == f"{effect.name}.{parameter.name}":
                values = np.full(len(atlas) + len(chains), np.nan, dtype=np.float32)
                alone, (chained, place) = np.flatnonzero(atlas.effect == number), np.nonzero(chains.effect == number)
                values[alone] = atlas.values[alone, column]
                values[len(atlas) + chained] = chains.values[chained, place, column]
                there = np.isfinite(values)
                values[there] = [parameter.to_value(float(value)) for value in values[there]]
                return values, f"{effect.label}: {parameter.label.lower()} {parameter.unit}".strip()
    return None, ""


def table(name: str, places: np.ndarray) -> dict[str, Sequence[object]]:
    """Every point of the atlas as columns for a file: number, effects in signal order, clip and where in it, its place
    on a map (point, 2) or (point, 3), loudness, brightness, each knob in its unit, NaN where it has no such knob."""
    atlas = explorer(name).atlas
    chained = [" | ".join(both) for both in atlas.effects[atlas.chains.effect].tolist()]
    clip, offset = (np.concatenate([getattr(part, of) for part in (atlas, atlas.chains)]) for of in ("clip", "offset"))
    columns: dict[str, Sequence[object]] = {
        "point": range(len(clip)),
        "effect": atlas.effects[atlas.effect].tolist() + chained,
        "clip": atlas.clips[clip].tolist(),
        "start_s": (offset / SAMPLE_RATE).tolist(),
        **{axis: column.tolist() for axis, column in zip("xyz", places.T, strict=False)},
    }
    for measure in ("loudness", "brightness"):
        values, unit = point_colours(name, measure)
        columns[f"{measure}_{unit.lower()}"] = () if values is None else values.tolist()
    for effect in map(effect_named, map(str, atlas.effects)):
        for parameter in effect.parameters:
            values, _ = point_colours(name, f"{effect.name}.{parameter.name}")
            columns[f"{effect.name}.{parameter.name}"] = () if values is None else values.tolist()
    return columns


@st.cache_data(max_entries=32, show_spinner=False)
def _reach(name: str, revision: str, dimensions: int) -> tuple[np.ndarray, np.ndarray]:
    return reach_of(explorer(name).places(dimensions))


def reach_of(places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest w (w,) to play with: nearly all of places (N, w), and a margin."""
    low, high = np.percentile(places, [0.5, 99.5], axis=0)
    margin = 0.04 * (high - low)
    return np.floor(100 * (low - margin)) / 100, np.ceil(100 * (high + margin)) / 100


def reach(name: str, dimensions: int) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest w (w,) to play with: nearly all of the atlas's places, and a margin."""
    return _reach(name, revision(name), dimensions)


def axis_correlations(name: str, dimensions: int, measures: tuple[str, ...], effect: str | None) -> np.ndarray:
    """Rank correlation (measure, axis) of measures with each axis of w; effect: over the points of that one alone.

    measures: as the colours of `point_colours`, over the settings; or the name of an effect for whether it is there,
    over the chains, too.
    """
    return _axis_correlations(name, revision(name), dimensions, measures, effect)


@st.cache_data(max_entries=64, show_spinner=False)
def _axis_correlations(
    name: str, revision: str, dimensions: int, measures: tuple[str, ...], effect: str | None
) -> np.ndarray:
    from core.latent.axes import rank_correlations  # scipy.stats: not on the way to first paint

    atlas, names = explorer(name).atlas, [str(one) for one in explorer(name).atlas.effects]
    places = np.concatenate([explorer(name).places(dimensions), explorer(name).chain_places(dimensions)])
    alone = np.arange(len(places)) < len(atlas)
    of_effect = np.concatenate([np.stack([atlas.effect, atlas.effect], axis=1), atlas.chains.effect])
    own = np.ones(len(places), dtype=bool)
    if effect is not None:
        own = alone & (of_effect[:, 0] == names.index(effect))

    def measured(measure: str) -> np.ndarray:
        values, _ = point_colours(name, measure)
        if values is None:
            return (of_effect == names.index(measure)).any(axis=1).astype(float)
        return np.where(alone, values, np.nan)

    return rank_correlations(places[own], [measured(measure)[own] for measure in measures])
