"""The tour: eight steps through the pages in two minutes, by buttons or keys; left at any point.

An address begins it anywhere (?tour=3). Whoever goes to another page by himself has left it.
"""

from dataclasses import dataclass

import streamlit as st

from pages.shared import choices
from pages.shared.scenes import SCENES, reach

STEP, AT = "tour", "tour_at"
"""The parameter of the address that holds the step, from 1, and the session's key of the one that was set up; the
session's key of the step: a link from a page to itself does not reach the address."""


@dataclass(frozen=True)
class Step:
    """scene: a key of SCENES. text: what to do there, read in a quarter of a minute."""

    scene: str
    text: str


STEPS = (
    Step("listen", "An effect turns **dry** into **wet**; a network keeps a few numbers of both and rebuilds them. "
         "Press Play, then the keys 1, 2, 3."),
    Step("clusters", "Each point is one **setting of an effect**, placed by what the network heard. Delay and "
         "Overdrive are in colour, as in the report's Figure 1. Click a point."),
    Step("overdrive", "One pair, **rebuilt**: switch between the sounds; below, what is lost, in dB. (Figure 2)"),
    Step("same-audio", "A **path** from Delay to Overdrive over one recording: press Play and drag. The top row of the "
         "strip should not change; its drift is measured. (Figure 4)"),
    Step("different-audio", "The same between **two voices**, both through Overdrive. (Figure 5)"),
    Step("bottleneck", "The report's question: all effects and knobs held by **two numbers**. Drag the point and hear "
         "it; turn a knob, and the point follows."),
    Step("match", "What is new: a **dry and a wet sound in, the effect and its knobs out**, beside honest guesses."),
    Step("report", "All of the report's figures, live, and a **presenter's view** for a projector. You have seen it "
         "all."),
)  # fmt: skip


def begin(label: str) -> None:
    """A link to the first step."""
    query = {STEP: "1", "checkpoint": choices.checkpoint()}
    st.page_link(_page(1), label=label, icon=":material/tour:", query_params=query)


def bar(page: str) -> None:
    """The step's words and the way on, above the page that it is about; its choices are set up when it is reached."""
    step = _step() or choices.get(AT)
    if step is None or not reach(STEP, step, SCENES[STEPS[step - 1].scene], page):
        _leave()
        return
    choices.put(AT, step)
    with st.container(border=True, key="tour_bar"):
        st.markdown(f"**{step} of {len(STEPS)}** · {STEPS[step - 1].text}")
        with st.container(horizontal=True, gap="small"):
            if st.button("Back", key="tour_back", disabled=step == 1, shortcut="B", help="One step back."):
                _go(page, step - 1)
            if st.button("Next", key="tour_next", disabled=step == len(STEPS), shortcut="N", help="One step on."):
                _go(page, step + 1)
            if st.button("Leave the tour", key="tour_leave", shortcut="Esc", help="Stay here, without the tour."):
                _leave()
                st.rerun()


def _leave() -> None:
    choices.put(STEP, None)
    choices.put(AT, None)
    if STEP in st.query_params:
        del st.query_params[STEP]


def _step() -> int | None:
    text = st.query_params.get(STEP, "")
    return int(text) if text in {str(number) for number in range(1, len(STEPS) + 1)} else None


def _page(step: int) -> str:
    return f"pages/{SCENES[STEPS[step - 1].scene].page}/page.py"


def _go(page: str, step: int) -> None:
    """To another step; one on the same page is written into the address, which a switch to it would leave as it is."""
    if SCENES[STEPS[step - 1].scene].page == page:
        st.query_params[STEP] = str(step)
        st.rerun()
    st.switch_page(_page(step), query_params={STEP: str(step)})
