"""The controls of the page Play: sound, effect, colours and size of the point; each tells point.py what it changed."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from core.audio.own import Own
from core.effects import Chain, Setting, effect_named
from core.effects.chain import plainest
from pages.play import point
from pages.play.point import ALL, Heard
from pages.shared import choices, controls
from pages.shared.presets import Played
from pages.shared.results import checkpoints, points


def sound_and_effect(name: str) -> Own | None:
    """What is played and which effect plays it; the dry sound, None while there is none."""
    own = {effect: controls.EFFECT_LABELS[effect] for effect in checkpoints.explorer(name).config.effects}
    labels = {ALL: "All effects", **own}
    clip, effect = st.columns(2)
    with clip:
        _, dry, _ = controls.dry_picker("p", choices.Play.p_clip)
    with effect:
        st.selectbox(
            "Effect",
            list(labels),
            format_func=labels.__getitem__,
            help="All effects: the point chooses the effect, too, or a chain of up to three. One effect: the point "
            "moves its knobs alone, and points of other effects turn grey.",
            on_change=point.effect_chosen,
            args=(name,),
            **choices.bound("p_effect"),
        )
    return dry


def map_controls(name: str, dimensions: Sequence[int]) -> None:
    """Colours of the map, and how many numbers the point has."""
    colour, size = st.columns(2)
    with colour:
        st.selectbox(
            "Colour by",
            list(controls.COLOURS),
            format_func=controls.COLOURS.__getitem__,
            help="What colours the points of the map: the effect, a measure of the wet sound, or one knob.",
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
            on_change=point.size_chosen,
            args=(name,),
            **choices.bound("p_dimensions"),
        )


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
    """The sliders of the effects that are heard, in signal order, and what that is."""
    estimate = checkpoints.explorer(name).play(np.array(w), None if only == ALL else only)
    own = plainest(estimate.chain)
    effects = point.arrived(name, w, only, own)
    settings = []
    for number, effect in enumerate(effects, 1):
        if len(effects) > 1:
            st.caption(f"{number} · {controls.EFFECT_LABELS[effect]}")
        values = tuple(
            controls.knob(
                choices.PairState("p").knob(effect, parameter.name),
                parameter,
                on_change=point.knob_moved,
                args=(name, len(w), only, effects),
            )
            for parameter in effect_named(effect).parameters
        )
        settings.append(Setting(effect, values))
    played = Played(name, w, only, plainest(Chain(tuple(settings))))
    point.keep(played, own)
    by_point = checkpoints.explorer(name).play(np.array(w), effects)
    return Heard(played, plainest(by_point.chain), own.effects, estimate.probabilities)
