"""WAV in its three sizes, RIFF, RF64 and W64, and big-endian as RIFX: all leave as RIFF or RF64 with true sizes."""

import re

from core.audio.containers.part import STREAMED, Part, chunks, sound_bytes

START = re.compile(rb"(?:RIFF|RIFX|RF64|BW64)....WAVE", re.DOTALL)
WORD, WORD_AT = re.compile(rb"WAVE(?<=(?:RIFF|RIFX|RF64|BW64).{4}WAVE)", re.DOTALL), 8  # found much faster
_W64 = bytes.fromhex("2e91cf11a5d628db04c10000"), bytes.fromhex("f3acd3118cd100c04f8edb8a")  # of "riff", of others
START_W64 = re.compile(re.escape(b"riff" + _W64[0]) + rb".{8}" + re.escape(b"wave" + _W64[1]), re.DOTALL)
_LARGEST = 2**32 - 2**16  # of a RIFF; beyond it takes an RF64


def riff(data: memoryview) -> Part:
    """The part that is a RIFF, RIFX, RF64 or BW64 file."""
    order = "big" if data[:4] == b"RIFX" else "little"
    found: dict[bytes, tuple[int, int]] = {}
    sounds = []
    for name, at, size in chunks(data, 12, order):
        found.setdefault(name, (at, size))
        if name == b"data":
            sounds.append((at, size))
    if b"fmt " not in found or not sounds:
        return Part("WAV", (data,))
    if b"ds64" in found and sounds[-1][1] >= STREAMED:
        at, _ = found[b"ds64"]
        sounds[-1] = sounds[-1][0], int.from_bytes(data[at + 8 : at + 16], "little")
    at, size = found[b"fmt "]
    return _wav(data, data[at : at + size], sounds, order)


def w64(data: memoryview) -> Part:
    """The part that is a Wave64 file, whose chunks have longer names and sizes."""
    at, form = 40, memoryview(b"")
    while at + 24 <= len(data):
        name, size = bytes(data[at : at + 4]), int.from_bytes(data[at + 16 : at + 24], "little")
        if name == b"data":
            return _wav(data, form, [(at + 24, max(size - 24, 0))], "little")
        if name == b"fmt ":
            form = data[at + 24 : at + size]
        at += max(size + -size % 8, 24)
    return Part("W64", (data,))


def _wav(data: memoryview, form: memoryview, sounds: list[tuple[int, int]], order: str) -> Part:
    """A WAV of a format, a chunk's content, and of chunks of sound: where each begins, how long it claims to be."""
    second = _bytes_a_second(form, order)
    if not second:
        return Part("WAV", (data,))
    pieces = [data[begin : begin + size] for begin, size in sounds[:-1]]
    begin, claimed = sounds[-1]
    streamed = claimed >= STREAMED and claimed > len(data) - begin
    size, notes = sound_bytes(data, begin, claimed, order, second)
    pieces.append(data[begin : begin + size])
    known = sum(size for _, size in sounds) / second if claimed and not streamed else None
    return Part("WAV", (_header(form, sum(map(len, pieces)), order), *pieces), known, notes)


def _bytes_a_second(form: memoryview, order: str) -> float:
    """How many bytes of sound a second lasts; 0 where the format does not say."""
    if len(form) < 16:
        return 0
    code, channels, rate, said, block, bits = (
        int.from_bytes(form[at:end], order)  # type: ignore[arg-type]
        for at, end in ((0, 2), (2, 4), (4, 8), (8, 12), (12, 14), (14, 16))
    )
    plain = code in (1, 3, 6, 7, 0xFFFE) and bits  # one sample has always as many bytes
    return rate * (block or channels * bits // 8) if plain else said


def _header(form: memoryview, size: int, order: str) -> bytes:
    """What stands before `size` bytes of sound."""
    kind = b"RIFX" if order == "big" else b"RIFF"
    describing = b"fmt " + len(form).to_bytes(4, order) + bytes(form) + bytes(len(form) % 2)  # type: ignore[arg-type]
    total = 4 + len(describing) + 8 + size
    if total < _LARGEST:
        sizes = (total.to_bytes(4, order), size.to_bytes(4, order))  # type: ignore[arg-type]
        return kind + sizes[0] + b"WAVE" + describing + b"data" + sizes[1]
    long = b"ds64" + (28).to_bytes(4, "little") + (total + 36).to_bytes(8, "little") + size.to_bytes(8, "little")
    return b"RF64" + b"\xff" * 4 + b"WAVE" + long + bytes(12) + describing + b"data" + b"\xff" * 4
