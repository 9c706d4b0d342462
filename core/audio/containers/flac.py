"""FLAC, whose header may not know how many samples follow, or know it wrongly."""

import re
from collections.abc import Iterator

from core.audio.containers.part import Part

START = re.compile(rb"fLaC[\0\x80]\0\0\x22(?<!\x7fFLAC.{12})", re.DOTALL)  # an Ogg holds one, too
_MOST_BLOCKS = 1000
_FACTS = slice(18, 26)  # 64 bits: rate 20, channels 3, width 5, samples 36
_SAMPLES = 2**36 - 1


def flac(data: memoryview) -> Part:
    """The part that is a FLAC file, with a header that does not know its length: then it is decoded to its end."""
    facts = int.from_bytes(data[_FACTS], "big")
    rate, samples = facts >> 44, facts & _SAMPLES
    unknown = (facts - samples).to_bytes(8, "big")
    claimed = samples / rate if rate and samples else None
    return Part(
        "FLAC",
        (bytes(data[: _FACTS.start]) + unknown, data[_FACTS.stop :]),
        claimed,
        searched=(data,) if claimed else (),
    )


def open_stretches(data: memoryview, at: int) -> Iterator[tuple[int, int]]:
    """All behind the blocks that describe the FLAC at byte `at`: a picture may hold anything."""
    begin = at + 4
    for _ in range(_MOST_BLOCKS):
        last = bytes(data[begin : begin + 1]) >= b"\x80"
        end = begin + 4 + int.from_bytes(data[begin + 1 : begin + 4], "big")
        if end > len(data):
            break
        begin = end
        if last:
            break
    yield begin, len(data)
