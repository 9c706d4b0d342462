"""Promise: a recording may be a path, bytes or an open binary file of any make; others are refused in a sentence."""

import array
import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.audio.io import AudioError, length_s, load, read
from core.audio.own import load_own
from core.folder.items import to_encode
from tests.broken_audio import sources


class Named(os.PathLike):
    def __init__(self, path: str | bytes) -> None:
        self.path = path

    def __fspath__(self) -> str | bytes:
        return self.path


@pytest.mark.parametrize(
    "as_source",
    [
        lambda path: bytearray(path.read_bytes()),
        lambda path: memoryview(path.read_bytes()),
        lambda path: memoryview(array.array("H", path.read_bytes())),
        lambda path: memoryview(np.repeat(np.frombuffer(path.read_bytes(), np.uint8), 2))[::2],
        lambda path: Named(str(path)),
        lambda path: Named(os.fsencode(path)),
    ],
    ids=["bytearray", "memoryview", "memoryview of numbers", "every second byte", "PathLike", "PathLike of bytes"],
)
def test_what_holds_or_names_a_recording_is_read(as_source: Callable[[Path], Any], tmp_path: Path) -> None:
    path = tmp_path / "take.wav"
    path.write_bytes(sources()["wav"])
    source = as_source(path)
    assert np.array_equal(read(source), read(path))
    assert length_s(source) == length_s(path)
    assert load_own(source).plain is False


def at_its_end() -> io.BytesIO:
    file = io.BytesIO()
    file.write(sources()["wav"])
    return file


NONE = {
    "is no recording but of type NoneType": lambda: None,
    "is no recording but of type int": lambda: 5,
    "is no recording but of type ndarray": lambda: np.zeros(24_000, np.float32),
    "gives str, not bytes. Please open it as a binary file": lambda: io.StringIO("sound"),
    r"stands at its end\. Please call its seek\(0\)": at_its_end,
    r"is empty \(0 bytes\)": lambda: b"",
    r"is empty \(0 bytes\)\. ": io.BytesIO,
    "cannot be read .I/O operation on closed file": lambda: (file := io.BytesIO(), file.close())[0],
}


@pytest.mark.parametrize("reason", NONE)
def test_what_is_none_is_refused_in_a_sentence(reason: str) -> None:
    for reading in (read, load_own):
        with pytest.raises(AudioError, match=f"The recording {reason}") as caught:
            reading(NONE[reason]())
        assert str(caught.value).endswith(".")
    assert length_s(NONE[reason]()) is None


def test_an_empty_file_is_called_empty(tmp_path: Path) -> None:
    (tmp_path / "take.wav").touch()
    with pytest.raises(AudioError, match=r"take.wav is empty \(0 bytes\)\. Please"):
        read(tmp_path / "take.wav")


@pytest.mark.parametrize(("start_s", "seconds"), [("1", None), (None, 1.0), (0.0, "1"), ([1], 1.0)])
def test_a_stretch_is_of_numbers(start_s: Any, seconds: Any) -> None:
    with pytest.raises(AudioError, match=r"take.wav has no stretch of .* s from .* s on. Please ask for 0.1"):
        load(sources()["wav"], "take.wav", start_s, seconds)
    assert len(read(sources()["wav"], start_s=np.float64(0.1), seconds=np.float64(0.2))) == 4800


@pytest.mark.parametrize("ending", ["m4b", "m4r", "M4V", "3g2", "mp2", "Wave", "bwf", "spx", "oga", "awb", "asf"])
def test_a_folder_s_recordings_are_found_by_all_endings_they_have(ending: str, tmp_path: Path) -> None:
    (tmp_path / f"take.{ending}").touch()
    assert [item.file for item in to_encode([tmp_path])] == [str(tmp_path / f"take.{ending}")]
