"""Promise: a hostile checkpoint is refused with its reason: nothing run, nothing written, hardly any memory used."""

import io
import json
import math
import os
import pickle
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from core.checkpoints.folder import CheckpointConfig, build, save
from core.checkpoints.limits import CheckpointError
from core.explorer import CHECKPOINTS, Explorer
from tests.conftest import ROOT

CONFIG = CheckpointConfig("joint_vae", {"width": 32, "local_latent": 4, "pair_latent": 4}, ("delay", "overdrive"))
CONTROLLER = {"latent": 4, "parameters": [3, 2]}


class Program:
    """Unpickled, it leaves a file called `executed` where it runs."""

    def __reduce__(self) -> tuple:
        return Path.touch, (Path("executed"),)


def config(folder: Path, **changes: object) -> None:
    file = folder / "config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


def model(folder: Path, **changes: object) -> None:
    config(folder, model_config=CONFIG.model_config | changes)


def weights(folder: Path, change: Callable[[dict[str, torch.Tensor]], object]) -> None:
    tensors = load_file(folder / "weights.safetensors")
    change(tensors)
    save_file(tensors, folder / "weights.safetensors")


def controllers(folder: Path, count: int, **changes: object) -> None:
    config(folder, controllers=dict.fromkeys(map(str, range(count)), CONTROLLER | changes))


def huge_header(folder: Path) -> None:
    entries = {f"t{index}": {"dtype": "F16", "shape": [0], "data_offsets": [0, 0]} for index in range(50_000)}
    header = json.dumps(entries).encode()
    (folder / "weights.safetensors").write_bytes(len(header).to_bytes(8, "little") + header)


def huge_tensor(folder: Path) -> None:
    header = json.dumps({"to_local.bias": {"dtype": "F32", "shape": [2**40], "data_offsets": [0, 2**42]}}).encode()
    (folder / "weights.safetensors").write_bytes(len(header).to_bytes(8, "little") + header)


def sparse(folder: Path, name: str, size: int) -> None:
    with (folder / name).open("r+b") as file:
        file.truncate(size)


def linked(folder: Path, name: str) -> None:
    (folder / name).rename(folder.parent / f"{folder.name}-{name}")
    (folder / name).symlink_to(folder.parent / f"{folder.name}-{name}")


