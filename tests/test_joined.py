"""Promise: recordings that were joined are all heard, of whatever kinds; what a recording merely holds is none."""

import struct

import numpy as np
import pytest

from core.audio import SAMPLE_RATE
from core.audio.io import load
from tests.broken_audio import flac_with_block, sources, voice, wav
from tests.damaged_audio import SOURCES

SECONDS = 0.7
KINDS = ("wav", "aiff", "flac", "ogg")


@pytest.mark.parametrize("first", [*KINDS, "mp3", "aac"])
@pytest.mark.parametrize("second", KINDS)
def test_files_of_different_kinds_are_read_one_behind_the_other(first: str, second: str) -> None:
    one = SOURCES["aac"]() if first == "aac" else sources()[first]
    both = load(one + sources()[second], "both")
    assert both.notes == ()
    last = load(sources()[second]).audio
    assert len(both.audio) == len(load(one).audio) + len(last)
    assert np.abs(both.audio - np.concatenate([load(one).audio, last])).max() < 0.05  # each with an offset of its own


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)


HOLDING = {
    "a WAV in a chunk before the sound": lambda own: own[:36] + _chunk(b"LIST", b"adtl" + sources()["wav"]) + own[36:],
    "a FLAC in a chunk behind the sound": lambda own: own + _chunk(b"LIST", b"adtl" + sources()["flac"]),
    "two chunks": lambda own: own + _chunk(b"LIST", sources()["wav"]) + _chunk(b"JUNK", b"-" + sources()["ogg"]),
}


@pytest.mark.parametrize("what", HOLDING)
def test_what_a_chunk_of_a_wav_holds_is_no_recording_of_its_own(what: str) -> None:
    own = wav(voice())
    found = load(HOLDING[what](own))
    assert np.array_equal(found.audio, load(own).audio)
    assert found.notes == ()


@pytest.mark.parametrize("kind", ["flac", "wav"])
def test_what_a_flac_s_picture_holds_is_no_recording_of_its_own(kind: str) -> None:
    found = load(flac_with_block(6, bytes(42) + sources()[kind] + bytes(50)))
    assert np.array_equal(found.audio, load(sources()["flac"]).audio)
    assert found.notes == ()


def test_behind_a_recording_that_holds_another_a_third_is_heard() -> None:
    own = wav(voice())
    for behind in (own, sources()["flac"]):
        found = load(HOLDING["a FLAC in a chunk behind the sound"](own) + behind)
        assert len(found.audio) / SAMPLE_RATE == pytest.approx(2 * SECONDS, abs=0.01)
        assert found.notes == ()
