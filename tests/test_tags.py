"""Promise: a tag before a recording, and a beginning that was cut off, hide nothing of what is behind them."""

import numpy as np
import pytest

from core.audio import SAMPLE_RATE
from core.audio.io import load
from tests.broken_audio import sound_file, sources, voice
from tests.damaged_audio import SOURCES


def id3(claimed: int, content: bytes, flags: int = 0) -> bytes:
    return b"ID3\4\0" + bytes([flags, *(claimed >> shift & 127 for shift in (21, 14, 7, 0))]) + content


@pytest.mark.parametrize("claimed", [3000, 32_768, 100_000, 2**28 - 1])
@pytest.mark.parametrize("seconds", [1.0, 20.0])
def test_a_tag_that_claims_more_than_there_is_hides_no_sound(claimed: int, seconds: float) -> None:
    own = sound_file(voice(seconds), SAMPLE_RATE, "MP3")
    art = b"\xff\xd8" + np.random.default_rng(0).bytes(1998)
    assert np.array_equal(load(id3(claimed, art) + own).audio, load(own).audio)


@pytest.mark.parametrize("kind", ["wav", "flac", "mp3", "ogg"])
def test_a_tag_may_have_a_footer(kind: str) -> None:
    tag = id3(2000, bytes(range(1, 201)) * 10, flags=0x10) + b"3DI\4\0\x10\0\0\x0f\x50"
    own = sources()[kind]
    assert np.array_equal(load(tag + own).audio, load(own).audio)
    if kind == "mp3":
        assert len(load(own + tag + own).audio) == 2 * len(load(own).audio)


@pytest.mark.parametrize("cut", [1, 100, 1000, 5001])
def test_of_a_stream_cut_within_a_frame_the_rest_is_read(cut: int) -> None:
    whole = SOURCES["aac"]()
    lost_s = cut / len(whole) * 3
    assert len(load(whole[cut:]).audio) / SAMPLE_RATE == pytest.approx(3.0 - lost_s, abs=0.1)
