"""The pad fed with real renderings: the sound of the point first, then its neighbourhood, none twice."""

import hashlib
import time

import numpy as np
import plotly.colors
import streamlit as st

from core.audio import SAMPLE_RATE
from core.effects import Chain, Setting
from core.effects.chain import plainest
from core.effects.loop import loop_of, looped
from core.own_map.own_map import OwnMap
from pages.play.meaning import Meaning
from pages.play.point import ALL, Heard, Played, point_moved
from pages.shared import choices, controls, own_maps, queue
from pages.shared.figures import theme
from pages.shared.figures.latent_map import CHAIN, COLOURS, LABELS
from pages.shared.results import checkpoints, points
from pages.widgets.pad import GREY, Axis, Cloud, needed, pad, place_of

KEY = "pad"
BROWSER = "p_browser"
BUDGET_S = 0.3
"""Rendering stops after this time and the pad gets what there is."""
EXACT_BUDGET_S = 0.05
"""The same where the point's own sound is new: it shall not wait long for its neighbours."""
MOST_POINTS = 4000


def pad_player(name: str, heard: Heard, axes: tuple[int, int], dry: np.ndarray, colour: str, meaning: Meaning) -> None:
    """The pad at the point that is heard. axes: of w, to the right and upwards. dry (time,). colour: of the points."""
    played = heard.played
    size = len(played.w)
    low, high = points.reach(name, size)
    where = (np.array(played.w) - low) / (high - low)
    point = (float(where[axes[0]]), float(where[axes[1]]))
    others = where.round(4).tolist()
    loop = loop_of(dry)
    if own := own_maps.chosen(name):
        cloud = own_cloud(name, own, size, colour, played.only)
    else:
        cloud = cloud_of(name, checkpoints.revision(name), size, colour, played.only)
    need = needed(*point)

    rest = [value for axis, value in enumerate(played.w) if axis not in axes]
    content = hashlib.sha256(loop.tobytes()).hexdigest()
    version = _digest(checkpoints.revision(name), content, size, axes, rest, played.only)
    exact_version = _digest(content, played.setting)
    held = choices.get(BROWSER, {})
    has_exact = held.get("exact") == exact_version
    nodes = set(held["nodes"]) if held.get("version") == version else set()

    missing = [number for number in need if number not in nodes]
    exact, sounds = rendered(loop, played, axes, missing, not has_exact)
    choices.put(
        BROWSER,
        {"version": version, "nodes": [*nodes, *sounds], "exact": exact_version, "cloud": cloud.version},
    )

    def release() -> None:
        x, y = choices.get(KEY)["point"]["at"]
        point_moved(name, size, {axes[0]: x, axes[1]: y})

    pad(
        KEY,
        cloud=None if held.get("cloud") == cloud.version else cloud,
        cloud_version=cloud.version,
        point=point,
        others=others,
        axes=(_axis(axes[0], low, high, meaning), _axis(axes[1], low, high, meaning)),
        only="" if played.only == ALL else theme.EFFECT_LABELS[played.only],
        version=version,
        need=need,
        sounds=sounds,
        exact_version=exact_version,
        exact=exact,
        samples=len(loop),
        rate=SAMPLE_RATE,
        seen=((choices.get(KEY) or {}).get("point") or {}).get("count", 0),
        on_release=release,
        on_missing=lambda: choices.put(BROWSER, choices.get(KEY)["held"]),
    )


def rendered(
    loop: np.ndarray, played: Played, axes: tuple[int, int], nodes: list[int], exact: bool
) -> tuple[np.ndarray | None, dict[int, np.ndarray]]:
    """The point's own sound, where it is wanted, and as many of the nodes', in their order, as the time allows.

    Where it is not wanted there is one at least. loop, each sound: (time,).
    """
    sounds: dict[int, np.ndarray] = {}
    with queue.turn():
        until = time.monotonic() + queue.share(EXACT_BUDGET_S if exact else BUDGET_S)
        own = looped(loop, played.setting) if exact else None
        for number in nodes:
            if time.monotonic() >= until and (exact or sounds):
                break
            setting = _played(played.checkpoint, played.w, axes, number, played.only)
            sounds[number] = looped(loop, setting)
    return own, sounds


def _axis(axis: int, low: np.ndarray, high: np.ndarray, meaning: Meaning) -> Axis:
    """A side of the pad; what changes is told for one direction, as it is the opposite for the other."""
    up = "; ".join(words for words in (meaning.towards(axis), meaning.changes(axis)) if words)
    return Axis(axis + 1, float(low[axis]), float(high[axis]), up, meaning.towards(axis, -1))


