"""The point w and the knobs of the page Play, each of which moves the other; and the spots that a visitor keeps.

Either may come first. Where the point moved, the knobs take what it plays; where a knob moved, the point goes to the
place that comes nearest. What is heard is always the knobs.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.effects import Setting, effect_named
from pages.shared import choices
from pages.shared import controls as widgets
from pages.shared.results import checkpoints, points

ALL = "all"
HEARD, SPOTS = "p_heard", "p_spots"


@dataclass(frozen=True)
class Spot:
    """A setting and the point w that it belongs to, in a checkpoint's map; only: ALL, or the one effect played."""

    name: str
    checkpoint: str
    w: tuple[float, ...]
    only: str
    setting: Setting

    def at(self, checkpoint: str, w: tuple[float, ...], only: str) -> bool:
        """Whether this is the place, whatever its setting."""
        return (self.checkpoint, self.w, self.only) == (checkpoint, w, only)


@dataclass(frozen=True)
class Heard:
    """What the page plays: the spot, what the point itself plays there, and how likely each effect is."""

    spot: Spot
    by_point: Setting
    probabilities: dict[str, float]

    @property
    def away(self) -> float:
        """Mean difference between the knobs and those that the point plays, in shares of their way."""
        return float(np.abs(np.subtract(self.spot.setting.values, self.by_point.values)).mean())


def controls(name: str, dimensions: Sequence[int]) -> tuple[choices.Play, np.ndarray | None]:
    """Clip, effect, colours and size of w; the dry sound (time,), None while there is none."""
    own = {effect: widgets.EFFECT_LABELS[effect] for effect in checkpoints.explorer(name).config.effects}
    labels = {ALL: "All effects", **own}
    clip, effect, colour, size = st.columns([3, 2, 3, 3])
    with clip:
        _, dry, _ = widgets.dry_picker("p", choices.Play.p_clip)
    with effect:
        st.selectbox(
            "Effect",
            list(labels),
            format_func=labels.__getitem__,
            help="All effects: the point chooses the effect, too. One effect: the point moves its knobs alone, and "
            "points of other effects turn grey.",
            on_change=_to_effect,
            args=(name,),
            **choices.bound("p_effect"),
        )
    with colour:
        st.selectbox(
            "Colour by",
            list(widgets.COLOURS),
            format_func=widgets.COLOURS.__getitem__,
            help="What colours the points of the map: the effect, a measure of the wet sound, or one parameter.",
            **choices.bound("p_colour"),
        )
    with size:
        st.segmented_control(
            "Dimensions",
            dimensions,
            default=choices.Play.p_dimensions if choices.Play.p_dimensions in dimensions else dimensions[0],
            required=True,
            format_func="{}-D".format,
            help="How many numbers the point has. More of them hold every setting more exactly; two fit on the pad.",
            on_change=_keep_setting,
            args=(name,),
            **choices.bound("p_dimensions"),
        )
    return choices.read(choices.Play), dry


def axes_picker(dimensions: int) -> tuple[int, int]:
    """Which axes of w, 0, 1, ..., the pad moves to the right and upwards; with two there is nothing to choose."""
    if dimensions == 2:
        return 0, 1
    for key, default in (("p_x", choices.Play.p_x), ("p_y", choices.Play.p_y)):
        if (choices.get(key) or default) > dimensions:
            choices.put(key, default)
    numbers = list(range(1, dimensions + 1))
    across, up = st.columns(2)
    x = across.selectbox("Axis to the right", numbers, help="Which number of the point.", **choices.bound("p_x"))
    rest = [number for number in numbers if number != x]
    if choices.get("p_y") not in rest and choices.get("p_y") is not None:
        choices.put("p_y", rest[0])
    index = rest.index(choices.Play.p_y) if choices.Play.p_y in rest else 0
    y = up.selectbox("Axis upwards", rest, index, help="Which number of the point.", **choices.bound("p_y"))
    return x - 1, y - 1


