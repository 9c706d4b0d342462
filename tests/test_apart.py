"""Promise: a match in a process of its own says what it says here, gives way, and outlives its process."""

import asyncio
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import active_children

import numpy as np
import psutil
import pytest

from core.apart import Apart
from core.audio import SAMPLE_RATE
from core.audio.io import AudioError
from core.effects import Setting, render
from core.explorer import CHECKPOINTS, Explorer
from core.processes import ProcessError, end_all
from pages.shared import queue as turns
from tests.browser.conftest import serve
from tests.conftest import ROOT
from tests.visitor import Visitor

LONG = 238
"""A riddle whose match takes a core some twenty seconds: a Chorus on a piano."""
FACTOR = str(CHECKPOINTS / "factor")
PHASER = Setting("phaser", (0.3, 0.5, 0.4))


@pytest.fixture(scope="module")
def apart() -> Iterator[Apart]:
    end_all()
    while active_children():  # what other tests have left
        time.sleep(0.01)
    processes = Apart(1, 1)
    processes.begin()
    yield processes
    end_all()


def given_way(process: psutil.Process) -> int:
    """How nice its processes are; 19 is the most there is."""
    return min(19, process.nice() + 10)


def workers() -> list[psutil.Process]:
    return [psutil.Process(process.pid) for process in active_children()]


def test_it_says_what_it_says_here(apart: Apart, factor: Explorer, dry: np.ndarray) -> None:
    wet = render(dry, PHASER)
    here, there = factor.match(dry, wet, seed=3), apart.match(FACTOR, "", dry, wet, 3, SAMPLE_RATE)
    assert there.candidates.keys() == here.candidates.keys()
    assert there.answer.setting is not None
    assert here.answer.setting is not None
    assert there.answer.setting.effect == here.answer.setting.effect
    # The last bits of a product depend on where in memory its factors lie.
    assert there.answer.setting.values == pytest.approx(here.answer.setting.values, abs=1e-3)
    distances = [{name: one.distance for name, one in found.candidates.items()} for found in (here, there)]
    assert distances[1] == pytest.approx(distances[0], abs=1e-3)
    assert np.abs(there.answer.sound - here.answer.sound).max() < 1e-2
    assert there.explained == here.explained


@pytest.mark.usefixtures("apart")
def test_it_gives_way_to_whoever_started_it() -> None:
    (worker,) = workers()
    assert worker.nice() == given_way(psutil.Process())


def test_what_cannot_be_matched_is_said_as_here(apart: Apart, dry: np.ndarray) -> None:
    with pytest.raises(AudioError, match="The wet sound"):
        apart.match(FACTOR, "", dry, np.zeros_like(dry), 0, SAMPLE_RATE)


def test_a_process_that_dies_costs_nobody_his_answer(apart: Apart, dry: np.ndarray) -> None:
    before = workers()
    end_all()
    psutil.wait_procs(before, timeout=20)
    assert apart.match(FACTOR, "", dry, render(dry, PHASER), 0, SAMPLE_RATE).answer.setting.effect == "phaser"
    assert not {worker.pid for worker in before} & {worker.pid for worker in workers()}


def test_one_that_has_died_before_it_is_begun_is_no_error() -> None:
    """It is begun by a timer, whose error nobody would hear of but the log."""
    others = {worker.pid for worker in workers()}
    one = Apart(1, 1)
    one.begin()
    (process,) = [worker for worker in workers() if worker.pid not in others]
    process.kill()
    process.wait()
    one.begin()


def test_a_process_that_dies_takes_nobody_along(dry: np.ndarray) -> None:
    """One dies again and again over what it was given; beside it, another goes on."""
    two, others, wet = Apart(2, 1), {worker.pid for worker in workers()}, render(dry, PHASER)
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda seed: two.match(FACTOR, "", dry, wet, seed, SAMPLE_RATE), (0, 1)))
        spared, _ = (pid for process in two._free.queue for pid in process.pool._processes)
        ended = threading.Event()

        def kill() -> None:
            while not ended.wait(0.02):
                for process in active_children():
                    if process.pid not in {*others, spared}:
                        process.kill()

        killer = threading.Thread(target=kill)
        killer.start()
        try:
            found = [threads.submit(two.match, FACTOR, "", dry, wet, seed, SAMPLE_RATE) for seed in (2, 3)]
            failed = [one for one in found if one.exception()]
        finally:
            ended.set()
            killer.join()
    assert len(failed) == 1
    assert isinstance(failed[0].exception(), ProcessError)


def test_one_that_always_dies_is_a_sentence(apart: Apart, dry: np.ndarray) -> None:
    ended = threading.Event()

    def kill() -> None:
        while not ended.wait(0.02):
            end_all()

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        with pytest.raises(ProcessError, match="Please try again"):
            apart.match(FACTOR, "", dry, render(dry, PHASER), 0, SAMPLE_RATE)
    finally:
        ended.set()
        killer.join()


def test_who_waits_for_another_process_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    queues = {apart: turns.Queue(1) for apart in (False, True)}
    monkeypatch.setattr(turns, "_queue", queues.__getitem__)
    waiting, went_on = threading.Event(), threading.Event()

    def match() -> None:
        with turns.turn(apart=True):
            waiting.set()
            assert went_on.wait(20)

    thread = threading.Thread(target=match)
    thread.start()
    assert waiting.wait(20)
    began = time.monotonic()
    with turns.turn():
        went_on.set()
    thread.join()
    assert time.monotonic() - began < 10


@pytest.mark.alone
def test_a_page_is_drawn_and_a_server_ends_beside_a_match() -> None:
    async def walk(address: str, server: psutil.Process) -> float:
        async with Visitor(address) as one, Visitor(address) as other:
            for visitor in (one, other):
                assert not (await visitor.go()).errors
            assert not (await one.go("match")).errors
            assert any(child.nice() == given_way(server) for child in server.children(recursive=True))
            long = asyncio.create_task(one.choose("m_seed", float(LONG)))
            await asyncio.sleep(0.5)
            drawn = await other.go("reconstruct")
            assert not drawn.errors
            assert not long.done(), "the match was over before the page was asked for"
            began = time.monotonic()
            server.send_signal(signal.SIGINT)
            await asyncio.to_thread(server.wait, 60)
            long.cancel()
            await asyncio.gather(long, return_exceptions=True)
            return time.monotonic() - began

    with tempfile.TemporaryFile() as log, ThreadPoolExecutor(1) as thread:
        server, address = serve(ROOT / "streamlit_app.py", log=log)
        try:
            seconds = thread.submit(asyncio.run, walk(address, psutil.Process(server.pid))).result()
        finally:
            server.kill()
            server.wait(timeout=20)
    assert seconds < 10
