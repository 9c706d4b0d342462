"""Promise: what numbers and memory of the decoders are worth is measured over several seeds, each trained once."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from core.checkpoints.folder import load_config
from training.experiments import decoders
from training.experiments.decoders import VARIANTS, DecodersRun


@pytest.fixture(scope="module")
def run(small_run: Path, corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> DecodersRun:
    """Two short variants of the small checkpoint of these tests, from the pairs that it was trained on."""
    mine = tmp_path_factory.mktemp("mine")
    checkpoint, cache = (Path(shutil.copytree(small_run / name, mine / name)) for name in ("checkpoint", "cache"))
    only = ("as shipped", "no memory of dry power")
    return DecodersRun((corpus,), mine / "out", checkpoint, cache, 24, 8, batch=6, seeds=2, examples=12, only=only)


def test_each_seed_is_trained_once_and_the_card_tells_their_spread(
    run: DecodersRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = load_config(run.checkpoint)
    rows = decoders.compare(run)
    after, text = load_config(run.checkpoint), (run.checkpoint / "README.md").read_text()
    assert after.training["decoders"] == rows
    assert after.scores == before.scores
    assert [row["variant"] for row in rows] == list(run.only)
    name = run.corpus[0].name
    for row in rows:
        assert f"| {row['variant']} | {row[f'dry, {name}']} |" in text
        for kind in (f"dry, {name}", f"wet, {name}", f"dry, {name} of that PCA"):
            mean, deviation = (float(word) for word in row[kind].split(" ± "))
            assert 2 < mean < 40
            assert deviation < 2
    shipped, forgetful = rows
    assert shipped[f"wet, {name}"] != forgetful[f"wet, {name}"]
    assert shipped[f"dry, {name} of that PCA"] == forgetful[f"dry, {name} of that PCA"]
    assert "mean and standard deviation of 2 seeds" in text
    assert not [found for found in run.out.iterdir() if found.is_dir() and found.name != "cache-held"]

    monkeypatch.delattr(decoders, "train")
    assert decoders.compare(run) == rows
    with pytest.raises(NameError):  # another number of steps is another training
        decoders.compare(replace(run, steps=9))
    sizes = {name: size for name, size in after.model_config.items() if name != "spectrogram"}
    assert decoders.Bench(run).asked["sizes"] == sizes, "nor are those of another checkpoint's sizes"


def test_variants_differ_from_what_ships_by_what_they_say(run: DecodersRun) -> None:
    bench, sizes = decoders.Bench(run), load_config(run.checkpoint).model_config
    for name, change in VARIANTS.items():
        told = bench.training(name, 3)
        assert {key for key in told.model if told.model[key] != sizes[key]} <= set(change)
        assert change.items() <= told.model.items()
        assert (told.seed, told.noise) == (0, 3)


def test_a_model_without_a_content_of_its_own_is_told(run: DecodersRun) -> None:
    with pytest.raises(SystemExit, match=r"has no content of its own\. Please give a checkpoint of preset factor"):
        decoders.compare(replace(run, checkpoint=Path("checkpoints/joint-2ch")))
