"""What a visitor has chosen, the only user of st.session_state.

Every choice is a widget with a key. `bound(key)` keeps its value while other pages are shown, and in the address while
its own page is, so that a copied link opens the same view. A choice at its default leaves the address clean.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Annotated, Any, TypeVar

import streamlit as st
from msgspec import Meta
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core.effects import EFFECTS, Chain, Parameter, Setting, effect_named
from core.effects.chain import MOST
from core.paths.route import MAX_SIDE, REACH

Page = TypeVar("Page")
_Reached = Annotated[float, Meta(ge=-REACH, le=1 + REACH)]

UPLOAD, RECORD = "upload", "record"
"""What a pair's clip is called where the visitor brings it."""

READY, NONE = "ready", "none"
"""What a pair's effect is called where the visitor brings the wet sound, too; where there is none."""

KNOB_STEPS = 100
"""Steps of every slider from the lowest to the highest value."""


@dataclass(frozen=True)
class Frame:
    """What all pages share. Fields are session keys, and values here are defaults."""

    checkpoint: str = "factor"


@dataclass(frozen=True)
class Overview:
    """The first listen."""

    listen_clip: str = "speech_en_f_allison"
    listen_effect: str = "delay"


@dataclass(frozen=True)
class Clusters:
    """The map and the chosen point; shown: effects in colour, none for all of them.

    map_of: "atlas", or "own" for the map of a recording, whose choices begin with o_, see `PairState`.
    """

    map_of: str = "atlas"
    o_clip: str = "speech_en_f_allison"
    o_points: int = 500
    o_point: int | None = None
    o_like_clip: str = "tabla_loop"
    colour: str = "effect"
    projection: str = "umap"
    dimensions: int = 2
    shown: tuple[str, ...] = ()
    point: int | None = None


@dataclass(frozen=True)
class Reconstruct:
    """The pair; the keys of its controls begin with r_, see `PairState`. r_other: the checkpoint beside, or ""."""

    r_clip: str = "speech_en_f_allison"
    r_effect: str = "delay"
    r_other: str = ""


@dataclass(frozen=True)
class Interpolate:
    """The path, what is heard of it, and what is shown below the player. Keys of the ends begin with a_, b_, c_ and d_,
    see `PairState`.

    steps; side: of the square between four corners. reach: where the path begins and ends, 0: A, 1: B. via: numbers of
    the atlas's points that a spline goes through. locked: knobs that stay at A's value, as "delay.mix". loop: short
    sounds are repeated, not ended in silence. t_clip: what is morphed over time.
    """

    kind: str = "linear"
    part: str = "all"
    steps: Annotated[int, Meta(ge=3, le=21)] = 11
    side: Annotated[int, Meta(ge=2, le=MAX_SIDE)] = 4
    easing: str = "even"
    reach: tuple[_Reached, _Reached] = (0.0, 1.0)
    via: str = ""
    locked: tuple[str, ...] = ()
    voice: str = "transferred"
    matched: bool = False
    loop: bool = True
    view: str = "strip"
    strip: str = "level"
    step: Annotated[int, Meta(ge=1)] = 1
    other: str = ""
    t_clip: str = "loop_safari"


@dataclass(frozen=True)
class Play:
    """The pad; p_x, p_y: axes of w across and up, counted from 1; p_along: the axis of the traverse. k_clip: what a
    preset is played on; k_amount: how much of it in percent, see core.effects.amount.

    Keys of the knobs begin with p_, see `PairState`; those of the axes of w are `Play.axis`.
    """

    p_clip: str = "speech_en_f_allison"
    p_effect: str = "all"
    p_colour: str = "effect"
    p_dimensions: int = 2
    p_x: int = 1
    p_y: int = 2
    p_along: int = 1
    k_clip: str = "guitar_em9"
    k_amount: Annotated[int, Meta(ge=0, le=150)] = 100

    @staticmethod
    def axis(dimensions: int, axis: int) -> str:
        """Key of the slider of axis 0, 1, ... of w with that many numbers."""
        return f"p_w{dimensions}_{axis + 1}"


@dataclass(frozen=True)
class Match:
    """What is to be matched; keys of the pair's controls begin with m_. m_length: effects that a riddle hides.

    m_source: "surprise", "pair" or "files". m_seed: of the riddle. m_dry_from, m_wet_from: UPLOAD or RECORD.
    m_from_s: where in a long sound the player begins. m_reveal: whether the truth is shown; never in the address.
    """

    m_source: str = "surprise"
    m_seed: Annotated[int, Meta(ge=1, le=9999)] = 1
    m_clip: str = "tabla_loop"
    m_effect: str = "delay"
    m_length: int = 1
    m_dry_from: str = UPLOAD
    m_wet_from: str = UPLOAD
    m_from_s: Annotated[int, Meta(ge=0)] = 0
    m_reveal: bool = False


@dataclass(frozen=True)
class Report:
    """present: whether one figure at a time is shown, for a projector; figure: which, a key of words.FIGURES."""

    present: bool = False
    figure: str = "1"


@dataclass(frozen=True)
class Models:
    """by_effect: which score is shown effect by effect, a key of catalogue.BY_EFFECT. hub: a checkpoint of the Hub."""

    by_effect: str = "sound"
    hub: str = ""


@dataclass(frozen=True)
class PairState:
    """Keys of the controls of one pair: "a_clip", "a_effect", "a_delay_time", ..."""

    prefix: str

    @property
    def clip(self) -> str:
        return f"{self.prefix}_clip"

    @property
    def effect(self) -> str:
        return f"{self.prefix}_effect"

    @property
    def start_s(self) -> str:
        return f"{self.prefix}_start_s"

    @property
    def offset_s(self) -> str:
        """Where in a shipped clip, played in a loop, a point of the map begins."""
        return f"{self.prefix}_offset_s"

    @property
    def slots(self) -> tuple[str, ...]:
        """Of the effects of a chain, in signal order; the first is that of a single one."""
        return (self.effect, *(f"{self.effect}{place}" for place in range(2, MOST + 1)))

    def knob(self, effect: str, parameter: str) -> str:
        return f"{self.prefix}_{effect}_{parameter}"


def bound(key: str) -> dict[str, Any]:
    """Keyword arguments that make a widget shareable and lasting: st.slider("Steps", 3, 21, **bound("steps"))."""
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


def checkpoint() -> str:
    """Name of the checkpoint in use."""
    return read(Frame).checkpoint


def keep_on_return(page: str) -> None:
    """Keep a page's choices where the browser's Back or Forward leads to it from another. Once a run, before widgets.

    page: the path of the page that runs. When a page is left, Streamlit puts its address without the choices into the
    browser's history, and on the way back takes that for a wish to have the defaults. An address with choices, and a
    step back within a page, mean what they say.
    """
    context = get_script_run_ctx()
    if context and context.is_history_navigation and get("page") != page and not st.query_params:
        context.is_history_navigation = False
    put("page", page)


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
