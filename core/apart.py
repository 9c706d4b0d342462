"""Matches in processes of their own.

A match takes thousands of small steps in Python, which lets one thread at a time take one: beside two matches in
threads of its own, a server draws no page for seconds.
"""

import os
from concurrent.futures import ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from functools import lru_cache
from queue import LifoQueue
from typing import Any

import numpy as np

from core.explorer import Explorer
from core.match.match import Match
from core.match.watch import NOBODY, Progress, Watch
from core.processes import ProcessError, context, one_thread, pool

_ATTEMPTS = 2  # the first process may have been dead already
_NICE = 10  # who draws a page goes first
_LOOK_S = 0.2  # so often whoever waits is told, and asked


class Line:
    """Between a process and whoever waits for its match: what either says last."""

    def __init__(self) -> None:
        self._told, self._enough = context().Array("d", 3), context().Event()

    def clear(self) -> None:
        self._enough.clear()
        self.tell(Progress(0, 0, 1.0))

    def tell(self, progress: Progress) -> None:
        self._told[:] = progress.tried, progress.most, progress.left

    def going(self) -> bool:
        return not self._enough.is_set()

    def pass_on(self, watch: Watch) -> None:
        """Tell whoever waits, and have enough where he has."""
        tried, most, left = self._told[:]
        if most:
            watch.tell(Progress(int(tried), int(most), left))
        if not watch.going():
            self._enough.set()


class _Process:
    """A pool of one process, as one that dies breaks its pool, and the line to it."""

    def __init__(self, threads: int) -> None:
        self.line = Line()
        with one_thread():
            self.pool: ProcessPoolExecutor = pool(1, _begin, threads, self.line)

    def match(self, watch: Watch, *given: Any) -> Match:
        self.line.clear()
        answer = self.pool.submit(_match, *given)
        while not wait([answer], _LOOK_S).done:
            self.line.pass_on(watch)
        return answer.result()


class Apart:
    """So many processes at most, each with so many threads for a match, on the CPU; all give way to whoever started
    them."""

    def __init__(self, count: int, threads: int) -> None:
        self._threads = threads
        self._free: LifoQueue[_Process] = LifoQueue()  # the one that has matched before goes first
        for _ in range(count):
            self._free.put(_Process(threads))

    def begin(self) -> None:
        """Start the first process, so that whoever asks first need not wait until it has imported torch."""
        process = self._free.get()
        try:
            with suppress(BrokenProcessPool):  # it has ended already: the first match begins another
                process.pool.submit(_nothing).result()
        finally:
            self._free.put(process)

    def match(
        self, reference: str, revision: str, dry: np.ndarray, wet: np.ndarray, seed: int, sample_rate: int,
        watch: Watch = NOBODY,
    ) -> Match:  # fmt: skip
        """See Explorer.match; waits for a process.

        reference: see Explorer.load. revision: changes whenever the checkpoint does.

        AudioError and CheckpointError as there; ProcessError where the process ends over it, which costs nobody else
        anything. Safe to share by threads.
        """
        process = self._free.get()
        try:
            for _ in range(_ATTEMPTS):
                try:
                    return process.match(watch, reference, revision, dry, wet, seed, sample_rate)
                except BrokenProcessPool:
                    process.pool.shutdown()
                    process = _Process(self._threads)
        finally:
            self._free.put(process)
        raise ProcessError(
            "The process that listened to both sounds has ended, most likely as memory ran out. "
            "Please try again, or with a shorter recording."
        )


_LINE: Line
"""In such a process: to whoever waits for what it does."""


def _begin(threads: int, line: Line) -> None:
    global _LINE
    import torch

    _LINE = line
    if hasattr(os, "nice"):  # not everywhere
        os.nice(_NICE)
    torch.set_num_threads(threads)


def _nothing() -> None:
    return None


def _match(
    reference: str, revision: str, dry: np.ndarray, wet: np.ndarray, seed: int, sample_rate: int
) -> Match:  # fmt: skip
    watch = Watch(_LINE.going, _LINE.tell)
    return _explorer(reference, revision).match(dry, wet, seed=seed, sample_rate=sample_rate, watch=watch)


@lru_cache(maxsize=2)
def _explorer(reference: str, revision: str) -> Explorer:
    return Explorer.load(reference, "cpu")
