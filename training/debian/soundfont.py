"""The recordings in a SoundFont (SF2 2.04), one file each."""

import re
import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from core.audio.io import encode

_HEADER = struct.Struct("<20s5IBbHH")  # name, start, end, loop, loop, rate, pitch, correction, link, kind
_RIGHT = 2  # kind of a channel whose other one is there, too


def unfold(soundfont: Path, folder: Path) -> None:
    """Write the recordings as folder/<instrument>/<name>.wav; of two channels the left one."""
    samples, headers = _chunks(soundfont.read_bytes())
    audio = np.frombuffer(samples, "<i2")
    for raw, start, end, _, _, rate, _, _, _, kind in _HEADER.iter_unpack(headers):
        name = raw.split(b"\0")[0].decode("latin-1")
        if kind != _RIGHT and end > start and rate and (instrument := instrument_of(name)):
            file = folder / instrument / f"{_plain(name)}.wav"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(encode(audio[start:end] / np.float32(32768), rate=rate))


def instrument_of(name: str) -> str:
    """What plays in a recording, by its name: what stands before the note ("Church_Organ" of "Church Organ C6")."""
    words = re.match(r"\D*", name)
    assert words
    return _plain(re.sub(r"(?:^|[ _])[A-Ga-g]#?[ _(-]*$", "", words[0]))


def _plain(name: str) -> str:
    return re.sub(r"\W+", "_", name).strip("_")


def _chunks(data: bytes) -> tuple[bytes, bytes]:
    """Samples and their headers: the chunks smpl and shdr, wherever they lie."""
    found = dict(_walk(data, 12, len(data)))
    return found[b"smpl"], found[b"shdr"]


def _walk(data: bytes, start: int, stop: int) -> Iterator[tuple[bytes, bytes]]:
    while start + 8 <= stop:
        name, size = struct.unpack_from("<4sI", data, start)
        if name == b"LIST":
            yield from _walk(data, start + 12, start + 8 + size)
        else:
            yield name, data[start + 8 : start + 8 + size]
        start += 8 + size + size % 2
