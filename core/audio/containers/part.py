"""One recording in a file."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np


@dataclass(frozen=True)
class Part:
    """A recording as a decoder gets it.

    kind: of container, as in `parts.KINDS`. pieces: its bytes in a row: a header that is true, then slices of the file.
    claimed_s: how long the file says that it is; None where it does not say. notes: what is odd about it, in words that
    go on after the file's name, as "was not finished by its recorder". padded_s: how much of claimed_s may be an
    encoder's own silence, which decoders leave out. searched: its bytes as they came, where in these
    and not in `pieces` a decoder finds a place; it may believe their header.
    """

    kind: str
    pieces: tuple[bytes | memoryview, ...]
    claimed_s: float | None = None
    notes: tuple[str, ...] = ()
    searched: tuple[memoryview, ...] = ()
    padded_s: float = 0.0


def chunks(data: memoryview, at: int, order: str) -> Iterator[tuple[bytes, int, int]]:
    """Chunks of IFF and RIFF from byte `at` on: name, where the content begins, how long it claims to be.

    Ends where no name of four letters stands; the last may claim more than there is. order: "big" or "little".
    """
    while at + 8 <= len(data) and is_name(name := bytes(data[at : at + 4])):
        size = int.from_bytes(data[at + 4 : at + 8], order)  # type: ignore[arg-type]
        yield name, at + 8, size
        at += 8 + size + size % 2


_STARTS = {b"RIFF", b"RIFX", b"RF64", b"BW64", b"FORM", b"fLaC", b"OggS"}  # of files that were joined


def open_stretches(data: memoryview, at: int, sound: bytes) -> Iterator[tuple[int, int]]:
    """All behind byte `at`, where an IFF or RIFF begins, but for its chunks that are whole and no sound, up to the end.

    sound: the name of those that are."""
    begin = at + 12
    for name, content, size in chunks(data, begin, "little" if data[at : at + 4] not in (b"RIFX", b"FORM") else "big"):
        if name in _STARTS:
            break
        if (end := content + size) > len(data):
            break
        if name == sound:
            yield begin, end
        begin = end
    yield begin, len(data)


def is_name(name: bytes) -> bool:
    """Whether these bytes can name a chunk: four printable letters that do not begin with a blank."""
    return len(name) == 4 and name.isascii() and name.decode().isprintable() and name[:1] != b" "


_CHUNKS = {
    b"LIST", b"id3 ", b"ID3 ", b"bext", b"iXML", b"cue ", b"smpl", b"inst", b"JUNK", b"junk", b"PEAK", b"fact", b"_PMX",
    b"axml", b"chna", b"acid", b"afsp", b"NAME", b"AUTH", b"ANNO", b"(c) ", b"MARK", b"COMT", b"APPL", b"umid", b"levl",
}  # fmt: skip
"""Names that chunks behind a sound have: by such a name even one is known whose end is missing."""
_NAMED = re.compile(b"|".join(map(re.escape, sorted(_CHUNKS))))
_MOST_NAMED, _MOST_CHUNKS = 1000, 100  # places in a sound that look like a chunk; chunks behind it
_TAG_BYTES = 128  # of an old player's tag, at the end of a file

NEVER_FINISHED = "was not finished by its recorder, and is read to its last sample"
STREAMED = 0x7FFF_0000
"""Sizes from here on were written by programs that did not know the true one and could not go back."""


def sound_bytes(data: memoryview, begin: int, claimed: int, order: str, second: float) -> tuple[int, tuple[str, ...]]:
    """How many bytes of sound really lie behind a header that claims so many, and what there is to say of it.

    begin: where they start in data, which ends with this part. second: bytes a second lasts.
    A claim of nothing is a recorder's that crashed, unless other chunks follow. Bytes behind a claimed end that are no
    chunks either are sound, too: a recorder that crashed after it had written its header once.
    """
    left = len(data) - begin
    if claimed > left:
        return (_before_chunks(data, begin, order) if claimed >= STREAMED else left), ()
    tails = [data[begin + claimed + pad :] for pad in (claimed % 2, 0)]  # some writers forget the byte that pads
    if len(tails[0]) < max(0.1 * second, 16) or any(is_rubbish(tail, order) for tail in tails):
        return claimed, ()
    said = f"claims {claimed / second:.1f} s in its header but goes on; it is read to its last sample"
    return _before_chunks(data, begin, order), (said if claimed else NEVER_FINISHED,)


def _before_chunks(data: memoryview, begin: int, order: str) -> int:
    """How many bytes of sound lie from byte `begin` on before chunks whose sizes lead to the very end, or a tag."""
    end = len(data)
    if bytes(data[max(end - _TAG_BYTES, begin) :][:3]) == b"TAG":
        end -= _TAG_BYTES
    for found in islice(_NAMED.finditer(data, begin, end), _MOST_NAMED):
        behind = [at + size for _, at, size in islice(chunks(data[:end], found.start(), order), _MOST_CHUNKS)]
        if behind[-1:] == [end] or behind[-1:] == [end - 1]:  # the byte that pads may be missing
            return found.start() - begin
    return end - begin


def is_rubbish(tail: memoryview, order: str) -> bool:
    """Whether bytes behind a sound are chunks of other things, a tag of an MP3 player, or nothing but zeros."""
    if bytes(tail[:8]).startswith((b"TAG", b"ID3", b"APETAGEX")):
        return True
    last = next(chunks(tail, 0, order), None)
    whole = last is not None and (last[1] + last[2] <= len(tail) or last[0] in _CHUNKS)
    return whole or not np.frombuffer(tail, np.uint8).any()
