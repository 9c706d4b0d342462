"""Which container a file is, and the recordings in it."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice, pairwise
from typing import NamedTuple

from core.audio.containers import boxes, flac, iff, wav
from core.audio.containers.mpeg import START as START_MP3
from core.audio.containers.mpeg import mp3_frames, mpeg, tag_end
from core.audio.containers.ogg import START as START_OGG
from core.audio.containers.ogg import ogg
from core.audio.containers.part import Part, open_stretches

_All = Iterator[tuple[int, int]]
_NEAR = 2**16
_TAG_HEAD = 10  # bytes of an ID3 tag
_RUN = 4  # frames in a row that are no accident


def _whole(data: memoryview, at: int) -> _All:
    yield at + 1, len(data)


def _mp3(data: memoryview) -> list[Part]:
    return [Part("MP3", (data,))] if _first_frame(data) is None else mpeg(data)


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
    "AAC": _Kind(boxes.START_AAC, _one(boxes.aac)),
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
    if bytes(data[:3]) == b"ID3" and _first_frame(own) != 0 and _kind(own) in ("", "MP3"):  # perhaps it claims too much
        again = _first_frame(data[_TAG_HEAD:])
        own = own if again is None else data[_TAG_HEAD + again :]
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
    if _first_frame(data) is not None:
        return "MP3"
    if boxes.aac_start(data) is not None:
        return "AAC"
    return "MP3" if START_MP3.match(data) else ""  # of another layer, perhaps


def _begins(data: memoryview, kind: str) -> Iterator[tuple[str, int]]:
    """The recordings that were joined, those in a chain of Ogg as one: kind of container, and where it begins."""
    yield kind, 0
    wanted = {kind} if kind in _FILMS else {kind} | _JOINED
    words = {other: (KINDS[other].start, 0) for other in wanted - _WORDLESS - {"MP4"}}
    words |= {"WAV": (wav.WORD, wav.WORD_AT)} if "WAV" in words else {}
    starts = sorted(
        (at, other)
        for other, (word, before) in words.items()
        for found in word.finditer(data)
        if (at := found.start() - before) > 0
    )
    stretches, begin, end = KINDS[kind].open(data, 0), 0, 0
    for at, other in starts:
        while at >= end:
            begin, end = next(stretches)
        if at >= begin:
            if (kind, other) != ("OGG", "OGG"):
                yield other, at
            kind, stretches, begin, end = other, KINDS[other].open(data, at), at, at


def _first_frame(data: memoryview) -> int | None:
    """Where the first frame of an MP3 begins; None where none does that others follow, or where it lies far off."""
    first = next(mp3_frames(data[: 2 * _NEAR]), None)
    if first and first.start < _NEAR and (first.start == 0 or _runs(data[first.start :])):
        return first.start
    return None


# The first number of an MP4 begins with zeros, too.
_ZEROS = re.compile(rb"\0{0,65536}?(?=[^\0]|" + boxes.START_MP4.pattern + rb")", re.DOTALL)


def _start(data: memoryview) -> int:
    """Where the first byte stands that is neither of an ID3 tag nor zero."""
    at, before = 0, -1
    while at != before:
        before = at
        if data[at : at + 3] == b"ID3" and len(data) >= at + 10:
            at = min(tag_end(data, at), len(data))
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
