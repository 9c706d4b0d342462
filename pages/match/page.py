"""From a dry and a wet sound to the effects between them and their knobs."""

import streamlit as st

from pages.match import answers, boxes, panels, search
from pages.match.question import pick_question, pick_source
from pages.shared import choices, messages

st.title("Match")
st.markdown(
    "A sound before an effect and after it: which effect was it, or which chain of them, and how were the knobs turned?"
)

source = pick_source()
result, controls = st.columns([2, 1], gap="medium")  # on a narrow screen what sounds comes first
question = None
with controls, messages.plain_errors():
    question = pick_question(source)

with result, messages.plain_errors():
    if question is None:
        st.info("Choose a dry and a wet sound to find the effect between them.")
    else:
        with st.container():  # where what is said meanwhile moves no player, which would ask for all its sounds again
            found = answers.find(choices.checkpoint(), question)
        answers.headline(found)
        panels.player(found)

        st.header("Turn it yourself")
        boxes.rack(found)

        st.header("Knobs")
        panels.knobs(found)

        st.header("Refine")
        refine = st.container()

        st.header("Beside honest guesses")
        panels.baselines(found)

        st.header("Download")
        panels.downloads_row(found)
        with refine:  # last: the search goes on when everything else is drawn
            search.controls(found.version, found.match, found.chain, found.spread)
