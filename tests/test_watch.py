"""Promise: whoever waits for a match sees how far it is and can have enough of it; what was found so far is his answer
alone, and a page that runs again goes on with the match that it had begun."""

import threading
import time
from collections.abc import Iterator
from types import SimpleNamespace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.apart import Apart
from core.audio import SAMPLE_RATE
from core.audio.clips import load_clip
from core.effects import Chain, Setting, render
from core.explorer import CHECKPOINTS, Explorer
from core.match.match import Match
from core.match.watch import Enough, Progress, Watch
from core.processes import end_all
from pages.shared import errand, memory
from pages.shared.results import checkpoints
from tests.app import press, visit
from tests.stand_in import guess_of, matched

CRUSHED = Chain((Setting("phaser", (0.3, 0.5, 0.4)), Setting("bitcrush", (0.4, 0.6))))
"""Takes a core some ten seconds where the network is far off."""
FAR = guess_of(Chain((Setting("chorus", (0.5, 0.5, 0.5)), Setting("overdrive", (0.5, 0.5, 0.5)))))


@pytest.fixture(scope="module")
def pair() -> tuple[np.ndarray, np.ndarray]:
    dry = load_clip("speech_en_f_allison")[: 2 * SAMPLE_RATE]
    return dry, render(dry, CRUSHED)


def counted(most: int) -> tuple[Watch, list[Progress], list[int]]:
    """A watch that has enough after so many sounds, what it is told, and how many sounds there were."""
    told: list[Progress] = []
    sounds = [0]

    def going() -> bool:
        sounds[0] += 1
        return sounds[0] <= most

    return Watch(going, told.append), told, sounds


def test_enough_ends_a_search_for_chains_with_the_nearest_so_far(pair: tuple[np.ndarray, np.ndarray]) -> None:
    watch, told, sounds = counted(1500)
    found = matched(*pair, FAR, watch)
    assert found.stopped
    assert sounds[0] < 1500 + 200, "threads end what they have begun"
    assert [one.tried for one in told] == sorted(one.tried for one in told)
    assert all(0 < one.tried <= one.most for one in told)
    best = found.candidates["polished"].distance / found.candidates["nothing"].distance
    assert best <= told[-1].left + 1e-6
    assert found.answer.sound.shape == pair[0].shape


def test_enough_at_once_answers_what_the_network_says(pair: tuple[np.ndarray, np.ndarray]) -> None:
    watch, told, sounds = counted(0)
    found = matched(*pair, FAR, watch)
    assert found.stopped
    assert found.answer.chain == found.estimate.chain
    assert [one.tried for one in told] == [1]
    assert sounds[0] < 20


def test_a_match_that_nobody_stops_is_whole(pair: tuple[np.ndarray, np.ndarray]) -> None:
    dry, setting = pair[0], Setting("lowpass", (0.2, 0.3))
    assert not matched(dry, render(dry, setting), guess_of(Chain((setting,)))).stopped


def test_a_process_of_its_own_hears_that_it_is_enough(factor: Explorer, pair: tuple[np.ndarray, np.ndarray]) -> None:
    apart, told = Apart(1, 1), []
    try:
        apart.begin()
        began = time.monotonic()
        watch = Watch(lambda: not told and time.monotonic() - began < 60, told.append)
        found = apart.match(str(CHECKPOINTS / "factor"), "", *pair, 0, SAMPLE_RATE, watch)
        assert found.stopped
        assert told
        assert not apart.match(str(CHECKPOINTS / "factor"), "", pair[0], pair[0] * 0.5, 0, SAMPLE_RATE).stopped
    finally:
        end_all()


# On the page


class Slow:
    """Matches that go on until they are let go, or until there was enough of them."""

    def __init__(self, factor: Explorer) -> None:
        self.factor, self.begun, self.free = factor, 0, threading.Event()

    def __call__(
        self, name: str, dry: np.ndarray, wet: np.ndarray, seed: int, rate: int, watch: Watch
    ) -> Match:  # fmt: skip
        self.begun += 1
        watch.tell(Progress(2, 8, 0.5))
        while watch.going() and not self.free.wait(0.02):
            pass
        return self.factor.match(dry, wet, seed=seed, sample_rate=rate, watch=watch)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch, factor: Explorer, results_of_this_code: None) -> Iterator[Slow]:
    memory.ours().clear()
    match = Slow(factor)
    monkeypatch.setattr(checkpoints, "match", match)
    monkeypatch.setattr(errand, "PATIENCE_S", 0.0)
    yield match
    match.free.set()


