"""Work on many items in processes of one thread each.

A process that dies over an item (a decoder's fault, memory that ran out) costs this item alone: what was in flight is
done again, one at a time, and the one that kills again is named.
"""

import signal
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from typing import Protocol, Self

from core.folder.items import FolderError, Item
from core.folder.journal import Row
from core.folder.table import Columns
from core.processes import one_thread, pool

_LOOKS_S = 0.2  # so often an interruption is looked for


class Work(Protocol):
    """What a process does; it travels there, so it is small and opens what it needs when it is first asked."""

    @property
    def about(self) -> Mapping[str, str]:
        """What must be the same for rows to belong together, by words for people."""

    def columns(self) -> Columns:
        """Of its rows. CheckpointError where it cannot work at all."""

    def row(self, item: Item) -> Row:
        """What it makes of one item; its problem is in the column "reason"."""


class Processes:
    """A pool for one piece of work; a context that ends them all."""

    def __init__(self, work: Work, count: int) -> None:
        self._work, self._count = work, count

    def __enter__(self) -> Self:
        self._threads = ExitStack()
        self._threads.enter_context(one_thread())
        self._pool = self._started()
        return self

    def __exit__(self, *error: object) -> None:
        self._pool.shutdown(cancel_futures=True)
        self._threads.close()

    def columns(self) -> Columns:
        """Of the rows; it waits for the first process. CheckpointError, or FolderError where none can be started."""
        try:
            return self._pool.submit(_columns).result()
        except BrokenProcessPool as error:
            raise FolderError(
                "The processes end as soon as they begin. Is there memory for them? In a script, please call this "
                'below `if __name__ == "__main__":`.'
            ) from error

    def rows(self, items: Iterable[Item], stopped: threading.Event) -> Iterator[tuple[Item, Row]]:
        """Items with their rows, as they get done. Once `stopped` is set, only those in flight."""
        left, suspects = deque(items), deque[Item]()
        while (left or suspects) and not stopped.is_set():
            if suspects:
                yield (item := suspects.popleft()), self._alone(item)
                continue
            flying: dict[Future[Row], Item] = {}
            try:
                yield from self._flown(left, flying, stopped)
            except BrokenProcessPool:
                suspects.extend(flying.values())
                self._again()

    def _flown(
        self, left: deque[Item], flying: dict[Future[Row], Item], stopped: threading.Event
    ) -> Iterator[tuple[Item, Row]]:
        """As `rows`; flying: what is in flight, kept up to date. BrokenProcessPool where a process died."""
        while left or flying:
            if stopped.is_set():
                left.clear()
                for future in [future for future in flying if future.cancel()]:
                    del flying[future]
            while left and len(flying) < 2 * self._count:  # so that none waits for its next item
                flying[self._pool.submit(_row, left[0])] = left[0]
                left.popleft()
            for future in wait(flying, _LOOKS_S, FIRST_COMPLETED).done:
                row = future.result()
                yield flying.pop(future), row

    def _alone(self, item: Item) -> Row:
        try:
            return self._pool.submit(_row, item).result()
        except BrokenProcessPool:
            self._again()
            return {"reason": f"{item.file} ended the process that worked on it: a fault, or too little memory."}

    def _again(self) -> None:
        self._pool.shutdown(cancel_futures=True)
        self._pool = self._started()

    def _started(self) -> ProcessPoolExecutor:
        return pool(self._count, _begin, self._work)


@contextmanager
def interruptible() -> Iterator[threading.Event]:
    """An event that the first Ctrl-C sets; the second one raises KeyboardInterrupt. Elsewhere than in a program's main
    thread nothing is changed, and nothing sets it."""
    stopped = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stopped
        return

    def stop(number: int, frame: object) -> None:
        signal.signal(signal.SIGINT, before)
        stopped.set()

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield stopped
    finally:
        signal.signal(signal.SIGINT, before)


_work: Work | None = None


def _begin(work: Work) -> None:
    """In a new process."""
    global _work
    import torch

    torch.set_num_threads(1)
    _work = work


def _columns() -> Columns:
    assert _work is not None
    return _work.columns()


def _row(item: Item) -> Row:
    assert _work is not None
    return _work.row(item)
