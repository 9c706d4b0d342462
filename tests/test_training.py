"""Promise: a corpus becomes a checkpoint; a killed run goes on; what cannot go on says why in a sentence."""

import csv
import socket
from pathlib import Path

import numpy as np
import pytest
import torch

from core.audio.measurements import measurement_count
from core.checkpoints.folder import build, load, load_config
from core.effects import KnobLayout
from core.explorer import CHECKPOINTS
from core.models.factor_vae import FactorVAE, FactorVAEConfig
from tests.commands import SMALL, ended, killed_after, start, vae
from tests.conftest import RUN
from training import vae as teaching
from training.config import ControllerRun, VAERun
from training.losses import audible_error, beta_at, change_error, label_error, summed_squared_error
from training.vae import adopt, command, curve, train
from training.vae_module import VAEModule

TWO = ("--effects", "delay", "overdrive")
UNHEARD = ("--listen-every", "1000")


def curve_of(out: Path) -> list[float]:
    """Validation error after each epoch, in dB."""
    return [error for _, error in load_config(out / "checkpoint").training["curve"]]


def training_errors(out: Path) -> list[float]:
    """Squared error of every training step."""
    with (out / "curves" / "version_0" / "metrics.csv").open() as handle:
        return [float(row["train_error"]) for row in csv.DictReader(handle) if row.get("train_error")]


def test_a_command_names_folders_by_what_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    words = ["--checkpoint", "/mine/factor", "--corpus", "/mine/speech", "runs/music", "--out", "runs/new"]
    monkeypatch.setattr("sys.argv", ["training", "controller", *words])
    run = ControllerRun(Path("/mine/factor"), (Path("/mine/speech"), Path("runs/music")), Path("runs/new"))
    assert command(run) == "python -m training controller --checkpoint factor --corpus CORPUS CORPUS --out OUT"


def test_a_copy_among_the_curves_of_sessions_is_none_of_them(tmp_path: Path) -> None:
    for name, error in (("version_9", 3.0), ("version_10", 2.0), ("version_0 (copy)", 9.0), ("version_old", 9.0)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "metrics.csv").write_text(f"epoch,valid_rmse_db\n0,{error}\n")
    assert curve(tmp_path) == [(0, 2.0)]


def test_labels_of_effects_that_are_not_there_do_not_count() -> None:
    label = torch.tensor([[0.0, 1.0, torch.nan, 0.25]])
    sure = torch.tensor([[-20.0, 20.0, 99.0, 0.75, 99.0]])  # one effect is in no order
    assert abs(label_error(sure, label, effects=2) - 0.5) < 1e-5


def test_the_order_of_a_chain_is_learnt_where_both_are_in_it() -> None:
    later, earlier = torch.tensor([[2.0, 1.0, 0.5, 0.5]]), torch.tensor([[1.0, 2.0, 0.5, 0.5]])
    first = torch.tensor([[20.0, 20.0, 0.5, 0.5, 20.0]])
    assert label_error(first, earlier, effects=2) < 1e-5
    assert label_error(first, later, effects=2) == pytest.approx(20)


def test_an_error_that_wet_shares_with_dry_is_none_of_the_change() -> None:
    target = torch.full((1, 2, 2, 3), 2.0)
    assert change_error(target + 1, target, floor=1.0) == 0
    mended = torch.stack([target[:, 0] + 1, target[:, 1]], dim=1)
    assert change_error(mended, target, floor=1.0) == 6
    assert change_error(mended, target, floor=3.0) == 1.5


def test_silence_counts_a_quarter() -> None:
    target = torch.tensor([[0.0, 2.0]])
    assert audible_error(target + 1, target, floor=1.0) == 1.25


def test_losses_are_sums() -> None:
    assert summed_squared_error(torch.zeros(4, 2, 3), torch.ones(4, 2, 3)) == 6
    assert [beta_at(step, 0.5, 10) for step in (0, 5, 10, 99)] == [0, 0.25, 0.5, 0.5]
    assert beta_at(0, 0.5, 0) == 0.5


