"""Promise: calibrating finds how far off each knob may be, on speakers held out for it, and changes no weight."""

import shutil
from pathlib import Path

import pytest
import torch

from core.checkpoints.folder import load_config, load_controllers
from core.explorer import CHECKPOINTS
from training.calibration import CalibrateRun, calibrate
from training.corpus import pack


def test_the_ranges_change_and_nothing_else(corpus: Path, tmp_path: Path) -> None:
    folder, held = tmp_path / "factor", tmp_path / "corpus"
    shutil.copytree(CHECKPOINTS / "factor", folder)
    shutil.copytree(corpus, held)
    pack(held, {"valid": ["speaker-3"], "calibration": ["speaker-1"]})
    before = load_controllers(folder, load_config(folder))
    told = calibrate(CalibrateRun(folder, (held,), pairs=16, workers=0))
    config = load_config(folder)
    after = load_controllers(folder, config)
    assert list(after) == list(before)
    for name, one in after.items():
        own, old = one.state_dict(), before[name].state_dict()
        changed = {key for key in own if not torch.equal(own[key], old[key])}
        assert changed <= ({"caution", "decoder.4.bias"} if one.config.chains else {"caution"})
        assert not torch.equal(own["caution"], old["caution"].expand(22))
    assert told["corpora"][0]["speakers"] == ["speaker-1"]
    assert config.training["calibration"] == told
    assert config.scores == load_config(CHECKPOINTS / "factor").scores
    assert (folder / "weights.safetensors").read_bytes() == (CHECKPOINTS / "factor/weights.safetensors").read_bytes()


def test_a_checkpoint_without_controllers_is_refused_before_anything_is_rendered(corpus: Path, tmp_path: Path) -> None:
    shutil.copytree(CHECKPOINTS / "joint-2ch", tmp_path / "joint-2ch")
    with pytest.raises(SystemExit, match="python -m training controller"):
        calibrate(CalibrateRun(tmp_path / "joint-2ch", (corpus,), pairs=16))
