"""Checkpoints of the Hub: fetch one by name, see it arrive, use it, remove it from this server."""

import streamlit as st

from core.checkpoints import hub
from pages.shared import catalogue, choices
from pages.shared.arrival import FAILED, WANTED, arriving
from pages.shared.messages import sentence, verbatim
from pages.shared.results import checkpoints


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
    wanted = choices.get(WANTED)
    failed, reason = choices.get(FAILED, ("", ""))
    choices.put(WANTED, "")
    if wanted and (hub.find_cached(wanted) or arriving(wanted)):
        st.toast(f"{verbatim(wanted)} is here.")
        st.rerun()
    elif failed and failed == name:
        st.error(sentence(hub.HubError(reason)))


def _ask() -> None:
    """Callback: fetch what the field names, once."""
    choices.put(WANTED, choices.get("hub"))
    choices.put(FAILED, ("", ""))


def shelf(models: list[catalogue.Checkpoint]) -> None:
    """What the cache holds: where it came from, its licence and size, and buttons to use and to remove it."""
    licences = {checkpoints.folder(model.name): model.licence for model in models if "/" in model.name}
    for one in hub.cached():
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(
                f"**{verbatim(one.repository)}** · fetched as {verbatim(', '.join(one.revisions))} · "
                f"commit `{one.commit[:12]}` · licence: {licences.get(one.folder, catalogue.NOT_SAID)} · "
                f"{one.size / 1e6:.1f} MB",
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
                st.markdown(
                    f"Remove **{verbatim(one.name)}** from this server, for all its visitors? It can be fetched again."
                )
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
        st.toast(sentence(error))
    if choices.checkpoint() == name:
        choices.put("checkpoint", choices.Frame.checkpoint)
