"""Visits outlive a reload: what a visitor has is kept for an hour under a key that only his browser's tab knows.

The key has 256 random bits. It travels in the page's own connection, lies in the tab's own storage
(pages.widgets.visit), and stands in no address: a link opens what it says for whoever has it, and brings nobody's visit
along. In a session that begins, the tab shows the key that it has, and what was kept under it comes back.
"""

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import parse_qs

import streamlit as st
from cachetools import TTLCache
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core.audio.io import AudioError
from pages.shared import choices
from pages.shared.presets import PresetsError
from pages.shared.scenes import OPEN
from pages.shared.visit import contents, history
from pages.shared.visit.contents import Visit
from pages.shared.visit.history import History

MOST_BYTES, MOST_S = 512 * 2**20, 3600.0
"""So much is kept of all visits together, and for so long after a visitor's last click."""
LOST = (
    "Your visit from before could not be brought back: it is kept for an hour after the last click, and on a full "
    "server for less. What you chose on this page is in its address."
)
_KEY, _SETTLED, _ARRIVED, _QUERIES = "visit_key", "visit_settled", "visit_arrived", "visit_queries"

Query = dict[str, list[str]]
Part = TypeVar("Part", bound=Callable[..., Any])


@dataclass(frozen=True)
class Kept:
    """A visit and its history; queries: the address of each page when it was last asked for; owner: the session."""

    visit: Visit
    past: History
    queries: dict[str, Query]
    owner: str


class Vault:
    """Visits by key, of at most so many bytes together: beyond, that which was not touched longest is let go."""

    def __init__(self, most: int = MOST_BYTES, seconds: float = MOST_S, clock: Callable[[], float] = time.monotonic):
        self._kept: TTLCache[str, Kept] = TTLCache(most, seconds, clock, lambda one: min(one.visit.size, most))
        self._lock = threading.Lock()

    def put(self, key: str, kept: Kept) -> None:
        with self._lock:
            self._kept[key] = kept

    def get(self, key: str) -> Kept | None:
        with self._lock:
            return self._kept.get(key)

    @property
    def size(self) -> int:
        """Bytes of all that is kept."""
        with self._lock:
            self._kept.expire()
            return int(self._kept.currsize)


@st.cache_resource(show_spinner=False)
def vault() -> Vault:
    """What is kept for all visitors."""
    return Vault()


def key() -> str:
    """The key of this visit, a secret of the visitor's tab."""
    if (found := choices.get(_KEY)) is None:
        choices.put(_KEY, found := secrets.token_urlsafe(32))
    return found


def settled() -> bool:
    """Whether it is decided which visit this session goes on with."""
    return bool(choices.get(_SETTLED))


def save() -> None:
    """Keep the visit as it is now. A run that a reload has left behind keeps nothing."""
    context = get_script_run_ctx()
    owner, query = (context.session_id, context.query_string) if context else ("", "")
    if (there := vault().get(key())) and there.owner != owner and _is_here(there.owner):
        return
    queries = choices.get(_QUERIES, {}) | {choices.get("page", ""): parse_qs(query, keep_blank_values=True)}
    choices.put(_QUERIES, queries)
    vault().put(key(), Kept(contents.gathered(), history.history(), queries, owner))


def claim(shown: str) -> str:
    """Callback: go on with the visit that is kept under the key that the tab has; "", or a sentence why it is not.

    Where another tab still goes on with it, as when a tab was duplicated, this one gets a copy and a key of its own.
    """
    choices.put(_SETTLED, True)
    found = vault().get(shown)
    if found is None:
        return LOST
    page, query = choices.get(_ARRIVED, ("", {}))
    chosen = _as_addressed(found, page, query)
    try:
        contents.put_back(replace(found.visit, choices=chosen), fresh=True)
    except (AudioError, PresetsError) as error:
        return str(error)
    choices.put(history.KEY, found.past.copy())
    choices.put(_QUERIES, found.queries)
    if not _is_here(found.owner):
        choices.put(_KEY, shown)
    return ""


def _is_here(owner: str) -> bool:
    """Whether the tab of a session is connected."""
    return runtime.exists() and runtime.get_instance().is_active_session(owner)


def _as_addressed(found: Kept, page: str, query: Query) -> dict[str, Any]:
    """The choices but for those of which the address says anything, or no longer does: it is the same, or newer, or a
    link. Of a recording of the visitor's the address was not understood yet."""
    known, own = found.queries.get(page, {}), {one.key for one in found.visit.recordings}
    said = known.keys() | query.keys()
    if OPEN in query and known.get(OPEN) != query[OPEN]:  # a scene, which has set up its page by now
        said |= {name for name, _ in choices.everything()}
    return {name: value for name, value in found.visit.choices.items() if name not in said or value in own}


_RUN = threading.local()


@contextmanager
def watched() -> Iterator[None]:
    """Around a run of a page, or of a part of it: what the visitor changed is kept and can be undone. Within another,
    nothing."""
    if getattr(_RUN, "watched", False):
        yield
        return
    _RUN.watched = True
    try:
        if choices.get(_ARRIVED) is None:
            context = get_script_run_ctx()
            query = parse_qs(context.query_string, keep_blank_values=True) if context else {}
            choices.put(_ARRIVED, (choices.get("page", ""), query))
        history.begin()
        save()
        yield
    finally:
        _RUN.watched = False
        history.end(choices.get("page", ""))
        save()


def followed(part: Part) -> Part:
    """A part of a page that is watched."""

    @wraps(part)
    def run(*arguments: Any) -> None:
        if not getattr(_RUN, "watched", False):
            choices.say()
        with watched():
            part(*arguments)

    return run  # type: ignore[return-value]


def fragment(part: Part) -> Part:
    """st.fragment for a part of a page that is watched, also when it runs alone."""
    return st.fragment(followed(part))
