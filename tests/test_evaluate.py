"""Promise: a checkpoint is scored beside baselines; its card says so."""

import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.checkpoints.folder import load_config, save_config
from training import card, evaluate
from training.experiments import stability
from training.scores.report import Report


@pytest.fixture(scope="module")
def checkpoint(small_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small checkpoint of these tests, to be written to."""
    return Path(shutil.copytree(small_run / "checkpoint", tmp_path_factory.mktemp("mine") / "checkpoint"))


def test_an_interval_holds_the_mean_and_narrows_with_more_examples() -> None:
    report, generator = Report(), np.random.default_rng(0)
    widths = []
    for count in (20, 2000):
        report.mean("a.b", generator.normal(3.0, 1.0, count) ** 2, np.sqrt)
        low, high = report.intervals["a.b"]
        assert low < report.scores["a"]["b"] < high
        widths.append(high - low)
    assert widths[1] < 0.3 * widths[0]
    assert abs(report.scores["a"]["b"] - np.sqrt(10)) < 0.2


def test_a_checkpoint_is_scored_on_speakers_it_never_saw_beside_baselines(
    checkpoint: Path, corpus: Path, tmp_path: Path
) -> None:
    scores = evaluate.evaluate(
        evaluate.EvaluateRun(
            checkpoint, corpus, examples=6, fit_examples=32, heard_examples=0, out=tmp_path / "report.json", workers=0
        )
    )
    assert json.loads((tmp_path / "report.json").read_text()) == scores == load_config(checkpoint).scores
    assert scores["examples"]["split"] == "valid"  # the small corpus has no test split
    assert scores["examples"]["unseen_speakers"] == ["speaker-3"]
    assert 0 < scores["reconstruction"]["wet"]["rmse_db"] < scores["reconstruction"]["wet"]["mean_rmse_db"] * 1.5
    assert scores["clusters"]["part"] == "effect"
    assert scores["clusters"]["chance"] == pytest.approx(1 / 3, abs=1e-4)
    assert all(kind["chance"] == 1 / 2 for kind in scores["delay_or_overdrive"].values())
    assert scores["interpolation"]["encoded_apart_drift_db"] == 0
    low, high = scores["intervals"]["clusters.knn_accuracy"]
    assert low <= scores["clusters"]["knn_accuracy"] <= high
    text = (checkpoint / "README.md").read_text()
    assert str(scores["clusters"]["knn_accuracy"]) in text
    assert text.startswith("---\nlibrary_name: latentfx")
    for row in ("| dry, where the truth is above -70 dB |", "| below 500 Hz |", "| the measurements alone", "RBF SVM"):
        assert row in text


def test_an_evaluation_of_a_name_lies_beside_the_main_one(checkpoint: Path) -> None:
    """As one on music: it replaces nothing, the main one leaves it, and the card shows both."""
    config = load_config(checkpoint)
    main = config.scores | {"study": [], "music": {"reconstruction": 1}}
    assert evaluate._kept(main, "music") == config.scores | {"study": []}
    assert evaluate._kept(main, "") == {"study": [], "music": {"reconstruction": 1}}
    save_config(checkpoint, replace(config, scores=config.scores | {"music": config.scores}))
    card.write(checkpoint)
    text = (checkpoint / "README.md").read_text()
    assert text.count("## Scores\n") == text.count("## Scores: music\n") == 1
    save_config(checkpoint, config)


def test_warm_up_keeps_the_report_s_model_from_jumping(corpus: Path, tmp_path: Path) -> None:
    assert (
        stability.compare(stability.StabilityRun(corpus, tmp_path, steps=8, batch=2, latent=16)).stat().st_size > 10_000
    )
    with (tmp_path / "stability.csv").open() as handle:
        rows = list(csv.DictReader(handle))
    largest = {row["variant"]: 0.0 for row in rows}
    for row in rows:
        largest[row["variant"]] = max(largest[row["variant"]], float(row["kl"]))
    raw, tamed, cured = largest.values()
    assert cured < 0.1 * min(raw, tamed)
