"""Promise: what is nearly right becomes right, whatever an oscillator or held samples hide, and never worse."""

from dataclasses import replace

import numpy as np
import pytest

from core.audio import SAMPLE_RATE, SEGMENT
from core.audio.clips import clip_segment, load_clip
from core.effects import Chain, Effect, Setting, effect_named, random_setting, render
from core.explorer import Explorer
from core.match.estimate import Estimate
from core.match.match import Match
from core.match.pair import Candidate, Ear, Pair
from core.match.polish import polish
from core.match.search import Refinement, refine
from core.match.telltale import CLEAR, holds
from tests.strong import SPEECH, STRONG, each_effect

# Polish


def off_by(setting: Setting, size: float, seed: int) -> Setting:
    """Each knob turned by size, to either side."""
    turn = np.random.default_rng(seed).choice((-size, size), len(setting.values))
    return Setting(setting.effect, tuple(np.clip(np.add(setting.values, turn), 0, 1)))


def polished(dry: np.ndarray, wet: np.ndarray, start: Setting, spread: float = 0.05) -> tuple[Candidate, Candidate]:
    """The start, but for its level, which is the truth's; and what it is polished to."""
    pair = Pair.of(dry, wet, SAMPLE_RATE, 0, inverted=False)
    spreads = (spread,) * len(start.values)
    level = Estimate(Chain((start,)), spreads, {}).at_level(pair.level_db).chain
    begun = Candidate(pair, level, SAMPLE_RATE)
    return begun, polish(Ear(pair), begun, spreads)


@pytest.mark.parametrize("effect", ["overdrive", "reverb", "compressor", "lowpass", "delay"])
@pytest.mark.parametrize("seed", range(2))
def test_polish_comes_back_to_the_truth(effect: str, seed: int) -> None:
    dry = clip_segment(SPEECH[seed], 24_000)[:98_304]
    true = random_setting(effect, seed)
    begun, found = polished(dry, render(dry, true), off_by(true, 0.04, seed))
    assert found.distance < 0.1 * begun.distance
    assert found.setting is not None
    assert np.abs(np.subtract(found.setting.values, true.values)).max() < 0.01


@pytest.fixture(scope="module")
def estimate(factor: Explorer) -> Estimate:
    """Any: it does not decide which candidate is the answer."""
    dry = clip_segment(SPEECH[2], 0)[:32_768]
    return factor.match(dry, dry).estimate


@each_effect
@pytest.mark.parametrize("begun", ["near", "far"])
def test_an_answer_never_ends_further_away_than_it_began(effect: Effect, begun: str, estimate: Estimate) -> None:
    dry = clip_segment(SPEECH[2], 0)[:32_768]
    true = random_setting(effect.name, 11)
    start = {"near": off_by(true, 0.04, 1), "far": random_setting(effect.name, 12)}[begun]
    first, found = polished(dry, render(dry, true), start)
    match = Match(first.pair, 0, True, estimate, {"estimate": first, "polished": found}, {})
    assert match.answer.distance <= first.distance


@pytest.mark.parametrize("effect", ["chorus", "phaser"])
def test_polish_finds_the_rate_of_an_oscillator_wherever_it_stood(effect: str) -> None:
    running_s = 3.3
    before = int(running_s * SAMPLE_RATE)
    take = np.resize(load_clip(SPEECH[0]), before + SEGMENT)
    true = Setting(effect, (0.5, 0.6, 0.6))
    wet = render(take, true)[before:]
    _, found = polished(take[before:], wet, Setting(effect, (0.53, 0.57, 0.63)))
    assert found.setting is not None
    assert found.setting.values == pytest.approx(true.values, abs=0.01)
    period_s = 1 / true.physical["rate"]
    off = (found.began_s[0] - running_s + period_s / 2) % period_s - period_s / 2
    assert abs(off) < 0.02 * period_s


@pytest.mark.parametrize("effect", ["delay", "compressor", "phaser", "bitcrush"])
@pytest.mark.parametrize("length", [2400, 9000, 24_000])
def test_polish_takes_short_sounds(effect: str, length: int, dry: np.ndarray) -> None:
    words = dry[30_000 : 30_000 + length]
    _, found = polished(words, render(words, STRONG[effect]), off_by(STRONG[effect], 0.04, 0))
    assert found.setting is not None
    assert found.setting.effect == effect


# What the sounds tell


