"""A Hub of our own with one small checkpoint, and an empty cache."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from core.checkpoints.folder import CheckpointConfig, build, save
from core.checkpoints.limits import FILES
from tests.hub_stand_in import StandIn, serving

CONFIG = CheckpointConfig("joint_vae", {"width": 32, "local_latent": 4, "pair_latent": 4}, ("delay", "overdrive"))
NAME = "someone/small"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint of half a megabyte that knows two effects."""
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("checkpoint") / "small"
    save(folder, build(CONFIG.model, CONFIG.model_config), CONFIG)
    (folder / "README.md").write_text("---\nlicense: cc0-1.0\n---\n# Small\n")
    return folder


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("HF_TOKEN", "HF_HUB_OFFLINE", "SPACE_ID", "LATENTFX_MODELS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LATENTFX_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def server(small: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    with serving(StandIn()) as stand_in:
        stand_in.commit(NAME, {file.name: file.read_bytes() for file in small.iterdir()}, "main", "v1")
        monkeypatch.setenv("HF_ENDPOINT", stand_in.url)
        yield stand_in


def same(a: Path, b: Path) -> bool:
    """Whether two folders hold the same files of a checkpoint, bit for bit."""
    return all(
        (a / name).is_file() == (b / name).is_file()
        and (not (a / name).is_file() or (a / name).read_bytes() == (b / name).read_bytes())
        for name in FILES
    )
