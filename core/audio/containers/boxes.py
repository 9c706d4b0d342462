"""MP4 and its kin (M4A, MOV, 3GP), Matroska and WebM, AAC, AMR and WMA: looked at, hardly mended."""

import re
from itertools import pairwise

import numpy as np

from core.audio.containers.part import Part

START_MP4 = re.compile(rb".{4}(?:ftyp|moov|mdat|wide|free|skip|moof|styp)", re.DOTALL)
_FILM = re.compile(rb"\0\0..ftyp[\w ]{4}", re.DOTALL)
_INDEX = re.compile(rb"moov.{4}\w{4}|moof.{4}\w{4}", re.DOTALL)
START_WEBM = re.compile(rb"\x1aE\xdf\xa3.{1,60}?B\x82.(?:webm|matroska)", re.DOTALL)
START_AAC = re.compile(rb"\xff[\xf0\xf1\xf8\xf9]", re.DOTALL)
START_AMR = re.compile(rb"#!AMR(?:-WB)?\n")
START_WMA = re.compile(re.escape(bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")))


def mp4(data: memoryview) -> list[Part]:
    """The films in a file, one behind the other. ValueError where none was ever finished."""
    starts = sorted({0, *(found.start() for found in _FILM.finditer(data))})
    films = [data[start:end] for start, end in pairwise([*starts, len(data)])]
    if not _INDEX.search(data):
        raise ValueError(
            "was not finished by its recorder, or was not copied to its end: the index that tells where its sound lies "
            "is missing, so no program can play it. Please record or copy it again"
        )
    return [Part("MP4", (film,)) for film in films]


_AMR_BYTES = {False: (12, 13, 15, 17, 19, 20, 26, 31, 5), True: (17, 23, 32, 36, 40, 46, 50, 58, 60, 5)}
_SOME = 1000  # bytes, half a second: a tag is shorter
_AMR_GOOD = 0x04  # flag of a frame


def amr(data: memoryview) -> Part:
    """The part that is an AMR file, to its last good frame: what stands behind that would be noise."""
    start = START_AMR.match(data)
    at = end = start.end() if start else 0
    sizes = _AMR_BYTES[b"WB" in bytes(data[:at])]
    while at < len(data) and not data[at] & 0x83 and (mode := data[at] >> 3) < 16:
        good = data[at] & _AMR_GOOD
        at += 1 + (sizes[mode] if mode < len(sizes) else 0)
        end = at if good else end
    notes = ("holds something else behind its last frame, which is left out",) if len(data) - end > _SOME else ()
    return Part("AMR", (data[:end],), notes=notes if np.frombuffer(data[end:], np.uint8).any() else ())


def is_aac(data: memoryview, frames: int = 2) -> bool:
    """Whether frames of AAC stand here, each where the length of the one before says."""
    at = 0
    for _ in range(frames - 1):
        if len(data) < at + 8 or not START_AAC.match(data, at):
            return False
        length = (data[at + 3] & 3) << 11 | data[at + 4] << 3 | data[at + 5] >> 5
        if length <= 8:
            return False
        at += length
    return START_AAC.match(data, at) is not None


def aac(data: memoryview) -> Part:
    """The part that is a stream of AAC, from its first whole frame on."""
    start = aac_start(data)
    return Part("AAC", (data[start:] if start else data,))


def aac_start(data: memoryview, near: int = 2**16, run: int = 4) -> int | None:
    """Where the first frame of AAC begins of `run` in a row; None where none does among the first `near` bytes."""
    if is_aac(data):
        return 0
    starts = (found.start() for found in START_AAC.finditer(data, 0, near))
    return next((at for at in starts if is_aac(data[at:], run)), None)
