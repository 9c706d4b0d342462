"""Promise: what no slope leads to is found amid others: an oscillator's rate and depth, an echo, held samples."""

from dataclasses import replace

import numpy as np
import pytest

from core.audio import SAMPLE_RATE
from core.audio.clips import clip_segment
from core.effects import Chain, Setting, effect_named, render
from core.explorer import Explorer
from core.match import match as matching
from core.match.align import Alignment
from core.match.descent import Excerpt
from core.match.fresh import CLEARLY, Fresh
from core.match.held import AMID
from core.match.pair import Candidate, Ear, Pair
from core.match.polish import polish
from core.match.telltale import holds
from tests.strong import SPEECH

CHORUS, PHASER = Setting("chorus", (0.42, 0.3, 0.5)), Setting("phaser", (0.6, 0.65, 0.6))
ROOM, CRUSH = Setting("reverb", (0.5, 0.4, 0.4)), Setting("bitcrush", (0.5, 0.3))
ECHO, DARK = Setting("delay", (0.3, 0.4, 0.4)), Setting("lowpass", (0.75, 0.2))


def shares(true: Chain, off: dict[str, tuple[float, ...]], clip: str = SPEECH[0]) -> tuple[Candidate, float]:
    """The chain polished from knobs that are so far off, and the share of the distance that it leaves."""
    dry = clip_segment(clip, 0)
    pair = Pair.of(dry, render(dry, true), SAMPLE_RATE, 0, inverted=False)
    ear, settings = Ear(pair), []
    for one in true.settings:
        settings.append(Setting(one.effect, tuple(np.add(one.values, off[one.effect]).clip(0, 1).tolist())))
    found = polish(
        ear, Candidate(pair, Chain(tuple(settings)), SAMPLE_RATE), (0.1,) * sum(len(s.values) for s in settings)
    )
    return found, ear.distance(found) / ear.distance(Candidate(pair, Chain(), SAMPLE_RATE))


@pytest.mark.parametrize("moving", [CHORUS, PHASER], ids=["chorus", "phaser"])
@pytest.mark.parametrize("first", [True, False], ids=["first", "last"])
def test_an_oscillator_is_found_amid_others(moving: Setting, first: bool) -> None:
    true = Chain((moving, ROOM) if first else (ROOM, moving))
    found, left = shares(true, {moving.effect: (0.15, -0.12, 0.1), "reverb": (0.08, -0.08, 0.05)})
    assert left < 0.06
    for own, other in zip(found.chain.settings, true.settings, strict=True):
        assert own.values == pytest.approx(other.values, abs=0.03)


def test_a_rate_that_looks_like_another_is_found() -> None:
    slow = Setting("phaser", (0.24, 0.42, 0.32))
    _, left = shares(ROOM | slow, {"reverb": (-0.06, 0.06, 0.06), "phaser": (-0.2, -0.35, 0.3)}, SPEECH[1])
    assert left < 0.02


def test_an_echo_is_found_before_an_oscillator() -> None:
    off = {"delay": (0.2, -0.1, 0.1), "chorus": (0.03, 0.1, -0.1), "lowpass": (0.03, 0.03)}
    _, left = shares(Chain((ECHO, CHORUS, DARK)), off)
    assert left < 0.02


def test_held_samples_are_found_before_an_echo() -> None:
    found, left = shares(CRUSH | ECHO, {"bitcrush": (0.25, -0.04), "delay": (0.05, 0.06, -0.06)})
    assert left < 0.25
    assert found.chain.settings[0].values == pytest.approx(CRUSH.values, abs=0.002)


def test_twice_the_rate_of_held_samples_is_not_taken_for_it() -> None:
    rate = effect_named("bitcrush").parameters[1]
    places, clearly = holds(render(clip_segment(SPEECH[0], 0), CRUSH | ECHO), rate)
    assert clearly > AMID
    assert min(abs(place - CRUSH.values[1]) for place in places) < 1e-4
    assert len(places) > 1


@pytest.mark.parametrize("before_s", [0.0, 1.0, 9.0])
def test_a_rate_is_sought_from_the_beginning_of_a_recording(before_s: float) -> None:
    dry = clip_segment(SPEECH[0], 0)
    take = np.concatenate([np.resize(dry[::-1], round(before_s * SAMPLE_RATE)), dry])
    pair = Pair.of(dry, render(take, PHASER)[len(take) - len(dry) :], SAMPLE_RATE, 0, inverted=False)
    ear = Ear(replace(pair, before_s=before_s))
    search = Fresh(Excerpt(ear, ("phaser",), SAMPLE_RATE, 0, len(ear.wet)), 0, np.full(3, 0.1), (0.0,))
    assert search.possible == (before_s < 2)
    if search.possible:
        row, left = search.find(np.add(PHASER.values, (0.2, 0.1, -0.1)), within=1.0)
        assert row == pytest.approx(PHASER.values, abs=0.01)
        assert left < 0.1
        assert search.clearly < CLEARLY


def test_a_filter_before_held_samples_moves_no_pair(factor: Explorer) -> None:
    dry = clip_segment(SPEECH[0], 0)
    found = factor.match(dry, render(dry, DARK | Setting("bitcrush", (0.98, 0.2125))))
    assert found.lag == 0
    assert found.answer.chain.effects == ("lowpass", "bitcrush")


def test_a_pair_that_only_looks_late_stays_where_it_is(factor: Explorer, monkeypatch: pytest.MonkeyPatch) -> None:
    dry = clip_segment(SPEECH[0], 0)
    monkeypatch.setattr(matching, "alignment", lambda dry, wet: Alignment(-500, inverted=True))
    found = factor.match(dry, render(dry, ROOM))
    assert found.lag == 0
    assert not found.pair.inverted
    assert found.leftover < 0.05
