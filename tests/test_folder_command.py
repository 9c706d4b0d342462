"""Promise: a command that is stopped, or whose processes die, keeps what is done; it prints what README shows."""

import csv
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from core.folder import encode_files
from core.folder.__main__ import main
from core.folder.items import Item
from core.folder.journal import Row, journal_of
from core.folder.processes import Processes
from tests.conftest import ROOT
from tests.takes import SETTINGS, lone, write_takes

ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT)}


@pytest.fixture
def encoding(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """The command at work on twelve recordings, three of them done, and its table."""
    out = tmp_path / "z.csv"
    lone(tmp_path / "recordings", 12)
    process = subprocess.Popen(
        [sys.executable, "-m", "core.folder", "encode", "recordings", "--out", out.name, "--workers", "2"],
        cwd=tmp_path, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    until = time.monotonic() + 120
    while lines(out) < 4 and process.poll() is None and time.monotonic() < until:
        time.sleep(0.01)
    yield process, out
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def latentfx(arguments: list[str]) -> int:
    """What the command exits with; its processes are forked from one that has loaded everything."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["latentfx", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
    return int(ended.value.code or 0)


def lines(out: Path) -> int:
    return journal_of(out).read_bytes().count(b"\n") if journal_of(out).exists() else 0


def test_after_kill_9_the_same_command_goes_on(
    encoding: tuple[subprocess.Popen[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    process, out = encoding
    family = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.wait()
    kept = lines(out) - 1
    assert 3 <= kept < 12
    assert not out.exists()
    _, alive = psutil.wait_procs(family, timeout=20)
    assert len(family) >= 3
    assert not alive
    told: list[tuple[int, int]] = []
    monkeypatch.chdir(out.parent)
    rows = encode_files("recordings", out.name, workers=1, on_progress=lambda *done: told.append(done))
    assert told[0] == (kept, 12)
    assert len(rows) == 12
    assert not any("reason" in row for row in rows)


def test_ctrl_c_keeps_what_is_done(encoding: tuple[subprocess.Popen[str], Path]) -> None:
    process, out = encoding
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all of them
    printed, said = process.communicate(timeout=60)
    done = lines(out) - 1
    assert process.returncode == 130
    assert printed == ""
    assert said == f"Stopped: {done} of 12 are done. The same command goes on from there.\n"
    assert 3 <= done < 12
    with out.open(newline="") as file:
        assert len(list(csv.DictReader(file))) == done


@dataclass(frozen=True)
class Deadly:
    """Work that some items end the process of."""

    about = {"the command": "deadly"}  # noqa: RUF012 - a constant of the test

    def columns(self) -> dict[str, str]:
        return {"file": "text", "reason": "text"}

    def row(self, item: Item) -> Row:
        if item.file in ("2", "5"):
            os.kill(os.getpid(), signal.SIGKILL)
        return {"file": item.file, "pid": os.getpid()}


def test_a_process_that_dies_costs_its_item_alone() -> None:
    items = [Item(str(number)) for number in range(8)]
    with Processes(Deadly(), 2) as processes:
        assert list(processes.columns()) == ["file", "reason"]
        rows = {item.file: row for item, row in processes.rows(items, threading.Event())}
    assert sorted(rows) == [item.file for item in items]
    assert [name for name in sorted(rows) if "reason" in rows[name]] == ["2", "5"]
    assert "ended the process" in rows["2"]["reason"]


def test_any_name_is_printed_on_one_line(tmp_path: Path) -> None:
    """By an output of few letters, as that of Windows into a file."""
    (tmp_path / "recordings").mkdir()
    for name in (b"no\xffutf.wav", "\U0001f600.wav".encode(), b"two\nlines\x1b[2J.wav"):
        Path(os.fsdecode(os.fsencode(tmp_path / "recordings") + b"/" + name)).write_bytes(b"RIFF")
    done = subprocess.run(
        [sys.executable, "-m", "core.folder", "apply", "delay", "recordings", "--out", "out", "--workers", "1"],
        cwd=tmp_path, env=ENVIRONMENT | {"PYTHONIOENCODING": "cp1252"}, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 3, done.stderr
    _, *reasons = done.stdout.decode().splitlines()
    assert [reason.split(".wav")[0].strip() for reason in reasons] == [
        "recordings/no?utf", "recordings/two?lines?[2J", "recordings/\\U0001f600",
    ]  # fmt: skip


def test_the_command_line_waits_for_nothing_heavy() -> None:
    heavy = ("torch", "sklearn", "pyarrow")
    code = f"import sys, pages.static.command; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
    assert 'latentfx = "pages.static.command:main"' in (ROOT / "pyproject.toml").read_text()


def test_the_readme_s_commands_print_what_it_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_takes(tmp_path / "takes")
    (tmp_path / "takes" / "hum_dry.wav").write_bytes((tmp_path / "takes" / "a_dry.wav").read_bytes())
    section = (ROOT / "README.md").read_text().partition("## A folder at a time")[2].partition("\n## ")[0]
    (console,) = re.findall(r"```console\n(.*?)```", section, re.DOTALL)
    shown = re.findall(r"^\$ latentfx (.*)\n((?:[^$].*\n)*)", console, re.M)
    assert len(shown) == 5
    monkeypatch.chdir(tmp_path)
    for arguments, printed in shown:
        assert latentfx(shlex.split(arguments)) == (3 if "reason" in printed else 0)
        assert capsys.readouterr() == (printed, "")
    names: dict = {}
    exec(re.findall(r"```py\n(.*?)```", section, re.DOTALL)[0], names)
    assert [effect for effect, *_ in names["found"]] == [setting.effect for setting in SETTINGS.values()]
    assert json.loads((tmp_path / "between" / "a_dry-b_dry.json").read_text())["format"] == "latentfx-path/2"
