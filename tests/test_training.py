"""Promise: a folder of recordings becomes a checkpoint; a killed run goes on; the same seed gives the same pairs."""

import csv
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch

from core.audio import SEGMENT
from core.audio.clips import FOLDER, load_clip
from core.audio.io import encode
from core.audio.measure import loudness_lufs
from core.audio.spectrogram import SpectrogramConfig
from core.checkpoints.folder import build, load, load_config
from core.explorer import CHECKPOINTS, Explorer
from tests.conftest import ROOT
from training import atlas, evaluate
from training.config import ALL_EFFECTS
from training.corpus import Corpus, debian_speaker, pack, trim
from training.encoded import TestPairs
from training.experiments import ablation, stability
from training.losses import beta_at, label_error, summed_squared_error, swap_twins, twin_distance
from training.pairs import Pairs, PairTensors, Twins, varied
from training.scores.report import Report
from training.vae import adopt

TWO = ["--effects", "delay", "overdrive"]
SMALL = ["--model", "width", "16", "local_latent", "4", "effect_latent", "4", "--workers", "0", "--accelerator", "cpu"]


def vae(
    corpus: Path, out: Path, *options: str, launcher: Sequence[str] = (), largest_file: int | None = None
) -> subprocess.Popen:
    """Start a training run; what it prints goes to out/log. largest_file: bytes, the system refuses to write more."""
    command = [sys.executable, "-m", *launcher, "training", "vae", "--corpus", str(corpus), "--out", str(out)]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "WANDB_MODE": "offline"}
    out.mkdir(exist_ok=True)

    def limit() -> None:
        if largest_file:
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))

    with (out / "log").open("w") as log:
        return subprocess.Popen(
            [*command, *SMALL, *options], cwd=ROOT, env=environment, stdout=log, stderr=log, preexec_fn=limit
        )


def curve_of(out: Path) -> list[float]:
    """Validation error after each epoch, in dB."""
    return [error for _, error in load_config(out / "checkpoint").training["curve"]]


def training_errors(out: Path) -> list[float]:
    """Squared error of every training step."""
    with (out / "curves" / "version_0" / "metrics.csv").open() as handle:
        return [float(row["train_error"]) for row in csv.DictReader(handle) if row.get("train_error")]


def finish(process: subprocess.Popen, out: Path) -> str:
    code = process.wait(timeout=600)
    text = (out / "log").read_text(errors="replace")
    assert code == 0, text[-3000:]
    return text


def test_packing_splits_by_speaker_and_drops_copies_and_broken_files(corpus: Path) -> None:
    packed = Corpus(corpus)
    assert [speaker.name for speaker in packed.split("valid")] == ["speaker-3"]
    assert len(packed.split("train")) == 3
    assert sum(len(speaker.recordings) for speaker in packed.split("all")) == 8


def test_a_corpus_with_nothing_in_it_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="one folder of audio a speaker"):
        pack(tmp_path)
    (tmp_path / "speaker").mkdir()
    (tmp_path / "speaker" / "noise.wav").write_bytes(b"no sound")
    with pytest.raises(SystemExit, match="no readable recording"):
        pack(tmp_path)
    with pytest.raises(SystemExit, match="python -m training corpus"):
        Corpus(tmp_path)


def test_a_corpus_of_one_speaker_is_refused_for_training(tmp_path: Path) -> None:
    (tmp_path / "solo").mkdir()
    shutil.copy(FOLDER / "speech_en_m_uh3.flac", tmp_path / "solo")
    with pytest.raises(SystemExit, match="no folder of the validation speaker nobody"):
        pack(tmp_path, ("nobody",))
    pack(tmp_path)
    packed = Corpus(tmp_path)
    assert len(packed.split("train")) == len(packed.split("all")) == 1
    with pytest.raises(SystemExit, match="only solo"):
        packed.split("valid")


