"""Data as scripts: a page that was opened as a file may load nothing else, in no browser.

A script holds one call, latentfx(name, header, parts). Parts are bytes, 15 bits a letter of 16, a fifth shorter than
base64; the mark at the file's beginning tells how its letters are to be read, whatever a server says.
"""

import json
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from core.audio.io import encode

_MARK = b"\xff\xfe"  # UTF-16, the low byte first
_FIRST = 0x3000
"""The first of 32,768 letters in a row, none of which ends a line or a text, or is half a letter."""
_FULL = 32767


def letters(data: bytes) -> str:
    """data, 15 bits a letter, the last one filled up with zeros; twin/load.js takes it apart."""
    bits = np.unpackbits(np.frombuffer(data, np.uint8))
    rows = np.pad(bits, (0, -len(bits) % 15)).reshape(-1, 15)
    return (rows @ (1 << np.arange(14, -1, -1)) + _FIRST).astype("<u2").tobytes().decode("utf-16-le")


def script(name: str, header: Mapping[str, Any], parts: Sequence[bytes]) -> bytes:
    """The file of that name: a header of values that JSON has, and parts."""
    packed = ",".join(f'[{len(part)},"{letters(part)}"]' for part in parts)
    text = f"latentfx({json.dumps(name)},{json.dumps(header)},[{packed}]);\n"
    return _MARK + text.encode("utf-16-le")


def apart(message: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """Header and parts of what a widget's `pack` made."""
    line, _, rest = message.partition(b"\n")
    header = json.loads(line)
    ends = np.cumsum([0, *header["parts"]])
    return header, [rest[start:stop] for start, stop in pairwise(ends)]


def lossless(samples: bytes, rate: int) -> tuple[bytes, int]:
    """Samples of a widget's `pack`, Int16, as a FLAC file, and the steps that full scale has in it."""
    return encode(np.frombuffer(samples, "<i2") / _FULL, "flac", rate), _FULL
