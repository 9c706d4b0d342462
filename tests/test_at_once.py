"""Promise: candidates are heard by as many threads as torch may use, and what is found does not depend on how many."""

import threading
import time
from collections import OrderedDict
from collections.abc import Iterator

import numpy as np
import pytest
import torch

from core.audio import SAMPLE_RATE
from core.audio.clips import clip_segment
from core.effects import Chain, Setting, render
from core.match.at_once import at_once
from core.match.pair import Candidate, Ear, Pair
from core.match.polish import polish
from tests.strong import SPEECH


@pytest.fixture
def threads() -> Iterator[None]:
    """As many threads as before when a test is over."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def test_two_are_at_work_at_once_and_answers_keep_their_order(threads: None) -> None:
    torch.set_num_threads(2)
    both = threading.Barrier(2, timeout=20)

    def work(number: int) -> tuple[int, str]:
        both.wait()
        return number, threading.current_thread().name

    found = at_once(work, range(8))
    assert [number for number, _ in found] == list(range(8))
    assert len({name for _, name in found}) == 2


def test_with_one_thread_nobody_else_works(threads: None) -> None:
    torch.set_num_threads(1)
    assert set(at_once(lambda _: threading.current_thread(), range(3))) == {threading.current_thread()}


def test_what_fails_says_so(threads: None) -> None:
    torch.set_num_threads(2)
    with pytest.raises(ZeroDivisionError):
        at_once(lambda number: 1 / number, [2, 1, 0])


CHORUS = Setting("chorus", (0.4, 0.6, 0.5))
CHAIN = Setting("overdrive", (0.6, 0.5, 0.5)) | Setting("delay", (0.5, 0.3, 0.4))


@pytest.mark.parametrize("true", [CHORUS, CHAIN], ids=["an oscillator", "a chain"])
def test_what_is_found_does_not_depend_on_the_threads(true: Setting | Chain, threads: None) -> None:
    dry = clip_segment(SPEECH[0], 24_000)[:65_536]
    pair = Pair.of(dry, render(dry, true), SAMPLE_RATE, 0, inverted=False)
    chain = Chain(tuple(Setting(one.effect, tuple(0.9 * np.array(one.values) + 0.04)) for one in true.settings))
    spread = (0.05,) * sum(len(one.values) for one in chain.settings)
    found = []
    for count in (1, 2):
        torch.set_num_threads(count)
        found.append(polish(Ear(pair), Candidate(pair, chain, SAMPLE_RATE), spread))
    one, two = found
    assert one.chain == two.chain
    assert one.began_s == two.began_s
    assert np.array_equal(one.sound, two.sound)


class Crowded(OrderedDict):
    """Knows whether two were ever writing into it at once, who would break a real one now and then."""

    writing, crowded = 0, False

    def __setitem__(self, key: object, value: object) -> None:
        self.writing += 1
        self.crowded |= self.writing > 1
        time.sleep(1e-4)
        super().__setitem__(key, value)
        self.writing -= 1


def test_who_hears_through_one_ear_writes_alone(threads: None, monkeypatch: pytest.MonkeyPatch) -> None:
    dry = clip_segment(SPEECH[0], 24_000)[:2_400]
    pair = Pair.of(dry, dry, SAMPLE_RATE, 0, inverted=False)
    dark = Setting("lowpass", (0.7, 0.2))
    chains = [Setting("overdrive", (0.3 + number / 400, 0.5, 0.5)) | dark for number in range(200)]
    ear, kept = Ear(pair), Crowded()
    monkeypatch.setattr(ear, "_begun", kept)
    torch.set_num_threads(2)
    heard = at_once(lambda chain: ear.hear(Candidate(pair, chain, SAMPLE_RATE)), chains)
    assert len(kept) > 1
    assert not kept.crowded
    assert np.array_equal(heard[7], Ear(pair).hear(Candidate(pair, chains[7], SAMPLE_RATE)))
