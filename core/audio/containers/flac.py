"""FLAC, whose header may not know how many samples follow, or know it wrongly."""

import re

from core.audio.containers.part import Part

START = re.compile(rb"fLaC[\0\x80]\0\0\x22", re.DOTALL)
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
