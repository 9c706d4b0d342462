"""Promise: any number of recordings in, one row each out, whatever happens on the way."""

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

import numpy as np
import psutil
import pytest
from pyarrow import parquet

from core.audio.clips import load_clip
from core.audio.io import encode, encode_exactly, read
from core.audio.rate import as_heard
from core.checkpoints.cache import fingerprint
from core.effects import Setting, effect_named, render
from core.explorer import CHECKPOINTS, Explorer
from core.folder import FolderError, commands, encode_files, match_files, run
from core.folder.__main__ import main
from core.folder.items import Item
from core.folder.journal import Journal, Row, Rows, journal_of
from core.folder.processes import Processes
from tests.conftest import ROOT

SETTINGS = {
    "a": Setting("overdrive", (0.6, 0.4, 0.7)),
    "b": Setting("lowpass", (0.4, 0.3)),
    "c": Setting("bitcrush", (0.2, 0.5)),
}
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT)}


def write_takes(folder: Path, settings: dict[str, Setting] = SETTINGS) -> Path:
    """Pairs of one second by their names."""
    folder.mkdir(exist_ok=True)
    for number, (name, setting) in enumerate(settings.items()):
        dry = load_clip("speech_en_m_uh3")[24_000 * number :][:24_000]
        (folder / f"{name}_dry.wav").write_bytes(encode(dry))
        (folder / f"{name}_wet.wav").write_bytes(encode(render(dry, setting)))
    return folder


def lone(folder: Path, count: int) -> Path:
    """Recordings of one second, none of a pair."""
    folder.mkdir()
    for number in range(count):
        (folder / f"{number:02d}.wav").write_bytes(encode(load_clip("speech_en_m_uh0")[2_400 * number :][:24_000]))
    return folder


@dataclass(frozen=True)
class Matched:
    takes: Path
    out: Path
    rows: Rows

    def row(self, name: str) -> Row:
        return next(row for row in self.rows if Path(row["file"]).stem.startswith(name))


@pytest.fixture(scope="module")
def matched(tmp_path_factory: pytest.TempPathFactory) -> Matched:
    """Three pairs, one whose wet sound is broken, a half of one."""
    folder = tmp_path_factory.mktemp("matched")
    takes = write_takes(folder / "takes")
    (takes / "d_dry.wav").write_bytes((takes / "a_dry.wav").read_bytes())
    (takes / "d_wet.wav").write_bytes(b"RIFF")
    (takes / "e_dry.wav").write_bytes((takes / "a_dry.wav").read_bytes())
    (takes / "._a_dry.wav").write_bytes(b"what a Mac leaves")
    return Matched(takes, folder / "takes.csv", match_files(takes, out=folder / "takes.csv", workers=2))


@pytest.mark.parametrize("name", SETTINGS)
def test_a_pair_s_row_says_what_a_match_says(name: str, matched: Matched, factor: Explorer) -> None:
    row = matched.row(f"{name}_")
    dry, wet = (read(matched.takes / f"{name}_{side}.wav") for side in ("dry", "wet"))
    found = factor.match(dry, wet)
    effect, setting = row["effect"], found.answer.setting
    assert setting is not None
    assert effect == setting.effect == SETTINGS[name].effect
    for knob, value in zip(effect_named(effect).parameters, setting.values, strict=True):
        assert row[f"{effect}_{knob.name}_position"] == pytest.approx(value, abs=1e-6)
        unit = f"_{knob.unit.lower()}" if knob.unit else ""
        assert row[f"{effect}_{knob.name}{unit}"] == pytest.approx(knob.to_value(value), rel=1e-6)
        assert 0 <= row[f"{effect}_{knob.name}_low"] < row[f"{effect}_{knob.name}_high"] <= 1
    assert row["over_nothing"] == pytest.approx(row["distance"] / row["distance_nothing"], rel=1e-6)
    assert row["distance"] == pytest.approx(found.answer.distance, rel=1e-6)
    assert row["explained"] == found.explained
    assert sum(row[f"probability_{one}"] for one in factor.config.effects) == pytest.approx(1, abs=1e-6)
    z = np.array([row[f"z_effect_{number}"] for number in range(16)])
    whole = factor.encode(*found.pair.as_heard)
    assert np.allclose(z, whole[factor.map_part], atol=1e-4)
    assert np.allclose([row["w2_0"], row["w2_1"]], factor.controllers.places("w2", z[None])[0], atol=1e-4)
    assert sum(column.startswith("z_") for column in row) == factor.layout.size
    assert (row["checkpoint"], row["revision"]) == ("factor", fingerprint(CHECKPOINTS / "factor"))
    assert row["version"] == commands.version() != "unknown"


