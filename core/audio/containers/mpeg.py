"""MP3: frames in a row, of which the first may say how many follow, truly or not."""

import re
from collections.abc import Iterator
from itertools import groupby, islice, pairwise
from typing import NamedTuple

from core.audio.containers.part import Part

_KBIT = {
    1: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),  # MPEG 1, layer III
    2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),  # MPEG 2 and 2.5
}
_RATES_HZ = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
_HEAD = re.compile(rb"ID3|\xff[\xe2\xe3\xf2\xf3\xfa\xfb][\x10-\xef]", re.DOTALL)
START = re.compile(rb"\xff[\xe0-\xff]")
_TRIES = 50_000  # bytes that look like a frame and are none, before the rest counts as rubbish: half a second
_MOST_FRAMES = 500_000  # of 24 ms at least: more than three hours, a second or two of looking
_FOOTER = 0x10  # flag of an ID3 tag
_PADDING = 4  # frames: encoders pad by up to three, which decoders take off again


class Frame(NamedTuple):
    """A frame of an MP3: where it lies, how many samples it gives, its kind (version, rate, mono or not)."""

    start: int
    length: int
    samples: int
    kind: tuple[int, int, bool]

    @property
    def rate_hz(self) -> int:
        return _RATES_HZ[self.kind[0]][self.kind[1]]


def tag_end(data: bytes | memoryview, at: int) -> int:
    """Where the ID3 tag at byte `at` says that it ends."""
    size = sum((byte & 127) << shift for byte, shift in zip(data[at + 6 : at + 10], (21, 14, 7, 0), strict=False))
    return at + 10 + size + (10 if len(data) > at + 5 and data[at + 5] & _FOOTER else 0)


def mp3_frames(data: bytes | memoryview) -> Iterator[Frame]:
    """The frames of an MP3 in order; tags and rubbish between them are left out."""
    at, tries, before = 0, _TRIES, None
    while tries and (found := _HEAD.search(data, at)):
        at = found.start()
        if found[0] == b"ID3":
            at = tag_end(data, at)
            tries -= 1
        elif (frame := _frame(data, at)) and (
            _is_followed(data, frame) or ((at, frame.kind) == before and not _is_cut(data, frame))
        ):
            yield frame
            at += frame.length
            before = at, frame.kind
        else:
            at += 1
            tries -= 1


def mpeg(data: memoryview) -> list[Part]:
    """The MP3 recordings in a file, one behind the other; each with the true number of its frames in front."""
    frames = [frame for frame in islice(mp3_frames(data), _MOST_FRAMES) if frame.start + frame.length <= len(data)]
    parts = [_part(data, list(own)) for own in _recordings(data, frames)]
    return parts or [Part("MP3", (data,))]  # another layer, perhaps


def _recordings(data: memoryview, frames: list[Frame]) -> Iterator[list[Frame]]:
    """Frames of one recording each: a new one begins where a frame counts others, or where their kind changes."""
    runs = [list(own) for _, own in groupby(frames, key=lambda frame: frame.kind)]
    if len(runs) > 1:  # some bytes of rubbish look like a frame
        runs = [own for own in runs if len(own) > _PADDING] or runs
    for _, same in groupby((frame for own in runs for frame in own), key=lambda frame: frame.kind):
        own: list[Frame] = []
        for frame in same:
            if own and _counted(data, frame) is not None:
                yield own
                own = []
            own.append(frame)
        yield own


def _part(data: memoryview, frames: list[Frame]) -> Part:
    first, count = frames[0], _counted(data, frames[0])
    sound = frames if count is None else frames[1:]
    if count and len(sound) <= count + _PADDING:  # what it says further, of the encoder's delay, is true, too
        frame_s = first.samples / first.rate_hz
        return Part("MP3", _slices(data, frames), count * frame_s, padded_s=_PADDING * frame_s)
    return Part("MP3", (_counting(data, first, len(sound)), *_slices(data, sound)))


def _slices(data: memoryview, frames: list[Frame]) -> tuple[memoryview, ...]:
    """The bytes of frames, those without a gap in one piece."""
    ends = [frame.start + frame.length for frame in frames]
    breaks = [n for n in range(1, len(frames)) if frames[n].start != ends[n - 1]]
    return tuple(data[frames[a].start : ends[b - 1]] for a, b in pairwise([0, *breaks, len(frames)]) if b > a)


def _frame(data: bytes | memoryview, at: int) -> Frame | None:
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


def _is_followed(data: bytes | memoryview, frame: Frame) -> bool:
    """Whether a frame, a tag or nothing follows: bytes of a sound look like a frame's head every few thousand."""
    end = frame.start + frame.length
    after = _frame(data, end)
    return (
        end >= len(data) - 4
        or bytes(data[end : end + 8]).startswith((b"ID3", b"TAG", b"APETAGEX"))
        or (after is not None and after.kind == frame.kind)
    )


def _is_cut(data: bytes | memoryview, frame: Frame) -> bool:
    """Whether another frame begins within this one, which was cut there."""
    heads = (found.start() for found in _HEAD.finditer(data, frame.start + 1, frame.start + frame.length))
    return any((inner := _frame(data, at)) and _is_followed(data, inner) for at in heads)


def _side_bytes(frame: Frame) -> int:
    """Bytes between a frame's head and its main data."""
    version, _, mono = frame.kind
    return (17 if mono else 32) if version == 3 else (9 if mono else 17)


def _counted(data: bytes | memoryview, frame: Frame) -> int | None:
    """How many frames follow, as a frame says that holds no sound; 0 where it does not know, None for other frames."""
    own = bytes(data[frame.start : frame.start + frame.length])
    said = own[4 + _side_bytes(frame) :]
    if said[:4] in (b"Xing", b"Info"):
        return int.from_bytes(said[8:12], "big") if said[7:8] and said[7] & 1 else 0
    return int.from_bytes(own[50:54], "big") if own[36:40] == b"VBRI" else None


def _counting(data: bytes | memoryview, first: Frame, count: int) -> bytes:
    """A frame of the kind of `first` that says how many follow."""
    head = bytearray(data[first.start : first.start + 4])
    head[1] |= 1  # no checksum
    head[2] = (head[2] & 0x0C) | 0x80  # 112 or 64 kbit/s, no padding: long enough
    made = _frame(bytes(head), 0)
    assert made is not None
    said = bytes(head) + bytes(_side_bytes(first)) + b"Xing" + (1).to_bytes(4, "big") + count.to_bytes(4, "big")
    return said.ljust(made.length, b"\0")
