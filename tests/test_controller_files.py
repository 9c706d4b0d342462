"""Promise: controllers come back bit for bit from a checkpoint folder, what is broken is refused with its reason."""

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from core.checkpoints.folder import CheckpointConfig, build, load_config, load_controllers, save, save_controllers
from core.checkpoints.limits import CheckpointError
from core.explorer import Explorer
from core.models.controller import Controller
from tests.taught import CONFIG, NAMES, examples, teach


@pytest.fixture(scope="module")
def taught() -> Controller:
    """In half precision already, as it is stored."""
    controller = teach()
    for tensor in controller.state_dict().values():
        tensor.copy_(tensor.half())
    return controller


@pytest.fixture
def folder(taught: Controller, tmp_path: Path) -> Path:
    """A small checkpoint with two controllers, z of 6 numbers as they read it."""
    torch.manual_seed(0)
    model_config = {"width": 16, "local_latent": 4, "effect_latent": 6}
    config = CheckpointConfig("factor_vae", model_config, NAMES)
    save(tmp_path / "small", build(config.model, config.model_config), config)
    linear = Controller(replace(CONFIG, bottleneck=0, linear=True))
    save_controllers(tmp_path / "small", {"w4": taught, "linear": linear}, config)
    return tmp_path / "small"


def test_controllers_come_back_bit_for_bit(taught: Controller, folder: Path, tmp_path: Path) -> None:
    config = load_config(folder)
    found = load_controllers(folder, config)
    assert list(found) == ["w4", "linear"]
    assert found["w4"].config == CONFIG
    for name, tensor in taught.state_dict().items():
        assert torch.equal(found["w4"].state_dict()[name], tensor)
    (tmp_path / "again").mkdir()
    save_controllers(tmp_path / "again", found, config)
    for name in ("config.json", "controllers.safetensors"):
        assert (folder / name).read_bytes() == (tmp_path / "again" / name).read_bytes()
    z, _ = examples(9, 0)
    assert torch.equal(found["w4"](z).knobs, taught(z).knobs)


def test_controllers_of_older_checkpoints_have_one_caution_for_all_knobs(taught: Controller, folder: Path) -> None:
    described = {"w4": {name: value for name, value in PLAIN.items() if name != "by_knob"}}
    describe(folder, described)
    change_tensors(folder, lambda tensors: [tensors.pop(name) for name in list(tensors) if name.startswith("linear")])
    found = load_controllers(folder, load_config(folder))["w4"]
    assert found.caution.shape == ()
    z, label = examples(90, 0)
    assert torch.equal(found(z).spread, taught(z).spread)
    found.calibrate(z, label[:, 3:])
    assert found.caution.shape == (8,)
    save_controllers(folder, {"w4": found}, load_config(folder))
    again = load_controllers(folder, load_config(folder))["w4"]
    assert torch.allclose(again(z).spread, found(z).spread, rtol=1e-3)
    assert again.config.by_knob


def test_one_more_controller_leaves_the_others_as_they_are(folder: Path) -> None:
    before = load_file(folder / "controllers.safetensors")
    kept = load_controllers(folder, load_config(folder)) | {"full": Controller(replace(CONFIG, bottleneck=0))}
    save_controllers(folder, kept, load_config(folder))
    after = load_file(folder / "controllers.safetensors")
    assert all(torch.equal(after[name], tensor) for name, tensor in before.items())
    assert Explorer.load(folder, device="cpu").dimensions == (4,)


def change_tensors(folder: Path, change: Callable[[dict[str, torch.Tensor]], object]) -> None:
    tensors = load_file(folder / "controllers.safetensors")
    change(tensors)
    save_file(tensors, folder / "controllers.safetensors")


def describe(folder: Path, controllers: object) -> None:
    file = folder / "config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"controllers": controllers}))


