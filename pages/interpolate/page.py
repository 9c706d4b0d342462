"""A path between sounds: seen as a film strip, heard while it moves, measured, and downloaded."""

import streamlit as st

from pages.interpolate import controls, listening_test, path_file, views
from pages.interpolate.path_sounds import Walk
from pages.interpolate.player import path_player
from pages.shared import choices, messages
from pages.shared.results import checkpoints, paths

st.title("Interpolate")
st.markdown(
    "A walk through the latent space from sound A to sound B: drag along it and hear it change. "
    "With one recording at all ends only the effect changes."
)

name = choices.checkpoint()
with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
    kind = controls.kind_picker()
    path_file.importer()
path_file.told()
with messages.plain_errors():
    ends = controls.ends(kind)
    route = controls.route_controls(kind, checkpoints.explorer(name).layout.names)
    voice, matched = controls.voice_controls()
    if ends is None:
        st.stop()
    walk = Walk(name, paths.interpolation(name, [(end.dry, end.wet) for end in ends], route), ends)
    path_file.compared(walk)
    if not listening_test.running():
        path_player(walk, voice, matched)
    views.show(walk, voice)