def point_sliders(name: str, dimensions: int) -> tuple[float, ...]:
    """A slider for each axis; the point w (w,). The pad moves two of them."""
    low, high = points.reach(name, dimensions)
    w = []
    for axis in range(dimensions):
        key = choices.Play.axis(dimensions, axis)
        if (value := choices.get(key)) is not None and not low[axis] <= value <= high[axis]:
            choices.put(key, float(np.clip(value, low[axis], high[axis])))  # kept from another checkpoint
        if axis % 4 == 0:
            columns = st.columns(min(4, dimensions))
        with columns[axis % 4]:
            w.append(
                st.slider(
                    f"Axis {axis + 1}",
                    float(low[axis]),
                    float(high[axis]),
                    0.0,
                    0.01,
                    help="One number of the point. It has no unit; see below what it means.",
                    **choices.bound(key),
                )
            )
    return tuple(w)


def knobs(name: str, w: tuple[float, ...], only: str) -> Heard:
    """The sliders of the effect that is heard, and what it is."""
    estimate = checkpoints.explorer(name).play(np.array(w), None if only == ALL else only)
    before: Spot | None = choices.get(HEARD)
    if before is not None and before.at(name, w, only):
        effect = before.setting.effect
    else:
        effect = estimate.setting.effect
        choices.set_knobs("p", estimate.setting)
    values = tuple(
        widgets.knob(
            choices.PairState("p").knob(effect, parameter.name),
            parameter,
            on_change=_knob_moved,
            args=(name, len(w), only, effect),
        )
        for parameter in effect_named(effect).parameters
    )
    spot = Spot("", name, w, only, Setting(effect, values))
    choices.put(HEARD, spot)
    by_point = checkpoints.explorer(name).play(np.array(w), effect).setting
    return Heard(spot, by_point, estimate.probabilities)


def move(name: str, dimensions: int, places: dict[int, float]) -> None:
    """Move the point before the sliders run. places: axis -> 0 ... 1 of what can be reached on it."""
    low, high = points.reach(name, dimensions)
    for axis, place in places.items():
        value = low[axis] + place * (high[axis] - low[axis])
        choices.put(choices.Play.axis(dimensions, axis), round(float(value), 3))


def _hold(spot: Spot) -> None:
    """Put the point there, and keep the spot's own setting instead of what the point plays."""
    for axis, value in enumerate(spot.w):
        choices.put(choices.Play.axis(len(spot.w), axis), value)
    choices.put(HEARD, spot)


def _reach_for(name: str, setting: Setting, dimensions: int, only: str) -> None:
    """Go to the point that plays what is nearest to a setting, and play the setting itself."""
    w = np.clip(checkpoints.explorer(name).place(setting, dimensions), *points.reach(name, dimensions))
    _hold(Spot("", name, tuple(round(float(value), 3) for value in w), only, setting))


def _knob_moved(name: str, dimensions: int, only: str, effect: str) -> None:
    _reach_for(name, choices.knobs("p", effect), dimensions, only)


def _keep_setting(name: str) -> None:
    """Callback of the dimensions: the same sound, at its point among that many numbers."""
    if heard := choices.get(HEARD):
        _reach_for(name, heard.setting, choices.get("p_dimensions"), heard.only)


def _to_effect(name: str) -> None:
    """Callback of the effect: go where it is at home, with its knobs as they were left, unless the point is there."""
    only, heard = choices.get("p_effect"), choices.get(HEARD)
    if heard is None or only == ALL or heard.checkpoint != name:
        return
    if checkpoints.explorer(name).play(np.array(heard.w)).setting.effect != only:
        _reach_for(name, choices.knobs("p", only), len(heard.w), only)


def spots() -> list[Spot]:
    """What was saved in this session, the oldest first."""
    return choices.get(SPOTS, [])