def pointer(folder: Path, name: str) -> None:
    """As a clone without Git LFS leaves it."""
    oid = "a" * 64
    (folder / name).write_text(f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize 12345678\n")


def explained(folder: Path, share: object) -> None:
    config(folder, training={"limits": {"leftover": {"delay": share}}})


def twice(folder: Path) -> None:
    file = folder / "config.json"
    file.write_text(file.read_text().replace('"effects"', '"model": "week5_vae", "effects"', 1))


def pipe(folder: Path) -> None:
    (folder / "weights.safetensors").unlink()
    os.mkfifo(folder / "weights.safetensors")


def atlas(folder: Path, packing: int = zipfile.ZIP_DEFLATED, **changes: bytes | np.ndarray | None) -> None:
    """Change arrays of the atlas: other arrays, raw members, or None for none at all."""
    file = folder / "atlas.npz"
    with np.load(file) as archive:
        arrays: dict[str, bytes | np.ndarray | None] = {**archive, **changes}
    with zipfile.ZipFile(file, "w", packing) as archive:
        for name, array in arrays.items():
            if array is not None:
                archive.writestr(f"{name}.npy", array if isinstance(array, bytes) else npy(array))


def chains(folder: Path, **changes: np.ndarray) -> None:
    """One chain in the atlas, of the first two effects, with other arrays."""
    with np.load(folder / "atlas.npz") as archive:
        axes = archive["pca"].shape[1]
    one = {
        "effect": np.array([[0, 1]], np.int8), "values": np.full((1, 2, 3), 0.5, "f4"),
        "clip": np.zeros(1, np.int32), "offset": np.zeros(1, np.int32),
        "loudness_lufs": np.zeros(1, "f4"), "brightness_hz": np.zeros(1, "f4"),
        "umap_2d": np.zeros((1, 2), "f4"), "umap_3d": np.zeros((1, 3), "f4"), "pca": np.zeros((1, axes), "f4"),
    }  # fmt: skip
    atlas(folder, **{f"chain_{name}": array for name, array in (one | changes).items()})


def npy(array: np.ndarray, shape: tuple[int, ...] | None = None) -> bytes:
    """An array as a file, its header claiming another shape."""
    raw = io.BytesIO()
    np.save(raw, array)
    if shape is None:
        return raw.getvalue()
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(head, {"descr": array.dtype.str, "fortran_order": False, "shape": shape})
    return head.getvalue() + array.tobytes()


def small_atlas(file: Path) -> None:
    """Every fortieth point of a shipped atlas."""
    with np.load(CHECKPOINTS / "joint-2ch" / "atlas.npz") as archive:
        arrays = dict(archive)
    points = len(arrays["effect"])
    np.savez_compressed(file, **{name: one[::40] if len(one) == points else one for name, one in arrays.items()})


def many_members(folder: Path) -> None:
    with zipfile.ZipFile(folder / "atlas.npz", "w") as archive:
        for index in range(2000):
            archive.writestr(f"{index}.npy", b"")


def points(folder: Path, name: str, value: float) -> None:
    with np.load(folder / "atlas.npz") as archive:
        array = archive[name].copy()
    array.flat[0] = value
    atlas(folder, **{name: array})


HOSTILE: dict[str, tuple[str, Callable[[Path], object]]] = {
    "a program as weights": ("is a pickle", lambda f: (f / "weights.safetensors").write_bytes(pickle.dumps(Program()))),
    "torch.save as weights": ("a PyTorch file", lambda f: torch.save({"a": Program()}, f / "weights.safetensors")),
    "a missing tensor": ("lacks to_local.bias", lambda f: weights(f, lambda t: t.pop("to_local.bias"))),
    "an extra tensor": ("unknown tensor", lambda f: weights(f, lambda t: t.update({"](http://x)": torch.zeros(1)}))),
    "a tensor of another shape": ("has shape", lambda f: weights(f, lambda t: t.update(measured_std=torch.ones(3)))),
    "a tensor of another type": (
        "stored as F64",
        lambda f: weights(f, lambda t: t.update(measured_std=t["measured_std"].double())),
    ),
    "not a number": ("not numbers", lambda f: weights(f, lambda t: t["measured_std"].fill_(torch.nan))),
    "infinite": ("not numbers", lambda f: weights(f, lambda t: t["measured_std"].fill_(torch.inf))),
    "a header of megabytes": ("its header claims", huge_header),
    "a tensor of terabytes": ("is damaged", huge_tensor),
    "a file of a gigabyte": ("bytes, more than", lambda f: sparse(f, "weights.safetensors", 2**30)),
    "a configuration of a gigabyte": ("bytes, more than", lambda f: sparse(f, "config.json", 2**30)),
    "linked weights": ("is a link", lambda f: linked(f, "weights.safetensors")),
    "linked configuration": ("is a link", lambda f: linked(f, "config.json")),
    "linked atlas": ("is a link", lambda f: linked(f, "atlas.npz")),
    "a Git LFS pointer as weights": ("pointer of Git LFS.*git lfs pull", lambda f: pointer(f, "weights.safetensors")),
    "a Git LFS pointer as atlas": ("pointer of Git LFS.*git lfs pull", lambda f: pointer(f, "atlas.npz")),
    "a field twice": ("must not come twice", lambda f: twice(f)),
    "an endless name of an effect": ("must be different names", lambda f: config(f, effects=["a" * 1000])),
    "a number in infinity": (r"limits\.leftover\S* must be a finite number", lambda f: explained(f, math.inf)),
    "a pipe as weights": ("is missing", pipe),
    "not UTF-8": ("not text in UTF-8", lambda f: (f / "config.json").write_bytes(b"\xff{}")),
    "brackets in brackets": ("nested too deep", lambda f: (f / "config.json").write_text("[" * 500_000)),
    "deep objects": ("nests deeper", lambda f: config(f, scores={"a": json.loads("[" * 50 + "]" * 50)})),
    "very deep objects": ("nests deeper", lambda f: config(f, scores={"a": json.loads("[" * 900 + "]" * 900)})),
    "an unknown field": ("an unknown field code", lambda f: config(f, code="import os")),
    "an unknown field of the model": ("unknown field", lambda f: model(f, layers=["os.system"])),
    "an unknown model": ("is unknown", lambda f: config(f, model="__import__('os')")),
    "a layer of 10^9": ("must lie in", lambda f: model(f, width=10**9)),
    "a layer of 10^400": ("width 10000", lambda f: model(f, width=10**400)),
    "layers of 700 million weights": ("more than 160,000,000 weights", lambda f: model(f, width=4096)),
    "a spectrogram of gigabytes": ("must lie in", lambda f: model(f, spectrogram={"samples": 2**30, "fft": 2**28})),
    "a format for gigabytes of text": ("samples must be a", lambda f: model(f, spectrogram={"samples": "%2000000d"})),
    "a hop of zero": ("hop 0 do not fit", lambda f: model(f, spectrogram={"hop": 0})),
    "a width that is no number": ("width must be a whole number, not a list", lambda f: model(f, width=[32])),
    "a scale that is not a number": ("pair_scale nan must lie in", lambda f: model(f, pair_scale=float("nan"))),
    "an absurd model of the report": (
        "more than 160,000,000 weights",
        lambda f: config(f, model="week5_vae", model_config={"latent": 8192, "widths": [256] * 4}),
    ),
    "effects that are no names": ("must be different names", lambda f: config(f, effects=["![](http://x)"])),
    "effects that are no list": ("effects must be a list", lambda f: config(f, effects=7)),
    "a thousand controllers": ("more than 256 controllers", lambda f: controllers(f, 1000)),
    "controllers of a billion weights": (
        "more than 160,000,000 weights",
        lambda f: (
            (f / "controllers.safetensors").write_bytes(b"-"),
            controllers(f, 200, width=4096),
        ),
    ),
    "a limit that is no number": (r"limits\.leftover\S* must be a number, not a text", lambda f: explained(f, "low")),
    "objects in the atlas": ("object", lambda f: atlas(f, clips=np.array([Program()] * 8, dtype=object))),
    "a missing array": ("missing or unknown", lambda f: atlas(f, clips=None)),
    "an unknown array": ("missing or unknown", lambda f: atlas(f, other=np.zeros(1))),
    "an array outside": ("missing or unknown", lambda f: atlas(f, **{"../../escape": np.zeros(1)})),
    "an atlas that unpacks to 300 MB": ("unpack to more", lambda f: atlas(f, block_basis=np.zeros((9000, 8192), "f4"))),
    "an array that claims terabytes": ("not as long", lambda f: atlas(f, pca=npy(np.zeros(4, "f4"), (2**32, 16)))),
    "a chain of an effect without a name": (
        "does not name", lambda f: chains(f, effect=np.full((1, 2), 99, np.int8)),
    ),
    "chains of different lengths": ("arrays of its chains", lambda f: chains(f, clip=np.zeros(2, np.int32))),
    "a chain with a knob beyond its end": ("out of range", lambda f: chains(f, values=np.full((1, 2, 3), 1.5, "f4"))),
    "an unknown packing": ("unknown way", lambda f: atlas(f, zipfile.ZIP_LZMA)),
    "an atlas of thousands of files": ("its directory", many_members),
    "a point without a number": ("not numbers", lambda f: points(f, "umap_2d", np.nan)),
    "a knob beyond its end": ("out of range", lambda f: points(f, "values", 7.0)),
    "a point of no effect": ("does not name", lambda f: points(f, "effect", 100)),
    "an atlas cut in half": ("no npz", lambda f: sparse(f, "atlas.npz", 10_000)),
}  # fmt: skip

PROBE = """
import json, sys
from pathlib import Path
from core.checkpoints import hub
import core.checkpoints.folder, core.latent.atlas, torch

def peak_mb():  # of this program: getrusage would count what its parent held when it started it, too
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(status["VmHWM"].split()[0]) / 1024

hub.verify(Path(sys.argv[1]))  # an honest one: what libraries load at their first use is none of the bombs' doing
before = peak_mb()
for name in sys.argv[2:]:
    try:
        hub.verify(Path(name))
        print(json.dumps(["", "", 0]))
    except Exception as error:
        print(json.dumps([type(error).__name__, str(error), peak_mb() - before]))
"""


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, str, float]]:
    """Kind and text of the error for each hostile folder, and the growth of the process's peak memory so far, in MB."""
    place = tmp_path_factory.mktemp("hostile")
    honest = place / "honest"
    save(honest, build(CONFIG.model, CONFIG.model_config), CONFIG)
    small_atlas(honest / "atlas.npz")
    folders = []
    for index, (_, change) in enumerate(HOSTILE.values()):
        folders.append(place / f"folder-{index}")
        shutil.copytree(honest, folders[-1])
        change(folders[-1])
    before = sorted(place.rglob("*"))
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", PROBE, str(honest), *map(str, folders)]
    done = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert sorted(place.rglob("*")) == before, "something was written, or executed"
    return dict(zip(HOSTILE, map(json.loads, done.stdout.splitlines()), strict=True))


@pytest.mark.parametrize("name", HOSTILE)
def test_it_is_refused_with_its_reason_before_memory_grows(
    name: str, answers: dict[str, tuple[str, str, float]]
) -> None:
    kind, text, growth_mb = answers[name]
    assert kind == "CheckpointError", text
    assert re.search(HOSTILE[name][0], text), text
    assert "](" not in text
    assert len(text) < 300
    assert growth_mb < 100


def test_an_honest_one_is_not_refused(tmp_path: Path) -> None:
    save(tmp_path / "small", build(CONFIG.model, CONFIG.model_config), CONFIG)
    assert Explorer.load(tmp_path / "small", device="cpu").config == CONFIG


def test_an_atlas_of_other_effects_is_refused(tmp_path: Path) -> None:
    shutil.copytree(CHECKPOINTS / "joint-2ch", tmp_path / "other")
    config(tmp_path / "other", effects=["delay", "overdrive"])
    with pytest.raises(CheckpointError, match="another model"):
        _ = Explorer.load(tmp_path / "other", device="cpu").atlas
