"""AIFF and CAF: Apple's containers, which write their sizes when the recording ends."""

import re
import struct

from core.audio.containers.part import STREAMED, Part, chunks, sound_bytes

START = re.compile(rb"FORM....AIF[FC]", re.DOTALL)
START_CAF = re.compile(rb"caff\x00\x01..desc", re.DOTALL)
_PLAIN = {
    b"": 0, b"NONE": 0, b"twos": 0, b"sowt": 0, b"raw ": 0, b"in24": 3, b"in32": 4, b"fl32": 4, b"FL32": 4, b"fl64": 8,
    b"FL64": 8, b"ulaw": 1, b"ULAW": 1, b"alaw": 1, b"ALAW": 1,
}  # fmt: skip
"""Codings of which each sample has as many bytes, and how many; 0: as many as its bits take."""


def aiff(data: memoryview) -> Part:
    """The part that is an AIFF or AIFC file."""
    found: dict[bytes, tuple[int, int]] = {}
    for name, at, size in chunks(data, 12, "big"):
        found.setdefault(name, (at, size))
        if name == b"SSND":
            break
    if not {b"COMM", b"SSND"} <= found.keys() or found[b"COMM"][1] < 18:
        return Part("AIFF", (data,))  # or its description stands behind the sound, and then its sizes are true
    at, length = found[b"COMM"]
    form, (begin, claimed) = bytes(data[at : at + length]), found[b"SSND"]
    channels, _, bits = struct.unpack(">hIh", form[:8])
    coding = form[18:22]
    rate, frame = _extended(form[8:18]), channels * (_PLAIN.get(coding) or -(-bits // 8))
    if rate <= 0 or frame <= 0 or coding not in _PLAIN:
        return Part("AIFF", (data,))
    streamed = claimed >= STREAMED and claimed > len(data) - begin
    size, notes = sound_bytes(data, begin, 0 if claimed == 8 else claimed, "big", rate * frame)
    known = (claimed - 8) / (rate * frame) if claimed > 8 and not streamed else None
    form = form[:2] + min(max(size - 8, 0) // frame, 2**32 - 1).to_bytes(4, "big") + form[6:]
    described = b"COMM" + len(form).to_bytes(4, "big") + form + bytes(len(form) % 2)
    sound = b"SSND" + min(size, 2**32 - 1).to_bytes(4, "big")
    total = min(4 + len(described) + 8 + size, 2**32 - 1).to_bytes(4, "big")
    return Part("AIFF", (b"FORM", total, bytes(data[8:12]), described, sound, data[begin : begin + size]), known, notes)


def _extended(ten: bytes) -> float:
    """A number of 80 bits."""
    exponent, mantissa = struct.unpack(">HQ", ten)
    return mantissa * 2.0 ** ((exponent & 0x7FFF) - 16383 - 63) if exponent & 0x7FFF < 16383 + 64 else 0.0


def caf(data: memoryview) -> Part:
    """The part that is a Core Audio file."""
    at, form, frames = 8, b"", 0
    while at + 12 <= len(data):
        name, claimed = bytes(data[at : at + 4]), int.from_bytes(data[at + 4 : at + 12], "big", signed=True)
        if name == b"desc":
            form = bytes(data[at + 12 : at + 12 + claimed])
        if name == b"pakt":
            frames = int.from_bytes(data[at + 20 : at + 28], "big")
        if name == b"data" and len(form) == 32:
            return _caf(data, at, claimed, form, frames)
        if claimed < 0:
            break
        at += 12 + claimed
    return Part("CAF", (data,))


def _caf(data: memoryview, at: int, claimed: int, form: bytes, frames: int) -> Part:
    """A Core Audio file whose chunk of sound stands at byte `at`. frames: where packets differ in size, in all."""
    rate, _, _, packet, own, *_ = struct.unpack(">d4sIIIII", form)
    if not 0 < rate < 1e7 or not packet or not own:
        return Part("CAF", (data,), frames / rate if 0 < rate < 1e7 and frames else None)
    second, begin = rate / own * packet, at + 12
    size, notes = sound_bytes(data, begin, claimed if claimed > 4 else 0, "big", second)
    if claimed < 0:  # to the end of the file
        size, notes = len(data) - begin, ()
    known = (claimed - 4) / second if claimed > 4 else None
    return Part("CAF", (data[:at], b"data", size.to_bytes(8, "big"), data[begin : begin + size]), known, notes)
