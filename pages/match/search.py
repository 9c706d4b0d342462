"""The search that refines an answer, with progress and a way to stop."""

from typing import TYPE_CHECKING

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.audio import SAMPLE_RATE
from pages.shared import choices, queue
from pages.shared.results import sounds as shared_sounds

if TYPE_CHECKING:
    pass
from pages.match.answers import Found, Search, _seconds, current_search

REFINE_S = 20
"""Seconds from the beginning that a search listens to: it hears hundreds of settings."""


ROUNDS, ALL_ROUNDS = 15, 60
"""Iterations of a search for one press of the button; after so many in all, the next press starts a new search."""


def refine_controls(found: Found) -> DeltaGenerator:
    """Buttons that start and stop the search, and a place for its progress; `run_search` does the work."""
    match = found.match
    cut = slice(REFINE_S * SAMPLE_RATE)

    def begin() -> None:
        search = current_search(found)
        if search is None or search.rounds >= ALL_ROUNDS:
            shown = search.shown if search else None
            dry, wet, spread = match.dry[cut], match.wet[cut], match.estimate.spread
            search = Search(shared_sounds.refinement(dry, wet, found.setting, spread, ALL_ROUNDS), shown=shown)
        search.until = search.rounds + ROUNDS
        choices.put("m_search", (found.version, search))
        choices.put("m_refining", found.version)

    def stop() -> None:
        finish(found)

    running = choices.get("m_refining") == found.version
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Refine", on_click=begin, disabled=running, type="primary", key="refine",
            help=f"Try settings around the answer by CMA-ES, {ROUNDS} iterations of 8, and keep the nearest.",
        )  # fmt: skip
        st.button("Stop", on_click=stop, disabled=not running, key="stop", help="Stop, and keep the best so far.")
    place = st.empty()
    search = current_search(found)
    if search and search.best and not running:
        place.caption(f"{search.text}. Press Refine to search on.")
    elif not running:
        much = f"the first {REFINE_S} s" if _seconds(match.dry) > REFINE_S else "them"
        place.caption(f"A search that starts from the answer above, tries settings around it, and listens to {much}.")
    return place


def run_search(found: Found, place: DeltaGenerator) -> None:
    """Go on with the search where one was begun, and show it. To be called last: everything else is drawn by then.

    The visitor's click on Stop, or on anything else, is heard at each report of progress; what was found so far is in
    the session by then. After another click the search goes on; after Stop it does not.
    """
    search = current_search(found)
    if choices.get("m_refining") != found.version or search is None:
        return
    while search.rounds < search.until:
        place.progress(max(0.0, 1 - (search.until - search.rounds) / ROUNDS), search.text)
        with queue.turn():
            search.step()
    place.progress(1.0, search.text)
    finish(found)
    st.rerun()


def finish(found: Found) -> None:
    """Let the search rest, and its best be shown beside the other answers."""
    choices.put("m_refining", None)
    search = current_search(found)
    if search and search.best:
        search.shown = search.best.setting
