"""The map of a recording: made here, point by point, heard at the recording's own quality."""

import streamlit as st

from pages.clusters import own_controls, own_file, own_pairs, own_point, reference, selection
from pages.clusters.map import clickable_map, effects_in_colour, map_controls
from pages.clusters.own_figure import own_figure
from pages.shared import choices, messages, own_maps
from pages.shared.results import checkpoints
from pages.shared.visit import kept

_TICKS = "own_ticks"
TICK_S = 1.0
"""A map in the making is drawn anew so often."""


def show(name: str) -> None:
    """The whole of it; while a map is being made it is drawn anew by itself."""
    ticks = own_maps.running(name)
    choices.put(_TICKS, ticks)
    st.fragment(kept.followed(_explore), run_every=TICK_S if ticks else None)(name)


def _explore(name: str) -> None:
    with messages.plain_errors():
        held = own_maps.held(name)
        own_controls.recording(name, held)
        own_pairs.panel(name)
        if (ticks := own_maps.running(name)) != choices.get(_TICKS):  # it has begun, or has come to its end
            st.rerun()
        left, right = st.columns([5, 3], gap="medium")
        with left:
            if held:
                own_controls.progress(held)
            map_controls()
            place = st.container()
            effects_in_colour()
        own_map = held.own_map if held else None
        with right:
            chosen = own_point.show(name, held) if held and len(held.own_map) else None
        choice = choices.read(choices.Clusters)
        with place:
            atlas = checkpoints.explorer(name).atlas
            figure = own_figure(atlas, own_map, choice, chosen)
            if pairs := own_pairs.kept(name):
                there = atlas.place(pairs.z, choice.projection, choice.dimensions)
                own_pairs.add(figure, pairs, there, choices.get("o_pair_colour"))
            clickable_map(figure, "own_map_chart", own_point.pick, selection.choose)
        if held and len(held.own_map):
            selection.table(held, choice)
            own_file.download(held.own_map)
            if not ticks:
                reference.panel(held)
