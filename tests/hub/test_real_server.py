"""Promise: a checkpoint comes from a real server of git repositories by branch, tag or commit."""

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.checkpoints import hub
from core.checkpoints.hub import HubError
from core.explorer import Explorer
from tests.hub.conftest import NAME, same


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
