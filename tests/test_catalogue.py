"""Promise: the page of models says what the folders hold, in the right unit, and nothing in them can break it."""

import re
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from core.checkpoints.folder import MODELS
from pages.models.comparison import robustness_tables, score_table, why
from pages.shared.catalogue import ARCHITECTURES, Checkpoint, card_body, weights_size
from pages.shared.results.checkpoints import trained_on
from pages.shared.scores import Measured, Score, best, measured

KNN = Score("clusters.knn_accuracy", "Recognised", "%", True, {"chance": "clusters.chance"}, "")


@pytest.mark.parametrize("name", MODELS)
def test_the_latent_size_is_the_models_own(name: str) -> None:
    config = MODELS[name][1]()
    described = Checkpoint("any", config={"model": name, "model_config": asdict(config)}).facts()
    assert described["Latent vector"].startswith(f"{config.latent:,} numbers")
    assert described["Architecture"] == ARCHITECTURES[name]


def test_weights_are_counted_and_damage_is_none(tmp_path: Path) -> None:
    file = tmp_path / "weights.safetensors"
    assert weights_size(file) == (None, None)
    save_file({"a": np.zeros((3, 4), np.float16), "b": np.zeros(5, np.float32)}, file)
    assert weights_size(file) == (17, file.stat().st_size / 1e6)
    file.write_bytes(b"PK")
    assert weights_size(file) == (None, None)


def test_a_score_comes_with_its_interval_and_baselines() -> None:
    scores = {
        "clusters": {"knn_accuracy": 0.9545, "chance": 0.125},
        "intervals": {"clusters.knn_accuracy": [0.945, 0.963]},
    }
    model = Checkpoint("any", config={"scores": scores})
    found = measured(model, KNN)
    assert (found.value, found.low, found.high, found.baselines["chance"]) == pytest.approx((95.45, 94.5, 96.3, 12.5))
    label, cell = (column[1] for column in score_table([model]).values())
    assert label.startswith("Effect recognised by 15 neighbours")
    assert cell.replace("\u00a0", " ") == "**95.5 %** (94.5 to 96.3)  \n:small[:gray[chance 12.5 %]]"


@pytest.mark.parametrize("value", [None, "good", True, float("nan"), [0.9], {}])
def test_what_is_no_number_is_no_score(value: object) -> None:
    assert measured(Checkpoint("any", config={"scores": {"clusters": {"knn_accuracy": value}}}), KNN) is None
    found = measured(Checkpoint("any", config={"scores": {"clusters": {"knn_accuracy": 0.5}, "intervals": value}}), KNN)
    assert found == Measured(50, 50, 50, {})


def test_the_best_share_the_star_with_those_they_cannot_be_told_from() -> None:
    row = [Measured(95, 94, 96, {}), None, Measured(96.5, 95.5, 97.5, {}), Measured(90, 89, 91, {})]
    assert best(KNN, row) == {0, 2}
    assert best(Score("", "", "dB", False, {}, ""), row) == {3}
    assert best(KNN, row[:2]) == set()


def test_a_card_loses_its_front_matter_and_never_brings_a_page_title() -> None:
    text = "---\ntags: [a]\n---\n# Title\n\n## Part\n---\nrest"
    assert card_body(text) == "### Title\n\n#### Part\n---\nrest"


def test_the_default_is_explained_by_its_scores_or_not_at_all() -> None:
    scores = {
        "interpolation": {"top_row_drift_db": 0.0},
        "clusters": {"knn_accuracy": 0.9},
        "leak": {"speaker_accuracy": 0.4, "speaker_chance": 0.3},
    }
    other = Checkpoint("other", config={"scores": {"interpolation": {"top_row_drift_db": 1.25}}})
    text = why(Checkpoint("any", config={"scores": scores}), [other])
    assert "0.00 dB (other: 1.25 dB)" in text
    assert "90.0 %" in text
    assert why(other, []) == ""


def test_below_the_least_nothing_is_better() -> None:
    row = [Measured(-0.2, -0.3, -0.1, {}), Measured(-0.01, -0.04, 0.04, {})]
    assert best(Score("leak", "Leak", "", False, {}, ""), row) == {0}
    assert best(Score("leak", "Leak", "", False, {}, "", least=0.0), row) == {0, 1}


@pytest.mark.parametrize("name", ["factor", "joint-2ch", "week5"])
def test_the_sidebar_says_what_a_shipped_checkpoint_was_trained_on(name: str) -> None:
    assert re.fullmatch(
        r"Trained on \d{3,} minutes of recordings from \d{2,} speakers, tracks or kits\.", trained_on(name)
    )


def test_the_robustness_table_shows_what_was_measured_and_says_where_nothing_was() -> None:
    rows = {"1_5 s long": {"found": 0.9375, "error": 0.00081, "leftover": 0.19, "explained": None}, "late": "not a row"}
    known = Checkpoint("any", config={"scores": {"robustness": {"speech": {"conditions": rows}, "music": 3}}})
    assert robustness_tables(known) == {
        "speech": {
            "": [r"**1\.5 s long**", "**late**"],
            "Found": ["94 %", "not recorded"],
            "Knobs": ["0.001", "not recorded"],
            "Left": ["0.190", "not recorded"],
            "Explained": ["not recorded", "not recorded"],
        }
    }
    assert robustness_tables(Checkpoint("any", config={"scores": {"robustness": "none"}})) == {}