@pytest.mark.parametrize("bits", [0.2, 0.5, 0.9])
@pytest.mark.parametrize("rate", [0.1, 0.4, 0.8, 0.95])
def test_bitcrush_is_read_off_the_samples(bits: float, rate: float) -> None:
    dry = clip_segment(SPEECH[1], 0)
    true = Setting("bitcrush", (bits, rate))
    wet = render(dry, true)
    places, clearly = holds(wet, effect_named("bitcrush").parameters[1])
    assert clearly > CLEAR
    assert min(abs(place - rate) for place in places) < 1e-4
    _, found = polished(dry, wet, Setting("bitcrush", (0.6, 0.5)))
    assert found.setting is not None
    assert found.setting.values == pytest.approx(true.values, abs=2e-3)


@each_effect
def test_only_held_samples_draw_a_line(effect: Effect) -> None:
    parameter = effect_named("bitcrush").parameters[1]
    for seed, clip in enumerate(("speech_en_m_uh3", "guitar_em9", "tabla_loop", "drum_roll")):
        dry = clip_segment(clip, 0)
        wet = render(dry, random_setting(effect.name, seed))
        seen = holds(wet, parameter)[1] > max(CLEAR, 2 * holds(dry, parameter)[1])
        assert seen == (effect.name == "bitcrush")


# Search


def search(start: Setting, wet: np.ndarray, dry: np.ndarray, seed: int = 0, iterations: int = 5) -> list[Refinement]:
    pair = Pair.of(dry, wet, SAMPLE_RATE, 0, inverted=False)
    return list(refine(Candidate(pair, Chain((start,)), SAMPLE_RATE), iterations=iterations, seed=seed))


@pytest.mark.parametrize("effect", ["overdrive", "lowpass"])
def test_refine_keeps_the_best_and_finds_better(effect: str, dry: np.ndarray) -> None:
    words = dry[24_000:56_768]
    wet, start = render(words, Setting(effect, STRONG[effect].values)), off_by(STRONG[effect], 0.15, 0)
    steps = search(start, wet, words)
    assert [step.heard for step in steps] == [9, 17, 25, 33, 41]
    begun = replace(steps[0].best, chain=Chain((start,))).distance
    course = [begun, *(step.best.distance for step in steps)]
    assert (np.diff(course) <= 0).all()
    assert course[-1] < course[0]
    last = steps[-1].best
    assert last.setting is not None
    assert last.distance == replace(last).distance
    assert last.setting.level_db == start.level_db  # it was measured, and is no matter of distance
    assert [step.best.setting for step in search(start, wet, words)] == [step.best.setting for step in steps]


def test_refine_gives_up_no_perfect_start(dry: np.ndarray) -> None:
    words = dry[24_000:56_768]
    steps = search(STRONG["lowpass"], render(words, STRONG["lowpass"]), words, iterations=2)
    assert all(step.best.setting == STRONG["lowpass"] for step in steps)


def test_refine_works_only_when_asked_and_stops_when_closed(dry: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    heard = []

    def count(ear: Ear, candidate: Candidate) -> float:
        heard.append(candidate.setting)
        return float(np.sum(candidate.setting.values)) if candidate.setting else 0.0

    monkeypatch.setattr(Ear, "distance", count)
    pair = Pair.of(dry, dry, SAMPLE_RATE, 0, inverted=False)
    steps = refine(Candidate(pair, Chain((STRONG["delay"],)), SAMPLE_RATE), iterations=100)
    assert heard == []
    assert next(steps).heard == 9
    assert len(set(heard)) == 9
    assert next(steps).heard == 17
    assert len(set(heard)) == 17
    steps.close()
    assert list(steps) == []
    assert len(set(heard)) == 17
    assert all(0 <= value <= 1 for setting in heard if setting for value in setting.values)


def test_searches_do_not_disturb_each_other(dry: np.ndarray) -> None:
    words = dry[24_000:40_384]
    wet, start = render(words, STRONG["lowpass"]), Setting("lowpass", (0.5, 0.5))
    alone = [[step.best.setting for step in search(start, wet, words, seed, 3)] for seed in (0, 1)]
    assert alone[0] != alone[1]
    np.random.seed(3)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    begun = Candidate(Pair.of(words, wet, SAMPLE_RATE, 0, inverted=False), Chain((start,)), SAMPLE_RATE)
    both = zip(*(refine(begun, iterations=3, seed=seed) for seed in (0, 1)), strict=True)
    assert [[step.best.setting for step in steps] for steps in zip(*both, strict=True)] == alone
    assert np.array_equal(np.random.get_state()[1], before)  # noqa: NPY002
