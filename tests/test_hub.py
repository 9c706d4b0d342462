"""Promise: a checkpoint comes from the Hub whole and verified or not at all, and every refusal is a plain sentence."""

import multiprocessing
import os
import random
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch

from core.checkpoints import cache, hub
from core.checkpoints.folder import CheckpointConfig, build, save
from core.checkpoints.hub import HubError, Reference
from core.checkpoints.limits import FILES, CheckpointError
from core.explorer import Explorer
from tests.conftest import ROOT
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


@pytest.fixture(scope="module")
def mirror(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A real server of git repositories that speaks the Hub's language, and the repository it serves."""
    folder = tmp_path_factory.mktemp("olah")
    repository = folder / "mirrors" / "models" / NAME
    shutil.copytree(small, repository)
    for command in ("init -q -b main", "add -A", "commit -q -m first", "tag v1"):
        git(repository, command)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (folder / "olah.toml").write_text(
        f'[basic]\nhost = "127.0.0.1"\nport = {port}\nrepos-path = "./repos"\nmirrors-path = ["./mirrors"]\n'
        + "".join(f'{kind}-scheme = "http"\n{kind}-netloc = "127.0.0.1:{port}"\n' for kind in ("hf", "mirror"))
        + f'hf-lfs-netloc = "127.0.0.1:{port}"\nmirror-lfs-netloc = "127.0.0.1:{port}"\n'
        "[accessibility]\noffline = true\n"
    )
    command = [Path(sys.executable).with_name("olah-cli"), "-c", "olah.toml"]
    with (
        (folder / "olah.log").open("wb") as log,
        subprocess.Popen(command, cwd=folder, stdout=log, stderr=log) as server,
    ):
        try:
            wait_for(port)
            yield f"http://127.0.0.1:{port}", repository
        finally:
            server.terminate()


def git(repository: Path, command: str) -> None:
    who = ("-c", "user.name=someone", "-c", "user.email=someone@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, *command.split()], cwd=repository, check=True, capture_output=True)


def wait_for(port: int) -> None:
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError(f"nobody answers on port {port}")


def test_a_real_server_gives_branches_tags_and_commits(
    mirror: tuple[str, Path], small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", mirror[0])
    seen: list[tuple[int, int]] = []
    folder = hub.fetch(NAME, lambda done, total: seen.append((done, total)))
    assert same(folder, small)
    size = sum(file.stat().st_size for file in small.iterdir())
    assert seen[-1] == (size, size)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    (one,) = hub.cached()
    assert folder == one.folder
    assert one.name == f"{NAME}@{one.commit[:12]}"
    assert hub.fetch(f"{NAME}@v1") == folder == hub.fetch(f"{NAME}@{one.commit}")
    assert Explorer.load(NAME, device="cpu").config.effects == ("delay", "overdrive")


def test_a_real_server_and_a_new_commit(mirror: tuple[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint, repository = mirror
    monkeypatch.setenv("HF_ENDPOINT", endpoint)
    first = hub.fetch(f"{NAME}@v1")
    (repository / "README.md").write_text("another card")
    git(repository, "commit -q -a -m second")
    git(repository, "tag v2")
    second = hub.fetch(f"{NAME}@v2")
    assert (second / "README.md").read_text() == "another card" != (first / "README.md").read_text()
    assert len(hub.cached()) == 2
    for missing in ("someone/none", f"{NAME}@v3"):
        with pytest.raises(HubError, match=missing):
            hub.fetch(missing)


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


ERRORS = {
    (401, "RepoNotFound"): "no such repository, or it is private",
    (403, "GatedRepo"): "gated: please ask its owner",
    (403, ""): "refuses access",
    (404, "RepoNotFound"): "no such repository",
    (404, "RevisionNotFound"): "no revision 'main'",
    (404, "EntryNotFound"): "no LatentFX checkpoint",
    (429, ""): "too many requests",
    (500, ""): r"problem of its own \(500\)",
    (503, ""): r"problem of its own \(503\)",
}


@pytest.mark.parametrize(("status", "code"), ERRORS)
def test_what_the_hub_refuses_is_a_sentence_within_three_seconds(server: StandIn, status: int, code: str) -> None:
    server.status, server.code = status, code
    started = time.monotonic()
    with pytest.raises(HubError, match=ERRORS[status, code]) as caught:
        hub.fetch(NAME)
    assert time.monotonic() - started < 3
    assert server.url not in str(caught.value)
    assert not hub.cached()
    server.status = 0
    assert hub.fetch(NAME).is_dir()


def test_no_network_is_a_sentence_within_three_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as closed, socket.socket() as silent, socket.socket() as first, socket.socket() as second:
        closed.bind(("127.0.0.1", 0))
        silent.bind(("127.0.0.1", 0))
        silent.listen(0)  # and its queue is full: what comes later is dropped without a word
        for other in (first, second):
            other.setblocking(False)
            other.connect_ex(silent.getsockname())
        ports = (one.getsockname()[1] for one in (closed, silent))
        for endpoint in (
            *(f"http://127.0.0.1:{port}" for port in ports),
            "http://no-such-host.invalid",
            "http://[",
            "?",
        ):
            monkeypatch.setenv("HF_ENDPOINT", endpoint)
            started = time.monotonic()
            with pytest.raises(HubError, match="the Hub cannot be reached"):
                hub.fetch(NAME)
            assert time.monotonic() - started < 3
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(HubError, match="HF_HUB_OFFLINE forbids"):
        hub.fetch(NAME)


def test_a_commit_that_is_a_path_is_refused(server: StandIn, small: Path, tmp_path: Path) -> None:
    files = {file.name: file.read_bytes() for file in small.iterdir()}
    server.repositories["someone/path"] = {"main": files, "../" * 13 + "x": files}
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(HubError, match="does not say which commit"):
        hub.fetch("someone/path")
    assert sorted(tmp_path.rglob("*")) == before


def test_a_body_that_is_cut_longer_or_changed_leaves_nothing(server: StandIn, own_cache: Path) -> None:
    for trouble, reason in (
        ({"cut": 70_000}, "connection broke"),
        ({"lie": 10}, "ended after"),
        ({"lie": -10}, "longer"),
    ):
        for name, value in trouble.items():
            setattr(server, name, value)
        with pytest.raises(HubError, match=reason):
            hub.fetch(NAME)
        server.cut, server.lie = None, 0
        assert not list(own_cache.iterdir())


def test_sizes_are_refused_before_any_byte_is_fetched(server: StandIn) -> None:
    server.lie = 2**30
    with pytest.raises(HubError, match="at most"):
        hub.fetch(NAME)
    assert not [line for line in server.asked if line.startswith("GET")]


def test_no_checkpoint_of_ours_is_refused_before_its_weights(server: StandIn, small: Path, own_cache: Path) -> None:
    files = {file.name: file.read_bytes() for file in small.iterdir()}
    server.commit("someone/bert", files | {"config.json": b'{"model_type": "bert"}'}, "main")
    with pytest.raises(CheckpointError, match="lacks the field 'model'"):
        hub.fetch("someone/bert")
    assert not [line for line in server.asked if line.startswith("GET") and "weights" in line]
    server.commit("someone/nan", files | {"weights.safetensors": b"\x80\x04K\x01." * 99}, "main")
    with pytest.raises(CheckpointError, match="is damaged"):
        hub.fetch("someone/nan")
    assert not list(own_cache.iterdir())


def test_a_slow_download_can_be_cancelled(server: StandIn, own_cache: Path) -> None:
    server.chunk_s = 0.2
    seen: list[int] = []
    started = time.monotonic()
    with pytest.raises(hub.Cancelled, match="you stopped it"):
        hub.fetch(NAME, lambda done, _: seen.append(done), lambda: len(seen) >= 2)
    assert time.monotonic() - started < 2
    assert not list(own_cache.iterdir())


def test_a_hub_that_falls_silent_is_a_sentence(
    server: StandIn, own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "_ANSWER_S", 0.3)
    server.chunk_s = 2  # in the middle of a file
    with pytest.raises(HubError, match="did not answer"):
        hub.fetch(NAME)
    with socket.socket() as silent:  # from the start
        silent.bind(("127.0.0.1", 0))
        silent.listen(8)
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(HubError, match="did not answer"):
            hub.fetch(NAME)
    assert not list(own_cache.iterdir())


def test_two_that_fetch_at_once_share_what_arrives(server: StandIn, small: Path) -> None:
    server.chunk_s = 0.02
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(hub.fetch, (NAME, f"{NAME}@v1"))
    assert first == second
    assert same(first, small)


def test_the_token_is_sent_never_said_and_in_a_space_only_for_what_the_owner_offers(
    server: StandIn, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    server.status, server.code = 403, "GatedRepo"
    with caplog.at_level("DEBUG"), pytest.raises(HubError) as caught:
        hub.fetch(NAME)
    assert server.keys == {"Bearer hf_secret"}
    assert "hf_secret" not in str(caught.value) + caplog.text
    monkeypatch.setenv("SPACE_ID", "someone/space")
    for offered, keys in (("", {""}), (f"other/one, {NAME}", {"Bearer hf_secret"})):
        monkeypatch.setenv("LATENTFX_MODELS", offered)
        server.keys.clear()
        with pytest.raises(HubError):
            hub.fetch(NAME)
        assert server.keys == keys


@pytest.mark.parametrize(
    "text",
    ["", "small", "../etc", "a/b/c", "someone/../x", "someone/small@../x", "a/b@", "/etc/passwd", "a/b@-x", "ä/b"],
)
def test_what_is_no_reference_is_refused(text: str) -> None:
    with pytest.raises(HubError):
        Reference.parse(text)
    assert hub.find_cached(text) is None


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
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["tests.test_hub", "huggingface_hub.hf_api", "core.latent.atlas"])
    generator = random.Random(0)
    moments = [0.0, *(generator.uniform(0, 0.4) for _ in range(10)), None]
    found = []
    for moment in moments:
        process = processes.Process(target=fetch_in_a_process, args=(server.url, str(own_cache)))
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


FOLDERS = [
    "/data/checkpoints/factor", "./out/checkpoint", "../checkpoint", "~/models/factor", "~no-such-user/factor",
    "runs/mine/checkpoint", "C:\\models\\factor", "core/factor", Path("runs/mine"), Path("factor-2"),
]  # fmt: skip


@pytest.mark.parametrize("given", FOLDERS, ids=str)
def test_a_mistyped_folder_is_never_taken_for_a_name_on_the_hub(given: str | Path, server: StandIn) -> None:
    with pytest.raises(CheckpointError) as caught:
        hub.fetch(given)
    assert str(caught.value).startswith(f"There is no folder {given}. Please check")
    assert "Hub" not in str(caught.value)
    assert not server.asked


def test_a_folder_in_the_home_folder_is_found(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(small.parent))
    assert hub.fetch("~/small") == small
