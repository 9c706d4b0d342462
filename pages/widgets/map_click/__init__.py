"""Clicks on points of a 3-D chart, which st.plotly_chart does not report."""

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from pages.widgets.shared.bundle import bundle

_component = st.components.v2.component("latentfx.map_click", js=bundle(Path(__file__).with_name("map_click.js")))


def map_click(chart: str, on_click: Callable[[int], None]) -> None:
    """Call on_click with the customdata of a clicked point of the chart whose key is `chart`. Takes no room."""
    key = f"{chart}_click"

    def report() -> None:
        if (clicked := st.session_state.get(key)) and clicked.get("point") is not None:
            on_click(int(clicked["point"]))

    _component(key=key, data=chart, on_point_change=report, height=1)
