"""Which container a file is, and the recordings in it."""

import re
from collections.abc import Callable

from core.audio.containers import boxes, iff, wav
from core.audio.containers.flac import START as START_FLAC
from core.audio.containers.flac import flac
from core.audio.containers.mpeg import mp3_frames, mpeg, tag_bytes
from core.audio.containers.ogg import START as START_OGG
from core.audio.containers.ogg import ogg
from core.audio.containers.part import Part

_Find = Callable[[memoryview], list[Part]]


def _each(start: re.Pattern[bytes], one: Callable[[memoryview], Part]) -> _Find:
    """What finds the recordings of a container that may be joined: one begins wherever `start` matches."""

    def find(data: memoryview) -> list[Part]:
        begins = [found.start() for found in start.finditer(data)]
        return [one(data[a:b]) for a, b in zip(begins, [*begins[1:], len(data)], strict=True)]

    return find


def _alone(kind: str) -> Callable[[memoryview], Part]:
    return lambda data: Part(kind, (data,))


KINDS: dict[str, tuple[re.Pattern[bytes], _Find]] = {
    "WAV": (wav.START, _each(wav.START, wav.riff)),
    "W64": (wav.START_W64, _each(wav.START_W64, wav.w64)),
    "AIFF": (iff.START, _each(iff.START, iff.aiff)),
    "CAF": (iff.START_CAF, _each(iff.START_CAF, iff.caf)),
    "FLAC": (START_FLAC, _each(START_FLAC, flac)),
    "OGG": (START_OGG, ogg),
    "MP4": (boxes.START_MP4, boxes.mp4),
    "WEBM": (boxes.START_WEBM, _each(boxes.START_WEBM, _alone("WEBM"))),
    "AMR": (boxes.START_AMR, _each(boxes.START_AMR, boxes.amr)),
    "WMA": (boxes.START_WMA, _each(boxes.START_WMA, _alone("WMA"))),
}
"""By name of the container: how it starts, and what finds the recordings in it. "AAC" and "MP3" start with no word."""

_NEAR = 2**16
# The first number of an MP4 begins with zeros, too.
_ZEROS = re.compile(rb"\0{0,65536}?(?=[^\0]|" + boxes.START_MP4.pattern + rb")", re.DOTALL)
_RUN = 4  # frames in a row that are no accident


def parts(data: memoryview) -> list[Part]:
    """The recordings in a file, in order; none where it is of no container that is known.

    Tags of players and zeros before the first are passed over; before an MP3, some rubbish, too. ValueError, in words
    that go on after the file's name, where the container is known and nobody could play it.
    """
    own = data[_start(data) :]
    for start, find in KINDS.values():
        if start.match(own):
            return find(own)
    if boxes.is_aac(own):
        return [Part("AAC", (own,))]
    first = next(mp3_frames(own[: 2 * _NEAR]), None)
    if first and first.start < _NEAR and (first.start == 0 or _runs(own[first.start :])):
        return mpeg(own)
    return [Part("MP3", (own,))] if bytes(own[:1]) == b"\xff" and bytes(own[1:2]) >= b"\xe0" else []


def _start(data: memoryview) -> int:
    """Where the first byte stands that is neither of an ID3 tag nor zero."""
    at, before = 0, -1
    while at != before:
        before = at
        if data[at : at + 3] == b"ID3" and len(data) >= at + 10:
            at = min(at + 10 + tag_bytes(data[at + 6 : at + 10]), len(data))
        if zeros := _ZEROS.match(data, at):
            at = zeros.end()
    return at


def _runs(data: memoryview) -> bool:
    """Whether several frames of an MP3 follow one another from here on."""
    end, count = 0, 0
    for frame in mp3_frames(data):
        if frame.start != end:
            break
        end, count = frame.start + frame.length, count + 1
        if count == _RUN:
            break
    return count == _RUN