def save_spot() -> None:
    """Keep what is heard now, under the name in the field or a number."""
    heard: Spot = choices.get(HEARD)
    taken = {spot.name for spot in spots()}
    free = next(f"Spot {number}" for number in range(1, len(taken) + 2) if f"Spot {number}" not in taken)
    name = (choices.get("p_spot_name") or "").strip()
    name = name if name and name not in taken else f"{name} ({free})" if name else free
    choices.put(SPOTS, [*spots(), Spot(name, heard.checkpoint, heard.w, heard.only, heard.setting)])
    choices.put("p_spot_name", "")


def go_to(name: str, spot: Spot) -> None:
    """Play a spot: in its own checkpoint at its point, in another one at the point nearest to its setting."""
    choices.put("p_effect", spot.only)
    choices.put("p_dimensions", len(spot.w))
    choices.set_knobs("p", spot.setting)
    if spot.checkpoint == name:
        _hold(spot)
    else:
        _reach_for(name, spot.setting, len(spot.w), spot.only)


def remove_spot(spot: Spot) -> None:
    """Forget a spot."""
    choices.put(SPOTS, [other for other in spots() if other != spot])


def traverse(name: str, w: tuple[float, ...], axis: int, only: str, steps: int = 7) -> list[tuple[float, Setting]]:
    """Values along one axis, from the 2nd to the 98th percentile of the map, and what is played there."""
    explorer = checkpoints.explorer(name)
    places = explorer.places(len(w))[:, axis]
    if only != ALL:
        places = places[explorer.atlas.effect == list(map(str, explorer.atlas.effects)).index(only)]
    path = []
    for value in np.linspace(np.percentile(places, 2), np.percentile(places, 98), steps):
        point = np.array(w)
        point[axis] = value
        path.append((float(value), explorer.play(point, None if only == ALL else only).setting))
    return path


@dataclass(frozen=True)
class Meaning:
    """What the axes of w have to do with what is heard.

    labels: of the measures. correlations (measure, axis): rank correlation of each with each axis. words: what a rise
    and what a fall of it is called. effects: for each measure the effect whose points it marks, "" for other measures.
    """

    labels: tuple[str, ...]
    correlations: np.ndarray
    words: tuple[tuple[str, str], ...]
    effects: tuple[str, ...]

    def changes(self, axis: int) -> str:
        """What rises and falls along an axis: "brighter, drive up"; falling, it is the opposite."""
        return self._said(axis, [not effect for effect in self.effects])

    def towards(self, axis: int, sign: int = 1) -> str:
        """The effects that lie in one direction: "towards Reverb, Delay"; "" where one effect is looked at."""
        rising = sign * self.correlations[:, axis] > 0
        said = self._said(axis, [effect and up for effect, up in zip(self.effects, rising, strict=True)])
        return said and f"towards {said}"

    def _said(self, axis: int, chosen: Sequence[object]) -> str:
        from core.latent.axes import in_words  # scipy.stats: not on the way to first paint

        own = {i: float(self.correlations[i, axis]) for i, one in enumerate(chosen) if one}
        return in_words(own, {i: self.words[i] for i in own})


def meaning(name: str, dimensions: int, only: str) -> Meaning:
    """What the axes of w mean for one effect, or for all of them."""
    effects = tuple(map(effect_named, checkpoints.explorer(name).config.effects if only == ALL else (only,)))
    rows: list[tuple[str, str, tuple[str, str], str]] = [
        ("loudness", "Loudness", ("louder", "quieter"), ""),
        ("brightness", "Brightness", ("brighter", "darker"), ""),
    ]
    if only == ALL:
        rows += [(e.name, f"Is {e.label}", (e.label, e.label), e.name) for e in effects]
    for effect in effects:
        for parameter in effect.parameters:
            label = parameter.label if only != ALL else f"{effect.label}: {parameter.label.lower()}"
            short = parameter.label.lower() if only != ALL else f"{effect.label} {parameter.label.lower()}"
            rows.append((f"{effect.name}.{parameter.name}", label, (f"{short} up", f"{short} down"), ""))
    measures, labels, words, marked = zip(*rows, strict=True)
    values = points.axis_correlations(name, dimensions, measures, None if only == ALL else only)
    return Meaning(labels, values, words, marked)
