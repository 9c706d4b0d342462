"""Promise: from a dry and a wet sound to the chain between them, whatever the network left out or turned round."""

import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from core.audio import SAMPLE_RATE
from core.checkpoints.folder import load_config
from core.effects import Chain, Setting, render
from core.effects.render import through
from core.explorer import CHECKPOINTS, Explorer
from core.match.descent import Excerpt
from core.match.estimate import Guess
from core.match.match import Match
from core.match.pair import Candidate, Ear, Pair
from core.match.polish import polish
from core.match.telltale import repeats
from tests.stand_in import KNOBS, guess_of, matched
from training import evaluate
from training.card_chains import chains as section
from training.scores import matched_chains as scores
from training.scores.report import Report

DRIVE, ROOM, ECHO = (
    Setting("overdrive", (0.6, 0.5, 0.5)), Setting("reverb", (0.6, 0.4, 0.5)), Setting("delay", (0.5, 0.4, 0.6)),
)  # fmt: skip
DRIVEN_ROOM = DRIVE | ROOM


# What the network says


def test_the_likeliest_chains_are_named_once_in_their_canonical_order() -> None:
    guess = guess_of(Chain((ROOM, ECHO)))
    orders = guess.likeliest(8)
    assert orders[0] == ("delay", "reverb")  # they change places unheard, so the order is no matter
    assert ("reverb", "delay") not in orders
    assert len(set(orders)) == len(orders)
    chances = [guess.log_probability(order) for order in orders]
    assert chances == sorted(chances, reverse=True)
    both = guess.presence.clip(1e-4, 1 - 1e-4)
    there = np.isin(KNOBS.effects, ("delay", "reverb"))
    assert chances[0] == pytest.approx(float(np.log(np.where(there, both, 1 - both)).sum()), abs=1e-6)
    assert guess_of(DRIVEN_ROOM).likeliest(1) == [("overdrive", "reverb")]


def test_a_network_of_single_effects_names_no_chain() -> None:
    guess = replace(guess_of(DRIVEN_ROOM), earlier=None, presence=np.full(8, 0.125))
    assert not guess.tells_chains
    assert {len(order) for order in guess.likeliest(20)} == {1}
    assert guess.log_probability(("overdrive", "reverb")) < guess.log_probability(("overdrive",))


def test_knobs_and_levels_are_those_of_each_effect() -> None:
    estimate = guess_of(ECHO | DRIVE, off=0.0).estimate(("delay", "overdrive")).at_level(-3.0)
    assert estimate.chain.settings[0] == ECHO
    assert estimate.chain.level_db == pytest.approx(-3.0)
    setting, spread = estimate.of_effect("overdrive") or (None, ())
    assert setting == estimate.chain.settings[1]
    assert len(spread) == 3
    assert estimate.of_effect("reverb") is None


# What is heard


def test_a_chain_is_heard_as_it_is_rendered_also_from_what_was_kept(dry: np.ndarray) -> None:
    chain = Chain((DRIVE, ROOM, ECHO))
    pair = Pair.of(dry, render(dry, chain), SAMPLE_RATE, 0, inverted=False)
    ear = Ear(pair)
    assert ear.distance(Candidate(pair, chain, SAMPLE_RATE)) < 1e-3
    for echo in (ECHO, Setting("delay", (0.5, 0.4, 0.61)), ECHO):
        own = Chain((DRIVE, ROOM, echo))
        assert ear.hear(Candidate(pair, own, SAMPLE_RATE)) == pytest.approx(through(pair.dry, own), abs=1e-5)
    far = Candidate(pair, Chain((Setting("overdrive", (0.9, 0.9, 0.5)), ROOM, ECHO)), SAMPLE_RATE)
    assert ear.distance(far) > 0.1, "what was kept of another beginning is not taken for it"


def test_each_oscillator_stands_where_it_stood(dry: np.ndarray) -> None:
    waver, sweep = Setting("chorus", (0.5, 0.6, 0.6)), Setting("phaser", (0.3, 0.6, 0.5))
    pair = Pair.of(dry, dry, SAMPLE_RATE, 0, inverted=False)
    ear = Ear(pair)
    began = Candidate(pair, waver | sweep, SAMPLE_RATE, (0.3, 0.7))
    behind = through(pair.dry, waver, lead_s=0.3)
    assert ear.hear(began) == pytest.approx(through(behind, sweep, lead_s=0.7), abs=1e-5)
    assert np.abs(ear.hear(began) - ear.hear(replace(began, began_s=()))).max() > 0.01


