"""Promise: what a command could not measure or keep is refused before anything is computed."""

import errno
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.checkpoints.folder import load_config, save_config
from core.explorer import CHECKPOINTS, Explorer
from training.atlas import AtlasRun, build
from training.calibration import CalibrateRun, calibrate
from training.config import ControllerRun
from training.controller import train
from training.encoded import on_disk
from training.evaluate import EvaluateRun, _refuse, evaluate
from training.limits import LimitsRun, limits
from training.target import open_target

Command = Callable[[Path, Path], Any]
COMMANDS: dict[str, Command] = {
    "atlas": lambda folder, corpus: build(AtlasRun(folder, (corpus,))),
    "calibrate": lambda folder, corpus: calibrate(CalibrateRun(folder, (corpus,))),
    "controller": lambda folder, corpus: train(ControllerRun(folder, (corpus,), folder.with_name("run"))),
    "evaluate": lambda folder, corpus: evaluate(EvaluateRun(folder, corpus)),
    "limits": lambda folder, corpus: limits(LimitsRun(folder, (corpus,))),
}


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """The shipped checkpoint with its controllers, to be written to."""
    return Path(shutil.copytree(CHECKPOINTS / "factor", tmp_path / "mine"))


@pytest.mark.parametrize("name", COMMANDS)
def test_a_folder_that_cannot_be_written_to_is_refused(
    name: str, mine: Path, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_only(**_: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr("training.target.TemporaryFile", read_only)
    with pytest.raises(SystemExit, match=r"mine cannot be written to \(Read-only file system\)\. Please"):
        COMMANDS[name](mine, corpus)


def test_opening_a_checkpoint_leaves_nothing_in_it(mine: Path) -> None:
    before = sorted(mine.iterdir())
    open_target(mine, device="cpu")
    assert sorted(mine.iterdir()) == before


@pytest.mark.parametrize("name", ["evaluate", "limits"])
def test_an_atlas_that_matches_need_is_asked_for(name: str, mine: Path, corpus: Path) -> None:
    (mine / "atlas.npz").unlink()
    with pytest.raises(SystemExit, match=r"has no atlas\.npz\. Please run `python -m training atlas` first"):
        COMMANDS[name](mine, corpus)


@pytest.mark.parametrize("options", [{"alone": "matches"}, {"alone": "matches", "name": "others"}], ids=str)
def test_scores_that_lie_beside_others_wait_for_those(options: dict[str, Any], mine: Path, corpus: Path) -> None:
    config = load_config(mine)
    if "name" not in options:
        save_config(mine, replace(config, scores={}))
    before = load_config(mine)
    with pytest.raises(SystemExit, match=r"--alone matches .* none of them yet\. Please run"):
        evaluate(EvaluateRun(mine, corpus, **options))
    assert load_config(mine) == before


def test_a_report_gets_its_folder_and_is_none(factor: Explorer, tmp_path: Path) -> None:
    run = EvaluateRun(factor.folder, tmp_path, alone="heard", out=tmp_path / "new" / "report.json")
    _refuse(run, factor)
    assert (tmp_path / "new").is_dir()
    with pytest.raises(SystemExit, match="is a folder"):
        _refuse(replace(run, out=tmp_path), factor)


def test_one_effect_is_told_from_none(mine: Path, corpus: Path) -> None:
    config = load_config(mine)
    save_config(mine, replace(config, effects=("delay",), meaning=None, controllers={}))
    with pytest.raises(SystemExit, match="knows delay alone: nothing is there to tell apart"):
        evaluate(EvaluateRun(mine, corpus))


def test_spectrograms_without_room_are_told_before_they_come(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = on_disk((3, 2))
    kept[:] = 1
    assert kept.dtype == np.float16
    assert kept.tolist() == [[1, 1]] * 3

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(SystemExit, match=r"no room for 2\.0 GB of spectrograms .* Please set TMPDIR"):
        on_disk((10**9,))
