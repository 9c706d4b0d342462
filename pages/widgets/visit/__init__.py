"""The browser's side of a visit: the tab keeps its key; Ctrl or Cmd with Z undoes, with Shift Z or Y redoes; a page
that lost what stood on it is run again."""

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from pages.widgets.shared.bundle import bundle

_component = st.components.v2.component("latentfx.visit", js=bundle(Path(__file__).with_name("visit.js")))


def visit(
    widget: str, key: str, settled: bool, on_claim: Callable[[str], None], on_moves: Callable[[int], None]
) -> None:
    """Mount it, under the key `widget`; takes no room.

    key: of the visit, which the tab keeps once it is settled, or where it has none. on_claim: gets the key that the
    tab has instead. on_moves: gets how often redo was pressed less how often undo was, since the page was opened.
    """

    def claimed() -> None:
        if shown := (st.session_state.get(widget) or {}).get("claim"):
            on_claim(str(shown))

    def moved() -> None:
        on_moves(int((st.session_state.get(widget) or {}).get("moves") or 0))

    _component(
        key=widget, data={"key": key, "settled": settled}, on_claim_change=claimed, on_moves_change=moved,
        on_emptied_change=_run_again, height=1,
    )  # fmt: skip


def _run_again() -> None:
    """Nothing to do: a page that was emptied only has to run."""
