"""From a dry and a wet sound to the effect between them and its setting."""

import streamlit as st

from pages.match import answers, panels, search
from pages.match.question import pick_question, pick_source
from pages.shared import choices, messages, queue

st.title("Match")
st.markdown(
    "A sound before an effect and after it: which effect was it, and how were its knobs turned? The network reads it "
    "off the two sounds in one go; then you hear its setting, played by the real effect, beside the sound to match."
)

source = pick_source()
controls, result = st.columns([1, 3], gap="large")
with controls:
    question = pick_question(source)

with result, messages.plain_errors():
    if question is None:
        st.info("Choose a dry and a wet sound to find the effect between them.")
    else:
        with queue.turn("Listening to both sounds", show_time=True):
            found = answers.find(choices.checkpoint(), question)
        answers.headline(found)
        answers.player(found)

        st.subheader("Knobs")
        answers.knobs(found)

        st.subheader("Refine")
        progress = search.refine_controls(found)

        st.subheader("Beside honest guesses")
        panels.baselines(found)

        st.subheader("Take it along")
        panels.export(found)
        panels.all_sounds(found)
        search.run_search(found, progress)
