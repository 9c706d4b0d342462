"""Promise: the same command goes on with a run or leaves it as it is; what would spoil one is refused in a sentence."""

import errno
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from lightning.pytorch.utilities.exceptions import SIGTERMException

from tests.commands import SMALL
from tests.conftest import RUN
from training.__main__ import main
from training.state import opened, told_where_it_stops

Again = Callable[..., None]


@pytest.fixture
def out(small_run: Path, tmp_path: Path) -> Path:
    """The run folder of a small VAE, to be written to."""
    return Path(shutil.copytree(small_run, tmp_path / "run"))


@pytest.fixture
def again(corpus: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> Again:
    """Gives the command of the small run once more, with other options behind it."""

    def call(*options: str) -> None:
        small = SMALL[SMALL.index("--workers") if "--model" in options else 0 :]  # no option twice
        words = ["training", "vae", "--corpus", str(corpus), "--out", str(out), *small, *RUN, *options]
        monkeypatch.setattr(sys, "argv", words)
        main()

    return call


def contents(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_a_run_that_ended_is_left_as_it_is(out: Path, again: Again, capsys: pytest.CaptureFixture[str]) -> None:
    """With the atlas and the controllers that came to its checkpoint since."""
    (out / "checkpoint" / "atlas.npz").write_bytes(b"made for these weights")
    before = contents(out)
    again()
    assert "nothing was changed" in capsys.readouterr().out
    assert contents(out) == before


@pytest.mark.parametrize("name", ["atlas.npz", "controllers.safetensors"])
def test_other_weights_do_not_come_beside_what_was_made_for_those_that_are_there(
    out: Path, again: Again, name: str
) -> None:
    shutil.rmtree(out / "state")
    (out / "checkpoint" / name).write_bytes(b"made for these weights")
    before = contents(out)
    with pytest.raises(SystemExit, match=rf"checkpoint has {name}, made for its own weights\. Please move"):
        again()
    assert contents(out) == before


@pytest.mark.parametrize(
    ("options", "name"),
    [
        (("--learning-rate", "5e-3"), "learning_rate"),
        (("--label-epochs", "0"), "label_epochs"),
        (("--epochs", "4"), "epochs"),
        (("--schedule", "constant", "--epochs", "9"), "epochs, schedule"),
        (("--model", "width", "32"), "model"),
        (("--preset", "joint-2ch"), "preset"),
        (("--start", "START"), "start"),
    ],
)
def test_a_run_that_was_begun_otherwise_is_not_gone_on_with(
    out: Path, again: Again, options: tuple[str, ...], name: str
) -> None:
    """Else its card would speak of options that its weights never saw."""
    before = contents(out)
    with pytest.raises(SystemExit, match=rf"was begun otherwise \({name}\)\. Please start it again as it was"):
        again(*(str(out / "checkpoint") if word == "START" else word for word in options))
    assert contents(out) == before


@pytest.mark.parametrize("left", [0, 5000, "half", "zeros"])
def test_a_damaged_state_is_told_as_one(out: Path, again: Again, left: int | str) -> None:
    state = out / "state" / "last.ckpt"
    whole = state.read_bytes()
    state.write_bytes(
        bytes(len(whole)) if left == "zeros" else whole[: len(whole) // 2 if left == "half" else int(left)]
    )
    with pytest.raises(SystemExit, match=r"last\.ckpt is damaged, .*Please delete it to begin anew"):
        again()


@pytest.mark.parametrize("accelerator", ["bogus", "tpu"])
def test_an_accelerator_that_is_not_there_is_refused_before_anything_is_rendered(
    out: Path, again: Again, accelerator: str
) -> None:
    shutil.rmtree(out)
    with pytest.raises(SystemExit, match=f"--accelerator {accelerator} --devices 1 cannot be: "):
        again("--accelerator", accelerator)
    assert not any((out / "cache" / "done.u8").read_bytes())


def stopped(error: BaseException, file: Path) -> SystemExit:
    trainer: Any = SimpleNamespace(global_step=7)
    with pytest.raises(SystemExit) as caught, told_where_it_stops(trainer, file, 3):
        raise error
    return caught.value


def test_what_stops_a_training_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "last.ckpt"
    full = str(stopped(OSError(errno.ENOSPC, "No space left on device"), file))
    assert "No space left on device. The state of step 6 is in" in full
    assert stopped(SIGTERMException(), file).code == 143
    assert "Training stopped at step 7; the same command begins anew." in capsys.readouterr().err
    file.touch()
    assert stopped(SIGTERMException(), file).code == 143
    assert f"the same command goes on from {file}." in capsys.readouterr().err


def test_a_state_of_a_version_that_kept_no_options_is_not_gone_on_with(out: Path, again: Again) -> None:
    file = out / "state" / "last.ckpt"
    state = opened(file)
    del state["asked"]
    torch.save(state, file)
    with pytest.raises(SystemExit, match="was begun by another version of LatentFX"):
        again()


@pytest.mark.parametrize(("pairs", "latent", "least"), [(1, 4, 2), (2, 33, 3)])
def test_too_few_pairs_to_begin_with_are_refused(out: Path, again: Again, pairs: int, latent: int, least: int) -> None:
    """One has no spread, and the model's linear path begins as a PCA of 16 rows of each."""
    shutil.rmtree(out)
    with pytest.raises(SystemExit, match=f"a PCA of {least} pairs at least. Please ask for --pairs {least}"):
        again("--pairs", str(pairs), "--model", "local_latent", str(latent))
