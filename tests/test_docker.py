"""Promise: what the image runs works as plain commands, with the files it copies, and holds no secret.

Docker itself is not asked: the Dockerfile's own words are read and run.
"""

import fnmatch
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
LOCK = ROOT / ".github" / "requirements.txt"


def instructions() -> list[tuple[str, str]]:
    """(instruction, what follows), in order, lines that go on joined as the shell joins them."""
    lines = [line for line in (ROOT / "Dockerfile").read_text().splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [tuple(line.split(maxsplit=1)) for line in joined.splitlines() if line.strip()]  # type: ignore[misc]


def of(kind: str) -> list[str]:
    return [rest for name, rest in instructions() if name == kind]


def environment() -> dict[str, str]:
    """What ENV sets, but for the PATH of the image."""
    found = dict(pair.split("=", 1) for line in of("ENV") for pair in line.split())
    return {name: value for name, value in found.items() if name != "PATH"}


def copied() -> list[tuple[str, str]]:
    """(source, destination) of each COPY."""
    return [tuple(line.split()[1:]) for line in of("COPY")]  # type: ignore[misc]


def pins() -> dict[str, str]:
    """The version of each package of the image."""
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", LOCK.read_text(), re.M))


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """A folder with the files that the image gets."""
    for source, target in copied():
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, tmp_path / target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / source, tmp_path / target)
    return tmp_path


@contextmanager
def served(image: Path, **more: str) -> Iterator[dict[str, str]]:
    """The image's CMD at work on a free port; yields the environment it runs in."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    plain = {name: value for name, value in os.environ.items() if name not in ("SPACE_ID", "OMP_NUM_THREADS")}
    env = plain | environment() | {"STREAMLIT_SERVER_PORT": str(port), "PATH": path} | more
    server = subprocess.Popen(["sh", "-c", of("CMD")[0]], cwd=image, env=env, stdout=subprocess.DEVNULL)
    try:
        yield env
    finally:
        server.terminate()  # exec: the shell has become the server, and hears it
        assert server.wait(20) is not None


def healthy(env: dict[str, str], image: Path, patience_s: float = 60) -> bool:
    """Whether the image's own health check passes in time."""
    check = of("HEALTHCHECK")[0].split("CMD", 1)[1].strip()
    until = time.monotonic() + patience_s
    while time.monotonic() < until:
        if subprocess.run(["sh", "-c", check], cwd=image, env=env, stderr=subprocess.DEVNULL).returncode == 0:
            return True
        time.sleep(0.2)
    return False


@pytest.mark.parametrize(("space", "same_site"), [({}, "lax"), ({"SPACE_ID": "somebody/latentfx"}, "none")])
def test_cmd_serves_and_only_a_space_lets_its_cookie_travel(image: Path, space: dict[str, str], same_site: str) -> None:
    with served(image, **space) as env:
        assert healthy(env, image)
        with urlopen(f"http://127.0.0.1:{env['STREAMLIT_SERVER_PORT']}/_stcore/health", timeout=10) as answer:
            cookie = answer.headers["Set-Cookie"].lower()
        assert f"samesite={same_site}" in cookie
        assert ("secure" in cookie) == bool(space)
    assert not healthy(env, image, 0.1)


def test_the_first_page_needs_no_file_that_is_not_copied(image: Path) -> None:
    code = (
        "from streamlit.testing.v1 import AppTest; import core;"
        f"assert core.__file__.startswith({str(image)!r}), core.__file__;"
        "page = AppTest.from_file('streamlit_app.py', default_timeout=90).run();"
        "assert not page.exception and not page.error, page"
    )
    env = os.environ | {"PYTHONPATH": str(image)}
    done = subprocess.run([sys.executable, "-c", code], cwd=image, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]


def test_everything_copied_is_let_through_and_nothing_else() -> None:
    ignored = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]
    let_through = [line[1:] for line in ignored if line.startswith("!")]
    assert ignored[0] == "*"
    for source, _ in copied():
        assert (ROOT / source).exists()
        assert any(fnmatch.fnmatch(entry, f"{source}*") for entry in let_through), source
    assert not any(name in entry for entry in let_through for name in (".git/", ".env", "secrets", "tests", ".venv"))


def test_nothing_runs_as_root() -> None:
    assert of("FROM") == ["python:3.11-slim"]
    made = next(rest for rest in of("RUN") if "useradd" in rest)
    assert "--uid 1000" in made
    order = [(name, rest) for name, rest in instructions() if name in ("RUN", "COPY", "USER", "CMD")]
    assert order[:2] == [("RUN", made), ("USER", made.split()[-1])]
    assert [rest for name, rest in order if name == "USER"] == [made.split()[-1]]


def test_the_allocator_that_is_preloaded_is_installed() -> None:
    library, major = re.fullmatch(r"(\w+)\.so\.(\d+)", environment()["LD_PRELOAD"]).groups()  # type: ignore[union-attr]
    assert f"{library}{major}" in of("RUN")[0].split()


def test_port_and_health_check_are_what_a_space_is_told() -> None:
    assert of("EXPOSE") == [environment()["STREAMLIT_SERVER_PORT"]] == ["8501"]
    assert "/_stcore/health" in of("HEALTHCHECK")[0]


def test_no_secret_and_nothing_from_an_address() -> None:
    assert not of("ADD")
    named = re.findall(r"(\w+)=", " ".join(of("ENV") + of("ARG")))
    assert not [name for name in named if re.search(r"TOKEN|SECRET|PASSWORD|KEY|CREDENTIAL", name)]
    assert "://" not in (ROOT / "Dockerfile").read_text().replace("http://127.0.0.1", "")
    assert "://" not in LOCK.read_text()


def test_every_package_is_pinned_with_hashes_and_fits_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for wanted in map(Requirement, project["dependencies"]):
        assert wanted.specifier.contains(pins()[wanted.name.replace("_", "-")]), f"{wanted}: please run `make lock`"
    entries = re.split(r"\n(?=[a-z])", LOCK.read_text())[1:]
    assert len(entries) == len(pins())
    assert all(re.search(r"--hash=sha256:[0-9a-f]{64}", entry) for entry in entries)
    assert "--require-hashes" in "".join(of("RUN"))


def test_an_index_of_its_own_replaces_torch_and_nothing_else(tmp_path: Path) -> None:
    """The RUN line with a pip that only writes down what it is asked for."""
    shutil.copy(LOCK, tmp_path / "requirements.txt")
    pip = tmp_path / "pip"
    pip.write_text('#!/bin/sh\necho "$@" >> asked\n')
    pip.chmod(0o755)
    run = next(rest for rest in of("RUN") if "pip install" in rest)
    env = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}", "TORCH_INDEX": "its-address"}
    subprocess.run(["sh", "-c", run], cwd=tmp_path, env=env, check=True)
    first, second = (tmp_path / "asked").read_text().splitlines()
    pair = f"torch=={pins()['torch']} torchaudio=={pins()['torchaudio']}"
    assert first == f"install --user --index-url its-address {pair}"
    assert second == "install --user --require-hashes --no-deps -r requirements.txt"
    left = set(re.findall(r"^([a-z0-9-]+)==", (tmp_path / "requirements.txt").read_text(), re.M))
    gone = set(pins()) - left
    assert {"torch", "torchaudio", "triton"} <= gone
    assert all(name.startswith(("torch", "triton", "nvidia-", "cuda-")) for name in gone)
