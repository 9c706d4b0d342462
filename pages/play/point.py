"""The point w and the knobs of the page Play, each of which moves the other.

| event          | the point                                          | the knobs                                    |
|----------------|----------------------------------------------------|----------------------------------------------|
| point moved    | is where the hand put it                           | take what the point plays                    |
| knob moved     | goes to the place that plays what is nearest       | are as the hand turned them                  |
| size chosen    | goes to that place among so many numbers           | stay                                         |
| effect chosen  | stays where it is at home, else goes where that is | take what it plays, else as they were left   |
| preset taken   | goes to the preset's                               | take the preset's                            |
| link opened    | is the link's                                      | are the link's, or take what the point plays |

What is heard is always the knobs. What was heard is kept as `Played`: while the point is still there, the knobs stay;
as soon as it is elsewhere, or the map is another one, the point has moved.
"""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.effects import Chain, Setting
from core.effects.chain import plainest
from core.match.estimate import LONGEST
from pages.shared import choices
from pages.shared.presets import Played
from pages.shared.results import checkpoints, points

ALL = "all"
PLAYED = "p_heard"
"""Session key of what was heard last; and the setting in the address where it is not what the point plays."""


@dataclass(frozen=True)
class Heard:
    """What the page plays, what the point itself plays there with those effects, which effects it plays if it may
    choose, and how likely each is: of a chain that it is in it, else that it is the one."""

    played: Played
    by_point: Setting | Chain
    effects: tuple[str, ...]
    probabilities: dict[str, float]

    @property
    def away(self) -> float:
        """Mean difference between the knobs and those that the point plays, in shares of their way."""
        heard, own = (
            [value for setting in chain.settings for value in setting.values]
            for chain in (self.played.setting, self.by_point)
        )
        return float(np.abs(np.subtract(heard, own)).mean())


def last() -> Played | None:
    """What was heard last, None at a visitor's first look."""
    return choices.get(PLAYED)


def arrived(name: str, w: tuple[float, ...], only: str, by_point: Setting | Chain) -> tuple[str, ...]:
    """Which effects' knobs are shown, in signal order, with the point at w; before they run, they take by_point where
    it has moved."""
    before = last()
    if before is not None and before.at(name, w, only) and playable(name, before.setting, len(w), only):
        return before.setting.effects
    setting = _read(st.query_params.get(PLAYED, "")) if before is None else None
    setting = setting if setting and playable(name, setting, len(w), only) else by_point
    set_knobs(setting)
    return setting.effects


def playable(name: str, setting: Setting | Chain, dimensions: int, only: str = ALL) -> bool:
    """Whether there are points of so many numbers that play these effects."""
    explorer, count = checkpoints.explorer(name), len(setting.effects)
    most = LONGEST if only == ALL and explorer.controllers.of_chains(f"w{dimensions}") else 1
    known = explorer.config.effects if only == ALL else (only,)
    return 1 <= count <= most and set(setting.effects) <= set(known)


def set_knobs(setting: Setting | Chain) -> None:
    """Put a setting or a chain, to the nearest slider steps, into the page's knobs."""
    for own in setting.settings:
        choices.set_knobs("p", own)


def knobs(effects: tuple[str, ...]) -> Setting | Chain:
    """What the page's knobs of these effects, in signal order, are."""
    return plainest(Chain(tuple(choices.knobs("p", effect) for effect in effects)))


def offered(setting: Setting | Chain) -> Setting | Chain:
    """The same with every knob on the nearest step of its slider."""
    return plainest(Chain(tuple(choices.nearest_knobs(own) for own in setting.settings)))


def keep(played: Played, by_point: Setting | Chain) -> None:
    """Note what is heard, and in the address, too, where the point alone would play something else."""
    choices.put(PLAYED, played)
    if played.setting == offered(by_point):
        st.query_params.pop(PLAYED, None)
    elif st.query_params.get(PLAYED) != (written := _written(played.setting)):
        st.query_params[PLAYED] = written


def _written(setting: Setting | Chain) -> str:
    """A setting or a chain for an address: "reverb 0.21 0.93 0.65", "reverb 0.21 0.93 0.65, phaser 0.5 0.2 0.1"."""
    return ", ".join(" ".join([own.effect, *(f"{at:.3g}" for at in own.values)]) for own in setting.settings)


def _read(text: str) -> Setting | Chain | None:
    """What `_written` wrote; None where it is anything else."""
    links = [link.split(" ") for link in text.split(", ")]
    try:
        return offered(Chain(tuple(Setting(effect, tuple(map(float, values))) for effect, *values in links)))
    except (KeyError, ValueError):
        return None


def point_moved(name: str, dimensions: int, places: dict[int, float]) -> None:
    """The pad let go of the point. places: axis -> 0 ... 1 of what can be reached on it."""
    low, high = points.reach(name, dimensions)
    for axis, place in places.items():
        value = low[axis] + place * (high[axis] - low[axis])
        choices.put(choices.Play.axis(dimensions, axis), round(float(value), 3))


def knob_moved(name: str, dimensions: int, only: str, effects: tuple[str, ...]) -> None:
    """A knob of one of the effects was turned."""
    _settle(nearest(name, knobs(effects), dimensions, only))


def size_chosen(name: str) -> None:
    """The point was given more or fewer numbers."""
    if before := last():
        _settle(nearest(name, before.setting, choices.get("p_dimensions"), before.only))


def effect_chosen(name: str) -> None:
    """One effect was chosen, or all."""
    only, before = choices.get("p_effect"), last()
    if before is None or only == ALL or before.checkpoint != name:
        return
    if checkpoints.explorer(name).play(np.array(before.w)).chain.effects != (only,):
        _settle(nearest(name, choices.knobs("p", only), len(before.w), only))


def preset_taken(name: str, setting: Setting | Chain, played: Played | None) -> None:
    """A preset was chosen: in its own checkpoint at its point, in another one, and where it comes from no pad, at the
    point nearest to its setting or chain."""
    offered, own = checkpoints.explorer(name).dimensions, checkpoints.explorer(name).config.effects
    size = len(played.w) if played and len(played.w) in offered else choices.read(choices.Play).p_dimensions
    only = played.only if played and played.only in (ALL, *own) else ALL
    choices.put("p_effect", only)
    choices.put("p_dimensions", size)
    set_knobs(setting)
    there = played is not None and played.checkpoint == name and len(played.w) == size
    _settle(played if played and there else nearest(name, setting, size, only))


def nearest(name: str, setting: Setting | Chain, dimensions: int, only: str) -> Played:
    """A setting at the point that plays what is nearest to it; where no point plays a chain, its first effect."""
    if not playable(name, setting, dimensions, only):
        setting = setting.settings[0]
    w = np.clip(checkpoints.explorer(name).place(setting, dimensions), *points.reach(name, dimensions))
    return Played(name, tuple(round(float(value), 3) for value in w), only, setting)


def _settle(played: Played) -> None:
    """Put the point there before its sliders run, and hold the knobs."""
    for axis, value in enumerate(played.w):
        choices.put(choices.Play.axis(len(played.w), axis), value)
    choices.put(PLAYED, played)
