"""Several candidates at once: effects and spectra let go of Python's lock while they compute."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import TypeVar

import torch

Given = TypeVar("Given")
Made = TypeVar("Made")


def at_once(work: Callable[[Given], Made], items: Iterable[Given]) -> list[Made]:
    """What `work` makes of each item, in their order, by as many threads as torch may use.

    All matches of a process share these threads: many at a time take no more cores than one. work: safe to share by
    threads; does not call `at_once` itself, as it would wait for its own thread.
    """
    threads = torch.get_num_threads()
    return list(_pool(threads).map(work, items)) if threads > 1 else [work(item) for item in items]


@lru_cache(maxsize=1)
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, "at-once")
