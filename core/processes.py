"""Processes that end with whoever started them, however that ends, and never hear his Ctrl-C."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import active_children, get_all_start_methods, get_context, parent_process
from multiprocessing.context import BaseContext
from typing import Any

_METHOD = "forkserver" if "forkserver" in get_all_start_methods() else "spawn"
_PRELOADED = "core.explorer"  # torch with it: imported once, and its memory shared
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


class ProcessError(ValueError):
    """What a process was to do is not done, as it ended: a sentence, with the remedy."""


def pool(count: int, begin: Callable[..., None], *given: Any) -> ProcessPoolExecutor:
    """So many processes at most, each started when there is something to do for it, with `begin(*given)`."""
    if _METHOD == "forkserver":
        context().set_forkserver_preload([_PRELOADED])
        with _deaf():
            _start_forkserver()
    return ProcessPoolExecutor(count, context(), _begin, (begin, *given))


def context() -> BaseContext:
    """How processes are started, and what they share is made."""
    return get_context(_METHOD)


def end_all() -> None:
    """End all that this process has started, whatever they are at: Python would wait for them."""
    for process in active_children():
        process.kill()


@contextmanager
def one_thread() -> Iterator[None]:
    """Libraries that are loaded by processes started within take one thread each."""
    before = {name: os.environ.get(name) for name in _ONE_THREAD}
    os.environ.update(_ONE_THREAD)  # libraries read it when they are loaded
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _deaf() -> Iterator[None]:
    """Processes that are started within never hear Ctrl-C, which goes to all of a terminal's: it is their parent's."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _start_forkserver() -> None:
    from multiprocessing.forkserver import ensure_running  # not everywhere

    ensure_running()


def _begin(begin: Callable[..., None], *given: Any) -> None:
    """In a new process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    begin(*given)


def _end_with_parent() -> None:
    """A killed parent tells nobody; its processes would wait for ever."""
    parent = parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