@pytest.mark.parametrize("labels", [True, False])
def test_what_labels_taught_of_effects_stays_while_the_wet_sound_is_learnt(labels: bool) -> None:
    torch.manual_seed(0)
    model = FactorVAE(FactorVAEConfig(width=32, local_latent=8, effect_latent=4, perceptron=16))
    module = VAEModule(model, VAERun((), content_share=0.0, label_epochs=int(labels)), 10)
    config = model.config.spectrogram
    sounds, measured = torch.rand(2, 2, config.bins, config.frames), torch.randn(2, measurement_count(config))
    label = torch.zeros(2, len(module.run.effects) + KnobLayout(module.run.effects).size)
    module.loss((sounds, measured, label))["loss"].backward()
    moved = {name.split(".")[0] for name, weight in model.named_parameters() if weight.grad is not None}
    assert ("effect_in" in moved) != labels
    assert {"effect_out", "memory", "wet_decoder"} <= moved
    assert not {"encoder", "linear_in", "dry_decoder"} & moved


def test_effects_are_learnt_from_further_pairs_that_nobody_sees(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lengths: list[int] = []

    def note(_: FactorVAE, __: torch.nn.Module, measurements: torch.Tensor, label: torch.Tensor, ___: VAERun) -> None:
        assert len(measurements.unique(dim=0)) == len(label)
        lengths.extend((label[:, :8] > 0).sum(dim=1).tolist())

    monkeypatch.setattr(teaching, "learn_labels", note)
    sizes: dict[str, int | float | str] = {"width": 8, "local_latent": 4, "effect_latent": 4, "perceptron": 8}
    run = VAERun(
        (corpus,), tmp_path, pairs=16, valid_pairs=2, epochs=1, batch=8, chains=0.0, label_pairs=10, label_chains=1.0,
        workers=0, listen_every=9, accelerator="cpu", model=sizes,
    )  # fmt: skip
    train(run)
    assert lengths[:16] == [1] * 16
    assert len(lengths) == 26
    assert min(lengths[16:]) == 2
    assert {file.name for file in (tmp_path / "cache" / "labels").iterdir()} == {
        "pairs.json", "measurements.f32", "done.u8",
    }  # fmt: skip


def test_a_model_begins_with_the_weights_of_another_where_they_fit(capsys: pytest.CaptureFixture[str]) -> None:
    shipped, options = load(CHECKPOINTS / "factor")[0].state_dict(), load_config(CHECKPOINTS / "factor").model_config
    same, other = build("factor_vae", options), build("factor_vae", options | {"effect_latent": 8})
    adopt(same, CHECKPOINTS / "factor")
    assert all(torch.equal(value, shipped[name]) for name, value in same.state_dict().items())
    assert "anew: nothing" in capsys.readouterr().out
    adopt(other, CHECKPOINTS / "factor")
    assert "anew: effect_in.5.weight, effect_in.5.bias, effect_out.0.weight" in capsys.readouterr().out
    assert torch.equal(other.state_dict()["linear_in.weight"], shipped["linear_in.weight"])


def test_a_killed_run_goes_on_to_the_same_checkpoint(corpus: Path, small_run: Path, tmp_path: Path) -> None:
    """As the same run, never killed, which is the small checkpoint of these tests."""
    out = tmp_path / "run"
    killed_after(vae(corpus, out, *RUN), out / "state" / "last.ckpt")
    assert not (out / "checkpoint").exists()
    assert "Restor" in ended(vae(corpus, out, *RUN), out)
    assert curve_of(out)[-1] == pytest.approx(curve_of(small_run)[-1], rel=0.03)
    facts = load_config(out / "checkpoint").training
    assert facts["steps"] == 12
    assert facts["speakers"] == ["speaker-0", "speaker-1", "speaker-2"]
    assert [epoch for epoch, _ in facts["curve"]] == [0, 1, 2]
    assert np.isfinite([error for _, error in facts["curve"]]).all()
    assert [path.parent.name for path in (out / "listen").glob("epoch-*/delay_wet_reconstructed.flac")] == ["epoch-2"]


def test_two_processes_learn_as_one_does(corpus: Path, tmp_path: Path) -> None:
    # All pairs in one step, so that the order in which each process sees them does not matter.
    options = ["--pairs", "16", "--epochs", "24", "--valid-pairs", "2", "--learning-rate", "0.003"]
    options += ["--seed", "2", *UNHEARD]
    one, two = tmp_path / "one", tmp_path / "two"
    ended(vae(corpus, one, *options, "--batch", "16"), one)
    folders = ["--corpus", corpus, "--out", two, "--cache", one / "cache"]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    # What `torch.distributed.run` tells its processes; it would import everything once more for each.
    told = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "TORCHELASTIC_RUN_ID": "none", "GROUP_RANK": "0"}
    told |= {"WORLD_SIZE": "2", "LOCAL_WORLD_SIZE": "2"}
    logs = [tmp_path / f"rank-{rank}" for rank in range(2)]
    pair = [
        start(
            log, "vae", *folders, *SMALL, *options, "--batch", "8", "--devices", "2",
            environment=told | {"RANK": str(rank), "LOCAL_RANK": str(rank)},
        )
        for rank, log in enumerate(logs)
    ]  # fmt: skip
    for process, log in zip(pair, logs, strict=True):
        ended(process, log)
    alone, together = (training_errors(out) for out in (one, two))
    assert alone[11] < 0.98 * alone[0]  # of the content, which is learnt first
    assert alone[-1] < 0.98 * alone[12]  # of what was done to it
    assert together == pytest.approx(alone, rel=0.15)  # the draws of z differ, which shows where the curve is steep
    assert sum(together) == pytest.approx(sum(alone), rel=0.02)
    assert together[-1] == pytest.approx(alone[-1], rel=0.01)
    assert load_config(two / "checkpoint").training["steps"] == 24