PLAIN = asdict(CONFIG)
BROKEN: dict[str, Callable[[Path], object]] = {
    "controllers.safetensors is missing": lambda f: (f / "controllers.safetensors").unlink(),
    "controllers.safetensors is damaged": lambda f: (f / "controllers.safetensors").write_bytes(b"\xff" * 64),
    "lacks w4.decoder.0.bias": lambda f: change_tensors(f, lambda t: t.pop("w4.decoder.0.bias")),
    "unknown tensor w4.extra": lambda f: change_tensors(f, lambda t: t.update({"w4.extra": torch.zeros(1)})),
    "w4.mean has shape": lambda f: change_tensors(f, lambda t: t.update({"w4.mean": torch.zeros(5)})),
    "w4.mean holds values that are not numbers": lambda f: change_tensors(f, lambda t: t["w4.mean"].fill_(torch.nan)),
    "unknown tensor linear": lambda f: describe(f, {"w4": PLAIN}),
    "lacks w2": lambda f: describe(f, {"w2": PLAIN}),
    "bottleneck 999 is out of range": lambda f: describe(f, {"w4": PLAIN | {"bottleneck": 999}}),
    "does not describe a controller": lambda f: describe(f, {"w4": PLAIN | {"depth": 3}}),
    "does not describe a controller ": lambda f: describe(f, {"w4": [1, 2]}),
    "does not describe a controller  ": lambda f: describe(f, {"w4": PLAIN | {"bottleneck": "2"}}),
    "controllers": lambda f: describe(f, ["w4"]),
}


@pytest.mark.parametrize("reason", BROKEN)
def test_broken_controllers_are_refused_with_the_reason(reason: str, folder: Path) -> None:
    BROKEN[reason](folder)
    with pytest.raises(CheckpointError, match=reason.strip()):
        _ = Explorer.load(folder, device="cpu").controllers


def test_a_checkpoint_without_controllers_names_the_command(folder: Path) -> None:
    describe(folder, {})
    explorer = Explorer.load(folder, device="cpu")
    assert explorer.dimensions == ()
    for call in (lambda: explorer.play(np.zeros(2)), lambda: explorer.estimate(np.zeros(explorer.layout.size))):
        with pytest.raises(CheckpointError, match="python -m training controller"):
            call()


CHAINS = {"bottleneck": 0, "chains": True}


@pytest.mark.parametrize(
    "other",
    [
        {"parameters": (3, 3, 3)}, {"parameters": (3, 3)}, {"latent": 7},
        {"latent": 6, "reads": "w9"} | CHAINS, {"latent": 4, "reads": "w4"} | CHAINS,
    ],
)  # fmt: skip
def test_a_controller_of_other_effects_or_another_model_is_refused(other: dict, folder: Path) -> None:
    save_controllers(folder, {"w4": Controller(replace(CONFIG, **other))}, load_config(folder))
    with pytest.raises(CheckpointError, match="another model or other effects"):
        _ = Explorer.load(folder, device="cpu").controllers


def test_an_effect_that_the_product_does_not_know_is_refused(folder: Path) -> None:
    file = folder / "config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"effects": ["delay", "flanger", "lowpass"]}))
    with pytest.raises(CheckpointError, match="flanger"):
        _ = Explorer.load(folder, device="cpu").controllers


def test_play_takes_an_effect_by_name(folder: Path) -> None:
    explorer = Explorer.load(folder, device="cpu")
    own = explorer.play(np.zeros(4))
    assert all(explorer.play(np.zeros(4), name).setting.effect == name for name in NAMES)
    assert explorer.play(np.zeros(4), own.setting.effect).setting == own.setting
    assert sum(own.probabilities.values()) == pytest.approx(1)


def test_of_a_sound_s_segments_the_surer_one_counts_more(folder: Path) -> None:
    explorer = Explorer.load(folder, device="cpu")
    z = np.zeros((12, explorer.layout.size), np.float32)
    z[:, explorer.map_part] = examples(36, 7)[0][::3]  # all of one effect
    each = [explorer.estimate(row, "w4") for row in z]
    assert {one.setting.effect for one in each} == {"delay"}
    assert explorer.estimate(z[[0, 0, 0]], "w4").setting.values == pytest.approx(each[0].setting.values, abs=1e-5)
    for a, b in combinations(range(12), 2):
        both = np.array(explorer.estimate(z[[a, b]], "w4").setting.values)
        values, spread = (
            np.array(two) for two in ([each[i].setting.values for i in (a, b)], [each[i].spread for i in (a, b)])
        )
        off = np.abs(both - values)  # (segment, knob)
        clear = (off.sum(axis=0) > 1e-3) & (np.abs(np.log(spread[0] / spread[1])) > 0.05)
        assert ((off[0] < off[1]) == (spread[0] < spread[1]))[clear].all()
        assert np.allclose(off.sum(axis=0), np.abs(values[0] - values[1]), atol=1e-5)  # between the two
