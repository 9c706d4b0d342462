"""Ogg: links in a chain, each of pages; where recordings were joined, a decoder reads the first link alone."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from core.audio.containers.part import Part

START = re.compile(rb"OggS\0[\x02\x06]", re.DOTALL)
_HEAD = 27  # bytes of a page before the sizes of its segments
_FIRST, _LAST = 2, 4  # flags: a stream begins, ends here
_ORIGIN_S = 30.0  # streams whose first page says more were recorded on the way, and count from elsewhere


class _Page(NamedTuple):
    start: int
    flags: int
    granule: int
    serial: int
    body: int


def ogg(data: memoryview) -> list[Part]:
    """The links of a chain, in order."""
    pages = list(_pages(data))
    begins = [
        number
        for number, page in enumerate(pages)
        if page.flags & _FIRST and (not number or not pages[number - 1].flags & _FIRST)
    ]
    ends = [*begins[1:], len(pages)]
    return [_link(data, pages[a:b], pages[b].start if b < len(pages) else len(data))
            for a, b in zip(begins, ends, strict=True)]  # fmt: skip


def _pages(data: memoryview) -> Iterator[_Page]:
    """The pages that are there whole; rubbish between them is left out."""
    for found in re.finditer(rb"OggS\0", data):
        at = found.start()
        segments = data[at + 26] if at + _HEAD <= len(data) else 0
        body = at + _HEAD + segments
        if body <= len(data) and body + sum(data[at + _HEAD : body]) <= len(data):
            granule = int.from_bytes(data[at + 6 : at + 14], "little", signed=True)
            yield _Page(at, data[at + 5], granule, int.from_bytes(data[at + 14 : at + 18], "little"), body)


def _link(data: memoryview, pages: list[_Page], end: int) -> Part:
    own, rate, skipped = pages[0].serial, 0, 0
    for page in pages:
        if page.flags & _FIRST and (facts := _stream(data[page.body : page.body + 64])):
            own, (rate, skipped) = page.serial, facts
            break
    counted = [page for page in pages if page.serial == own and page.granule > 0]
    claimed = None
    if counted and rate:
        origin = counted[0].granule if counted[0].granule > _ORIGIN_S * rate else skipped
        claimed = (counted[-1].granule - origin) / rate
    last = next(page for page in reversed(pages) if page.serial == own)
    notes = () if last.flags & _LAST else ("has no end: its recorder was stopped, or the file was cut short",)
    return Part("OGG", (data[pages[0].start : end],), claimed, notes)


def _stream(head: memoryview) -> tuple[int, int] | None:
    """Rate at which a stream of sound counts, and what it counts before its first sample; None for others."""
    start = bytes(head)
    if start.startswith(b"\x01vorbis"):
        return int.from_bytes(start[12:16], "little"), 0
    if start.startswith(b"OpusHead"):
        return 48_000, int.from_bytes(start[10:12], "little")
    if start.startswith(b"\x7fFLAC"):
        return int.from_bytes(start[27:30], "big") >> 4, 0
    if start.startswith(b"Speex   "):
        return int.from_bytes(start[36:40], "little"), 0
    return None
