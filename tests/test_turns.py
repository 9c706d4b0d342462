"""Promise: visitors who compute at once wait in a queue, first come first served, see their place, and can leave."""

import hashlib
import sys
import threading
import time
from contextlib import suppress
from statistics import median

import numpy as np
import psutil
import pytest

from pages.shared import queue as turns
from pages.shared.queue import Queue


def test_no_more_than_the_slots_are_at_work_and_all_get_their_turn() -> None:
    queue, at_work, most, order = Queue(2), [], [], []

    def visit(number: int) -> None:
        with queue.turn() as places:
            list(places)
            at_work.append(number)
            order.append(number)
            most.append(len(at_work))
            time.sleep(0.01)
            at_work.remove(number)

    threads = [threading.Thread(target=visit, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
        time.sleep(0.002)  # so that they come in this order
    for thread in threads:
        thread.join()
    assert max(most) == 2
    assert all(abs(place - number) <= 1 for place, number in enumerate(order))
    assert len(queue) == 0


def test_who_waits_sees_his_place_and_who_leaves_frees_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "PATIENCE_S", 0.01)
    queue = Queue(1)
    with queue.turn() as first:
        assert list(first) == []
        with suppress(KeyboardInterrupt), queue.turn() as second:
            assert next(second) == 1
            with queue.turn() as third:
                assert next(third) == 2
            raise KeyboardInterrupt
        assert len(queue) == 1
    with queue.turn() as again:
        assert list(again) == []


def test_a_turn_within_a_turn_goes_on_and_work_that_can_wait_is_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    queue = Queue(1)
    monkeypatch.setattr(turns, "_queue", lambda apart=False: queue)
    monkeypatch.setattr(turns, "SLOTS", 1)
    with turns.turn():
        assert turns.share(0.3) == 0.3
        with turns.turn():
            assert len(queue) == 1
        with queue.turn(), queue.turn():
            assert turns.share(0.3) == pytest.approx(0.1)
    assert len(queue) == 0


def test_who_computes_is_not_held_up_by_who_draws() -> None:
    own = sys.getswitchinterval()
    try:
        slow, fast = (
            median(_drawn_beside_computing(seconds) for _ in range(15)) for seconds in (0.005, turns.SWITCH_S)
        )
    finally:
        sys.setswitchinterval(own)
    assert fast < 0.6 * slow


def _drawn_beside_computing(switch_s: float) -> int:
    """How much of its Python another thread gets done while short calls into C each wait for the lock again.

    Counted, not timed, and calls so short that little is drawn within them: a busy machine holds both threads up.
    """
    done, drawn = threading.Event(), 0

    def draw() -> None:
        nonlocal drawn
        while not done.is_set():
            sum(range(1000))
            drawn += 1

    sys.setswitchinterval(switch_s)
    thread = threading.Thread(target=draw)
    thread.start()
    sound = bytes(20_000)
    for _ in range(20):
        hashlib.sha256(sound)
    done.set()
    thread.join()
    return drawn


def test_freed_memory_goes_back_but_not_after_every_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[int] = []
    monkeypatch.setattr(turns, "give_back_memory", lambda: given.append(1))
    monkeypatch.setattr(turns, "TIDY_S", 0.02)
    queue = Queue(2)
    for pause in (0.03, 0.0, 0.03):
        with queue.turn():
            time.sleep(pause)
    assert len(given) == 2


def test_memory_that_was_freed_in_another_thread_is_given_back() -> None:
    def compute() -> None:
        small = [np.ones(5000) for _ in range(4000)]  # 160 MB, each block below what is mapped by itself
        last.append(small[-1])  # the end of the arena stays in use
        del small

    last: list[np.ndarray] = []
    process = psutil.Process()
    before = process.memory_info().rss
    thread = threading.Thread(target=compute)
    thread.start()
    thread.join()
    kept = process.memory_info().rss
    turns.give_back_memory()
    assert kept - process.memory_info().rss > 0.5 * (kept - before)