def test_a_full_disk_leaves_the_last_state_whole(corpus: Path, tmp_path: Path) -> None:
    out, state = tmp_path / "run", tmp_path / "run" / "state" / "last.ckpt"
    options = ["--pairs", "16", "--batch", "8", "--valid-pairs", "2", "--save-every", "2", "--epochs", "3"]
    options += [*TWO, *UNHEARD]
    killed_after(vae(corpus, out, *options), state)
    before = state.read_bytes()
    text = ended(vae(corpus, out, *options, largest_file=len(before) // 2), out, code=1)
    assert "the same command goes on from it" in text
    assert state.read_bytes() == before
    ended(vae(corpus, out, *options), out)
    assert load_config(out / "checkpoint").training["steps"] == 6


def test_a_cache_without_room_is_refused_at_once(corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    text = ended(vae(corpus, out, "--pairs", "160000", largest_file=10**9), out, code=1)
    assert "no room for 21.0 GB of rendered pairs" in text


def test_a_loss_that_is_no_number_ends_the_run_with_a_sentence(corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    options = [*TWO, *UNHEARD, "--pairs", "16", "--batch", "4", "--valid-pairs", "2", "--epochs", "1"]
    options += ["--label-epochs", "0", "--learning-rate", "1e12", "--schedule", "constant", "--clip", "0"]
    text = ended(vae(corpus, out, *options), out, code=1)
    assert "The loss is no finite number any more" in text
    assert "Traceback" not in text


def test_weights_and_biases_without_a_login_is_a_sentence_before_anything_is_rendered(
    corpus: Path, tmp_path: Path
) -> None:
    out, nobody = tmp_path / "run", {"HOME": str(tmp_path), "NETRC": str(tmp_path / "netrc"), "WANDB_MODE": "online"}
    text = ended(vae(corpus, out, *TWO, "--logger", "wandb", environment=nobody), out, code=1)
    assert "Please run `wandb login` first, or set WANDB_MODE=offline" in text
    text = ended(vae(corpus, out, *TWO, "--logger", "wandb", environment={"WANDB_MODE": "bogus"}), out, code=1)
    assert "Settings mode Input should be 'online'" in text
    assert "Traceback" not in text
    assert not (out / "cache").exists()


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_a_gpu_learns_what_a_cpu_learns(corpus: Path, tmp_path: Path) -> None:
    options = ["--pairs", "16", "--batch", "16", "--epochs", "8", "--valid-pairs", "8", "--precision", "32-true"]
    cpu, cuda = tmp_path / "cpu", tmp_path / "cuda"
    ended(vae(corpus, cpu, *options), cpu)
    ended(vae(corpus, cuda, *options, "--accelerator", "cuda"), cuda)
    assert curve_of(cuda) == pytest.approx(curve_of(cpu), rel=0.02)


def test_the_reports_preset_trains_and_logs_to_weights_and_biases_offline(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "run"
    options = ["--preset", "week5", *TWO, "--fixed", "0.5", "--pairs", "4", "--epochs", "1", "--batch", "2"]
    options += ["--valid-pairs", "2", "--logger", "wandb", "--model", "latent", "8"]
    options += ["--workers", "0", "--accelerator", "cpu"]
    ended(start(out, "vae", "--corpus", corpus, "--out", out, *options, environment={"WANDB_MODE": "offline"}), out)
    assert load_config(out / "checkpoint").model == "week5_vae"
    assert list(out.rglob("offline-run-*"))
    assert list(out.rglob("media/audio/**/*.flac"))
