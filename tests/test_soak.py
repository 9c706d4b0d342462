"""Promise: visitors of one server do not meet: each is sent what he chose and nobody else's, without an error.

`python -m tests.soak --sessions 10 --minutes 30` asks the same for longer, and looks at the memory.
"""

import asyncio
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from core.audio.clips import clips
from core.effects import Setting, effect_named
from pages.shared import choices as state
from tests.browser.conftest import serve
from tests.conftest import ROOT
from tests.soak import run, slope, table
from tests.tab import Tab
from tests.visitor import Answer, Visitor
from tests.walkers import Findings, Soak, Stop, Walkers


@pytest.mark.alone
def test_four_visitors_walk_all_pages_and_do_not_meet() -> None:
    soak = Soak(sessions=4, minutes=0.35, think=(0.1, 0.4))
    with ThreadPoolExecutor(1) as thread:  # in this one, the browser tests' loop may be running
        found = thread.submit(asyncio.run, run(soak)).result()
    assert found.good, table(soak, found)
    assert found.loads == {"factor": 1}
    assert found.labels >= 7


@pytest.mark.alone
def test_who_does_not_wait_for_answers_is_sent_his_last_choice() -> None:
    """With Streamlit's own settings a visitor's runs overlap, and each changes what the other is reading."""
    ends = {"a": "delay", "b": "overdrive"}  # which the page shows first
    changes: list[dict[str, str | float | bool]] = []
    label = ""
    for i in range(1500):
        pairs, choices = [], {}
        for slot, effect in ends.items():
            keys, knobs = state.PairState(slot), effect_named(effect).parameters
            positions = tuple(state.positions(knob)[i % 7] for knob in knobs)
            choices[keys.clip] = clips()[(i + (slot == "b")) % len(clips())].label
            choices |= {keys.knob(effect, knob.name): knob.text(at) for knob, at in zip(knobs, positions, strict=True)}
            pairs.append(f"{choices[keys.clip]} · {Setting(effect, positions).text}")
        changes.append(choices)
        label = f"Spectrograms from {' to '.join(pairs)}"

    async def hurry() -> Answer:
        async with Visitor(address) as visitor:
            await visitor.go()
            await visitor.go("interpolate")
            return await visitor.hurry(changes)

    with tempfile.TemporaryFile() as log, ThreadPoolExecutor(1) as thread:
        server, address = serve(ROOT / "streamlit_app.py", log=log)
        try:
            answer = thread.submit(asyncio.run, hurry()).result()
        finally:
            server.terminate()
            server.wait(timeout=20)
        log.seek(0)
        said = log.read().decode()
    assert "Error" not in said, said
    assert not answer.errors
    assert label in answer.labels


@pytest.mark.alone
def test_a_browser_turns_a_knob_behind_its_button() -> None:
    knob = effect_named("delay").parameters[0]
    turned = state.positions(knob)[3]
    key = state.PairState("a").knob("delay", knob.name)

    async def turn(address: str) -> list[str]:
        async with Tab(address) as visitor:
            await visitor.go()
            await visitor.go("interpolate")
            return (await visitor.choose(key, knob.text(turned))).labels

    with tempfile.TemporaryFile() as log, ThreadPoolExecutor(1) as thread:
        server, address = serve(ROOT / "streamlit_app.py", log=log)
        try:
            labels = thread.submit(asyncio.run, turn(address)).result()
        finally:
            server.terminate()
            server.wait(timeout=20)
    others = tuple(one.to_unit(one.default) for one in effect_named("delay").parameters[1:])
    shown = Setting("delay", (turned, *others)).text
    assert any(label.startswith("Spectrograms from") and shown in label for label in labels), shown


def test_a_foreign_and_a_missing_label_are_found() -> None:
    walkers = Walkers(Soak(), "http://127.0.0.1:1")
    walkers.begin(1, Stop("reconstruct", {}, "mine"))
    walkers.begin(2, Stop("overview", {}, "everybody's", own=False))
    walkers.hear(1, "reconstruct", Answer(labels=["mine", "everybody's"]))
    assert walkers.found.crossed == []
    walkers.hear(2, "reconstruct", Answer(labels=["mine"], errors=["broken"]))
    walkers.look(2, Stop("clusters", {}, "his"), ["mine"])
    assert len(walkers.found.crossed) == 2
    assert walkers.found.errors == {"reconstruct: broken": 1}


def test_a_limit_that_is_broken_is_not_good() -> None:
    good = Findings(waited={"play": [1.0]}, labels=1, loads=Counter(factor=1))
    assert good.good
    assert not Findings().good
    assert not replace(good, errors=Counter("x")).good
    assert not replace(good, lost=["x"]).good
    assert not replace(good, crossed=["x"]).good
    assert not replace(good, loads=Counter(factor=2)).good


@pytest.mark.parametrize("growth", [0.0, 2.0])
def test_the_slope_of_the_memory_and_its_error(growth: float) -> None:
    generator, seconds = np.random.default_rng(0), np.arange(0, 1800, 4.0)
    off = []
    for _ in range(200):
        noise = np.convolve(generator.normal(0, 10, len(seconds) + 4), np.ones(5) / 5, "valid")  # samples are alike
        megabytes = 800 + growth * seconds / 60 + noise
        megabytes[:60] -= 300  # still filling its caches
        measured, error = slope([(at, int(1e6 * size)) for at, size in zip(seconds, megabytes, strict=True)])
        off.append((measured - growth) / error)
    assert abs(np.mean(off)) < 0.3
    assert 0.6 < np.std(off) < 1.4
