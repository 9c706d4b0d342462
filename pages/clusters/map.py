"""The map of the settings: its controls and its click."""

from collections.abc import Callable

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from pages.clusters.point import pick
from pages.shared import choices
from pages.shared.controls import COLOURS, EFFECT_LABELS
from pages.shared.figures import theme
from pages.widgets.map_click import map_click

SOURCES = {"atlas": "The checkpoint", "own": "A recording"}


def map_controls() -> None:
    """How the map is drawn: colour, projection, dimensions."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            "Colour by",
            list(COLOURS),
            format_func=COLOURS.__getitem__,
            width=260,
            help="The effect, a measure of the wet sound, or one knob (points of other effects turn grey).",
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


def effects_in_colour() -> None:
    """Which effects are coloured, below the map."""
    st.pills(
        "Effects in colour",
        list(EFFECT_LABELS),
        selection_mode="multi",
        wrap=True,
        format_func=EFFECT_LABELS.__getitem__,
        help="Choose some to turn the others grey; none chosen means all.",
        **choices.bound("shown"),
    )


def clickable_map(
    figure: go.Figure,
    key: str = "map",
    on_pick: Callable[[int], None] = pick,
    on_many: Callable[[list[int]], None] | None = None,
) -> None:
    """The map; a click on a point chooses it. In 2-D the browser then turns the other points grey by itself.

    on_many: what points that were lassoed or boxed are given to.
    """

    def choose() -> None:
        selection = choices.get(key, {}).get("selection", {})
        points = [
            int(np.ravel(point["customdata"])[0]) for point in selection.get("points", []) if "customdata" in point
        ]
        if on_many and (selection.get("box") or selection.get("lasso")):
            on_many(points)
        elif points:
            on_pick(points[0])

    st.plotly_chart(
        figure,
        key=key,
        on_select=choose,
        selection_mode=("points", "box", "lasso") if on_many else "points",
        config=theme.MAP_CONFIG,
        alt="Map of the settings",
    )
    if choices.read(choices.Clusters).dimensions == 3:
        map_click(key, on_pick)


def map_of() -> str:
    """Whose map is shown: "atlas" or "own"."""
    return st.segmented_control(
        "Map of",
        list(SOURCES),
        default=choices.Clusters.map_of,
        required=True,
        format_func=SOURCES.__getitem__,
        help="The checkpoint's own map, of spoken sentences; or one of a recording that you choose, made while you "
        "look on. Play and Interpolate show the one that is chosen here.",
        **choices.bound("map_of"),
    )