def test_the_strongest_repeats_stand_apart(dry: np.ndarray) -> None:
    parameter = Excerpt(
        Ear(Pair.of(dry, dry, SAMPLE_RATE, 0, inverted=False)), ("delay",), SAMPLE_RATE, 0, 1
    ).parameters[0]
    found = [place for place, _ in repeats(dry, render(dry, Chain((ECHO, ROOM))), parameter, 4)]
    assert len(found) == 4
    assert min(abs(place - ECHO.values[0]) for place in found) < 0.005
    assert np.diff(sorted(found)).min() > 0.005


def test_all_knobs_of_a_chain_are_polished_together(dry: np.ndarray) -> None:
    true = Chain((DRIVE, ECHO))
    pair = Pair.of(dry, render(dry, true), SAMPLE_RATE, 0, inverted=False)
    start = guess_of(true).estimate(true.effects).at_level(pair.level_db)
    begun, ear = Candidate(pair, start.chain, SAMPLE_RATE), Ear(pair)
    found = polish(ear, begun, start.spread)
    assert ear.distance(found) < 0.1 * ear.distance(begun)
    for own, other in zip(found.chain.settings, true.settings, strict=True):
        assert own.values == pytest.approx(other.values, abs=0.01)


# The search


def test_a_chain_is_found_with_the_second_best_and_the_best_single_effect_beside_it(dry: np.ndarray) -> None:
    found = matched(dry, render(dry, DRIVEN_ROOM), guess_of(DRIVEN_ROOM))
    assert found.answer.chain.effects == DRIVEN_ROOM.effects
    assert found.answer.setting is None
    assert found.leftover < 0.05
    assert found.explained
    assert found.estimate.probabilities["overdrive"] == 0.97
    assert found.candidates["one effect"].setting is not None
    assert found.share(found.candidates["one effect"]) > 3 * found.leftover
    assert found.candidates["always 0.5"].chain.effects == DRIVEN_ROOM.effects
    assert found.answer.sound.shape == dry.shape


@pytest.mark.parametrize(
    "presence", [{"reverb": 0.2}, {"reverb": 0.2, "delay": 0.4}, {"compressor": 0.9}], ids=["missing", "other", "added"]
)
def test_the_search_mends_what_the_network_says(presence: dict[str, float], dry: np.ndarray) -> None:
    guess = guess_of(DRIVEN_ROOM, presence)
    assert guess.likeliest(1)[0] != DRIVEN_ROOM.effects
    found = matched(dry, render(dry, DRIVEN_ROOM), guess)
    assert found.answer.chain.effects == DRIVEN_ROOM.effects
    assert found.leftover < 0.05


def test_an_audible_order_is_found_against_the_network(dry: np.ndarray) -> None:
    guess = guess_of(DRIVEN_ROOM)
    assert guess.earlier is not None
    turned = replace(guess, earlier=1 - guess.earlier)
    assert matched(dry, render(dry, DRIVEN_ROOM), turned).answer.chain.effects == DRIVEN_ROOM.effects


@pytest.mark.parametrize("effect", [DRIVE, ROOM], ids=["overdrive", "reverb"])
def test_a_single_effect_is_called_no_chain(effect: Setting, dry: np.ndarray) -> None:
    guess = guess_of(Chain((effect,)), {"compressor": 0.4})
    found = matched(dry, render(dry, effect), guess)
    assert found.answer.setting is not None
    assert found.answer.setting.effect == effect.effect
    assert found.answer.setting.values == pytest.approx(effect.values, abs=0.02)


def test_a_checkpoint_that_tells_no_chains_finds_one(factor: Explorer, dry: np.ndarray) -> None:
    found = factor.match(dry, render(dry, DRIVEN_ROOM))
    assert found.answer.chain.effects == DRIVEN_ROOM.effects
    assert found.leftover < 0.1


