"""From a dry and a wet sound to the effect between them and its setting."""

import streamlit as st

from pages.match import panels
from pages.shared import choices, queue
from pages.shared import controls as widgets

st.title("Match")
st.markdown(
    "A sound before an effect and after it: which effect was it, and how were its knobs turned? The network reads it "
    "off the two sounds in one go; then you hear its setting, played by the real effect, beside the sound to match."
)

source = panels.source()
controls, result = st.columns([1, 3], gap="large")
with controls:
    question = panels.question(source)

with result, widgets.plain_errors():
    if question is None:
        st.info("Choose a dry and a wet sound to find the effect between them.")
    else:
        with queue.turn("Listening to both sounds", show_time=True):
            found = panels.find(choices.checkpoint(), question)
        panels.headline(found)
        panels.player(found)

        st.subheader("Knobs")
        panels.knobs(found)

        st.subheader("Refine")
        progress = panels.refine_controls(found)

        st.subheader("Beside honest guesses")
        panels.baselines(found)

        st.subheader("Take it along")
        panels.export(found)
        panels.all_sounds(found)
        panels.run_search(found, progress)
