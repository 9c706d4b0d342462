"""Matches in processes of their own.

A match takes thousands of small steps in Python, which lets one thread at a time take one: beside two matches in
threads of its own, a server draws no page for seconds.
"""

import os
import threading
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import lru_cache

import numpy as np

from core.explorer import Explorer
from core.match.match import Match
from core.processes import ProcessError, one_thread, pool

_ATTEMPTS = 2  # a process that dies takes what others do along
_NICE = 10  # who draws a page goes first


class Apart:
    """So many processes at most, each with so many threads for a match, on the CPU; all give way to whoever started
    them."""

    def __init__(self, count: int, threads: int) -> None:
        self._count, self._threads, self._changing = count, threads, threading.Lock()
        self._pool = self._started()

    def begin(self) -> None:
        """Start the first process, so that whoever asks first need not wait until it has imported torch."""
        self._pool.submit(_nothing).result()

    def match(
        self, reference: str, revision: str, dry: np.ndarray, wet: np.ndarray, seed: int, sample_rate: int
    ) -> Match:
        """See Explorer.match. reference: see Explorer.load; revision: changes whenever the checkpoint does.

        AudioError and CheckpointError as there; ProcessError where the process ends over it. Safe to share by threads.
        """
        for _ in range(_ATTEMPTS):
            processes = self._pool
            try:
                return processes.submit(_match, reference, revision, dry, wet, seed, sample_rate).result()
            except BrokenProcessPool:
                self._again(processes)
        raise ProcessError(
            "The process that listened to both sounds has ended, most likely as memory ran out. "
            "Please try again, or with a shorter recording."
        )

    def _again(self, broken: ProcessPoolExecutor) -> None:
        with self._changing:
            if self._pool is broken:
                broken.shutdown(cancel_futures=True)
                self._pool = self._started()

    def _started(self) -> ProcessPoolExecutor:
        with one_thread():
            return pool(self._count, _begin, self._threads)


def _begin(threads: int) -> None:
    import torch

    if hasattr(os, "nice"):  # not everywhere
        os.nice(_NICE)
    torch.set_num_threads(threads)


def _nothing() -> None:
    return None


def _match(
    reference: str, revision: str, dry: np.ndarray, wet: np.ndarray, seed: int, sample_rate: int
) -> Match:  # fmt: skip
    return _explorer(reference, revision).match(dry, wet, seed=seed, sample_rate=sample_rate)


@lru_cache(maxsize=2)
def _explorer(reference: str, revision: str) -> Explorer:
    return Explorer.load(reference, "cpu")
