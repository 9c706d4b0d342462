"""Files that hold more than their header says: the recorder crashed, the encoder did not count, two files are joined.

Players read such files to their end; libsndfile believes the header, and the rest is lost without a word. What comes
back is the same sound with a header that is true. Nothing is decoded here.
"""

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

_KBIT = {
    1: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),  # MPEG 1, layer III
    2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),  # MPEG 2 and 2.5
}
_RATES_HZ = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
_HEAD = re.compile(rb"ID3|\xff[\xe2\xe3\xf2\xf3\xfa\xfb][\x10-\xef]", re.DOTALL)
_SHIFTS = (21, 14, 7, 0)  # of the four bytes of a tag's size
_TRIES = 50_000  # bytes that look like a frame and are none, before the rest counts as rubbish: half a second
_MOST_FRAMES = 30_000  # of 24 ms at least: more than ten minutes, which are refused
_PADDING = 4  # frames: encoders pad by up to three, which decoders take off again
_CHUNK = 8  # bytes of the name and the size of a RIFF chunk


class Frame(NamedTuple):
    """A frame of an MP3: where it lies, how many samples it gives, its kind (version, rate, mono or not)."""

    start: int
    length: int
    samples: int
    kind: tuple[int, int, bool]


def mp3_frames(data: bytes) -> Iterator[Frame]:
    """The frames of an MP3 in order; tags and rubbish between them are left out."""
    at, tries = 0, _TRIES
    while tries and (found := _HEAD.search(data, at)):
        at = found.start()
        if found[0] == b"ID3":
            at += 10 + sum((byte & 127) << shift for byte, shift in zip(data[at + 6 : at + 10], _SHIFTS, strict=False))
            tries -= 1
        elif (frame := _frame(data, at)) and _is_followed(data, frame):
            yield frame
            at += frame.length
        else:
            at += 1
            tries -= 1


def whole_mp3(data: bytes, believed: int) -> bytes | None:
    """An MP3 whose frames give more samples than `believed`, with their true number in front; None where all is well.

    ValueError, in words that go on after the file's name, where its parts have different rates or channels: no decoder
    plays them on.
    """
    frames = [frame for frame in islice(mp3_frames(data), _MOST_FRAMES) if not _counts(data, frame)]
    if not frames or sum(frame.samples for frame in frames) <= believed + _PADDING * frames[0].samples:
        return None
    same = [frame for frame in frames if frame.kind == frames[0].kind]
    if len(frames) - len(same) > _PADDING:
        raise ValueError("holds recordings of different kinds, one behind the other. Please export it as one recording")
    body = b"".join(data[frame.start : frame.start + frame.length] for frame in same)
    return _counting(data, frames[0], len(same)) + body


def whole_wav(data: bytes) -> bytes | None:
    """A WAV whose last chunk, data, claims 0 bytes though some follow, with its true size; None where all is well."""
    if not data.startswith(b"RIFF") or data[8:12] != b"WAVE":
        return None
    at = 12
    while (name := data[at : at + 4]) != b"data":
        if len(data) < at + _CHUNK or not name.strip().isalnum():
            return None
        size = int.from_bytes(data[at + 4 : at + _CHUNK], "little")
        at += _CHUNK + size + size % 2
    left = len(data) - at - _CHUNK
    if data[at + 4 : at + _CHUNK] != bytes(4) or left <= _CHUNK:
        return None
    sizes = ((len(data) - _CHUNK).to_bytes(4, "little"), left.to_bytes(4, "little"))
    return data[:4] + sizes[0] + data[8 : at + 4] + sizes[1] + data[at + _CHUNK :]


def _frame(data: bytes, at: int) -> Frame | None:
    """The frame of layer III that begins here; None where none does."""
    head = data[at : at + 4]
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:
        return None
    version, bits, rate, padding = head[1] >> 3 & 3, head[2] >> 4, head[2] >> 2 & 3, head[2] >> 1 & 1
    if version == 1 or bits in (0, 15) or rate == 3:
        return None
    first = version == 3
    length = (144 if first else 72) * _KBIT[1 if first else 2][bits] * 1000 // _RATES_HZ[version][rate] + padding
    return Frame(at, length, 1152 if first else 576, (version, rate, head[3] >> 6 == 3))


def _is_followed(data: bytes, frame: Frame) -> bool:
    """Whether a frame, a tag or nothing follows: bytes of a sound look like a frame's head every few thousand."""
    end = frame.start + frame.length
    after = _frame(data, end)
    return (
        end >= len(data) - 4
        or data.startswith((b"ID3", b"TAG", b"APETAGEX"), end)
        or (after is not None and after.kind == frame.kind)
    )


def _side_bytes(frame: Frame) -> int:
    """Bytes between a frame's head and its main data."""
    version, _, mono = frame.kind
    return (17 if mono else 32) if version == 3 else (9 if mono else 17)


def _counts(data: bytes, frame: Frame) -> bool:
    """Whether a frame holds no sound, but says how many follow."""
    own = data[frame.start : frame.start + frame.length]
    return own[4 + _side_bytes(frame) :][:4] in (b"Xing", b"Info") or own[36:40] == b"VBRI"


def _counting(data: bytes, first: Frame, count: int) -> bytes:
    """A frame of the kind of `first` that says how many follow."""
    head = bytearray(data[first.start : first.start + 4])
    head[1] |= 1  # no checksum
    head[2] = (head[2] & 0x0C) | 0x80  # 112 or 64 kbit/s, no padding: long enough
    made = _frame(bytes(head), 0)
    assert made is not None
    said = bytes(head) + bytes(_side_bytes(first)) + b"Xing" + (1).to_bytes(4, "big") + count.to_bytes(4, "big")
    return said.ljust(made.length, b"\0")
