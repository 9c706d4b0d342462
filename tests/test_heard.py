"""Promise: what ear models say of decoded sounds is told as they say it, and what they refuse is counted."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from core.audio.spectrogram import prepare_pair
from core.checkpoints.folder import load_config
from core.explorer import Explorer
from training import evaluate
from training.card_heard import heard as section
from training.scores import heard as module
from training.scores.conditions import Source
from training.scores.heard import Heard, heard, pesq_mos, sounds, visqol_mos
from training.scores.report import Report

EFFECTS = ("delay", "overdrive", "reverb")


def noisy(sound: np.ndarray, below_db: float) -> np.ndarray:
    noise = np.random.default_rng(0).normal(0, sound.std() * 10 ** (-below_db / 20), len(sound))
    return sound + noise.astype(np.float32)


def test_ears_know_a_perfect_copy_and_like_less_noise_better(dry: np.ndarray) -> None:
    assert pesq_mos(dry, dry) == pytest.approx(4.644, abs=0.001)  # the most that P.862.2 gives
    assert visqol_mos(dry, dry) == pytest.approx(4.732, abs=0.001)  # as its authors' own test has it
    assert 1 < pesq_mos(dry, noisy(dry, 10)) < pesq_mos(dry, noisy(dry, 40)) < 4.6
    assert 1 < visqol_mos(dry, noisy(dry, 10)) < visqol_mos(dry, noisy(dry, 40)) < 4.73


def test_silence_is_refused_by_either_ear_on_either_side(dry: np.ndarray) -> None:
    """ViSQOL would call anything a perfect copy of silence."""
    for pair in ((np.zeros_like(dry), dry), (dry, np.zeros_like(dry))):
        assert np.isnan([pesq_mos(*pair), visqol_mos(*pair)]).all()
    loud = int(np.abs(dry).argmax())
    blip = np.where(np.abs(np.arange(len(dry)) - loud) < 240, dry, 0)  # 20 ms, in which PESQ finds no utterance
    assert np.isnan(pesq_mos(blip, dry))


def test_each_route_is_compared_with_its_own_truth(factor: Explorer, dry: np.ndarray) -> None:
    dry, wet = prepare_pair(dry, 0.5 * dry, factor.spectrogram_config.samples)
    found = sounds(factor, dry, wet)
    assert all(true is (dry if route.startswith("dry.") else wet) for route, (true, _) in found.items())
    assert all(sound.shape == dry.shape for _, sound in found.values())
    assert found["wet.do_nothing"][1] is dry
    assert pesq_mos(*found["dry.true_own_phase"]) > pesq_mos(*found["dry.decoded_own_phase"])
    assert not np.allclose(found["dry.true_own_phase"][1], found["dry.true_random_phase"][1], atol=1e-3)


def test_what_an_ear_refuses_counts_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four rounds of three effects: decoded wet beats doing nothing but for Reverb, and one Delay is refused."""

    def said(job: tuple[object, int, bool]) -> Heard:
        _, index, with_visqol = job
        effect = EFFECTS[index % 3]
        mos = {"dry.decoded_own_phase": 2.0, "wet.decoded": 3.0 - (effect == "reverb"), "wet.do_nothing": 2.5}
        refused = mos | {"dry.decoded_own_phase": np.nan, "wet.decoded": 0.0}
        return Heard(index % 2, effect, refused if index == 0 else mos, mos if with_visqol else {})

    class Known(Source):
        @property
        def pairs(self) -> object:  # type: ignore[override]
            return type("pairs", (), {"effects": EFFECTS, "corpus": type("corpus", (), {"about": "made up"})})

    monkeypatch.setattr(module, "_heard", said)
    report = Report()
    heard(report, Known(Path(), Path(), "test", 0), 12, None)
    found = report.scores["heard"]
    assert (found["pesq"]["pairs"], found["pesq"]["left_out"]) == (11, 1)
    assert (found["visqol"]["pairs"], found["visqol"]["left_out"]) == (3, 0)  # one pair in four, whole rounds
    assert found["pesq"]["by_effect"]["delay"] == {"decoded": 3.0, "do_nothing": 2.5}
    assert found["pesq"]["above_do_nothing"] == 2
    assert found["pesq"]["wet"]["decoded"] == pytest.approx((7 * 3 + 4 * 2) / 11)
    text = section(report.scores | {"intervals": report.intervals}, "music")
    assert text.startswith("## By ear: music\n")
    assert "PESQ-WB 11 pairs (1 more left out" in text
    assert "for 2 of 3 by PESQ-WB and for 2 of 3 by ViSQOL" in text
    assert "| reverb | 2.0 | 2.5 |" in text


def test_an_evaluation_by_ear_alone_lies_among_the_scores_that_are_there(
    small_run: Path, corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "visqol_mos", lambda true, sound: 3.0)  # takes its time
    checkpoint = Path(shutil.copytree(small_run / "checkpoint", tmp_path / "checkpoint"))
    run = evaluate.EvaluateRun(checkpoint, corpus, heard_examples=2, alone="heard", name="speech", workers=0)
    before = load_config(checkpoint).scores
    found = evaluate.evaluate(run)
    after = load_config(checkpoint).scores
    assert {key: value for key, value in after.items() if key != "speech"} == before
    assert after["speech"] == found
    assert found["heard"]["split"] == "valid"  # the small corpus has no test split
    assert found["heard"]["pesq"]["pairs"] == 2
    assert 1 < found["heard"]["pesq"]["dry"]["decoded_own_phase"] < found["heard"]["pesq"]["dry"]["true_own_phase"]
    assert "heard.pesq.wet.decoded" in found["intervals"]
