"""Promise: how much an answer may leave is found from right answers, and from what strangers leave."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from core.checkpoints.folder import load_config
from core.effects import Setting
from core.explorer import CHECKPOINTS, Explorer
from training import limits
from training.scores import strangers
from training.scores.conditions import CONDITIONS, Source


def test_nineteen_of_twenty_right_answers_pass_and_of_strangers_less_than_one() -> None:
    right = [number / 100 for number in range(21)]
    assert limits.most(right, []) == pytest.approx(0.19, abs=1e-3)
    assert limits.most(right, [0.1 + number / 100 for number in range(21)]) == pytest.approx(0.11, abs=1e-3)
    assert limits.most(right, [0.9] * 20) == pytest.approx(0.19, abs=1e-3)
    assert limits.most([0.0] * 20, []) == 0.05
    assert limits.most([1.0] * 20, []) == 0.5


def test_a_chain_counts_where_its_effects_are_found(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = Source(CHECKPOINTS / "factor", corpus, "valid", 3)
    left = limits.chain_left((source, 2))
    assert left is not None
    assert left < 0.1
    other = SimpleNamespace(leftover=left, answer=SimpleNamespace(chain=Setting.all_at("delay", 0.5)))
    monkeypatch.setattr(Explorer, "match", lambda *_, **__: other)
    assert limits.chain_left((source, 2)) is None, "one effect is no chain"
    monkeypatch.setattr(limits, "is_silent", lambda _: True)
    monkeypatch.setattr(Explorer, "match", None)  # not asked
    assert limits.chain_left((source, 2)) is None


def test_limits_are_stored_with_what_they_were_found_on(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "factor"
    shutil.copytree(CHECKPOINTS / "factor", folder)
    monkeypatch.setattr(limits, "CONDITIONS", {"as in the lab": CONDITIONS["as in the lab"]})
    monkeypatch.setattr(strangers, "STRANGERS", {"gate": strangers.STRANGERS["gate"]})
    found = limits.limits(limits.LimitsRun(folder, (corpus,), pairs=2, chains=1, strangers=1, workers=0))
    assert load_config(folder).training["limits"] == found
    assert found["corpora"][0]["chains"] == found["corpora"][0]["strangers"] == 1
    assert {"delay", "overdrive"} <= found["leftover"].keys() <= {*load_config(folder).effects, "chain"}
    assert all(0.05 <= most <= 0.5 for most in found["leftover"].values())
