"""Promise: results are kept within bytes; what was made of a visitor's sound is kept for him alone."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest

from core.audio.clips import load_clip
from core.audio.own import Own
from core.effects import Setting
from pages.shared import memory, recordings
from pages.shared.memory import Store, kept
from pages.shared.results import sounds

DELAY = Setting("delay", (0.5, 0.3, 0.5))


@pytest.fixture
def visitor() -> Iterator[Store]:
    store = Store(memory.VISITOR_BYTES)
    memory.ours().clear()
    with memory.lend(store):
        yield store
    memory.ours().clear()


def own(seconds: float, seed: int = 0) -> np.ndarray:
    """A sound that no product ships."""
    return np.random.default_rng(seed).normal(0, 0.1, int(24_000 * seconds)).astype(np.float32)


def stretched(sound: np.ndarray) -> np.ndarray:
    return sounds.stretched(Own.of(sound), True).heard


def test_equal_content_is_computed_once(visitor: Store) -> None:
    calls = []

    @kept()
    def doubled(sound: np.ndarray, factor: float, _seen: list) -> np.ndarray:
        calls.append(factor)
        return factor * sound

    sound = own(1)
    first = doubled(sound, 2.0, [1])
    assert doubled(sound.copy(), 2.0, [2]) is first
    doubled(sound, 3.0, [])
    doubled(sound + 1, 2.0, [])
    assert calls == [2.0, 3.0, 2.0]
    with pytest.raises(ValueError, match="read-only"):
        first[0] = 1


def test_what_is_ours_is_kept_for_all_and_a_visitors_for_him(visitor: Store) -> None:
    ours = sounds.wet(stretched(sounds.clip("bell")), DELAY)
    assert memory.ours().size > ours.nbytes
    assert visitor.size == 0
    before = memory.ours().size
    wet = sounds.wet(stretched(own(1)), DELAY)
    assert visitor.size > wet.nbytes
    sounds.track(wet)
    assert memory.ours().size == before
    with memory.lend(Store(2**20)):
        assert sounds.wet(stretched(sounds.clip("bell")), DELAY) is ours
        assert sounds.wet(stretched(own(1)), DELAY) is not wet


def test_a_recording_is_its_visitors(visitor: Store) -> None:
    data = sounds.encode(load_clip("bell"))
    recordings.decoded(data, "bell.wav")
    assert visitor.size > 1.9 * len(data)
    assert memory.ours().size == 0


def test_ten_minute_uploads_stay_within_the_bytes(visitor: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sounds, "render", lambda sound, *_: sound / 2)  # of the same size, and a hundred times as fast
    for seed in range(4):
        upload = np.resize(own(10, seed), 600 * 24_000)
        sounds.wet(upload, Setting("lowpass", (0.5, 0.5)))
        assert upload.nbytes <= visitor.size <= memory.VISITOR_BYTES
    assert 4 * upload.nbytes > memory.VISITOR_BYTES
    before = visitor.size
    sounds.gain(upload)
    assert visitor.size < before + 1000


def test_a_result_larger_than_all_is_kept_alone() -> None:
    store = Store(1000)
    store.put(b"small", np.zeros(10))
    store.put(b"large", np.zeros(1000))
    assert store.get(b"small") is None
    entry = store.get(b"large")
    assert entry
    assert entry.value.size == 1000
    store.put(b"next", np.zeros(10))
    assert store.get(b"large") is None
    assert store.get(b"next")


def test_digests_tell_content_apart() -> None:
    @dataclass(frozen=True)
    class Pair:
        a: np.ndarray
        b: tuple

    sound = own(0.1)
    alike = (sound, 1, ("x",), {"k": 2.0}, Pair(sound, (1, None)))
    assert memory.digest(alike) == memory.digest((sound.copy(), 1, ("x",), {"k": 2.0}, Pair(sound.copy(), (1, None))))
    different = [sound + 1, sound[:-1], sound.astype(np.float64), 1, 1.0, True, "1", b"1", (1,), ((1,),), (), None]
    assert len({memory.digest(one) for one in different}) == len(different)
    assert sound.nbytes <= memory.size_of(alike) < 2 * sound.nbytes  # it is in there twice, and counts once
    assert memory.size_of((sound, sound.copy())) >= 2 * sound.nbytes
