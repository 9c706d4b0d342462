"""One piece of work over many items: go on from the journal, work, write the table."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from core.folder import table
from core.folder.items import FolderError, Item
from core.folder.journal import Journal, Rows
from core.folder.processes import Processes, Work, interruptible

Progress = Callable[[int, int], object]
"""Called with the number of rows that are done, and of all."""


class Stopped(KeyboardInterrupt):
    """Ctrl-C, after the table was written as far as it goes."""

    def __init__(self, done: int, total: int) -> None:
        super().__init__(f"{done:,} of {total:,} are done. The same command goes on from there.")


def run(
    work: Work, items: Sequence[Item], out: Path | str | None, workers: int | None, on_progress: Progress | None
) -> Rows:
    """The rows of all items, of those done before, too; they are in the table `out`, where one is named.

    workers: processes; None: one a core. Raises FolderError where the table is of another command, or what `work` says
    where it cannot work; Stopped after Ctrl-C.
    """
    count = _cores() if workers is None else workers
    if count < 1:
        raise FolderError(f"There is no work with {workers} processes. Please give 1 or more workers.")
    target = None if out is None else Path(out)
    if target:
        table.check(target)
    with Journal.beside(target) as journal, interruptible() as stopped:
        journal.must_be(work.about, items)
        left = [item for item in items if not journal.done(item)]
        done = len(items) - len(left)
        if left:
            with Processes(work, min(count, len(left))) as processes:
                columns = processes.columns()
                if journal.begun is None:
                    journal.begin(work.about, columns)
                told = on_progress or _silent
                told(done, len(items))
                for item, row in processes.rows(left, stopped):
                    journal.add(item, row)
                    told(done := done + 1, len(items))
        rows = Rows(journal, items)
        if target and journal.begun:
            table.write(target, journal.begun.columns, rows)
    if (done := min(done, len(rows))) < len(items):
        raise Stopped(done, len(items))
    return rows


def _cores() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _silent(done: int, total: int) -> None:
    """Tells nobody."""
