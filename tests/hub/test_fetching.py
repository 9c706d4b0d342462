"""Promise: a checkpoint comes from the Hub whole and verified or not at all, and goes there whole."""

import os
import random
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch

from core.checkpoints import cache, hub
from core.checkpoints.hub import HubError, Reference
from core.explorer import Explorer
from tests.commands import FORKS
from tests.conftest import ROOT
from tests.hub.conftest import NAME, same
from tests.hub_stand_in import StandIn


def test_what_is_here_touches_no_network_and_imports_neither_the_hub_nor_a_compiler(
    server: StandIn, small: Path
) -> None:
    fetched = hub.fetch(f"{NAME}@v1")
    asked = len(server.asked)
    code = (
        "import sys, time; from core.checkpoints import hub; from core.explorer import Explorer\n"
        f"assert str(hub.fetch({str(small)!r})) == {str(small)!r}\n"
        "assert hub.fetch('factor').name == 'factor'\n"
        f"assert str(hub.fetch('{NAME}@v1')) == {str(fetched)!r}\n"
        f"Explorer.load('{NAME}@v1', device='cpu')\n"
        "Explorer.load('factor', device='cpu')\n"
        "print({'huggingface_hub', 'httpx2', 'torch._dynamo'} & set(sys.modules))"
    )
    environment = os.environ | {"HF_HUB_OFFLINE": "1"}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.stdout == "set()\n", done.stderr
    assert len(server.asked) == asked


def test_only_the_files_of_a_checkpoint_are_asked_for(server: StandIn, small: Path) -> None:
    files = {file.name: file.read_bytes() for file in small.iterdir()}
    evil = {
        "modeling.py": b"raise SystemExit",
        "../../escape.txt": b"x",
        "weights.bin": b"\x80\x04.",
        "origin.json": b"{}",
    }
    server.commit("someone/more", files | evil, "main")
    folder = hub.fetch("someone/more")
    assert sorted(file.name for file in folder.iterdir()) == sorted([*files, "origin.json"])
    assert not [line for line in server.asked if any(name in line for name in evil)]


@pytest.mark.alone
def test_a_slow_download_can_be_cancelled(server: StandIn, own_cache: Path) -> None:
    server.chunk_s = 0.2
    seen: list[int] = []
    started = time.monotonic()
    with pytest.raises(hub.Cancelled, match="you stopped it"):
        hub.fetch(NAME, lambda done, _: seen.append(done), lambda: len(seen) >= 2)
    assert time.monotonic() - started < 2
    assert not list(own_cache.iterdir())


def test_two_that_fetch_at_once_share_what_arrives(server: StandIn, small: Path) -> None:
    server.chunk_s = 0.02
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(hub.fetch, (NAME, f"{NAME}@v1"))
    assert first == second
    assert same(first, small)


def test_published_fetched_and_loaded_it_is_bit_equal(
    server: StandIn, small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(HubError, match="HF_TOKEN"):
        hub.publish(small, "me/mine")
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    commit = hub.publish(small, "me/mine", tag="v1")
    fetched = hub.fetch("me/mine@v1")
    assert same(fetched, small)
    assert fetched.name == f"mine@{commit[:12]}"
    a, b = (Explorer.load(folder, device="cpu").model.state_dict() for folder in (small, fetched))
    assert all(torch.equal(a[name], b[name]) for name in a)

    shutil.copytree(small, tmp_path / "next")
    (tmp_path / "next" / "README.md").unlink()
    hub.publish(tmp_path / "next", "me/mine")
    assert not (hub.fetch("me/mine") / "README.md").exists()
    with pytest.raises(HubError, match="already in use"):
        hub.publish(small, "me/mine", tag="v1")


def test_removed_from_the_cache_it_is_gone_and_nothing_else_can_be(server: StandIn, own_cache: Path) -> None:
    hub.fetch(NAME)
    for name in ("../../etc", NAME, ""):
        with pytest.raises(HubError, match="holds no"):
            hub.remove(name)
    hub.remove(hub.cached()[0].name)
    assert not hub.cached()
    assert not [file for file in own_cache.rglob("*") if file.is_file()]


def test_a_damaged_one_in_the_cache_is_fetched_again(server: StandIn, small: Path) -> None:
    folder = hub.fetch(NAME)
    for damage in (
        lambda: os.truncate(folder / "weights.safetensors", 1000),
        lambda: (folder / "weights.safetensors").unlink(),
        lambda: (folder / "origin.json").write_text(""),
    ):
        damage()
        assert hub.find_cached(NAME) is None
        assert hub.fetch(NAME) == folder
        assert same(folder, small)
        asked = len(server.asked)
        assert hub.fetch(NAME) == folder
        assert len(server.asked) == asked
    assert sorted(file.name for file in folder.parent.iterdir()) == [folder.name]


@pytest.mark.parametrize(
    "address",
    [
        "https://huggingface.co/{}",
        "http://hf.co/{}/",
        "hf.co/{}",
        "hf://{}",
        "{}/",
        "{}/tree/main",
        " {}/blob/main/a.md",
    ],
)
def test_an_address_of_the_hub_as_it_is_copied_is_its_name(
    address: str, server: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert hub.fetch(address.format(NAME)).name.startswith("small@")
    assert hub.find_cached(address.format(NAME))
    assert Reference.parse(address.format("someone/small").replace("main", "v1")).repository == NAME
    assert Reference.parse("hf.co/someone/small/tree/v1/") == Reference(NAME, "v1")
    monkeypatch.setenv("LATENTFX_MODELS", address.format(NAME))
    assert hub.offered() == (NAME,)


def test_a_full_cache_and_one_that_cannot_be_written_are_sentences(
    server: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "_MOST_BYTES", 1000)
    with pytest.raises(HubError, match="no room for"):
        hub.fetch(NAME)
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("LATENTFX_CACHE", str(tmp_path / "file"))
    with pytest.raises(HubError, match="LATENTFX_CACHE"):
        hub.fetch(NAME)


def fetch_in_a_process(endpoint: str, cache: str) -> None:
    os.environ |= {"HF_ENDPOINT": endpoint, "LATENTFX_CACHE": cache}
    hub.fetch(NAME)


def test_killed_at_any_moment_it_leaves_nothing_or_all(server: StandIn, small: Path, own_cache: Path) -> None:
    server.chunk_s = 0.01
    generator = random.Random(0)
    moments = [0.0, *(generator.uniform(0, 0.4) for _ in range(10)), None]
    found = []
    for moment in moments:
        process = FORKS.Process(target=fetch_in_a_process, args=(server.url, str(own_cache)))
        process.start()
        process.join(moment)
        process.kill()
        process.join()
        for one in (here := hub.cached()):
            assert same(one.folder, small)
            hub.remove(one.name)
        found.append(len(here))
    assert (found[0], found[-1]) == (0, 1)
    for left in own_cache.glob(".partial-*"):  # as if the kills were long ago
        for file in (*left.rglob("*"), left):
            os.utime(file, (0, 0))
    assert same(hub.fetch(NAME), small)
    assert not list(own_cache.glob(".partial-*"))


def test_a_folder_in_the_home_folder_is_found(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(small.parent))
    assert hub.fetch("~/small") == small
