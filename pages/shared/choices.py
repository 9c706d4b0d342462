"""What a visitor has chosen, the only user of st.session_state.

Every choice is a widget with a key. `bound(key)` keeps its value while other pages are shown, and in the address while
its own page is, so that a copied link opens the same view. A choice at its default leaves the address clean.
"""

import secrets
from collections.abc import Sequence
from dataclasses import fields
from functools import lru_cache
from typing import Any, TypeVar

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core.effects import EFFECTS, Chain, Parameter, Setting, effect_named
from pages.shared.defaults import (
    NONE,
    READY,
    RECORD,
    UPLOAD,
    Clusters,
    Frame,
    Interpolate,
    Match,
    Models,
    Overview,
    PairState,
    Play,
    Reconstruct,
    Report,
)  # fmt: skip

__all__ = [
    "NONE", "READY", "RECORD", "UPLOAD", "Clusters", "Frame", "Interpolate", "Match", "Models", "Overview", "PairState",
    "Play", "Reconstruct", "Report",
]  # fmt: skip
"""So that a page asks and answers with one word: choices.read(choices.Play)."""

Page = TypeVar("Page")

RETURNED = "returned"
"""Session key: whether the browser's Back or Forward has led to this page from another."""

KNOB_STEPS = 100
"""Steps of every slider from the lowest to the highest value."""


_UPLOADERS = "uploaders"
_SEEN, _PUT, _CALLED, _UNSAID = "keys_seen", "keys_put", "keys_called", "keys_unsaid"
"""Session keys of keys: of widgets that have run; put since the last run ended; before this one, by callbacks; that the
address lacks, with how many runs are left to say them."""
_RUNS = 3


def bound(key: str) -> dict[str, Any]:
    """Keyword arguments that make a widget shareable and lasting: st.slider("Steps", 3, 21, **bound("steps"))."""
    if key not in _keys(_SEEN):
        _keys(_SEEN)[key] = 0
        if key in _keys(_CALLED):
            _keys(_UNSAID)[key] = _RUNS
    return {"key": key, "bind": "query-params", "persist_state": "session"}


def read(page: type[Page]) -> Page:
    """The page's choices as they are now, defaults where nothing was chosen."""
    chosen = {field.name: get(field.name) for field in fields(page)}  # type: ignore[arg-type]
    return page(**{name: value for name, value in chosen.items() if value is not None})


def get(key: str, default: Any = None) -> Any:
    """The value under a key, or default."""
    return st.session_state.get(key, default)


def everything() -> list[tuple[str, Any]]:
    """All keys and values of this visit."""
    return [(str(key), value) for key, value in st.session_state.items()]


def hold(key: str, most: float) -> None:
    """Bring what was chosen under a key down to what there is now."""
    if (get(key) or 0) > most:
        put(key, most)


def put(key: str, value: Any) -> None:
    """Set a value; for a widget's key only before that widget runs: in a callback, or from another page."""
    st.session_state[key] = value
    _keys(_PUT)[key] = 0


def uploader(key: str) -> str:
    """The key of an uploader's or a recorder's widget, of this session alone.

    By its key a browser remembers what a widget held. Of files, a server that was started again has none of them.
    """
    return f"{key}_{_keys(_UPLOADERS).setdefault(key, secrets.randbits(32))}"


def empty(key: str) -> None:
    """Callback: let an uploader begin anew, with no files."""
    _keys(_UPLOADERS).pop(key, None)


def _keys(name: str) -> dict[str, int]:
    return st.session_state.setdefault(name, {})


def begin() -> None:
    """To be called when a run begins, before its widgets.

    What a callback puts where a widget runs for the first time, Streamlit leaves out of the address. So it is put again
    when the browser asks next, and the widget is known.
    """
    st.session_state[_CALLED] = st.session_state.pop(_PUT, {})
    unsaid = {key: left - 1 for key, left in _keys(_UNSAID).items() if key not in st.query_params and left}
    st.session_state[_UNSAID] = {key: left for key, left in unsaid.items() if key in st.session_state}
    for key in _keys(_UNSAID):
        st.session_state[key] = st.session_state[key]


def end() -> None:
    """To be called when a run ends, however it does."""
    st.session_state.pop(_PUT, None)


