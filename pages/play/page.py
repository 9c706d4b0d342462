"""The controller to play with: a few numbers that hold every effect and knob, on a pad, heard while they move."""

import streamlit as st

from pages.play import panels, point
from pages.play.pad_feed import pad_player
from pages.shared import choices, messages
from pages.shared.results import checkpoints

st.title("Play")
st.markdown(
    "Every effect and all of its knobs, held by a few numbers. Drag the point and listen; the knobs follow. "
    "Turn a knob, and the point goes to the place that plays it."
)


@st.fragment
def play(name: str) -> None:
    """Pad and knobs, linked both ways; moving either reruns only this."""
    with messages.plain_errors():
        explorer = checkpoints.explorer(name)
        if not explorer.dimensions:
            explorer.controller("w2")  # says what is missing, and how to get it
        choice, dry = point.controls(name, explorer.dimensions)
        if dry is None:
            st.info("Choose a sound to play with.")
            return
        left, right = st.columns([6, 5], gap="large")
        with left:
            axes = point.axes_picker(choice.p_dimensions)
            pad = st.container()
            w = point.point_sliders(name, choice.p_dimensions)
        with right:
            top = st.container()
            heard = point.knobs(name, w, choice.p_effect)
            panels.save_spot()
        meaning = point.meaning(name, len(w), choice.p_effect)
        with pad:  # the first to run: who lets the point go is listening
            pad_player(name, heard, axes, dry, choice.p_colour, meaning)
        with top:
            panels.words(heard)
            panels.sounds(heard, dry)
        panels.tabs(name, heard, dry, meaning)


with st.spinner("Loading the map"):
    play(choices.checkpoint())
