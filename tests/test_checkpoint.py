"""Promise: what was saved comes back bit for bit; anything else is refused with its reason."""

import json
import shutil
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from core.checkpoints.cache import cached, find, make_room
from core.checkpoints.folder import CheckpointConfig, build, load, load_config, save
from core.checkpoints.limits import CheckpointError
from core.checkpoints.meaning import Meaning
from core.checkpoints.reference import HubError
from core.explorer import CHECKPOINTS, Explorer

CONFIG = CheckpointConfig("joint_vae", {"width": 32, "local_latent": 4, "pair_latent": 4}, ("delay", "overdrive"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    save(tmp_path / "small", build(CONFIG.model, CONFIG.model_config), CONFIG)
    return tmp_path / "small"


def test_round_trip_is_bit_equal(folder: Path, tmp_path: Path) -> None:
    model, config = load(folder)
    save(tmp_path / "again", model, config)
    assert (folder / "weights.safetensors").read_bytes() == (tmp_path / "again" / "weights.safetensors").read_bytes()
    assert (folder / "config.json").read_bytes() == (tmp_path / "again" / "config.json").read_bytes()
    assert config == CONFIG


@pytest.mark.parametrize("name", ["factor", "joint-2ch", "week5"])
def test_shipped_checkpoints_say_what_their_numbers_mean(name: str) -> None:
    config = load_config(CHECKPOINTS / name)
    assert config.meaning == Meaning.here(config.effects)


def change_config(folder: Path, **changes: object) -> None:
    file = folder / "config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


def meaning_of(**changes: object) -> dict:
    """What a checkpoint of today means, with some of it changed."""
    return json.loads(json.dumps(asdict(Meaning.here(CONFIG.effects)))) | changes


def knobs_of(**changes: object) -> dict:
    """Knobs of a checkpoint of today, the first of delay's changed."""
    knobs = meaning_of()["knobs"]
    knobs["delay"][0] |= changes
    return knobs


def change_weights(folder: Path, change) -> None:
    weights = load_file(folder / "weights.safetensors")
    change(weights)
    save_file(weights, folder / "weights.safetensors")


def spoil(weights: dict[str, torch.Tensor]) -> None:
    weights["to_local.weight"][0, 0, 0] = float("nan")


BROKEN = {
    "config.json is missing": lambda f: (f / "config.json").unlink(),
    "is not JSON": lambda f: (f / "config.json").write_text("{"),
    "not text in UTF-8": lambda f: (f / "config.json").write_bytes(b"\xff{}"),
    "must be an object": lambda f: (f / "config.json").write_text("[]"),
    "unknown field extra. It may be of a newer LatentFX": lambda f: change_config(f, extra=1),
    "'gan' is unknown": lambda f: change_config(f, model="gan"),
    "does not describe": lambda f: change_config(f, model_config={"depth": 3}),
    "must lie in": lambda f: change_config(f, model_config={"width": 10**9}),
    "does not describe ": lambda f: change_config(f, model_config={"width": "wide"}),
    "is for sounds at 44,100 Hz": lambda f: change_config(f, meaning=meaning_of(sample_rate=44_100)),
    "is for version 0 of the measurements": lambda f: change_config(f, meaning=meaning_of(measurements=0)),
    "delay with time from 0.05 to 0.9 s": lambda f: change_config(f, meaning=meaning_of(knobs=knobs_of(high=0.9))),
    "delay with pause from": lambda f: change_config(f, meaning=meaning_of(knobs=knobs_of(name="pause"))),
    "s .linear., and here that is time": lambda f: change_config(f, meaning=meaning_of(knobs=knobs_of(curve="linear"))),
    "0 knobs of delay, and here it has 3": lambda f: change_config(f, meaning=meaning_of(knobs={})),
    "low must be a number": lambda f: change_config(f, meaning=meaning_of(knobs=knobs_of(low="little"))),
    "weights.safetensors is missing": lambda f: (f / "weights.safetensors").unlink(),
    "is a pickle": lambda f: (f / "weights.safetensors").write_bytes(b"\x80\x04K\x01."),
    "is damaged ": lambda f: (f / "weights.safetensors").write_bytes(b"\xff" * 64),
    "lacks to_local.weight": lambda f: change_weights(f, lambda w: w.pop("to_local.weight")),
    "unknown tensor": lambda f: change_weights(f, lambda w: w.update(extra=torch.zeros(1))),
    "has shape": lambda f: change_weights(f, lambda w: w.update({"to_local.bias": torch.zeros(3)})),
    "not numbers": lambda f: change_weights(f, spoil),
}


@pytest.mark.parametrize("reason", BROKEN)
def test_broken_folders_are_refused_with_the_reason(reason: str, folder: Path) -> None:
    BROKEN[reason](folder)
    with pytest.raises(CheckpointError, match=reason.strip()):
        Explorer.load(folder, device="cpu")


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(CheckpointError, match="joint-2ch"):
        Explorer.load("no-such-checkpoint")


def test_a_missing_or_foreign_atlas_leaves_the_model_usable(explorer: Explorer, folder: Path) -> None:
    small = Explorer.load(folder, device="cpu")
    with pytest.raises(CheckpointError, match=r"atlas\.npz"):
        _ = small.atlas
    shutil.copy(explorer.folder / "atlas.npz", folder / "atlas.npz")
    with pytest.raises(CheckpointError, match="another model"):
        _ = small.atlas
    np.savez(folder / "atlas.npz", effects=np.array([object()], dtype=object))
    with pytest.raises(CheckpointError, match="missing or unknown arrays"):
        _ = small.atlas
    assert small.decode(np.zeros(small.layout.size)).shape[1] == 2


def test_config_spells_out_every_field(explorer: Explorer) -> None:
    assert explorer.config.model_config == json.loads(json.dumps(asdict(explorer.model.config)))


NO_FILES_OF_OURS = {
    "a web page": b"  <!DOCTYPE html><html><title>Sign in</title>",
    "a zip archive or a PyTorch file": b"PK\3\4" + bytes(100),
    "a pickle. Files of that kind can hold programs and are never opened": b"\x80\4\x95" + bytes(100),
    "a packed archive .gzip": b"\x1f\x8b" + bytes(100),
    "empty. Please fetch": b"",
    "a pointer of Git LFS": b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
}


@pytest.mark.parametrize("what", NO_FILES_OF_OURS)
@pytest.mark.parametrize("name", ["weights.safetensors", "config.json"])
def test_what_is_no_file_of_ours_is_named_as_what_it_is(name: str, what: str, folder: Path) -> None:
    (folder / name).write_bytes(NO_FILES_OF_OURS[what])
    with pytest.raises(CheckpointError, match=f"{name} is {what}"):
        load(folder)


def test_what_may_be_meant_by_a_folder_that_is_no_checkpoint_is_said(folder: Path) -> None:
    with pytest.raises(CheckpointError, match="may be the folder small in it"):
        Explorer.load(folder.parent)
    with pytest.raises(CheckpointError, match=r"is a file. Please give the folder"):
        Explorer.load(folder / "weights.safetensors")
    (folder / "config.json").unlink()
    (folder / "model.pt").write_bytes(b"\x80\2}")
    with pytest.raises(CheckpointError, match=r"model.pt there is no file of ours. Files of that kind .* never opened"):
        Explorer.load(folder)


def test_a_folder_that_is_called_like_a_shipped_checkpoint_does_not_hide_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "factor").mkdir()
    assert find("factor") == CHECKPOINTS / "factor"


@pytest.mark.parametrize("kind", ["a file", "a link to nothing", "below a file", "of nobody's", "full of rubbish"])
def test_whatever_the_cache_folder_is_shipped_checkpoints_are_found(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to(tmp_path / "gone")
    rubbish = tmp_path / "rubbish" / "org" / "name@0123456789ab"
    rubbish.mkdir(parents=True)
    (rubbish / "origin.json").write_bytes(b"[\xff")
    place = {
        "a file": "file", "a link to nothing": "link", "below a file": "file/under", "of nobody's": "/proc/nobody",
        "full of rubbish": "rubbish",
    }[kind]  # fmt: skip
    monkeypatch.setenv("LATENTFX_CACHE", str(tmp_path / place))
    assert find("factor") == CHECKPOINTS / "factor"
    assert cached() == []
    with pytest.raises(HubError, match=r"cannot be used|no room"):
        make_room(2**60)