def say() -> None:
    """To be called where the browser asks for a part of a page: ask for all of it where the address lacks something."""
    if _keys(_UNSAID):
        st.rerun()


def checkpoint() -> str:
    """Name of the checkpoint in use."""
    return read(Frame).checkpoint


def keep_on_return(page: str, scenes: Sequence[str]) -> None:
    """Keep a page's choices where the browser's Back or Forward leads to it from another. Once a run, before widgets.

    page: the path of the page that runs. scenes: parameters of the address that set up a page. When a page is left,
    Streamlit puts its address without the choices into the browser's history, and on the way back takes that for a wish
    to have the defaults; so it does with an address that names a scene alone. An address with choices, and another step
    back within a page, mean what they say.
    """
    context, said = get_script_run_ctx(), st.query_params.keys()
    back = bool(context and context.is_history_navigation and get("page") != page)
    if context and not said & _keys(_SEEN).keys() and (back or said & set(scenes)):
        context.is_history_navigation = False
    put("page", page)
    put(RETURNED, back)


@lru_cache(maxsize=64)
def positions(parameter: Parameter) -> tuple[float, ...]:
    """Knob positions in [0, 1] that a slider offers: an even grid, and exactly the default."""
    default = parameter.to_unit(parameter.default)
    grid = (step / KNOB_STEPS for step in range(KNOB_STEPS + 1))
    return tuple(sorted({default, *(place for place in grid if abs(place - default) > 0.3 / KNOB_STEPS)}))


def set_pair(prefix: str, clip: str, setting: Setting | Chain, offset_s: float = 0.0) -> None:
    """Put a shipped clip, from there on, and a setting or a chain (to the nearest slider steps) into a pair's
    controls."""
    keys = PairState(prefix)
    put(keys.clip, clip)
    put(keys.offset_s, round(offset_s, 3))
    set_chain(prefix, setting)


def set_chain(prefix: str, chain: Setting | Chain) -> None:
    """Put a setting or a chain, to the nearest slider steps, into a pair's controls."""
    set_slots(prefix, chain.effects)
    for setting in chain.settings:
        set_knobs(prefix, setting)


def set_slots(prefix: str, effects: Sequence[str]) -> None:
    """Put the names of a chain's effects, in signal order, into a pair's controls."""
    first, *others = PairState(prefix).slots
    put(first, effects[0] if effects else NONE)
    for place, key in enumerate(others, 1):
        put(key, effects[place] if place < len(effects) else None)


def set_knobs(prefix: str, setting: Setting) -> None:
    """Put a setting, to the nearest slider step, into the knobs of its effect."""
    keys = PairState(prefix)
    offered = nearest_knobs(setting)
    for parameter, value in zip(effect_named(setting.effect).parameters, offered.values, strict=True):
        put(keys.knob(setting.effect, parameter.name), value)


def nearest_knobs(setting: Setting) -> Setting:
    """The setting with every knob on the nearest step of its slider."""
    own = zip(effect_named(setting.effect).parameters, setting.values, strict=True)
    return Setting(setting.effect, tuple(min(positions(p), key=lambda place: abs(place - v)) for p, v in own))


def send(
    slot: str, clip: str, setting: Setting | Chain, offset_s: float = 0.0, start_s: float = 0.0
) -> None:  # fmt: skip
    """Make a clip, from there on, and a setting or a chain the interpolation's pair "a" or "b".

    start_s: in a visitor's clip.
    """
    if slot not in ("a", "b"):
        raise ValueError(f"no slot {slot!r}; known: a, b")
    set_pair(slot, clip, setting, offset_s)
    put(PairState(slot).start_s, int(start_s))


def setting(prefix: str) -> Setting | None:
    """The setting in a pair's controls, None where they were never shown."""
    name = get(PairState(prefix).effect)
    return knobs(prefix, name) if name in {effect.name for effect in EFFECTS} else None


def knobs(prefix: str, effect: str) -> Setting:
    """The setting in the knobs of an effect, its defaults where they were never shown."""
    keys, all_knobs = PairState(prefix), effect_named(effect).parameters
    return Setting(effect, tuple(get(keys.knob(effect, k.name), k.to_unit(k.default)) for k in all_knobs))
