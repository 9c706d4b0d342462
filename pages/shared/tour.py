"""The tour: eight steps through the pages in two minutes, by buttons or keys; left at any point.

An address begins it anywhere (?tour=3). Whoever goes to another page by himself has left it.
"""

from dataclasses import dataclass

import streamlit as st

from pages.shared import choices
from pages.shared.scenes import SCENES, reach

STEP, AT, PASSED = "tour", "tour_at", "tour_passed"
"""The parameter of the address that holds the step, from 1, and the session's key of the one that was set up; the
session's keys of the step, as a link from a page to itself does not reach the address, and of each page's last one."""


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
    step = _step_of(page)
    if step is None or not reach(STEP, step, SCENES[STEPS[step - 1].scene], page):
        _leave()
        return
    choices.put(AT, step)
    choices.put(PASSED, choices.get(PASSED, {}) | {page: step})
    with st.container(border=True, key="tour_bar"):
        st.markdown(f"**{step} of {len(STEPS)}** · {STEPS[step - 1].text}")
        with st.container(horizontal=True, gap="small"):
            if st.button("Back", key="tour_back", disabled=step == 1, shortcut="B", help="One step back."):
                _go(page, step - 1)
            if st.button("Next", key="tour_next", disabled=step == len(STEPS), shortcut="N", help="One step on."):
                _go(page, step + 1)
            # Esc, which pages/widgets/visit listens for: a shortcut would take it from lists that are open.
            if st.button("Leave the tour `Esc`", key="tour_leave", help="Stay here, without the tour."):
                _leave()
                st.rerun()


def _leave() -> None:
    choices.put(STEP, None)
    choices.put(AT, None)
    choices.put(PASSED, {})
    if STEP in st.query_params:
        del st.query_params[STEP]


def _step_of(page: str) -> int | None:
    """The step that is asked for. Where a page was left, the browser's history has its address with the next page's
    step, or none: who comes back there comes back to the last step on this page."""
    step, passed = _step() or choices.get(AT), choices.get(PASSED, {})
    if (
        choices.get(choices.RETURNED)
        and page in passed
        and (step is None or SCENES[STEPS[step - 1].scene].page != page)
    ):
        step = passed[page]
        st.query_params[STEP] = str(step)
    return step


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