def test_another_chain_of_a_match_begins_as_the_answer_did(factor: Explorer, dry: np.ndarray) -> None:
    found = factor.match(dry, render(dry, ROOM))
    answer = replace(found.answer, chain=DRIVEN_ROOM, began_s=(0.1, 0.2))
    found = replace(found, candidates=found.candidates | {"polished": answer, "estimate": answer})
    assert found.candidate(ROOM | ECHO).began_s == (0.2, 0.0)
    assert found.candidate(ROOM).setting == ROOM


def test_a_guess_of_nothing_is_the_likeliest_effect() -> None:
    nobody = guess_of(Chain(), {})
    assert isinstance(nobody, Guess)
    assert len(nobody.likeliest(1)[0]) == 1


# Scores


class TwoSets:
    """Three pairs of one recording, of which two have the same effects."""

    seed = 0
    chains = (DRIVEN_ROOM, DRIVE | ECHO, ROOM | DRIVE)

    def __init__(self, dry: np.ndarray) -> None:
        self.dry = dry[24_000:72_000]

    def sounds(self, index: int) -> np.ndarray:
        return np.stack([self.dry, render(self.dry, self.chains[index])])

    def plan(self, index: int) -> SimpleNamespace:
        return SimpleNamespace(chain=self.chains[index])

    def match(self, dry: np.ndarray, wet: np.ndarray, seed: int) -> Match:
        """As an explorer does that hears the first chain whatever comes."""
        return matched(dry, wet, guess_of(DRIVEN_ROOM, off=0.03))


def test_matched_chains_are_scored_beside_honest_baselines(dry: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scores, "TIMES", (1,))
    report, two = Report(), TwoSets(dry)
    scores.chained(report, two, two, 3, 1, None)  # type: ignore[arg-type]
    found = report.scores["chained"]["2"]
    assert found["examples"] == 3
    assert found["exact"] >= 1 / 3, "the first is right, and the others may be mended"
    assert found["commonest"] == pytest.approx(2 / 3), "the order is no matter"
    assert found["order"] <= found["exact"]
    assert 0 <= found["left"] < found["left_random"]
    assert found["left"] < found["left_one"]
    assert found["left"] < found["left_cma_es"] <= 1
    assert found["seconds"] > 0


def test_the_card_shows_chains_told_and_matched() -> None:
    told = {"examples": 410, "exact": 0.78, "known": 0.92, "commonest": 0.05}
    matched_3 = {"examples": 9, "exact": 0.44, "commonest": 0.11, "left": 0.22}
    found = {"intervals": {}, "chains": {"2": told}, "chained": {"3": matched_3}}
    text = section(found, "music")
    assert text.startswith("## Chains: music\n")
    assert "| 2 effects | 410 | 0.78 | 0.92 | 0.05 |  |" in text
    assert "| 3 effects | 9 | 0.44 | 0.11 |  | 0.22 |" in text
    assert "by a match" not in section({"intervals": {}, "chains": {"2": told}})


def test_matches_measured_alone_lie_among_the_scores_that_are_there(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(shutil.copytree(CHECKPOINTS / "factor", tmp_path / "factor"))
    before = load_config(folder).scores

    def found(report: Report, *_: object) -> None:
        report.put("controller.polished_mrstft", 0.125)
        report.put("chained.2.exact", 0.75)

    monkeypatch.setattr(evaluate, "_measure_matches", found)
    evaluate.evaluate(evaluate.EvaluateRun(folder, corpus, alone="matches", name="music", workers=0))
    after = load_config(folder).scores
    assert {key: value for key, value in after.items() if key != "music"} == {
        key: value for key, value in before.items() if key != "music"
    }
    own, was = after["music"]["controller"], before["music"]["controller"]
    assert own["polished_mrstft"] == 0.125
    assert own["effect_accuracy"] == was["effect_accuracy"]
    assert after["music"]["chained"]["2"] == {"exact": 0.75}
    assert after["music"]["chained"]["3"] == before["music"]["chained"]["3"]
    assert own["matched_by"].startswith("python -m training")
    assert f"by `{own['matched_by']}`" in (folder / "README.md").read_text()
