"""The map that a visitor has made of a recording: kept while he stays, one at a time, asked for by its checkpoint."""

import weakref
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from core.audio.own import Own
from core.effects import effect_named
from core.own_map.file import from_bytes
from core.own_map.making import Making, Wanted
from core.own_map.own_map import OwnMap, as_mapped
from pages.shared import choices, queue
from pages.shared.figures.latent_map import grouped
from pages.shared.results import checkpoints

KEY = "own_map"
"""Session key of what this visit has: a Held."""
_AT_ONCE = 2
PROCESSES = queue.SLOTS
"""That listen for one map."""
BUSY = "Two other maps are being made just now. Please try again in half a minute."


@dataclass(frozen=True)
class Held:
    """A visitor's map. clip, start_s: of the recording, as controls call it. making: None where it came as a file."""

    own_map: OwnMap
    clip: str
    start_s: float
    making: Making | None = None


def held(name: str) -> Held | None:
    """The visitor's map with all points so far; None where there is none of this checkpoint as it is now."""
    found: Held | None = choices.get(KEY)
    if found is None or found.own_map.fingerprint != checkpoints.fingerprint(name):
        return None
    if found.making and found.making.done > len(found.own_map):
        found = replace(found, own_map=found.own_map.with_made(found.making.made()))
        choices.put(KEY, found)
    return found


def chosen(name: str) -> OwnMap | None:
    """The visitor's map where he has chosen it instead of the atlas, and something is on it."""
    found = held(name) if choices.read(choices.Clusters).map_of == "own" else None
    return found.own_map if found and len(found.own_map) else None


def running(name: str) -> bool:
    """Whether the visitor's map is being made; it goes on for as long as he asks."""
    found = held(name)
    if found is None or found.making is None or not found.making.running:
        return False
    found.making.stay()
    return True


def begin(name: str, own: Own, label: str, clip: str, start_s: float, points: int) -> str:
    """Begin a map of a recording, instead of the one before. Returns why it cannot, "" where it does.

    AudioError where the recording is too short.
    """
    from core.own_map.listener import Listener  # torch: not on the way to first paint

    own = as_mapped(own, label)
    explorer, before = checkpoints.explorer(name), choices.get(KEY)
    if before and before.making:
        before.making.stop()
    part = explorer.map_part.stop - explorer.map_part.start
    wanted = Wanted(explorer.folder, explorer.knobs, part, own.heard, points, explorer.tells_chains)
    listener = Listener(explorer.codec, explorer.map_part, own.heard, explorer.spectrogram_config.samples)
    making = Making(wanted, PROCESSES, queue.turn, listener.rows)
    own_map = OwnMap(label, own, name, checkpoints.fingerprint(name), explorer.knobs, making.made())
    return go_on(Held(own_map, clip, start_s, making))


def go_on(this: Held) -> str:
    """Begin or go on with a map that is not whole. Returns why it cannot, "" where it does."""
    assert this.making is not None
    others = [one for one in _at_work() if one.running and one is not this.making]
    if len(others) >= _AT_ONCE:
        return BUSY
    choices.put(KEY, this)
    choices.put("o_point", None)
    _at_work().add(this.making)
    this.making.begin()
    return ""


def opened(name: str, data: bytes) -> OwnMap:
    """The map in a file; MapFileError where it is none, or another checkpoint's."""
    explorer = checkpoints.explorer(name)
    part = explorer.map_part.stop - explorer.map_part.start
    return from_bytes(data, name, checkpoints.fingerprint(name), part)


def keep(own_map: OwnMap, clip: str, start_s: float) -> None:
    """Keep a map that came as a file, instead of the one before."""
    if (before := choices.get(KEY)) and before.making:
        before.making.stop()
    choices.put(KEY, Held(own_map, clip, start_s))
    choices.put("o_point", None)


def groups(own_map: OwnMap, shown: Sequence[str] = ()) -> tuple[list[str], np.ndarray]:
    """Names and which each point has (point,); see latent_map.grouped."""
    return grouped(own_map.knobs.effects, own_map.made.effect, shown)


def colours(own_map: OwnMap, colour: str) -> tuple[np.ndarray | None, str]:
    """Values (N,) to colour the map by, with their name and unit; see `points.point_colours`."""
    if colour in ("loudness", "brightness"):
        made = own_map.made
        return (made.loudness_lufs, "LUFS") if colour == "loudness" else (made.brightness_hz, "Hz")
    for number, effect in enumerate(map(effect_named, own_map.knobs.effects)):
        for column, parameter in enumerate(effect.parameters):
            if colour == f"{effect.name}.{parameter.name}":
                positions = own_map.knob(number, column)
                values = [parameter.to_value(float(at)) if np.isfinite(at) else np.nan for at in positions]
                label = f"{effect.label}: {parameter.label.lower()} {parameter.unit}".strip()
                return np.array(values, dtype=np.float32), label
    return None, ""


@st.cache_resource(show_spinner=False)
def _at_work() -> "weakref.WeakSet[Making]":
    """All maps in the making on this server."""
    return weakref.WeakSet()