def _played(name: str, w: tuple[float, ...], axes: tuple[int, int], number: int, only: str) -> Setting | Chain:
    """What is played at a node: w with two of its axes there."""
    low, high = points.reach(name, len(w))
    point = np.array(w)
    for axis, place in zip(axes, place_of(number), strict=True):
        point[axis] = low[axis] + place * (high[axis] - low[axis])
    return plainest(checkpoints.explorer(name).play(point, None if only == ALL else only).chain)


@st.cache_data(max_entries=32, show_spinner=False)
def cloud_of(name: str, revision: str, dimensions: int, colour: str, only: str) -> Cloud:
    """The atlas's points on the pad, at most MOST_POINTS; half of them of the effect that is chosen, if one is."""
    explorer = checkpoints.explorer(name)
    atlas = explorer.atlas
    version, names = _digest(revision, dimensions, colour, only), [str(effect) for effect in atlas.effects]
    alone = np.stack([atlas.effect, np.full_like(atlas.effect, -1)], axis=1)
    places = np.concatenate([explorer.places(dimensions), explorer.chain_places(dimensions)])
    values = points.point_colours(name, colour)[0]
    return _cloud(name, version, places, names, np.concatenate([alone, atlas.chains.effect]), values, colour, only)


def own_cloud(name: str, own: OwnMap, dimensions: int, colour: str, only: str) -> Cloud:
    """The same of a visitor's map."""
    places = checkpoints.explorer(name).controllers.places(f"w{dimensions}", own.made.z)
    version = _digest(own.fingerprint, own.name, own.made.z.tobytes(), dimensions, colour, only)
    values, _ = own_maps.colours(own, colour)
    return _cloud(name, version, places, list(own.knobs.effects), own.made.effect, values, colour, only)


def _cloud(
    name: str,
    version: str,
    w: np.ndarray,
    names: list[str],
    effects: np.ndarray,
    values: np.ndarray | None,
    colour: str,
    only: str,
) -> Cloud:
    """Points w (N, w) of effects (N, 2), the second -1 where there is one alone, coloured by values (N,), or by their
    effects. Of chains those that lie where the pad plays chains."""
    chained = effects[:, 1] >= 0
    low, high = points.reach(name, w.shape[1])
    places = (w - low) / (high - low)
    own = np.ones(len(w), dtype=bool) if only == ALL else ~chained & (effects[:, 0] == names.index(only))
    if values is not None:
        own &= np.isfinite(values)
    on_pad = ((places >= 0) & (places <= 1)).all(axis=1)
    on_pad[chained] &= checkpoints.explorer(name).plays_chains(w[chained])
    index = np.concatenate([_some(np.flatnonzero(part & on_pad), MOST_POINTS // 2) for part in (own, ~own)])
    if own.all():
        index = _some(np.flatnonzero(on_pad), MOST_POINTS)
    named = (*names, CHAIN) if chained[index].any() else names
    effect, labels = _labelled(effects, [*names, CHAIN])
    if values is None:
        number, scale = np.where(chained, len(names), effects[:, 0]), {}
        palette = [COLOURS[one] for one in (*names, CHAIN)]
    else:
        ends = np.nanpercentile(values[own], [1, 99]) if own.any() else np.array([0.0, 1.0])
        number = np.round(254 * np.clip((np.nan_to_num(values) - ends[0]) / max(np.ptp(ends), 1e-9), 0, 1))
        palette = plotly.colors.sample_colorscale(theme.COLOUR_MAP, 255, colortype="rgb")
        low_text, high_text = (f"{end:,.0f}" if abs(end) >= 100 else f"{end:.3g}" for end in ends)
        scale = {"title": controls.COLOURS[colour], "low": low_text, "high": high_text}
    return Cloud(
        version=version,
        places=places[index],
        colour=np.where(own, number.astype(np.uint8), np.uint8(GREY))[index],
        effect=effect[index],
        palette=palette,
        effects=labels,
        names=[LABELS[one] if only in (ALL, one) else "" for one in named],
        **scale,
    )


def _labelled(effects: np.ndarray, names: list[str]) -> tuple[np.ndarray, list[str]]:
    """Numbers (N,) of what to say of points of effects (N, 2), and what that is: names, the last one what chains are
    called, then each chain of two, as far as a byte holds their numbers."""
    chained, labels = effects[:, 1] >= 0, [LABELS[name] for name in names]
    pairs, which = np.unique(effects[chained], axis=0, return_inverse=True)
    number = effects[:, 0].astype(int)
    number[chained] = len(names) + which.ravel() if len(names) + len(pairs) <= GREY else len(names) - 1
    return number, labels + [" → ".join(labels[effect] for effect in pair) for pair in pairs]


def _some(index: np.ndarray, most: int) -> np.ndarray:
    """At most so many of index (N,), evenly."""
    return index if len(index) <= most else index[np.linspace(0, len(index) - 1, most).astype(int)]


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
