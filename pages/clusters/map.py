"""The map of the settings: its controls and its click."""

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from pages.clusters.point import pick
from pages.shared import choices
from pages.shared.controls import COLOURS, EFFECT_LABELS
from pages.shared.figures import theme
from pages.widgets.map_click import map_click


def map_controls() -> None:
    """How the map is drawn: colour, projection, dimensions."""
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


def effects_in_colour() -> None:
    """Which effects are coloured, below the map."""
    st.pills(
        "Effects in colour",
        list(EFFECT_LABELS),
        selection_mode="multi",
        format_func=EFFECT_LABELS.__getitem__,
        help="Choose some to turn the others grey; none chosen means all.",
        **choices.bound("shown"),
    )


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
