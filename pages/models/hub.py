"""Checkpoints of the Hub: fetch one by name, see it arrive, use it, remove it from this server."""

import threading
import time
from pathlib import Path

import streamlit as st

from core.checkpoints import hub
from core.models.limits import CheckpointError
from pages.models import catalogue
from pages.shared import choices, results

_WANTED, _FAILED = "hub_wanted", "hub_failed"
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
        bar = place.progress(0.0, f"Asking the Hub for {reference}")
        place.button(
            "Cancel",
            help="Stop this download; nothing stays behind.",
            on_click=choices.put,
            args=(_FAILED, (reference, f"{reference} was not fetched: you stopped it.")),
        )

        def show(done: int, total: int) -> None:
            nonlocal shown
            now = time.monotonic()
            if now - shown > 0.2 or done == total:
                shown = now
                left = (now - started) / done * (total - done)
                bar.progress(done / total, f"{reference}: {done / 1e6:.1f} of {total / 1e6:.1f} MB, {left:.0f} s left")

        return hub.fetch(hub.Reference.parse(reference), show)
    except CheckpointError as error:
        choices.put(_FAILED, (reference, str(error)))
        st.error(str(error))
        return None
    finally:
        _lanes().release()
        slot.empty()


def ensure(name: str) -> None:
    """Fetch what the owner offers and the sidebar has chosen, unless it is here; after a failure only when asked to."""
    if name not in hub.offered() or "/" not in name or hub.find_cached(name):
        return
    failed, reason = choices.get(_FAILED, ("", ""))
    if failed == name:
        st.error(reason)
        st.button(
            "Try again",
            key="hub_again",
            help=f"Ask the Hub for {name} once more.",
            on_click=choices.put,
            args=(_FAILED, ("", "")),
        )
    elif arriving(name):
        st.rerun()


def search() -> None:
    """The field for a name on the Hub, what arrives by it, and the sentence where nothing does."""
    with st.form("hub_form", border=False):
        name = st.text_input(
            "Checkpoint on the Hub",
            key="hub",
            placeholder="org/name or org/name@revision",
            help="A repository that `python -m training publish` made. A revision is a tag, a branch or a commit; "
            "it is kept as the commit that it stands for now.",
            max_chars=200,
        )
        st.form_submit_button("Fetch", help="Bring it to this server, and offer it in the sidebar.", on_click=_ask)
    wanted = choices.get(_WANTED)
    failed, reason = choices.get(_FAILED, ("", ""))
    choices.put(_WANTED, "")
    if wanted and (hub.find_cached(wanted) or arriving(wanted)):
        st.toast(f"{wanted} is here.")
        st.rerun()
    elif failed and failed == name:
        st.error(reason)


def _ask() -> None:
    """Callback: fetch what the field names, once."""
    choices.put(_WANTED, choices.get("hub"))
    choices.put(_FAILED, ("", ""))


def shelf(models: list[catalogue.Checkpoint]) -> None:
    """What the cache holds: where it came from, its licence and size, and buttons to use and to remove it."""
    licences = {results.folder(model.name): model.licence for model in models if "/" in model.name}
    for one in hub.cached():
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(
                f"**{one.repository}** · fetched as {', '.join(one.revisions)} · commit `{one.commit[:12]}` · "
                f"licence: {licences.get(one.folder, catalogue.NOT_SAID)} · {one.size / 1e6:.1f} MB",
                width="stretch",
            )
            st.button(
                "Use",
                key=f"use_{one.name}",
                help="Make it the checkpoint of all pages.",
                on_click=choices.put,
                args=("checkpoint", one.name),
            )
            with st.popover("Remove", help="Take it off this server."):
                st.markdown(f"Remove **{one.name}** from this server, for all its visitors? It can be fetched again.")
                st.button(
                    "Remove it",
                    key=f"remove_{one.name}",
                    help="There is no way back but to fetch it again.",
                    on_click=_remove,
                    args=(one.name,),
                )


def _remove(name: str) -> None:
    """Callback: remove a checkpoint; whoever removes what he uses goes back to the default."""
    try:
        hub.remove(name)
    except hub.HubError as error:
        st.toast(str(error))
    if choices.checkpoint() == name:
        choices.put("checkpoint", choices.Frame.checkpoint)
