"""The map of the settings: its controls, its click, the chosen point."""

import random

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from pages.shared import choices
from pages.shared.choices import get, put
from pages.shared.controls import COLOURS, EFFECT_LABELS
from pages.shared.figures import theme
from pages.widgets.map_click import map_click


def pick(index: int) -> None:
    """Choose a point of the map by a click on it."""
    put("point", index)
    put("clicked_point", index)


def ring() -> int | None:
    """The chosen point where the map has to mark it, None where the click that chose it already has."""
    point = get("point")
    return None if point == get("clicked_point") and get("dimensions") != 3 else point


def map_controls() -> choices.Clusters:
    """What the map shows: colour, projection, dimensions, effects in colour."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            "Colour by",
            list(COLOURS),
            format_func=COLOURS.__getitem__,
            width=260,
            help="The effect, a measure of the wet sound, or one parameter (points of other effects turn grey).",
            **choices.bound("colour"),
        )
        st.segmented_control(
            "Projection",
            ["umap", "pca"],
            default="umap",
            required=True,
            format_func=str.upper,
            help="UMAP keeps neighbours together. PCA keeps distances, along the directions of most change.",
            **choices.bound("projection"),
        )
        st.segmented_control(
            "Dimensions",
            [2, 3],
            default=2,
            required=True,
            format_func="{}-D".format,
            help="In 3-D, drag to turn the map.",
            **choices.bound("dimensions"),
        )
    st.pills(
        "Effects in colour",
        list(EFFECT_LABELS),
        selection_mode="multi",
        format_func=EFFECT_LABELS.__getitem__,
        help="Choose some to turn the others grey; none chosen means all.",
        **choices.bound("shown"),
    )
    return choices.read(choices.Clusters)


def clickable_map(figure: go.Figure) -> None:
    """The map; a click on a point chooses it. In 2-D the browser then turns the other points grey by itself."""

    def choose() -> None:
        if points := choices.get("map", {}).get("selection", {}).get("points", []):
            pick(int(np.ravel(points[0]["customdata"])[0]))

    st.plotly_chart(
        figure,
        key="map",
        on_select=choose,
        selection_mode="points",
        config=theme.MAP_CONFIG,
        alt="Map of the settings",
    )
    if choices.read(choices.Clusters).dimensions == 3:
        map_click("map", pick)


def point_picker(count: int) -> int | None:
    """Number of the chosen point, of count; a field and a button beside the map, for keyboards."""

    def draw() -> None:
        choices.put("point", random.randrange(count))

    with st.container(horizontal=True, vertical_alignment="bottom"):
        index = st.number_input(
            "Point", 0, count - 1, None, 1, placeholder="none", help="Number of the point.", **choices.bound("point")
        )
        st.button("Random point", on_click=draw, help="Choose any point of the map and play it.")
    return index
