"""Promise: what is published is verified and shown first; a dry run sends nothing; what comes back is the same."""

import json
import os
import re
import shutil
import sys
from pathlib import Path

import pytest
import yaml

from core.checkpoints import hub
from core.checkpoints.folder import load_config
from core.checkpoints.limits import FILES
from core.explorer import CHECKPOINTS
from tests.hub_stand_in import StandIn, serving
from training import card
from training.__main__ import main
from training.card import front_matter


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LATENTFX_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    for name in ("HF_HUB_OFFLINE", "SPACE_ID"):
        monkeypatch.delenv(name, raising=False)
    return Path(shutil.copytree(CHECKPOINTS / "factor", tmp_path / "mine"))


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["training", "publish", *arguments])
    main()


def test_the_command_sends_what_it_shows_and_it_comes_back_bit_equal(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "README.md").unlink()
    with serving(StandIn()) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        run(monkeypatch, str(folder), "me/mine", "--tag", "v1", "--dry-run")
        assert not server.asked
        shown = capsys.readouterr().out
        assert all(f"{name}  {(folder / name).stat().st_size:,} bytes" in shown for name in FILES)
        assert "license: mit" in shown
        run(monkeypatch, str(folder), "me/mine", "--tag", "v1")
        said = capsys.readouterr().out
        fetched = hub.fetch("me/mine@v1")
    assert all((fetched / name).read_bytes() == (folder / name).read_bytes() for name in FILES)
    assert hub.cached()[0].commit in said
    assert "hf_secret" not in said


def test_what_cannot_be_loaded_or_read_is_not_sent(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "README.md").write_text("no front matter")
    with pytest.raises(SystemExit, match="no front matter"):
        run(monkeypatch, str(folder), "me/mine")
    (folder / "atlas.npz").write_bytes(b"PK")
    with pytest.raises(SystemExit, match=r"atlas\.npz"):
        run(monkeypatch, str(folder), "me/mine")
    with pytest.raises(SystemExit, match="names no checkpoint"):
        run(monkeypatch, str(folder), "../mine")


def retold(folder: Path, **facts: object) -> None:
    """A checkpoint whose config.json tells other things of its training, and that has no card yet."""
    config = json.loads((folder / "config.json").read_text())
    config["training"] |= facts
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "README.md").unlink(missing_ok=True)


def test_a_card_in_other_letters_or_of_other_facts_is_a_sentence(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "README.md").write_bytes("---\nlicense: mit\n---\nMüller".encode("latin-1"))
    with pytest.raises(
        SystemExit, match=r"README.md is not text in UTF-8. Please save it so, or delete it for a new one"
    ):
        run(monkeypatch, str(folder), "me/mine", "--dry-run")
    for odd in ([1, 2], 5):
        retold(folder, curve=odd)
        with pytest.raises(SystemExit, match=r"no model card can be written from what config.json says .* README.md"):
            run(monkeypatch, str(folder), "me/mine", "--dry-run")


def test_a_name_that_is_no_text_is_published_with_a_question_mark(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    retold(folder, speakers=[os.fsdecode(b"M\xfcller")])
    run(monkeypatch, str(folder), "me/mine", "--dry-run")
    assert "- speakers: M?ller\n" in (folder / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["factor", "joint-2ch", "week5"])
def test_the_front_matter_is_yaml_with_licence_effects_corpus_and_scores(name: str) -> None:
    config = load_config(CHECKPOINTS / name)
    head = yaml.safe_load(front_matter("a: name", config).strip("-\n"))
    assert (head["library_name"], head["pipeline_tag"], head["license"]) == ("latentfx", "audio-to-audio", "mit")
    assert set(config.effects) < set(head["tags"])
    assert "datasets" not in head, "they are no data sets of the Hub"
    (index,) = head["model-index"]
    assert index["name"] == "a: name"
    metrics = {one["name"]: one["value"] for one in index["results"][0]["metrics"]}
    assert metrics["Reconstruction of dry, RMSE in dB"] == config.scores["reconstruction"]["dry"]["rmse_db"]


@pytest.mark.parametrize("name", ["factor", "joint-2ch", "week5"])
def test_the_shipped_card_says_what_its_config_says_and_has_no_empty_table(name: str, tmp_path: Path) -> None:
    (tmp_path / name).mkdir()
    shutil.copy(CHECKPOINTS / name / "config.json", tmp_path / name)
    card.write(tmp_path / name)
    written = (tmp_path / name / "README.md").read_text()
    assert written == (CHECKPOINTS / name / "README.md").read_text()
    assert not re.search(r"\|---\|\n(?!\|)", written)


@pytest.mark.parametrize("name", ["factor", "joint-2ch", "week5"])
def test_a_shipped_checkpoint_is_less_than_25_mb(name: str) -> None:
    assert sum(file.stat().st_size for file in (CHECKPOINTS / name).iterdir()) < 25e6
