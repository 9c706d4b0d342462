"""The search that refines an answer, with progress and a way to stop."""

from typing import TYPE_CHECKING

import streamlit as st

from core.effects import Chain
from pages.shared import choices
from pages.shared.job import Job, current
from pages.shared.results import sounds

if TYPE_CHECKING:
    from core.match.match import Match
    from core.match.search import Refinement

SEARCH, REFINED = "m_search", "m_refined"
"""Session keys: the search; and (version, chain), its best of when it last came to rest."""
ROUNDS, ALL_ROUNDS = 15, 60
"""Iterations of a search for one press of the button; after so many in all, the next press starts a new search."""


def refined(version: str) -> Chain | None:
    """The best chain that a search for this question has found, once it rests."""
    about, chain = choices.get(REFINED, ("", None))
    return chain if about == version else None


def controls(version: str, match: "Match", chain: Chain, spread: tuple[float, ...]) -> None:
    """Buttons that start and stop a search from a chain for a question, and its progress. To be called last.

    spread: how far off each knob may be, one effect's behind the other's.
    """
    search = current(SEARCH, version)
    running = search is not None and search.running

    def begin() -> None:
        again = search
        if again is None or again.done >= ALL_ROUNDS:
            steps = sounds.refinement(match.candidate(chain), spread, ALL_ROUNDS)
            again = Job(SEARCH, version, steps, most=1).keep()
        again.begin(ROUNDS)

    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Refine", on_click=begin, disabled=running, type="primary", key="refine",
            help=f"Try settings around the answer by CMA-ES, {ROUNDS} iterations of 8, and keep the nearest.",
        )  # fmt: skip
        st.button(
            "Stop", on_click=rest, args=(search,), disabled=not running, key="stop",
            help="Stop, and keep the best so far.",
        )  # fmt: skip
    place = st.empty()
    if search is not None and running:
        search.run(place, ROUNDS, progress)
        rest(search)
        st.rerun()
    elif search is not None and search.kept:
        place.caption(f"{progress(search)}. Press Refine to search on.")
    else:
        place.caption(
            "A search that starts from the answer above, tries settings around it, and listens to them: of long "
            "recordings to the most telling 10 s."
        )


def rest(search: "Job[Refinement]") -> None:
    """Stop a search, and let its best be shown beside the other answers."""
    search.stop()
    if search.kept:
        choices.put(REFINED, (search.version, search.kept[-1].best.chain))


def progress(search: "Job[Refinement]") -> str:
    """How far it is, for people."""
    if not search.kept:
        return f"Iteration 1 of {search.until}"
    found = search.kept[-1]
    return (
        f"Iteration {search.done} of {search.until} · {found.heard} settings heard · "
        f"best distance {found.best.distance:.3f} · {search.seconds:.1f} s"
    )