def test_recordings_shorter_than_a_segment_fill_one(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        sound = load_clip("speech_en_m_uh3")[24000:27000] * (1.0 if name == "a" else 0.5)
        (tmp_path / name / "word.wav").write_bytes(encode(sound))
    pack(tmp_path)
    packed = Corpus(tmp_path)
    segment = packed.segment(packed.speakers[0], np.random.default_rng(0))
    assert np.abs(segment.reshape(-1, 8192)).max(axis=1).min() > 0


def test_segments_are_full_and_at_reference_loudness(corpus: Path) -> None:
    packed = Corpus(corpus)
    for speaker in packed.split("all"):
        segment = packed.segment(speaker, np.random.default_rng(0))
        assert segment.shape == (SEGMENT,)
        assert abs(loudness_lufs(segment) + 23) < 0.1


def test_trim_keeps_the_sound() -> None:
    sound = np.concatenate([np.zeros(5000), np.ones(1000), np.zeros(5000)]).astype(np.float32)
    trimmed = trim(sound)
    assert trimmed.sum() == 1000
    assert len(trimmed) < 3000


def test_speakers_of_the_debian_packages() -> None:
    assert debian_speaker("festvox-ru/usr/share/festival/wav/a.wav") == "festvox-ru"
    assert debian_speaker("tuxpaint-stamps-default/usr/share/x/dog_desc_da.ogg") == "tux-da"
    assert debian_speaker("tuxpaint-stamps-default/usr/share/x/dog_desc_es.ogg") is None
    assert debian_speaker("fillets-ng-data-nl/usr/share/x/nl/zd1-m-cesta.ogg") == "fil-nl-m"


def test_pair_i_of_a_seed_is_always_the_same(corpus: Path) -> None:
    first, again, other = (Pairs(Corpus(corpus), "train", ALL_EFFECTS, seed)[5] for seed in (1, 1, 2))
    assert np.array_equal(first.dry, again.dry)
    assert np.array_equal(first.wet, again.wet)
    assert first.setting == again.setting != other.setting
    fixed = Pairs(Corpus(corpus), "train", ("delay",), 1, fixed=0.5)[0]
    assert fixed.setting.values == (0.5, 0.5, 0.5)


def test_cached_pairs_are_the_rendered_ones(corpus: Path, tmp_path: Path) -> None:
    pairs = PairTensors(Pairs(Corpus(corpus), "train", ALL_EFFECTS), 4, SpectrogramConfig(), tmp_path)
    fresh, views, _ = pairs[2]
    cached, cached_views, _ = pairs[2]
    assert pairs.done.tolist() == [0, 0, 1, 0]
    audible = fresh > 10 ** (-70 / 20)
    assert (20 * torch.log10(cached / fresh))[audible].abs().max() < 0.05
    assert torch.equal(views, cached_views)


def test_a_cache_of_other_pairs_is_refused(corpus: Path, tmp_path: Path) -> None:
    PairTensors(Pairs(Corpus(corpus), "train", ALL_EFFECTS), 4, SpectrogramConfig(), tmp_path)
    other = Pairs(Corpus(corpus), "train", ALL_EFFECTS, seed=3, vary=True)
    with pytest.raises(SystemExit, match="seed, vary differ"):
        PairTensors(other, 4, SpectrogramConfig(), tmp_path)


def test_twins_share_a_setting_and_nothing_else(corpus: Path) -> None:
    pairs = Pairs(Corpus(corpus), "train", ALL_EFFECTS, vary=True)
    magnitude, _, label = Twins(PairTensors(pairs, 32, SpectrogramConfig()))[9]
    assert torch.equal(label[0].nan_to_num(), label[1].nan_to_num())
    assert label[0, 0] == 1
    assert tuple(label[0, 4:7].tolist()) == pytest.approx(pairs.setting(17).values)
    assert not torch.equal(magnitude[0], magnitude[1])
    with pytest.raises(SystemExit, match="multiple of 16"):
        Twins(PairTensors(pairs, 24, SpectrogramConfig()))


def test_varied_words_are_other_words_at_the_same_loudness(corpus: Path) -> None:
    packed = Corpus(corpus)
    sounds = [varied(packed, packed.speakers[0], np.random.default_rng(seed)) for seed in range(4)]
    assert all(abs(loudness_lufs(sound) + 23) < 0.1 for sound in sounds)
    assert all(sound.shape == (SEGMENT,) and np.isfinite(sound).all() for sound in sounds)


def test_swapped_twins_keep_their_values() -> None:
    effect = torch.arange(12.0).reshape(6, 2)
    assert torch.equal(swap_twins(effect, 0.0), effect)
    assert swap_twins(effect, 1.1)[:, 0].tolist() == [2, 0, 6, 4, 10, 8]
    assert twin_distance(effect) == 8


def test_a_model_begins_with_the_weights_of_another_where_they_fit(capsys: pytest.CaptureFixture[str]) -> None:
    shipped = load(CHECKPOINTS / "factor")[0].state_dict()
    same, other = build("factor_vae", {}), build("factor_vae", {"effect_latent": 8})
    adopt(same, CHECKPOINTS / "factor")
    assert all(torch.equal(value, shipped[name]) for name, value in same.state_dict().items())
    assert "anew: nothing" in capsys.readouterr().out
    adopt(other, CHECKPOINTS / "factor")
    assert "anew: effect_in.4.weight, effect_in.4.bias, effect_out.0.weight" in capsys.readouterr().out
    assert torch.equal(other.state_dict()["linear_in.weight"], shipped["linear_in.weight"])


def test_labels_of_other_effects_do_not_count() -> None:
    label = torch.tensor([[1.0, float("nan"), 0.25]])
    sure = torch.tensor([[-20.0, 20.0, 99.0, 0.75]])
    assert abs(label_error(sure, label, effects=2) - 0.5) < 1e-5


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


def test_losses_are_sums() -> None:
    assert summed_squared_error(torch.zeros(4, 2, 3), torch.ones(4, 2, 3)) == 6
    assert [beta_at(step, 0.5, 10) for step in (0, 5, 10, 99)] == [0, 0.25, 0.5, 0.5]
    assert beta_at(0, 0.5, 0) == 0.5


def test_a_killed_run_goes_on_and_the_checkpoint_is_scored_and_mapped(corpus: Path, tmp_path: Path) -> None:
    options = ["--pairs", "32", "--epochs", "6", "--batch", "8", "--valid-pairs", "8", "--save-every", "6"]
    out = tmp_path / "run"
    process = vae(corpus, out, *options)
    state = out / "state" / "last.ckpt"
    for _ in range(1200):
        if state.exists() or process.poll() is not None:
            break
        time.sleep(0.1)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert state.exists()
    assert not (out / "checkpoint").exists()
    text = finish(vae(corpus, out, *options), out)
    assert "Restor" in text
    whole = tmp_path / "uninterrupted"
    finish(vae(corpus, whole, *options, "--cache", str(out / "cache")), whole)
    assert curve_of(out)[-1] == pytest.approx(curve_of(whole)[-1], rel=0.03)
    folder = out / "checkpoint"
    facts = load_config(folder).training
    assert facts["steps"] == 24
    assert facts["speakers"] == ["speaker-0", "speaker-1", "speaker-2"]
    assert [epoch for epoch, _ in facts["curve"]] == [0, 1, 2, 3, 4, 5]
    assert np.isfinite([error for _, error in facts["curve"]]).all()
    assert len(list((out / "listen").glob("epoch-*/delay_wet_reconstructed.flac"))) > 0

    with pytest.raises(SystemExit, match="--pca-pairs 1"):
        atlas.build(atlas.AtlasRun(folder, corpus, settings=8, pca_pairs=0, workers=0))
    atlas.build(atlas.AtlasRun(folder, corpus, settings=8, pca_pairs=8, workers=0))
    scores = evaluate.evaluate(
        evaluate.EvaluateRun(folder, corpus, examples=32, fit_examples=64, out=tmp_path / "report.json", workers=0)
    )
    assert json.loads((tmp_path / "report.json").read_text()) == scores == load_config(folder).scores
    assert 0 < scores["reconstruction"]["wet"]["rmse_db"] < scores["reconstruction"]["wet"]["mean_rmse_db"] * 1.5
    assert scores["clusters"]["part"] == "effect"
    assert scores["clusters"]["chance"] == 1 / 8
    assert all(kind["chance"] == 1 / 2 for kind in scores["delay_or_overdrive"].values())
    assert scores["interpolation"]["encoded_apart_drift_db"] == 0
    low, high = scores["intervals"]["clusters.knn_accuracy"]
    assert low <= scores["clusters"]["knn_accuracy"] <= high
    rows = ablation.ablate(
        ablation.AblationRun(
            corpus, tmp_path / "ablation", folder, out / "cache", steps=2, pairs=32, fit_examples=32, workers=0,
            only=("no labels",), model={"width": 16, "local_latent": 4},
        )
    )  # fmt: skip
    assert [row["variant"] for row in rows] == ["no labels"]
    assert load_config(folder).scores == scores
    card = (folder / "README.md").read_text()
    assert str(scores["clusters"]["knn_accuracy"]) in card
    assert "| no labels |" in card
    assert card.startswith("---\nlibrary_name: latentfx")
    assert len(Explorer.load(folder, device="cpu").atlas) == 64


def test_two_processes_learn_as_one_does(corpus: Path, tmp_path: Path) -> None:
    # All pairs in one step, so that the order in which each process sees them does not matter.
    options = ["--pairs", "16", "--epochs", "24", "--valid-pairs", "2", "--swap", "0", "--learning-rate", "0.003"]
    one, two = tmp_path / "one", tmp_path / "two"
    finish(vae(corpus, one, *options, "--batch", "16"), one)
    launcher = ["torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m"]
    finish(vae(corpus, two, *options, "--batch", "8", "--devices", "2", launcher=launcher), two)
    alone, together = (training_errors(out) for out in (one, two))
    assert alone[-1] < 0.93 * alone[0]
    assert together == pytest.approx(alone, rel=0.15)  # the draws of z differ, which shows where the curve is steep
    assert sum(together) == pytest.approx(sum(alone), rel=0.02)
    assert together[-1] == pytest.approx(alone[-1], rel=0.01)
    assert load_config(two / "checkpoint").training["steps"] == 24


def test_a_full_disk_leaves_the_last_state_whole(corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    options = [
        "--pairs",
        "16",
        "--batch",
        "8",
        "--valid-pairs",
        "2",
        "--save-every",
        "2",
        "--schedule",
        "constant",
        *TWO,
    ]
    finish(vae(corpus, out, *options, "--epochs", "1"), out)
    state = out / "state" / "last.ckpt"
    before = state.read_bytes()
    full = vae(corpus, out, *options, "--epochs", "3", largest_file=len(before) // 2)
    assert full.wait(timeout=600) == 1
    assert "the same command goes on from it" in (out / "log").read_text()
    assert state.read_bytes() == before
    finish(vae(corpus, out, *options, "--epochs", "3"), out)
    assert load_config(out / "checkpoint").training["steps"] == 6


def test_a_run_cannot_become_longer_under_a_schedule_with_an_end(corpus: Path, tmp_path: Path) -> None:
    options = [*TWO, "--pairs", "16", "--batch", "16", "--valid-pairs", "2", "--save-every", "1", "--epochs"]
    finish(vae(corpus, tmp_path / "run", *options, "1"), tmp_path / "run")
    assert vae(corpus, tmp_path / "run", *options, "2").wait(timeout=600) == 1
    assert "was begun for 1 steps, not 2" in (tmp_path / "run" / "log").read_text()


def test_a_cache_without_room_is_refused_at_once(corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    process = vae(corpus, out, "--pairs", "160000", largest_file=10**9)
    assert process.wait(timeout=600) == 1
    assert "no room for 21.0 GB of rendered pairs" in (out / "log").read_text()


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


def test_pairs_for_the_test_hide_the_level(corpus: Path) -> None:
    plain, matched = (
        TestPairs(Corpus(corpus), "valid", ("overdrive",), 1, level_matched=on)[0] for on in (False, True)
    )
    assert np.array_equal(plain.dry, matched.dry)
    assert abs(loudness_lufs(plain.wet) - loudness_lufs(plain.dry)) > 0.5  # the knob `level`
    assert abs(loudness_lufs(matched.wet) - loudness_lufs(matched.dry)) < 0.1


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_a_gpu_learns_what_a_cpu_learns(corpus: Path, tmp_path: Path) -> None:
    options = ["--pairs", "16", "--batch", "16", "--epochs", "8", "--valid-pairs", "8", "--precision", "32-true"]
    cpu, cuda = tmp_path / "cpu", tmp_path / "cuda"
    finish(vae(corpus, cpu, *options), cpu)
    finish(vae(corpus, cuda, *options, "--accelerator", "cuda"), cuda)
    assert curve_of(cuda) == pytest.approx(curve_of(cpu), rel=0.02)


def test_the_reports_preset_trains_and_logs_to_weights_and_biases_offline(corpus: Path, tmp_path: Path) -> None:
    options = [
        "--preset",
        "week5",
        "--effects",
        "delay",
        "overdrive",
        "--fixed",
        "0.5",
        "--pairs",
        "4",
        "--epochs",
        "1",
    ]
    options += ["--batch", "2", "--valid-pairs", "2", "--logger", "wandb"]
    finish(vae(corpus, tmp_path / "run", *options, "--model", "latent", "8"), tmp_path / "run")
    assert load_config(tmp_path / "run" / "checkpoint").model == "week5_vae"
    assert list((tmp_path / "run").rglob("offline-run-*"))
    assert list((tmp_path / "run").rglob("media/audio/**/*.flac"))