def stopping(monkeypatch: pytest.MonkeyPatch) -> None:
    """The visitor presses the button as soon as it is there: here no click comes while a page runs."""
    shown = errand.Errand._shown

    def pressed(own: errand.Errand, place: object) -> object:
        bar = shown(own, place)  # type: ignore[arg-type]
        own.stop()
        return bar

    monkeypatch.setattr(errand.Errand, "_shown", pressed)


def stopped(app: AppTest) -> bool:
    return any("You stopped the search" in one.value for one in app.info)


def test_who_stops_has_an_answer_that_nobody_else_has_and_may_listen_again(
    slow: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        stopping(patch)
        app = visit("match", {"m_seed": "7"})
        assert not app.exception
        assert stopped(app)
        app.toggle(key="m_reveal").set_value(True).run()
        assert stopped(app)
        assert slow.begun == 1, "what was stopped is not begun again by another click"
    slow.free.set()
    other = visit("match", {"m_seed": "7"})
    assert not stopped(other)
    assert slow.begun == 2, "nobody else has the answer of one who stopped"
    app = press(app, "Listen again")
    assert not app.exception
    assert not stopped(app)


def test_a_page_that_runs_again_goes_on_with_its_match(slow: Slow) -> None:
    other = errand.Errand(lambda watch: "made")
    assert other.wait() == "made"
    session: dict[str, dict[bytes, errand.Errand]] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(errand.choices, "get", session.get)
        patch.setattr(errand.choices, "put", session.__setitem__)
        patch.setattr(errand.Errand, "_shown", click)
        done = threading.Event()
        for _ in range(2):
            with pytest.raises(Clicked):
                errand.awaited(b"one", lambda watch: done.wait(20))
            assert errand.here(b"one")
        (begun,) = session["errands"].values()
        done.set()
        assert errand.awaited(b"one", lambda watch: pytest.fail("it was begun already")) is True
        assert not errand.here(b"one")
        with pytest.raises(Clicked):
            errand.awaited(b"two", until_enough)
        (two,) = session["errands"].values()
        assert errand.awaited(b"three", lambda watch: 3) == 3
        assert two.answer.result(20) == "enough", "nobody waits for it any more"
        assert begun is not two


def test_what_it_raises_is_raised_where_the_visitor_waits_and_is_not_kept() -> None:
    session: dict[str, dict[bytes, errand.Errand]] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(errand.choices, "get", session.get)
        patch.setattr(errand.choices, "put", session.__setitem__)
        for error in (ValueError("no"), TimeoutError("late"), Enough()):

            def work(watch: Watch, error: Exception = error) -> None:
                raise error

            with pytest.raises(type(error)):
                errand.awaited(b"one", work)
            assert not errand.here(b"one")


def test_who_has_left_waits_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(errand, "_LEFT_S", 0.05)
    left = errand.Errand(until_enough)
    assert left.answer.result(20) == "enough"
    assert left.over


def test_who_comes_back_as_it_ends_waits_for_a_whole_one(monkeypatch: pytest.MonkeyPatch) -> None:
    session: dict[str, dict[bytes, errand.Errand]] = {}
    monkeypatch.setattr(errand.choices, "get", session.get)
    monkeypatch.setattr(errand.choices, "put", session.__setitem__)
    answers = iter((SimpleNamespace(stopped=True), SimpleNamespace(stopped=False)))
    assert not errand.awaited(b"one", lambda watch: next(answers)).stopped
    assert not errand.here(b"one")


class Clicked(Exception):
    """Ends a page's run, as Streamlit does at a click."""


def click(own: errand.Errand, place: object) -> None:
    raise Clicked


def until_enough(watch: Watch) -> str:
    while watch.going():
        time.sleep(0.01)
    return "enough"
