"""The week-5 report, live: its five figures and its open question with the data of the checkpoint in use."""

import streamlit as st

from pages.report import panels, presenter
from pages.report.words import FIGURES
from pages.shared import choices, messages

shown, asked = st.container(), st.container(horizontal=True, vertical_alignment="bottom", gap="medium")
with asked:  # it stands below what it decides
    present = st.toggle(
        "Presenter's view", help="One figure at a time, in large type, without the sidebar; arrow keys turn the pages.",
        **choices.bound("present"),
    )  # fmt: skip
    first = st.selectbox(
        "It begins with", list(FIGURES), format_func=lambda figure: FIGURES[figure].title, width=300,
        help="The figure that the presenter's view shows.", **choices.bound("figure"),
    )  # fmt: skip


def one(figure: str) -> None:
    """A figure with what the report says of it, and what is measured here."""
    st.markdown(FIGURES[figure].asked)
    with messages.plain_errors():
        panels.show(figure, choices.checkpoint(), present)


with shown:
    if present:
        st.title(FIGURES[first].title)
        presenter.controls(first)
        one(first)
    else:
        st.title("Report")
        st.markdown(
            "LatentFX began with a student's week-5 report: a joint-spectrogram VAE over dry and wet, five figures and "
            "a question. Here they are with the data of the checkpoint in the sidebar; each opens where it is heard."
        )
        places = {figure: st.container() for figure in FIGURES}
        for figure, words in FIGURES.items():
            places[figure].header(words.title, anchor=f"figure-{figure}")
        for figure in (*list(FIGURES)[1:], next(iter(FIGURES))):  # the first one takes longest to compute
            with places[figure]:
                one(figure)
