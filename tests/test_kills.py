"""Promise: a process killed at any step of writing a checkpoint leaves the old files or the new ones, all of them.

`python -m tests.kills --kills 20` kills the real commands at random moments.
"""

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from core.checkpoints.arrival import arriving, settle
from core.checkpoints.folder import CheckpointConfig, build, load, load_config, load_controllers, save, save_controllers
from core.checkpoints.limits import CheckpointError
from core.models.controller import Controller, ControllerConfig
from tests.commands import FORKS

OLD = CheckpointConfig("joint_vae", {"width": 16, "local_latent": 4, "pair_latent": 4}, ("delay", "overdrive"))
NEW = replace(OLD, model_config={**OLD.model_config, "width": 32})
STEPS = ("open", "os.mkdir", "os.rmdir", "os.remove", "os.rename", "os.chmod", "shutil.rmtree", "os.listdir")


def write_old(folder: Path) -> None:
    save(folder, build(OLD.model, OLD.model_config), OLD)
    save_controllers(folder, {"one": Controller(ControllerConfig(8, (2, 3)))}, load_config(folder))


def write_model(folder: Path) -> None:
    config = load_config(folder) if folder.exists() else OLD
    save(folder, build(NEW.model, NEW.model_config), replace(config, model_config=NEW.model_config))


def write_controllers(folder: Path) -> None:
    save_controllers(folder, {"two": Controller(ControllerConfig(8, (2, 3), width=16))}, load_config(folder))


def dies_at(step: int, write: Callable[[Path], None], folder: Path) -> None:
    """Write, but be gone before the step-th thing is done to a file in or beside the folder."""
    left = step

    def audit(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal left
        if event in STEPS and any(str(folder.parent) in str(one) for one in arguments):
            left -= 1
            if left < 0:
                os._exit(9)

    sys.addaudithook(audit)
    write(folder)


def state(folder: Path) -> tuple[int, tuple[str, ...]]:
    """What loads: the model's width, and the controllers' names."""
    _, config = load(folder)
    return config.model_config["width"], tuple(load_controllers(folder, config))


@pytest.mark.parametrize(
    ("write", "begins", "new"),
    [(write_model, True, (32, ("one",))), (write_controllers, True, (16, ("two",))), (write_model, False, (32, ()))],
)
def test_killed_at_every_step_of_writing(
    write: Callable[[Path], None], begins: bool, new: tuple[int, tuple[str, ...]], tmp_path: Path
) -> None:
    old = tmp_path / "old"
    write_old(old)
    found = []
    for step in range(100):
        folder = tmp_path / str(step) / "folder"
        folder.parent.mkdir()
        if begins:
            shutil.copytree(old, folder)
        process = FORKS.Process(target=dies_at, args=(step, write, folder))
        process.start()
        process.join()
        found.append(state(folder) if folder.exists() else None)
        again = write_model if not begins else write
        again(folder)
        assert state(folder) == new
        assert not list(folder.parent.rglob(".*"))
        if process.exitcode == 0:
            break
        assert process.exitcode == 9
    assert len(found) > 5
    turning = found.index(new)
    assert turning > 2
    assert set(found[:turning]) == {(16, ("one",)) if begins else None}
    assert set(found[turning:]) == {new}


def test_an_error_while_writing_changes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    for begun in (False, True):
        with pytest.raises(UnicodeEncodeError), arriving(folder) as staged:
            (staged / "config.json").write_text("new \ud800", encoding="utf-8")
        assert [str(one.relative_to(tmp_path)) for one in tmp_path.rglob("*")] == (
            ["folder", "folder/config.json"] if begun else []
        )
        with arriving(folder) as staged:
            (staged / "config.json").write_text("old")
        assert (folder / "config.json").read_text() == "old"


def test_a_folder_that_cannot_be_settled_is_a_sentence_and_its_links_are_not_followed(tmp_path: Path) -> None:
    write_old(tmp_path / "folder")
    before = state(tmp_path / "folder")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "config.json").write_text("{}")
    decided = tmp_path / "folder" / ".decided"
    decided.symlink_to(outside)
    settle(tmp_path / "folder")
    assert state(tmp_path / "folder") == before
    decided.unlink()
    (decided / "config.json").mkdir(parents=True)
    with pytest.raises(CheckpointError, match="writing it was interrupted"):
        load(tmp_path / "folder")
