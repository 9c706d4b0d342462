"""A path between sounds: seen as a film strip, heard while it moves, measured, and taken home."""

import streamlit as st

from pages.components import path_views, path_widgets, resources, state, take_home, turns, widgets
from pages.components.path_player import path_player
from pages.components.walk import Walk

st.title("Interpolate")
st.markdown(
    "A walk through the latent space from sound A to sound B: drag along it and hear it change. "
    "With one recording at all ends only the effect changes."
)

name = state.checkpoint()
with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
    kind = path_widgets.kind_picker()
    take_home.importer()
take_home.told()
with widgets.plain_errors():
    ends = path_widgets.ends(kind)
    route = path_widgets.route_controls(kind, resources.explorer(name).layout.names)
    voice, matched = path_widgets.voice_controls()
    if ends is None:
        st.stop()
    with turns.turn("Decoding the path"):
        walk = Walk(name, resources.interpolation(name, [(end.dry, end.wet) for end in ends], route), ends)
        path_player(walk, voice, matched)
    path_views.show(walk, voice)