def test_a_pair_is_matched_at_its_own_rate_where_both_have_one(tmp_path: Path) -> None:
    dry = np.random.default_rng(0).normal(0, 0.05, (2, 48_000)).astype(np.float32)
    for side, sound in (("dry", dry), ("wet", render(dry, SETTINGS["b"], 48_000))):
        (tmp_path / f"x_{side}.wav").write_bytes(encode_exactly(sound, 48_000))
    (tmp_path / "y_dry.wav").write_bytes(encode_exactly(dry[0], 48_000))
    (tmp_path / "y_wet.wav").write_bytes(encode(render(as_heard(dry, 48_000), SETTINGS["b"])))
    wide, other = match_files(tmp_path, workers=1)
    assert (wide["sample_rate_hz"], other["sample_rate_hz"]) == (48_000, 24_000)
    assert wide["effect"] == "lowpass"
    assert wide["over_nothing"] < 0.05


def test_what_fails_is_a_row_with_its_reason(matched: Matched) -> None:
    assert [Path(row["file"]).name[0] for row in matched.rows] == list("abcde")
    for name, reason in (("d", "d_wet.wav is not a readable"), ("e", "e_dry.wav has no other half")):
        row = matched.row(f"{name}_")
        assert row["reason"].startswith(str(matched.takes / reason))
        assert set(row) <= {"file", "wet", "reason", "checkpoint", "revision", "version"}


def test_csv_and_parquet_hold_the_same(matched: Matched, tmp_path: Path) -> None:
    copied = tmp_path / "takes.parquet"
    journal_of(copied).write_bytes(journal_of(matched.out).read_bytes())
    rows = match_files(matched.takes, out=copied)
    table = parquet.read_table(copied)
    with matched.out.open(newline="") as file:
        told = list(csv.DictReader(file))
    assert len(rows) == len(told) == table.num_rows == 5
    assert list(told[0]) == table.column_names
    assert {str(table.schema.field(name).type) for name in ("effect", "distance", "explained", "lag_samples")} == {
        "string", "double", "bool", "int64"
    }  # fmt: skip
    for text, row in zip(told, table.to_pylist(), strict=True):
        for name, value in row.items():
            if isinstance(value, bool):
                assert text[name] == str(value).lower()
            elif isinstance(value, float):
                assert float(text[name]) == value
            else:
                assert text[name] == ("" if value is None else str(value))


@pytest.fixture
def no_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    def started(*arguments: object) -> None:
        raise AssertionError("a process was started")

    monkeypatch.setattr(run, "Processes", started)


@pytest.mark.usefixtures("no_processes")
def test_what_is_done_is_not_done_again(matched: Matched) -> None:
    before, table = journal_of(matched.out).read_bytes(), matched.out.read_bytes()
    matched.out.unlink()
    again = match_files(matched.takes, out=matched.out)
    assert list(again) == list(matched.rows)
    assert (journal_of(matched.out).read_bytes(), matched.out.read_bytes()) == (before, table)


def test_new_and_changed_recordings_are_done_and_a_torn_row_again(tmp_path: Path) -> None:
    recordings, out = lone(tmp_path / "recordings", 3), tmp_path / "z.csv"
    first = list(encode_files(recordings, out, workers=1))
    with journal_of(out).open("r+b") as journal:
        journal.truncate(journal.seek(0, os.SEEK_END) - 10)
    (recordings / "00.wav").write_bytes((recordings / "01.wav").read_bytes() + b"\0")
    (recordings / "03.wav").write_bytes((recordings / "02.wav").read_bytes())
    told: list[tuple[int, int]] = []
    second = list(encode_files(recordings, out, workers=1, on_progress=lambda *done: told.append(done)))
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert second[1:3] == first[1:3]
    content = [{name: value for name, value in row.items() if name != "file"} for row in second]
    assert content[0] == content[1] != {name: value for name, value in first[0].items() if name != "file"}
    assert content[3] == content[2]
    with out.open(newline="") as file:
        assert [row["z_content_7"] for row in csv.DictReader(file)] == [str(row["z_content_7"]) for row in second]


def test_a_lone_recording_is_its_own_dry(tmp_path: Path, factor: Explorer) -> None:
    recordings = lone(tmp_path / "recordings", 2)
    (recordings / "01.wav").write_bytes((recordings / "01.wav").read_bytes()[:-20_000])
    row, short = encode_files(recordings, workers=1)
    assert "note" not in row
    assert short["note"] == f"{recordings / '01.wav'} ends early: 0.6 of 1.0 s."
    assert "z_effect_0" in short
    sound = read(recordings / "00.wav")
    z = [row[f"z_effect_{number}"] for number in range(16)]
    assert np.allclose(z, factor.encode(sound, sound)[factor.map_part], atol=1e-4)
    assert "wet" not in row


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


def test_one_command_at_a_time_writes_a_table(matched: Matched) -> None:
    with Journal.beside(matched.out), pytest.raises(FolderError, match="Another command is at work"):
        match_files(matched.takes, out=matched.out)


def test_the_command_line_waits_for_nothing_heavy() -> None:
    heavy = ("torch", "sklearn", "pyarrow")
    code = f"import sys, core.folder.__main__; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
    assert 'latentfx = "core.folder.__main__:main"' in (ROOT / "pyproject.toml").read_text()


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
