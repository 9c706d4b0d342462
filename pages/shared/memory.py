"""What is kept of computed results, bounded in bytes: ours for all visitors, a visitor's own for his visit alone.

Whose a result is follows from the sounds that it was made of. Sounds that ship with the product are ours, and so is
what was made of nothing else; every other sound counts as the visitor's, and goes when he does.
"""

import hashlib
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, fields, is_dataclass
from functools import partial, wraps
from inspect import signature
from typing import Any, TypeVar

import numpy as np
import streamlit as st
from cachetools import LRUCache
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.shared import errand, queue

OURS_BYTES = 384 * 2**20
VISITOR_BYTES = 192 * 2**20
"""So much is kept for all visitors together, and for each of them; a result that is larger alone stays alone."""

_SESSION_KEY = "kept_results"

Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(frozen=True)
class _Entry:
    value: Any
    size: int


class Store:
    """Results by key; beyond `most` bytes that which was not asked for longest is let go. Safe in threads."""

    def __init__(self, most: int) -> None:
        self._kept: LRUCache[bytes, _Entry] = LRUCache(most, getsizeof=lambda entry: min(entry.size, most))
        self._lock = threading.Lock()

    def get(self, key: bytes) -> _Entry | None:
        with self._lock:
            return self._kept.get(key)

    def put(self, key: bytes, value: Any) -> None:
        with self._lock:
            self._kept[key] = _Entry(value, size_of(value))

    @property
    def size(self) -> int:
        """Bytes of all that is kept."""
        with self._lock:
            return sum(entry.size for entry in self._kept.values())

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()


@st.cache_resource(show_spinner=False)
def ours() -> Store:
    """What is kept for all visitors."""
    return Store(OURS_BYTES)


_LENT: ContextVar[Store | None] = ContextVar("lent", default=None)


def visitors() -> Store:
    """What is kept for this visitor; see `lend` for work that goes on outside his run."""
    if (lent := _LENT.get()) is not None:
        return lent
    if _SESSION_KEY not in st.session_state:
        st.session_state[_SESSION_KEY] = Store(VISITOR_BYTES)
    return st.session_state[_SESSION_KEY]


@contextmanager
def lend(store: Store) -> Iterator[None]:
    """Let another thread, as that of a download, use a visitor's results."""
    before = _LENT.set(store)
    try:
        yield
    finally:
        _LENT.reset(before)


def kept(
    doing: str = "", show_time: bool = False, visitor: bool = False, apart: bool = False
) -> Callable[[Function], Function]:  # fmt: skip
    """Decorator: compute once and keep the result, whose arrays become read-only. Computing waits for its turn.

    Arguments are compared by content; those whose names begin with an underscore are not compared, others must tell
    them. doing, show_time, apart: see `queue.turn`; apart: the function takes a Watch, too, see pages.shared.errand.
    """

    def decorate(function: Function) -> Function:
        names = list(signature(function).parameters)
        compared = [place for place, name in enumerate(names) if not name.startswith("_")]
        title = f"{function.__module__}.{function.__qualname__}".encode()

        @wraps(function)
        def run(*arguments: Any) -> Any:
            key = digest((title, *(arguments[place] for place in compared if place < len(arguments))))
            own = not visitor and all(_is_ours(array) for array in arrays(arguments))
            store = ours() if own else visitors()
            if entry := store.get(key):
                return entry.value
            waits = apart and get_script_run_ctx() is not None
            goes_on = waits and errand.here(key)
            with st.spinner(doing, show_time=show_time) if goes_on else queue.turn(doing, show_time, apart):
                if entry := store.get(key):  # somebody else's turn came first
                    return entry.value
                value = errand.awaited(key, partial(function, *arguments)) if waits else function(*arguments)
            for array in arrays(value):
                array.setflags(write=False)
                _remember(array, own)
            if not (waits and errand.here(key)):  # who had enough has it, nobody else
                store.put(key, value)
            return value

        return run  # type: ignore[return-value]

    return decorate


def arrays(value: Any) -> Iterator[np.ndarray]:
    """Every array in a value: in tuples, lists, dictionaries and dataclasses, too."""
    if isinstance(value, np.ndarray):
        yield value
    else:
        for inner in _inner(value):
            yield from arrays(inner)


def size_of(value: Any) -> int:
    """Bytes of a value and all in it; a little is counted for what is neither array, bytes nor text.

    An array that is in it several times, as the sounds of a match are in each of its candidates, counts once.
    """
    return sum({id(array): array.nbytes for array in arrays(value)}.values()) + _rest(value)


def _rest(value: Any) -> int:
    if isinstance(value, np.ndarray):
        return 0
    if isinstance(value, bytes | str):
        return len(value)
    return 64 + sum(map(_rest, _inner(value)))


def digest(value: Any) -> bytes:
    """16 bytes that tell a value's content: arrays, bytes, texts, numbers, and what holds them."""
    if isinstance(value, np.ndarray):
        known = _KNOWN.get(id(value))
        if known and known[0]() is value:
            return known[1]
        content = hashlib.blake2b(f"{value.dtype} {value.shape}".encode(), digest_size=16)
        content.update(np.ascontiguousarray(value).data)
        return content.digest()
    content = hashlib.blake2b(type(value).__qualname__.encode(), digest_size=16)
    inner = list(_inner(value))
    for one in inner:
        content.update(digest(one))
    if not inner:
        content.update(value if isinstance(value, bytes) else repr(value).encode())
    return content.digest()


def _inner(value: Any) -> Iterator[Any]:
    if isinstance(value, tuple | list):
        yield from value
    elif isinstance(value, dict):
        yield from value.items()
    elif is_dataclass(value):
        yield from (getattr(value, field.name) for field in fields(value))


# Read-only arrays that were handed out, by identity: (reference, digest). Long sounds are hashed once, not each click.
_KNOWN: dict[int, tuple[weakref.ref[np.ndarray], bytes]] = {}
_OURS: LRUCache[bytes, bool] = LRUCache(100_000)
_REGISTER = threading.Lock()


def _remember(array: np.ndarray, own: bool) -> None:
    number, content = id(array), digest(array)
    with _REGISTER:
        _KNOWN[number] = (weakref.ref(array, lambda _: _KNOWN.pop(number, None)), content)
        if own:
            _OURS[content] = True


def _is_ours(array: np.ndarray) -> bool:
    content = digest(array)
    with _REGISTER:
        return content in _OURS
