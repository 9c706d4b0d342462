"""Turns: visitors whose pages compute at once wait in a queue, first come first served, and see their place in it."""

import ctypes
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

SLOTS = int(os.environ.get("CPU_CORES") or os.cpu_count() or 2)
"""Pages that compute at once; more would only take each other's cores. A container counts its host's, a Space tells."""
PATIENCE_S = 0.3
"""Waiting is shown after this time, and the place looked up this often."""
SWITCH_S = 1e-4
"""Python lets another thread go on after this time. A computation gives way at each of its thousands of calls into C:
at Python's own 5 ms, a match beside a page that draws took twelve times as long as alone; with this, three times."""
TIDY_S = 10
"""Freed memory goes back to the system after a turn, at most this often: it takes 20 to 40 ms."""


class Queue:
    """First come, first served: `slots` tickets at a time are at work, the others wait. Safe to share by threads."""

    def __init__(self, slots: int) -> None:
        self.slots, self._tickets, self._moved = slots, deque[object](), threading.Condition()
        self._tidied = time.monotonic()

    @contextmanager
    def turn(self) -> Iterator[Iterator[int]]:
        """Join the queue; iterate over what comes back to wait: each step is the number of visitors before this one.

        Leaving the block, also by an exception, leaves the queue.
        """
        ticket = object()
        with self._moved:
            self._tickets.append(ticket)
        try:
            yield self._wait(ticket)
        finally:
            with self._moved:
                self._tickets.remove(ticket)
                self._moved.notify_all()
                tidy = time.monotonic() - self._tidied > TIDY_S
                self._tidied = time.monotonic() if tidy else self._tidied
            if tidy:
                give_back_memory()

    def _wait(self, ticket: object) -> Iterator[int]:
        while True:
            with self._moved:
                self._moved.wait_for(lambda: self._tickets.index(ticket) < self.slots, PATIENCE_S)
                before = self._tickets.index(ticket) - self.slots + 1
            if before <= 0:
                return
            yield before

    def __len__(self) -> int:
        return len(self._tickets)


def share(seconds: float) -> float:
    """So long may work go on that can be continued later: all of it, or a part where others want the cores, too."""
    return seconds * min(1.0, SLOTS / max(1, len(_queue())))


def give_back_memory() -> None:
    """Return freed memory to the system: glibc keeps it, in an arena for each of its threads."""
    if sys.platform == "linux" and (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)):
        trim(0)


@st.cache_resource(show_spinner=False)
def _queue(apart: bool = False) -> Queue:
    """Of what computes here, or of what waits for processes of its own."""
    sys.setswitchinterval(SWITCH_S)
    return Queue(SLOTS)


_RUN = threading.local()


@contextmanager
def _held() -> Iterator[None]:
    _RUN.has_turn = True
    try:
        yield
    finally:
        _RUN.has_turn = False


@contextmanager
def turn(doing: str = "", show_time: bool = False, apart: bool = False) -> Iterator[None]:
    """Wait for a free core, then compute. doing: what a spinner says meanwhile, "" for none. apart: a process of its
    own computes, which holds up nobody here.

    A visitor who leaves while waiting leaves the queue: Streamlit ends his run at the next sign of life.
    A turn within a turn goes on at once.
    """
    if getattr(_RUN, "has_turn", False):
        yield
        return
    with _queue(apart).turn() as places, _held():
        if get_script_run_ctx() is None:  # a download's thread has nowhere to say what it waits for
            deque(places, maxlen=0)
            yield
            return
        waiting = None
        for before in places:
            waiting = waiting or st.empty()
            among = max(before, len(_queue(apart)) - SLOTS)
            waiting.info(f"Others are computing. Your place: {before} of {among} waiting.")
        if waiting:
            waiting.empty()
        if doing:
            with st.spinner(doing, show_time=show_time):
                yield
        else:
            yield
