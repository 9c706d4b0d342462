"""The controller to play with: a few numbers that hold every effect and knob, on a pad, heard while they move."""

import streamlit as st

from pages.play import controls, panels, presets
from pages.play.meaning import meaning_of
from pages.play.pad_feed import pad_player
from pages.shared import choices, messages
from pages.shared.results import checkpoints
from pages.shared.visit import kept

st.title("Play")
st.markdown(
    "Drag the point and listen: a few numbers hold every effect and all of its knobs, and chains where they are likely."
)


@kept.fragment
def play(name: str) -> None:
    """Pad and knobs, linked both ways; moving either reruns only this."""
    with messages.plain_errors():
        explorer = checkpoints.explorer(name)
        if not explorer.dimensions:
            explorer.controller("w2")  # says what is missing, and how to get it
        left, right = st.columns([6, 5], gap="large")
        with left:
            pad = st.container()  # what sounds comes first, and is filled when all of its controls are known
            controls.map_controls(name, explorer.dimensions)
            choice = choices.read(choices.Play)
            axes = controls.axes_picker(choice.p_dimensions)
            w = controls.point_sliders(name, choice.p_dimensions)
        with right:
            dry = controls.sound_and_effect(name)
            headline = st.container()
            heard = controls.knobs(name, w, choices.read(choices.Play).p_effect)
            presets.save_button()
            below = st.container()
        if dry is None:
            pad.info("Choose a sound to play with.")
            return
        meaning = meaning_of(name, len(w), heard.played.only)
        with pad:  # the first to run: who lets the point go is listening
            pad_player(name, heard, axes, dry.heard, choice.p_colour, meaning)
        with headline:
            panels.headline(heard)
        with below:
            panels.sounds(heard, dry)
            panels.likely(heard)
        panels.tabs(name, heard, dry, meaning)


with st.spinner("Loading the map"):
    play(choices.checkpoint())
