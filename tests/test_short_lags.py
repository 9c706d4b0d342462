"""Promise: the last samples of a lag are found where the answer is nearly right, and made up nowhere."""

import numpy as np
import pytest

from core.audio import SAMPLE_RATE, SEGMENT
from core.audio.clips import clip_segment
from core.effects import Chain, Setting, render
from core.match.align import residual
from core.match.pair import Ear, Pair
from core.match.reading import Reading, settled
from tests.stand_in import guess_of
from tests.strong import SPEECH, STRONG, late

NOTHING, ROOM = Chain(), Chain((Setting("reverb", (0.1, 0.5, 0.1)),))
OPEN = Chain((Setting("lowpass", (1.0, 0.0)),))


def tone(hz: float) -> np.ndarray:
    return np.sin(2 * np.pi * hz * np.arange(SEGMENT) / SAMPLE_RATE).astype(np.float32)


def noise(level: float) -> np.ndarray:
    return np.random.default_rng(0).normal(0, level, SEGMENT).astype(np.float32)


def moved(dry: np.ndarray, wet: np.ndarray, answer: Chain) -> int:
    """Samples by which an answer moves a pair."""
    pair = Pair.of(dry, wet, SAMPLE_RATE, 0, inverted=False)
    reading = Reading(pair, 0, Ear(pair), np.zeros((1, 1)), guess_of(OPEN))
    return settled((dry, wet), reading, reading.candidate(answer))[0].lag


@pytest.mark.parametrize("lag", [-96, -7, -1, 0, 1, 2, 40, 96])
def test_a_lag_is_found_to_the_sample(lag: int) -> None:
    for sound in (noise(0.1), clip_segment(SPEECH[0], 0), clip_segment("bass_woodsy", 0)):
        assert residual(sound, late(sound, lag), 96) == (lag, False)
        assert residual(sound, -0.3 * late(sound, lag), 96) == (lag, True)


@pytest.mark.parametrize("hz", [440, 1000])
@pytest.mark.parametrize("lag", [-3, 0, 5])
def test_that_of_a_tone_is_the_shortest_and_upright(lag: int, hz: float) -> None:
    sound, other = (render(0.2 * tone(hz), Setting("overdrive", (0.6, brightness, 0.5))) for brightness in (0.45, 0.5))
    off, turned = residual(sound, late(other, lag), 96)
    assert abs(off - lag) <= 1
    assert not turned


def test_one_beyond_reach_is_none() -> None:
    assert residual(tone(50), late(tone(50), 100), 96) == (0, False)


@pytest.mark.parametrize("lag", [1, 2, 5])
@pytest.mark.parametrize("clip", [SPEECH[0], "guitar_em9"])
def test_a_short_one_shows_where_an_answer_is_right_or_nothing_was_done(clip: str, lag: int) -> None:
    dry = clip_segment(clip, 0)
    assert moved(dry, late(dry, lag), NOTHING) == lag
    assert moved(dry, late(dry, lag), ROOM) == lag
    for effect in ("overdrive", "reverb", "lowpass"):
        assert moved(dry, late(render(dry, STRONG[effect]), lag), Chain((STRONG[effect],))) == lag


@pytest.mark.parametrize("added", [0.05 * tone(50), noise(0.005)], ids=["hum", "noise"])
def test_what_explains_nothing_moves_no_pair(added: np.ndarray) -> None:
    dry = clip_segment(SPEECH[0], 0)
    assert moved(dry, dry + added, OPEN) == 0
