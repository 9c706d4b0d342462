"""Which container a file is, and the recordings in it."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice, pairwise
from typing import NamedTuple

from core.audio.containers import boxes, flac, iff, wav
from core.audio.containers.mpeg import START as START_MP3
from core.audio.containers.mpeg import mp3_frames, mpeg, tag_bytes
from core.audio.containers.ogg import START as START_OGG
from core.audio.containers.ogg import ogg
from core.audio.containers.part import Part, open_stretches

_All = Iterator[tuple[int, int]]
_NEAR = 2**16
_RUN = 4  # frames in a row that are no accident


def _whole(data: memoryview, at: int) -> _All:
    yield at + 1, len(data)


def _mp3(data: memoryview) -> list[Part]:
    return mpeg(data) if _has_frames(data) else [Part("MP3", (data,))]


class _Kind(NamedTuple):
    """A container. start: how a file begins. parts: the recordings in it. open: the stretches (from, to), up to the end
    of all, in which another recording may begin behind the start of this one, as nothing else lies there."""

    start: re.Pattern[bytes]
    parts: Callable[[memoryview], list[Part]]
    open: Callable[[memoryview, int], _All] = _whole


def _one(make: Callable[[memoryview], Part]) -> Callable[[memoryview], list[Part]]:
    return lambda data: [make(data)]


def _as(kind: str) -> Callable[[memoryview], list[Part]]:
    return lambda data: [Part(kind, (data,))]


KINDS: dict[str, _Kind] = {
    "WAV": _Kind(wav.START, _one(wav.riff), partial(open_stretches, sound=b"data")),
    "W64": _Kind(wav.START_W64, _one(wav.w64)),
    "AIFF": _Kind(iff.START, _one(iff.aiff), partial(open_stretches, sound=b"SSND")),
    "CAF": _Kind(iff.START_CAF, _one(iff.caf)),
    "FLAC": _Kind(flac.START, _one(flac.flac), flac.open_stretches),
    "OGG": _Kind(START_OGG, ogg),
    "MP4": _Kind(boxes.START_MP4, boxes.mp4),
    "WEBM": _Kind(boxes.START_WEBM, _as("WEBM")),
    "AMR": _Kind(boxes.START_AMR, _one(boxes.amr)),
    "WMA": _Kind(boxes.START_WMA, _as("WMA")),
    "AAC": _Kind(boxes.START_AAC, _as("AAC")),
    "MP3": _Kind(START_MP3, _mp3),
}
"""By name of the container; the last two start with no word, and are told by what follows."""
_WORDLESS = {"AAC", "MP3"}
_FILMS = {"MP4", "WEBM", "WMA"}  # in which others lie
_MOST_JOINED = 10_000
_JOINED = {"WAV", "AIFF", "FLAC", "OGG"}  # are looked for behind those of other kinds


def parts(data: memoryview) -> list[Part]:
    """The recordings in a file, in order; none where it is of no container that is known.

    Tags of players and zeros before the first are passed over; before an MP3, some rubbish, too. ValueError, in words
    that go on after the file's name, where the container is known and nobody could play it.
    """
    own = data[_start(data) :]
    if not (kind := _kind(own)):
        return []
    begins = [*islice(_begins(own, kind), _MOST_JOINED), ("", len(own))]
    return [part for (kind, at), (_, end) in pairwise(begins) for part in KINDS[kind].parts(own[at:end])]


def _kind(data: memoryview) -> str:
    """Of the container that begins here; "" where it is none that is known."""
    for kind, own in KINDS.items():
        if kind not in _WORDLESS and own.start.match(data):
            return kind
    if boxes.is_aac(data):
        return "AAC"
    return "MP3" if _has_frames(data) or START_MP3.match(data) else ""


def _begins(data: memoryview, kind: str) -> Iterator[tuple[str, int]]:
    """The recordings that were joined, those in a chain of Ogg as one: kind of container, and where it begins."""
    yield kind, 0
    wanted = {kind} if kind in _FILMS else {kind} | _JOINED
    words = {other: (KINDS[other].start, 0) for other in wanted - _WORDLESS - {"MP4"}}
    words |= {"WAV": (wav.WORD, wav.WORD_AT)} if "WAV" in words else {}
    starts = sorted(
        (found.start() - before, other) for other, (word, before) in words.items() for found in word.finditer(data)
    )
    stretches = KINDS[kind].open(data, 0)
    begin, end = next(stretches)
    for at, other in starts:
        while at >= end:
            begin, end = next(stretches)
        if at >= begin:
            if (kind, other) != ("OGG", "OGG"):
                yield other, at
            kind, stretches = other, KINDS[other].open(data, at)
            begin, end = next(stretches)


def _has_frames(data: memoryview) -> bool:
    first = next(mp3_frames(data[: 2 * _NEAR]), None)
    return bool(first and first.start < _NEAR and (first.start == 0 or _runs(data[first.start :])))


# The first number of an MP4 begins with zeros, too.
_ZEROS = re.compile(rb"\0{0,65536}?(?=[^\0]|" + boxes.START_MP4.pattern + rb")", re.DOTALL)


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
