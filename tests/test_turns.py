"""Promise: visitors who compute at once wait in a queue, first come first served, see their place, and can leave."""

import threading
import time
from contextlib import suppress

import pytest

from pages.components import turns
from pages.components.turns import Queue


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
