"""The presenter's view: one figure at a time, large, without the sidebar, turned by arrow keys."""

import streamlit as st

from pages.report.words import FIGURES
from pages.shared import choices

_STYLE = """<style>
html { font-size: 22px !important; }
[data-testid="stSidebar"], [data-testid="stHeader"] { display: none; }
[data-testid="stMainBlockContainer"] { max-width: 100%; padding: 1rem 2rem; }
</style>"""


def turn(by: int) -> None:
    """Callback: to the next figure (1) or the one before (-1); the ends stay where they are."""
    names = list(FIGURES)
    at = names.index(choices.read(choices.Report).figure) + by
    choices.put("figure", names[min(max(at, 0), len(names) - 1)])


def controls(figure: str) -> None:
    """Back, on, and out, each with its key; which figure of how many."""
    st.html(_STYLE)
    names = list(FIGURES)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        for label, by, end, key in (("Back", -1, names[0], "Left"), ("Next", 1, names[-1], "Right")):
            st.button(
                label, on_click=turn, args=(by,), disabled=figure == end, shortcut=key, help=f"{label}: one figure."
            )
        # Esc, which pages/widgets/visit listens for: a shortcut would take it from lists that are open.
        st.button(
            "Leave `Esc`", key="present_leave", on_click=choices.put, args=("present", False),
            help="All figures, one page.",
        )  # fmt: skip
        st.caption(f"{names.index(figure) + 1} of {len(names)}")
