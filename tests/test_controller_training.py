"""Promise: a controller learns from knobs or from sound alone; a killed run goes on; it arrives in the checkpoint."""

import csv
import shutil
from dataclasses import replace
from multiprocessing.process import BaseProcess
from pathlib import Path

import numpy as np
import pytest
import torch
from lightning import Callback

from core.checkpoints.folder import load_config
from core.effects import Setting, effect_named, render
from core.explorer import Explorer
from core.models.controller import Controller, ControllerConfig
from tests.commands import ended, killed_after, start
from tests.taught import COUNTS, KNOBS, NAMES
from training.config import ControllerRun
from training.controller import fit, keep, train
from training.controller_module import ControllerModule
from training.corpus import Corpus
from training.encoded import EncodedPairs
from training.pairs import Pair, Pairs, PairTensors
from training.spsa import SoundLoss


@pytest.mark.parametrize(("fixed", "tolerance"), [(0.5, 0.03), (0.8, 0.1)])
def test_dummy_values_are_recovered(
    fixed: float, tolerance: float, factor: Explorer, corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The report's fixed 0.5, which its controller missed; and another, which no untrained one hits by its middle."""
    monkeypatch.setattr("training.controller.HearSettings", lambda *_: Callback())  # half of the time; heard below
    run = ControllerRun(factor.folder, (corpus,), tmp_path, fixed=fixed, epochs=100, batch=16)
    train_set, valid_set = (
        EncodedPairs.of(
            factor,
            PairTensors(
                Pairs(Corpus(corpus), split, factor.config.effects, seed, fixed), count, factor.spectrogram_config
            ),
            "Encoding",
            workers=0,
        )
        for split, seed, count in (("train", 0, 48), ("valid", 1, 8))
    )
    controller, found = fit(run, factor, train_set, valid_set)
    said, known = controller(valid_set.z), valid_set.knobs.isfinite()
    assert (valid_set.knobs[known] == torch.tensor(fixed)).all()
    assert (said.knobs[known] - fixed).abs().max() < tolerance
    assert found["valid_accuracy"] == 1
    assert found["valid_knob_error"] == pytest.approx((said.knobs[known] - fixed).abs().mean().item(), abs=1e-3)


def encoded(factor: Explorer, corpus: Path, split: str, count: int, seed: int = 0) -> EncodedPairs:
    pairs = Pairs(Corpus(corpus), split, factor.config.effects, seed)
    return EncodedPairs.of(factor, PairTensors(pairs, count, factor.spectrogram_config), "Encoding", workers=0)


def test_a_controller_of_chains_can_be_begun_from(factor: Explorer, corpus: Path, tmp_path: Path) -> None:
    """As `study` does, to compare what it may learn from: it stays one that tells chains."""
    sets = encoded(factor, corpus, "train", 12), encoded(factor, corpus, "valid", 6, 1)
    start = factor.controller("full")
    run = ControllerRun(factor.folder, (corpus,), tmp_path, epochs=1, batch=4, start="full", width=start.config.width)
    controller, found = fit(run, factor, *sets)
    assert controller.config.chains == start.config.chains is True
    assert np.isfinite(found["valid_knob_error"])


def test_a_run_that_was_begun_otherwise_is_not_gone_on_with(factor: Explorer, corpus: Path, tmp_path: Path) -> None:
    """Else what it had learnt of other pairs, or with other weights, would be kept as what this one learnt."""
    sets = encoded(factor, corpus, "train", 12), encoded(factor, corpus, "valid", 6, 1)
    run = ControllerRun(factor.folder, (corpus,), tmp_path, epochs=1, batch=4, bottleneck=2, save_every=1)
    fit(run, factor, *sets)
    fit(replace(run, workers=1), factor, *sets)
    with pytest.raises(SystemExit, match=r"was begun otherwise \(kl_weight\)\. Please start it again as it was"):
        fit(replace(run, kl_weight=0.5), factor, *sets)
    with pytest.raises(SystemExit, match=r"was begun otherwise \(pairs encoded\)"):
        fit(run, factor, encoded(factor, corpus, "train", 12, 5), sets[1])


def test_learns_from_sound_alone(dry: np.ndarray) -> None:
    """Without a word about its knobs, through the real effects."""
    words = dry[24_000:56_768]
    settings = Setting("delay", (0.5,) * 3), Setting("overdrive", (0.8, 0.7, 0.6)), Setting("lowpass", (0.2, 0.6))
    pairs = [Pair(words, render(words, setting), 0, setting) for setting in settings]
    torch.manual_seed(0)
    run = ControllerRun(Path(), (), audio_weight=1.0, parameter_weight=0.0, draws=2)
    module = ControllerModule(Controller(ControllerConfig(3, COUNTS, linear=True)), run, NAMES, 20)
    label = torch.cat([torch.eye(3), torch.full((3, 8), torch.nan)], dim=1)
    optimizer, course = torch.optim.Adam(module.parameters(), 0.05), []
    for _ in range(30):
        optimizer.zero_grad()
        terms = module.loss((torch.eye(3), label, pairs))
        terms["loss"].backward()
        optimizer.step()
        course.append(terms["audio"].item())
    heard = [SoundLoss(pair.setting.effect, pair.dry, pair.wet) for pair in pairs]
    said = module.controller(torch.eye(3)).knobs.clamp(0, 1).detach().numpy()
    own = [said[row, KNOBS.own(row)] for row in range(3)]
    now = np.mean([loss(knobs) for loss, knobs in zip(heard, own, strict=True)])
    assert module.loss((torch.eye(3), label, pairs))["audio"].item() == pytest.approx(now, rel=1e-4)
    assert now < 0.7 * course[0]


def curve(out: Path, version: int, name: str) -> dict[int, float]:
    """step -> value, of one session's curves."""
    with (out / "curves" / f"version_{version}" / "metrics.csv").open() as handle:
        return {int(row["step"]): float(row[name]) for row in csv.DictReader(handle) if row.get(name)}


@pytest.fixture(scope="module")
def copied(small_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small checkpoint of these tests, to be written to."""
    return Path(shutil.copytree(small_run / "checkpoint", tmp_path_factory.mktemp("checkpoints") / "copied"))


def controller(checkpoint: Path, corpus: Path, out: Path, *options: str) -> BaseProcess:
    """Start a controller run, all knobs at 0.5."""
    return start(
        out, "controller", "--checkpoint", checkpoint, "--corpus", corpus, "--out", out, "--fixed", 0.5, *options
    )


def test_a_killed_run_goes_on_and_its_controller_arrives_in_the_checkpoint(
    copied: Path, corpus: Path, tmp_path: Path
) -> None:
    out, before = tmp_path / "run", load_config(copied)
    options = [
        "--pairs",
        "12",
        "--valid-pairs",
        "6",
        "--calibration-pairs",
        "6",
        "--batch",
        "3",
        "--epochs",
        "40",
        "--save-every",
        "20",
    ]
    options += ["--bottleneck", "5", "--workers", "0"]
    killed_after(controller(copied, corpus, out, *options), out / "state" / "last.ckpt")
    assert load_config(copied) == before
    assert "Restor" in ended(controller(copied, corpus, out, *options), out)

    first, second = (curve(out, version, "train_knob_error") for version in (0, 1))
    assert min(first) < 20 <= min(second)
    assert max(second) >= 155  # 40 epochs of 4 steps
    assert np.mean(list(second.values())[-3:]) < 0.5 * first[min(first)]
    after = load_config(copied)
    assert set(after.controllers) == set(before.controllers) | {"w5"}
    facts = after.training["controllers"]["w5"]
    assert facts["command"].startswith("python -m training controller --checkpoint")
    assert facts["run"]["fixed"] == 0.5
    assert facts["valid"]["valid_knob_error"] < 0.1
    explorer = Explorer.load(copied, device="cpu")
    assert 5 in explorer.dimensions
    setting = explorer.play(np.zeros(5)).setting
    assert np.abs(np.array(setting.values) - 0.5).max() < 0.1

    effects = [effect_named(name) for name in before.effects]
    heard = sorted((out / "listen").glob("epoch-*"), key=lambda path: int(path.name[6:]))
    assert heard
    with (heard[-1] / "parameters.csv").open() as handle:
        rows = list(csv.DictReader(handle))
    assert [(row["effect"], row["parameter"]) for row in rows] == [
        (effect.name, parameter.name) for effect in effects for parameter in effect.parameters
    ]
    assert {row["true"] for row in rows} == {"0.5"}
    assert all(abs(float(row["predicted"]) - 0.5) == pytest.approx(float(row["error"]), abs=2e-4) for row in rows)
    for effect in effects:
        kinds = ("input", "reference", "prediction")
        assert all((heard[-1] / f"{effect.name}_{kind}.flac").stat().st_size > 10_000 for kind in kinds)
        assert (heard[-1] / f"{effect.name}.png").stat().st_size > 10_000


def test_the_sound_counts_where_it_is_asked_to(copied: Path, corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    options = ["--audio-weight", "0.1", "--max-steps", "2", "--epochs", "1", "--bottleneck", "6", "--workers", "1"]
    options += ["--pairs", "6", "--batch", "3", "--valid-pairs", "3", "--calibration-pairs", "3"]
    ended(controller(copied, corpus, out, *options), out)
    for part in ("train", "valid"):
        audio, loss, rest = (curve(out, 0, f"{part}_{name}") for name in ("audio", "loss", "spread"))
        assert set(audio) == set(loss) == set(rest) != set()
        assert all(np.isfinite(value) and value > 0 for value in audio.values())
    assert 6 in Explorer.load(copied, device="cpu").dimensions
    assert len(list((out / "listen" / "epoch-0").glob("*_prediction.flac"))) == 3


def test_chains_are_told_at_the_points_of_another_until_those_are_others(
    copied: Path, corpus: Path, tmp_path: Path
) -> None:
    before = Explorer.load(copied, device="cpu")
    latent = before.map_part.stop - before.map_part.start
    points = Controller(ControllerConfig(latent, before.knobs.counts, bottleneck=3))
    keep(copied, {"w3": points}, {})
    train(
        ControllerRun(
            copied, (corpus,), tmp_path, pairs=9, batch=3, epochs=1, valid_pairs=3, calibration_pairs=9, workers=0,
            chains=0.5, reads="w3",
        )
    )  # fmt: skip
    described = load_config(copied).controllers["w3-chains"]
    assert (described["latent"], described["reads"], described["chains"]) == (3, "w3", True)
    explorer = Explorer.load(copied, device="cpu")
    assert explorer.dimensions.count(3) == 1
    assert explorer.play(np.zeros(3), explorer.config.effects[:2]).chain.effects == explorer.config.effects[:2]
    keep(copied, {"w3": points}, {})
    assert "w3-chains" not in load_config(copied).controllers, "the points that it read are gone"


def test_what_could_not_be_trained_or_kept_is_refused_at_once(copied: Path, corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    with pytest.raises(SystemExit, match="6 pairs are less than a batch"):
        train(ControllerRun(copied, (corpus,), out, pairs=6))
    with pytest.raises(SystemExit, match="no checkpoint folder factor"):
        train(ControllerRun(Path("factor"), (corpus,), out))
    with pytest.raises(SystemExit, match=r"no points of 'full'; it has .*w3"):
        train(ControllerRun(copied, (corpus,), out, reads="full", chains=0.5))
    with pytest.raises(SystemExit, match="add --chains"):
        train(ControllerRun(copied, (corpus,), out, reads="w3"))
    assert not out.exists()
