"""Matches in processes of their own.

A match takes thousands of small steps in Python, which lets one thread at a time take one: beside two matches in
threads of its own, a server draws no page for seconds.
"""

import os
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import lru_cache
from queue import LifoQueue

import numpy as np

from core.explorer import Explorer
from core.match.match import Match
from core.processes import ProcessError, one_thread, pool

_ATTEMPTS = 2  # the first process may have been dead already
_NICE = 10  # who draws a page goes first


class Apart:
    """So many processes at most, each with so many threads for a match, on the CPU; all give way to whoever started
    them. Each is a pool of its own, as one that dies breaks its pool."""

    def __init__(self, count: int, threads: int) -> None:
        self._threads = threads
        self._free: LifoQueue[ProcessPoolExecutor] = LifoQueue()  # the one that has matched before goes first
        for _ in range(count):
            self._free.put(self._started())

    def begin(self) -> None:
        """Start the first process, so that whoever asks first need not wait until it has imported torch."""
        process = self._free.get()
        try:
            process.submit(_nothing).result()
        finally:
            self._free.put(process)

    def match(
        self, reference: str, revision: str, dry: np.ndarray, wet: np.ndarray, seed: int, sample_rate: int
    ) -> Match:
        """See Explorer.match; waits for a process.

        reference: see Explorer.load. revision: changes whenever the checkpoint does.

        AudioError and CheckpointError as there; ProcessError where the process ends over it, which costs nobody else
        anything. Safe to share by threads.
        """
        process = self._free.get()
        try:
            for _ in range(_ATTEMPTS):
                try:
                    return process.submit(_match, reference, revision, dry, wet, seed, sample_rate).result()
                except BrokenProcessPool:
                    process.shutdown()
                    process = self._started()
        finally:
            self._free.put(process)
        raise ProcessError(
            "The process that listened to both sounds has ended, most likely as memory ran out. "
            "Please try again, or with a shorter recording."
        )

    def _started(self) -> ProcessPoolExecutor:
        with one_thread():
            return pool(1, _begin, self._threads)


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
