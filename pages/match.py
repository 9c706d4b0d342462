"""From a dry and a wet sound to the effect between them and its setting."""

import streamlit as st

from pages.components import match_panel, state, turns, widgets

st.title("Match")
st.markdown(
    "A sound before an effect and after it: which effect was it, and how were its knobs turned? The network reads it "
    "off the two sounds in one go; then you hear its setting, played by the real effect, beside the sound to match."
)

source = match_panel.source()
controls, result = st.columns([1, 3], gap="large")
with controls:
    question = match_panel.question(source)

with result, widgets.plain_errors():
    if question is None:
        st.info("Choose a dry and a wet sound to find the effect between them.")
    else:
        with turns.turn("Listening to both sounds", show_time=True):
            found = match_panel.find(state.checkpoint(), question)
        match_panel.headline(found)
        match_panel.player(found)

        st.subheader("Knobs")
        match_panel.knobs(found)

        st.subheader("Refine")
        progress = match_panel.refine_controls(found)

        st.subheader("Beside honest guesses")
        match_panel.baselines(found)

        st.subheader("Take it along")
        match_panel.export(found)
        match_panel.all_sounds(found)
        match_panel.run_search(found, progress)
