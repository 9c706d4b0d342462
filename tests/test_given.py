"""Promise: what a script gives is taken as what it is, or refused in a sentence, wherever sounds go in."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from core.audio.io import AudioError
from core.effects import Blend, Setting, render, render_blend
from core.effects.amount import render_amount
from core.effects.automation import Node, automate
from core.explorer import Explorer

SETTING = Setting("delay", (0.5, 0.3, 0.5))
NODES = [Node(float(at), Blend.of(SETTING)) for at in (0, 1)]
Play = Callable[[Any, Any], np.ndarray]
PLAYS: dict[str, Play] = {
    "render": lambda dry, rate: render(dry, SETTING, rate),
    "render_amount": lambda dry, rate: render_amount(dry, SETTING, 0.5, rate),
    "render_blend": lambda dry, rate: render_blend(dry, Blend.of(SETTING), rate),
    "automate": lambda dry, rate: automate(dry, NODES, [(0, 0), (1, 1)], rate),
}  # fmt: skip
each_play = pytest.mark.parametrize("play", PLAYS.values(), ids=PLAYS)


@pytest.fixture(scope="module")
def short(dry: np.ndarray) -> np.ndarray:
    return dry[10_000:22_000]


BAD: dict[str, tuple[Callable[[np.ndarray], object], str]] = {
    "as soundfile reads it": (lambda x: np.stack([x, x], axis=1)[:300], "has shape (300, 2)"),
    "a batch of stereo": (lambda x: x[None, None], "has shape (1, 1, 12000)"),
    "one number": (lambda x: x[0], "has shape ()"),
    "no samples": (lambda x: x[:0], "is empty"),
    "no channels": (lambda x: np.zeros((0, 100)), "has shape (0, 100)"),
    "8-bit WAV": (lambda x: (x * 127 + 128).astype(np.uint8), "type uint8"),
    "complex": (lambda x: x * 1j, "type complex64"),
    "yes and no": (lambda x: x > 0, "type bool"),
    "words": (lambda x: np.array(["a", "b"]), "type <U1"),
    "nothing": (lambda x: None, "type object"),
    "masked": (lambda x: np.ma.masked_array(x, x > 0), "has masked samples"),
}


@each_play
@pytest.mark.parametrize(("spoil", "words"), BAD.values(), ids=BAD)
def test_what_is_no_sound_is_a_sentence(play: Play, spoil: Callable, words: str, short: np.ndarray) -> None:
    with pytest.raises(AudioError, match=r"^The dry sound .*\. Please .*\.$") as told:
        play(spoil(short), 24_000)
    assert words in str(told.value)


@pytest.mark.parametrize(("spoil", "words"), BAD.values(), ids=BAD)
def test_a_match_says_the_same(spoil: Callable, words: str, factor: Explorer, short: np.ndarray) -> None:
    with pytest.raises(AudioError, match=f"^The wet sound .*{re.escape(words)}"):
        factor.match(short, spoil(short))


@each_play
@pytest.mark.parametrize("rate", [np.nan, -44_100, 0, 100, 1e9, 44_100.5, "44100", None, True], ids=repr)
def test_a_rate_that_is_none_is_a_sentence(play: Play, rate: int, factor: Explorer, short: np.ndarray) -> None:
    for call in (lambda: play(short, rate), lambda: factor.match(short, short, sample_rate=rate)):
        with pytest.raises(AudioError, match=f"The sample rate is {rate!r}; a whole number of Hz is needed"):
            call()


@each_play
def test_other_numbers_and_tensors_are_what_they_are(play: Play, short: np.ndarray) -> None:
    wet = play(short, 44_100)
    tensor = torch.from_numpy(short.copy())
    for rate in (np.int64(44_100), 44_100.0, np.float32(44_100)):
        assert np.array_equal(play(short, rate), wet)
    for same in (short.astype(np.float64), short.tolist(), tensor, tensor.clone().requires_grad_()):
        assert np.array_equal(play(same, 44_100), wet)
    assert np.array_equal(play(tensor.bfloat16(), 44_100), play(tensor.bfloat16().float().numpy(), 44_100))
    whole = play((short * 2**15).astype(np.int16), 44_100) / 2**15
    assert np.abs(whole - wet).max() < 0.02 * np.abs(wet).max()
