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

from core.effects import Setting
from pages.shared import choices
from pages.shared.presets import Played
from pages.shared.results import checkpoints, points

ALL = "all"
PLAYED = "p_heard"
"""Session key of what was heard last; and the setting in the address where it is not what the point plays."""


@dataclass(frozen=True)
class Heard:
    """What the page plays, what the point itself plays there with that effect, and how likely each effect is."""

    played: Played
    by_point: Setting
    probabilities: dict[str, float]

    @property
    def away(self) -> float:
        """Mean difference between the knobs and those that the point plays, in shares of their way."""
        return float(np.abs(np.subtract(self.played.setting.values, self.by_point.values)).mean())


def last() -> Played | None:
    """What was heard last, None at a visitor's first look."""
    return choices.get(PLAYED)


def arrived(name: str, w: tuple[float, ...], only: str, by_point: Setting) -> str:
    """Which effect's knobs are shown, with the point at w; before they run, they take by_point where it has moved."""
    before = last()
    if before is not None and before.at(name, w, only):
        return before.setting.effect
    setting = _read(st.query_params.get(PLAYED, "")) if before is None else None
    known = checkpoints.explorer(name).config.effects if only == ALL else (only,)
    setting = setting if setting and setting.effect in known else by_point
    choices.set_knobs("p", setting)
    return setting.effect


def keep(played: Played, by_point: Setting) -> None:
    """Note what is heard, and in the address, too, where the point alone would play something else."""
    choices.put(PLAYED, played)
    if played.setting == choices.nearest_knobs(by_point):
        st.query_params.pop(PLAYED, None)
    elif st.query_params.get(PLAYED) != (written := _written(played.setting)):
        st.query_params[PLAYED] = written


def _written(setting: Setting) -> str:
    """A setting for an address: "reverb 0.21 0.93 0.65"."""
    return " ".join([setting.effect, *(f"{value:.3g}" for value in setting.values)])


def _read(text: str) -> Setting | None:
    """What `_written` wrote; None where it is anything else."""
    effect, *values = text.split(" ")
    try:
        return choices.nearest_knobs(Setting(effect, tuple(map(float, values))))
    except (KeyError, ValueError):
        return None


def point_moved(name: str, dimensions: int, places: dict[int, float]) -> None:
    """The pad let go of the point. places: axis -> 0 ... 1 of what can be reached on it."""
    low, high = points.reach(name, dimensions)
    for axis, place in places.items():
        value = low[axis] + place * (high[axis] - low[axis])
        choices.put(choices.Play.axis(dimensions, axis), round(float(value), 3))


def knob_moved(name: str, dimensions: int, only: str, effect: str) -> None:
    """A knob of an effect was turned."""
    _settle(nearest(name, choices.knobs("p", effect), dimensions, only))


def size_chosen(name: str) -> None:
    """The point was given more or fewer numbers."""
    if before := last():
        _settle(nearest(name, before.setting, choices.get("p_dimensions"), before.only))


def effect_chosen(name: str) -> None:
    """One effect was chosen, or all."""
    only, before = choices.get("p_effect"), last()
    if before is None or only == ALL or before.checkpoint != name:
        return
    if checkpoints.explorer(name).play(np.array(before.w)).setting.effect != only:
        _settle(nearest(name, choices.knobs("p", only), len(before.w), only))


def preset_taken(name: str, setting: Setting, played: Played | None) -> None:
    """A preset was chosen: in its own checkpoint at its point, in another one, and where it comes from no pad, at the
    point nearest to its setting."""
    offered, own = checkpoints.explorer(name).dimensions, checkpoints.explorer(name).config.effects
    size = len(played.w) if played and len(played.w) in offered else choices.read(choices.Play).p_dimensions
    only = played.only if played and played.only in (ALL, *own) else ALL
    choices.put("p_effect", only)
    choices.put("p_dimensions", size)
    choices.set_knobs("p", setting)
    there = played is not None and played.checkpoint == name and len(played.w) == size
    _settle(played if played and there else nearest(name, setting, size, only))


def nearest(name: str, setting: Setting, dimensions: int, only: str) -> Played:
    """A setting at the point that plays what is nearest to it."""
    w = np.clip(checkpoints.explorer(name).place(setting, dimensions), *points.reach(name, dimensions))
    return Played(name, tuple(round(float(value), 3) for value in w), only, setting)


def _settle(played: Played) -> None:
    """Put the point there before its sliders run, and hold the knobs."""
    for axis, value in enumerate(played.w):
        choices.put(choices.Play.axis(len(played.w), axis), value)
    choices.put(PLAYED, played)
