"""A checkpoint of the Hub arrives: with progress, and a way to stop it."""

import threading
import time
from pathlib import Path

import streamlit as st

from core.checkpoints import hub
from core.checkpoints.limits import CheckpointError
from pages.shared import choices
from pages.shared.messages import sentence, verbatim

WANTED, FAILED = "hub_wanted", "hub_failed"
"""Session keys: the reference to fetch in the next run; the last one that could not be fetched, and why."""


@st.cache_resource
def _lanes() -> threading.BoundedSemaphore:
    """How many checkpoints may arrive at once, for all visitors together."""
    return threading.BoundedSemaphore(2)


def arriving(reference: str) -> Path | None:
    """Fetch a checkpoint, showing bytes and time left; None, with one sentence why, where it does not come.

    Any click ends this run of the page and with it the download, which leaves nothing behind: so does the button.
    """
    slot, started, shown = st.empty(), time.monotonic(), 0.0
    if not _lanes().acquire(blocking=False):
        st.error("Two other checkpoints are arriving just now. Please try again in a minute.")
        return None
    try:  # from here on any call into st may end this run
        place = slot.container(horizontal=True, vertical_alignment="bottom")
        bar = place.progress(0.0, f"Asking the Hub for {verbatim(reference)}")
        place.button(
            "Cancel",
            help="Stop this download; nothing stays behind.",
            on_click=choices.put,
            args=(FAILED, (reference, f"{reference} was not fetched: you stopped it.")),
        )

        def show(done: int, total: int) -> None:
            nonlocal shown
            now = time.monotonic()
            if now - shown > 0.2 or done == total:
                shown = now
                left = (now - started) / done * (total - done)
                size = f"{done / 1e6:.1f} of {total / 1e6:.1f} MB"
                bar.progress(done / total, f"{verbatim(reference)}: {size}, {left:.0f} s left")

        return hub.fetch(hub.Reference.parse(reference), show)
    except CheckpointError as error:
        choices.put(FAILED, (reference, str(error)))
        st.error(sentence(error))
        return None
    finally:
        _lanes().release()
        slot.empty()


def ensure(name: str) -> None:
    """Fetch what the owner offers and the sidebar has chosen, unless it is here; after a failure only when asked to."""
    if name not in hub.offered() or "/" not in name or hub.find_cached(name):
        return
    failed, reason = choices.get(FAILED, ("", ""))
    if failed == name:
        st.error(sentence(hub.HubError(reason)))
        st.button(
            "Try again",
            key="hub_again",
            help=f"Ask the Hub for {verbatim(name)} once more.",
            on_click=choices.put,
            args=(FAILED, ("", "")),
        )
    elif arriving(name):
        st.rerun()
