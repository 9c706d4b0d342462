"""Promise: what stands before held and rounded samples is found, however coarse they are, wherever they show."""

from dataclasses import replace

import numpy as np
import pytest

from core.audio import SAMPLE_RATE
from core.audio.clips import clip_segment
from core.audio.rate import resampled
from core.effects import Chain, Setting, render
from core.match.descent import Excerpt
from core.match.lattice import on_lattice
from core.match.pair import Candidate, Ear, Pair
from core.match.polish import polish
from tests.strong import SPEECH

COARSE = Setting("bitcrush", (0.4, 0.35))
ROOM, DEEP = Setting("reverb", (0.5, 0.4, 0.4)), Setting("compressor", (0.3, 0.6, 0.4))
ECHO, PHASER = Setting("delay", (0.3, 0.4, 0.4)), Setting("phaser", (0.6, 0.65, 0.6))
OFF = {"reverb": (-0.2, 0.2, -0.2), "compressor": (0.2, -0.2, 0.2), "delay": (0.1, -0.2, 0.2), "bitcrush": (0.3, 0.03),
       "phaser": (0.1, -0.12, 0.1)}  # fmt: skip


def pair_of(true: Chain, rate: int = SAMPLE_RATE, channels: int = 1, turn: float = 1.0) -> Pair:
    dry = resampled(clip_segment(SPEECH[0], 0), SAMPLE_RATE, rate)
    dry = np.stack([dry, np.roll(dry, 300)]) if channels == 2 else dry
    return Pair.of(dry, np.float32(turn) * render(dry, true, rate), rate, 0, inverted=turn < 0)


def start(pair: Pair, true: Chain) -> Candidate:
    moved = (tuple(np.add(one.values, OFF[one.effect]).clip(0, 1).tolist()) for one in true.settings)
    settings = tuple(Setting(one.effect, values) for one, values in zip(true.settings, moved, strict=True))
    return Candidate(pair, Chain(settings), pair.sample_rate)


@pytest.mark.parametrize(
    ("before", "how"),
    [
        (Chain((DEEP, ROOM)), {}),
        (Chain((DEEP,)), {"turn": -0.3}),
        (Chain((ECHO,)), {"rate": 44_100}),
        (Chain((ROOM,)), {"channels": 2}),
        (Chain((PHASER,)), {}),
    ],
    ids=["two", "upside down", "another rate", "stereo", "an oscillator"],
)
def test_what_stands_before_coarse_samples_is_found(before: Chain, how: dict[str, int]) -> None:
    true = before | COARSE
    pair = pair_of(true, **how)
    ear, begun = Ear(pair), start(pair, true)
    found = polish(ear, begun, (0.2,) * sum(len(one.values) for one in true.settings))
    assert ear.distance(found) < 0.15 * ear.distance(Candidate(pair, Chain(), pair.sample_rate))
    assert found.chain.settings[-1].values[1] == pytest.approx(COARSE.values[1], abs=1e-4)


def seen(pair: Pair, true: Chain) -> bool:
    ear = Ear(pair)
    whole = Excerpt(ear, true.effects, pair.sample_rate, 0, len(ear.wet))
    values = np.array([value for setting in true.settings for value in setting.values])
    hold = [parameter.role for parameter in whole.parameters].index("hold")
    return on_lattice(whole, values, hold, (0.0,) * len(true.effects)) is not None


def test_it_is_asked_only_where_samples_show_it() -> None:
    true = ROOM | COARSE
    pair = pair_of(true)
    assert seen(pair, true)
    noise = np.random.default_rng(0).normal(0, 1e-3, pair.wet.shape).astype(np.float32)
    assert not seen(replace(pair, wet=pair.wet + noise), true)
    assert not seen(pair_of(Chain((ROOM,))), true)
    assert not seen(pair_of(COARSE | ROOM), COARSE | ROOM)
    assert not seen(replace(pair, wet=np.zeros_like(pair.wet)), true)
