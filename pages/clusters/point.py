"""The chosen point of the map: how it is chosen, and what is heard and seen of it."""

import random

import numpy as np
import streamlit as st

from core.effects import effect_named
from pages.shared import choices, controls, notes, player
from pages.shared.choices import get, put
from pages.shared.figures import spectrograms
from pages.shared.figures.chart import chart
from pages.shared.results import checkpoints, points, sounds

FIRST = "delay"
"""The effect of the point that is shown while none is chosen, where the checkpoint knows it: it is heard at once."""


def pick(index: int) -> None:
    """Choose a point of the map by a click on it."""
    put("point", index)
    put("clicked_point", index)


def first(name: str) -> int:
    """A point to begin with: the one of an effect whose knobs are nearest to their defaults."""
    atlas = checkpoints.explorer(name).atlas
    names = [str(effect) for effect in atlas.effects]
    number = names.index(FIRST) if FIRST in names else 0
    own, defaults = np.flatnonzero(atlas.effect == number), effect_named(names[number]).defaults
    return int(own[np.linalg.norm(atlas.values[own, : len(defaults)] - defaults, axis=1).argmin()])


def ring(shown: int) -> int | None:
    """The point shown, where the map has to mark it; None where the click that chose it already has."""
    return None if shown == get("clicked_point") and get("dimensions") != 3 else shown


def picker(count: int, fallback: int) -> int:
    """Number of the point, of count; a field and a button beside the map, for keyboards.

    fallback: while none is chosen; it is no choice and does not enter the address.
    """

    def draw() -> None:
        put("point", random.randrange(count))

    with st.container(horizontal=True, vertical_alignment="bottom"):
        index = st.number_input(
            "Point", 0, count - 1, None, 1, placeholder=str(fallback), help="Number of the point.",
            **choices.bound("point"),
        )  # fmt: skip
        st.button("Random point", on_click=draw, help="Choose any point of the map and play it.")
    return fallback if index is None else index


def details(name: str, point: points.Point) -> None:
    """The point: its sound, played at once where it was chosen, its setting and its spectrograms."""
    chosen = get("point") is not None and notes.is_new("heard", point.index)
    st.markdown(f"**{point.setting.text}**  \n{controls.CLIP_LABELS[point.clip]}")
    player.sound("Wet", point.wet, f"point-{point.index}-wet", autoplay=chosen)
    player.sound("Dry", point.dry, f"point-{point.index}-dry")
    controls.send_buttons(point.clip, point.setting, point.offset_s)
    magnitudes = sounds.spectrogram(name, point.dry, point.wet)[:, None]
    figure = spectrograms.spectrogram_grid(magnitudes, ("Dry", "Wet"), (), **checkpoints.axes(name), row_height=130)
    chart(
        figure,
        f"Spectrograms of dry and wet, {point.setting.text}",
        f"{name} point {point.index} {' '.join(point.setting.effects)}",
        f"Point {point.index} of the map: {controls.CLIP_LABELS[point.clip]} from {point.offset_s:.2f} s on; dry, and "
        f"wet, {point.setting.text}.",
        name,
    )
