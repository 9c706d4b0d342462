"""A map while it is being made: processes at work, points as they come, time left, stop."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.effects import Chain, KnobLayout
from core.own_map.draw import drawn
from core.own_map.own_map import Made
from core.own_map.worker import line_of, read_rows, write_rows

BATCH = 8
"""Settings that a process takes at a time: a third of a second of work."""
_ALONE_S = 30.0
"""So long work goes on that nobody looks at."""
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}

Turn = Callable[[], AbstractContextManager[object]]
Listen = Callable[[Sequence[Chain]], np.ndarray]


@dataclass(frozen=True)
class Wanted:
    """What is to be made: so many points of a recording dry (time,) at 24 kHz, by the checkpoint in a folder."""

    folder: Path
    knobs: KnobLayout
    part: int
    dry: np.ndarray
    points: int
    chains: bool
    seed: int = 0


class Making:
    """Work on a map; it goes on by itself once it has begun, and can be stopped and begun again. Safe in threads.

    processes: how many. turn: a context in which a batch is worked on, such as a place in a queue. here: what listens
    in this process, as Listener.rows does, for the seconds in which the processes load.
    """

    def __init__(self, wanted: Wanted, processes: int, turn: Turn = nullcontext, here: Listen | None = None) -> None:
        self.wanted, self._processes, self._turn, self._here = wanted, processes, turn, here
        self._chains = [drawn(wanted.knobs.effects, at, wanted.chains, wanted.seed) for at in range(wanted.points)]
        self._rows: dict[int, np.ndarray] = {}
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._stopped, self._loaded = threading.Event(), threading.Event()
        self._left: list[int] = []
        self._asked, self._begun_s, self._begun_at, self._spent_s = 0.0, 0.0, 0, 0.0
        self.problem = ""

    def begin(self) -> None:
        """Begin, or go on where it stopped; nothing where it is at work or done."""
        if self.running or self.done == self.wanted.points:
            return
        self._left = [start for start in range(0, self.wanted.points, BATCH) if start not in self._rows][::-1]
        self._stopped, self._loaded, self.problem = threading.Event(), threading.Event(), ""
        self._asked = self._begun_s = time.monotonic()
        self._begun_at = self._count()
        self._threads = [
            threading.Thread(target=self._work, args=(self._stopped,), daemon=True) for _ in range(self._processes)
        ]
        if self._here is not None:
            self._threads.append(threading.Thread(target=self._begin_here, args=(self._stopped,), daemon=True))
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """No further batch; what is there stays."""
        if self.running:
            self._spent_s = self.seconds
        self._stopped.set()

    def stay(self) -> None:
        """Somebody looks on. Without that it stops by itself after a while."""
        self._asked = time.monotonic()

    @property
    def running(self) -> bool:
        """Whether it is at work."""
        return not self._stopped.is_set() and any(thread.is_alive() for thread in self._threads)

    @property
    def done(self) -> int:
        """Points that are there, in their order."""
        with self._lock:
            missing = next((at for at in range(0, self.wanted.points, BATCH) if at not in self._rows), None)
        return self.wanted.points if missing is None else missing

    @property
    def seconds(self) -> float:
        """How long it has been at work."""
        return self._spent_s + (time.monotonic() - self._begun_s if self._begun_s else 0.0)

    @property
    def seconds_left(self) -> float | None:
        """At the pace so far; None while there is none."""
        came = self._count() - self._begun_at
        passed = time.monotonic() - self._begun_s
        return passed / came * (self.wanted.points - self._count()) if came else None

    def made(self) -> Made:
        """All points so far, always in the same order."""
        done = self.done
        with self._lock:
            rows = [self._rows[at] for at in range(0, done, BATCH)]
        none = np.zeros((0, self.wanted.part + 2), dtype=np.float32)
        return Made.of(self.wanted.knobs, self._chains[:done], np.concatenate([none, *rows]))

    def _count(self) -> int:
        with self._lock:
            return sum(map(len, self._rows.values()))

    def _next(self, stopped: threading.Event) -> int | None:
        if time.monotonic() - self._asked > _ALONE_S:
            stopped.set()
        with self._lock:
            return None if stopped.is_set() or not self._left else self._left.pop()

    def _keep(self, start: int, rows: np.ndarray) -> None:
        with self._lock:
            self._rows[start] = rows

    def _begin_here(self, stopped: threading.Event) -> None:
        """Batches in this process until another is ready."""
        assert self._here is not None
        while not self._loaded.is_set() and (start := self._next(stopped)) is not None:
            with self._turn():
                rows = self._here(self._chains[start : start + BATCH])
            self._keep(start, rows)

    def _work(self, stopped: threading.Event) -> None:
        """One process and its batches, until there are none or it is stopped."""
        process = _started(self.wanted.folder)
        asks, answers = process.stdin, process.stdout
        assert asks is not None
        assert answers is not None
        try:
            write_rows(asks, self.wanted.dry[None])
            read_rows(answers)  # it has loaded: only now does it compute
            self._loaded.set()
            while (start := self._next(stopped)) is not None:
                with self._turn():
                    asks.write(line_of(self._chains[start : start + BATCH]))
                    asks.flush()
                    rows = read_rows(answers)
                self._keep(start, rows)
        except (OSError, ValueError):  # it ended: its pipe broke, or gave a part of an answer
            if not stopped.is_set():
                self.problem = "A process that listens has ended: is there memory for it? Please press Go on."
                stopped.set()
        finally:
            process.kill()
            process.wait()


def _started(folder: Path) -> subprocess.Popen[bytes]:
    root = str(Path(__file__).parents[2])
    path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
    command = [sys.executable, "-m", "core.own_map.worker", str(folder.resolve())]
    environment = os.environ | _ONE_THREAD | {"PYTHONPATH": path}
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
