"""Promise: any number of recordings in, one row each out, whatever happens on the way."""

import csv
import os
import re
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pyarrow import parquet

from core.audio.io import encode, encode_exactly, read
from core.audio.rate import as_heard
from core.checkpoints.cache import fingerprint
from core.effects import effect_named, render
from core.explorer import CHECKPOINTS, Explorer
from core.folder import FolderError, commands, encode_files, match_files, run
from core.folder.items import Item, pair_of, to_encode, to_match
from core.folder.journal import Journal, Row, Rows, journal_of
from core.folder.processes import Processes
from core.folder.run import Stopped
from core.folder.work import Encode, Match
from tests.takes import SETTINGS, lone, write_takes


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
    sure = {one: row[f"probability_{one}"] for one in factor.config.effects}  # each by itself, as a chain may have any
    assert all(0 <= value <= 1 for value in sure.values())
    assert max(sure, key=sure.__getitem__) == found.estimate.setting.effect
    z = effect_part(row)
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
def test_what_is_done_is_not_done_again(tmp_path: Path) -> None:
    takes = write_takes(tmp_path / "takes", {"a": SETTINGS["a"]})
    (takes / "e_dry.wav").write_bytes(b"a half of a pair, which nothing helps")
    out, done = tmp_path / "takes.csv", {"file": str(takes / "a_dry.wav"), "effect": "overdrive"}
    work = commands._with_checkpoint(Match, "factor")
    items = to_match(takes)
    with Journal.beside(out) as journal:
        journal.begin(work.about, dict.fromkeys(["file", "effect", "reason"], "text"))
        for item, row in zip(items, (done, {"file": items[1].file, "reason": items[1].problem}), strict=True):
            journal.add(item, row)
    before = journal_of(out).read_bytes()
    assert next(iter(match_files(takes, out=out))) == done
    assert journal_of(out).read_bytes() == before
    assert out.read_text().startswith(f"file,effect,reason\n{done['file']},overdrive,\n")


def test_what_has_a_reason_is_tried_again(tmp_path: Path) -> None:
    recordings, out = lone(tmp_path / "recordings", 2), tmp_path / "z.csv"
    with Journal.beside(out) as journal:
        journal.begin(commands._with_checkpoint(Encode, "factor").about, {"file": "text", "reason": "text"})
        for item in to_encode([recordings]):
            journal.add(item, {"file": item.file, "reason": "OSError: No space left on device"})
    told: list[tuple[int, int]] = []
    rows = encode_files(recordings, out, workers=1, on_progress=lambda *done: told.append(done))
    assert told == [(0, 2), (1, 2), (2, 2)]
    assert not any("reason" in row for row in rows)


def test_a_second_try_that_is_stopped_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recordings, out = lone(tmp_path / "recordings", 2), tmp_path / "z.csv"
    for name in ("00.wav", "01.wav"):
        (recordings / name).write_bytes(b"RIFF")
    assert all("reason" in row for row in encode_files(recordings, out, workers=1))
    monkeypatch.setattr(Processes, "rows", lambda *_: iter(()))
    with pytest.raises(Stopped, match="0 of 2 are done"):
        encode_files(recordings, out, workers=1)


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


class Filling(FileIO):
    """A file on a disk that has room for a hundred bytes of what is written."""

    def write(self, data: Any) -> int:
        return super().write(data[:100])


def test_a_row_that_the_disk_takes_a_part_of_is_not_done(tmp_path: Path) -> None:
    out, item, row = tmp_path / "z.csv", Item("x.wav"), {"file": "x" * 200}
    with Journal.beside(out) as journal:
        journal.begin({}, {})
        journal._file = Filling(journal_of(out), "r+")
        with pytest.raises(FolderError, match=re.escape("cannot be written (No space left on device)")):
            journal.add(item, row)
    with Journal.beside(out) as journal:
        assert not journal.has(item)
        journal.add(item, row)
        assert journal.row(item) == row


def effect_part(row: Row) -> np.ndarray:
    """The effect part of z (part,) that a row holds."""
    return np.array([value for column, value in row.items() if column.startswith("z_effect_")])


def test_a_lone_recording_is_its_own_dry(tmp_path: Path, factor: Explorer) -> None:
    recordings = lone(tmp_path / "recordings", 2)
    (recordings / "01.wav").write_bytes((recordings / "01.wav").read_bytes()[:-20_000])
    row, short = encode_files(recordings, workers=1)
    assert "note" not in row
    assert short["note"] == f"{recordings / '01.wav'} ends early: 0.6 of 1.0 s."
    assert "z_effect_0" in short
    sound = read(recordings / "00.wav")
    z = effect_part(row)
    assert np.allclose(z, factor.encode(sound, sound)[factor.map_part], atol=1e-4)
    assert "wet" not in row


def files(folder: Path, *names: str) -> Path:
    """Empty files of these names."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


def test_an_accent_is_one_letter_or_two(tmp_path: Path) -> None:
    """As Linux and a Mac write it; a name may have two lines."""
    names = "a\ncaf\u00e9_dry.wav", "a\ncafe\u0301_wet.wav"
    one = files(tmp_path / "one", *names)
    pair = tuple(one / name for name in names)
    assert [(item.file, item.wet) for item in to_match(one)] == [tuple(map(str, pair))]
    assert pair_of(one / names[0]) == pair_of(one / names[1]) == pair
    (item,) = to_match(files(tmp_path / "dry", "caf\u00e9.wav"), files(tmp_path / "wet", "cafe\u0301.wav"))
    assert not item.problem


def test_the_wet_folder_may_lie_in_the_dry_one_or_around_it(tmp_path: Path) -> None:
    folder = files(tmp_path, "a.wav", "b.wav", "other/a.wav", "other/b.wav")
    for dry, wet in ((folder, folder / "other"), (folder / "other", folder)):
        assert [(item.file, item.wet, item.problem) for item in to_match(dry, wet)] == [
            (str(dry / name), str(wet / name), "") for name in ("a.wav", "b.wav")
        ]


def test_one_command_at_a_time_writes_a_table(matched: Matched) -> None:
    with Journal.beside(matched.out), pytest.raises(FolderError, match="Another command is at work"):
        match_files(matched.takes, out=matched.out)
