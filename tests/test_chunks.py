"""Promise: of a file's chunks, those that hold sound are heard, all of them, and no others."""

import struct

import numpy as np
import pytest

from core.audio import SAMPLE_RATE
from core.audio.io import length_s, load
from tests.broken_audio import sound_file, voice

SECONDS = 0.7
SOUND = (32_000 * voice()[:, 0]).astype("<i2").tobytes()
FORM = struct.pack("<HHIIHH", 1, 1, SAMPLE_RATE, 2 * SAMPLE_RATE, 2, 16)
NOISE = np.random.default_rng(0).bytes(9001)
TAG = b"TAG" + b"by nobody".ljust(125)
UNKNOWN = (b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", bytes(4))


def chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)


def wav(*chunks: bytes) -> bytes:
    body = b"WAVE" + chunk(b"fmt ", FORM) + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def heard_s(data: bytes) -> float:
    audio = load(data).audio
    assert np.abs(audio).max() < 0.7  # NOISE is louder
    return len(audio) / SAMPLE_RATE


@pytest.mark.parametrize("size", UNKNOWN)
@pytest.mark.parametrize(
    "tail",
    [
        chunk(b"LIST", b"INFOICMT" + NOISE),
        chunk(b"id3 ", NOISE) + chunk(b"cue ", bytes(28)),
        chunk(b"bext", NOISE)[:-1],
    ],
    ids=["LIST", "two", "no byte that pads"],
)
@pytest.mark.parametrize("tag", [b"", TAG], ids=["", "TAG"])
def test_behind_a_sound_of_unknown_size_chunks_are_left_out(size: bytes, tail: bytes, tag: bytes) -> None:
    assert heard_s(wav(b"data" + size + SOUND, tail) + tag) == pytest.approx(SECONDS, abs=1e-3)


@pytest.mark.parametrize("size", UNKNOWN)
def test_what_looks_like_a_chunk_within_a_sound_of_unknown_size_is_heard(size: bytes) -> None:
    """Its sizes do not lead to the file's end."""
    half = len(SOUND) // 4 * 2
    sound = SOUND[:half] + b"LIST\x10\0\0\0" + SOUND[half:]
    assert heard_s(wav(b"data" + size + sound)) == pytest.approx(SECONDS, abs=1e-3)


def test_of_an_aiff_too() -> None:
    whole = sound_file(voice(), SAMPLE_RATE, "AIFF")
    at = whole.index(b"SSND") + 4
    crashed = whole[:at] + struct.pack(">I", 8) + whole[at + 4 :]
    assert heard_s(crashed + b"ANNO" + struct.pack(">I", 9000) + NOISE[:9000]) == pytest.approx(SECONDS, abs=1e-3)


@pytest.mark.parametrize("before", [(), (chunk(b"JUNK", NOISE),)], ids=["", "JUNK"])
def test_several_chunks_of_sound_are_one(before: tuple[bytes, ...]) -> None:
    parts = chunk(b"data", SOUND[:9000]), *before, chunk(b"data", b""), chunk(b"data", SOUND[9000:])
    for tail in ((), (chunk(b"LIST", NOISE),)):
        found = load(wav(*parts, *tail))
        assert np.array_equal(found.audio, load(wav(chunk(b"data", SOUND))).audio)
        assert not found.notes


def test_of_several_chunks_of_sound_the_last_may_end_early() -> None:
    data = wav(chunk(b"data", SOUND[:9000]), chunk(b"data", SOUND[9000:]))
    assert load(data[:-9600], "take").notes == ("take ends early: 0.5 of 0.7 s.",)


def test_an_empty_chunk_of_sound_before_the_real_one_is_passed_over() -> None:
    found = load(wav(chunk(b"data", b""), chunk(b"data", SOUND)))
    assert np.array_equal(found.audio, load(wav(chunk(b"data", SOUND))).audio)
    assert not found.notes


@pytest.mark.parametrize(("subtype", "name"), [("ULAW", b"ulaw"), ("ALAW", b"alaw"), ("ULAW", b"ULAW")])
def test_a_coding_of_an_aiff_tells_the_size_of_its_samples(subtype: str, name: bytes) -> None:
    """Apple has 16 bits written of what is coded in eight: they are what it holds once decoded."""
    coded = sound_file(voice(), SAMPLE_RATE, "AIFF", subtype)
    at = coded.index(b"COMM")
    told = coded[: at + 14] + struct.pack(">h", 16) + coded[at + 16 : at + 26] + name + coded[at + 30 :]
    assert length_s(told) == pytest.approx(SECONDS, abs=1e-3)
    assert np.array_equal(load(told).audio, load(coded).audio)
    assert load(told[: len(told) * 6 // 10], "take").notes == ("take ends early: 0.4 of 0.7 s.",)
