"""Work of many steps for one visitor: shown while it goes on, stopped at any time; what was found is kept."""

import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from streamlit.delta_generator import DeltaGenerator

from pages.shared import choices, queue

Step = TypeVar("Step")


class Job(Generic[Step]):
    """Steps that are taken one by one, in the visitor's session under a key, for as long as they are about one thing.

    Any click ends the run of a page, between two steps: a job that runs goes on in the next run, one that was stopped
    does not. steps: each takes its time when it is asked for. version: names what it is about. most: results that are
    kept, the last ones; None: all.
    """

    def __init__(self, key: str, version: str, steps: Iterator[Step], most: int | None = None) -> None:
        self.key, self.version, self._steps = key, version, steps
        self.kept: deque[Step] = deque(maxlen=most)
        self.done, self.until, self.seconds, self.running = 0, 0, 0.0, False

    def begin(self, steps: int) -> None:
        """So many steps, after those that are done."""
        self.until, self.running = self.done + steps, True

    def step(self) -> None:
        """Take one step when it is this visitor's turn, and keep its result; the last one may come early."""
        with queue.turn():
            started = time.monotonic()
            try:
                self.kept.append(next(self._steps))
                self.done += 1
                self.running = self.done < self.until
            except StopIteration:
                self.running = False
            self.seconds += time.monotonic() - started

    def stop(self) -> None:
        """No further step; what was found stays."""
        self.running = False

    def keep(self) -> "Job[Step]":
        """Put it into the visitor's session, instead of the one before under its key."""
        choices.put(self.key, self)
        return self

    def run(self, place: DeltaGenerator, begun: int, text: "Callable[[Job[Step]], str]") -> None:
        """Take all steps, with a progress bar at a place. To be called last: everything else is drawn by then.

        begun: steps that `begin` asked for. text: what the bar says.
        """
        while self.running:
            place.progress(min(1.0, max(0.0, 1 - (self.until - self.done) / begun)), text(self))
            self.step()
        place.progress(1.0, text(self))


def current(key: str, version: str) -> "Job | None":
    """The visitor's job under a key, None where there is none or it is about something else."""
    job = choices.get(key)
    return job if isinstance(job, Job) and job.version == version else None
