"""Promise: a recording is read to its end, whatever its header says; where it is not, that is said."""

import struct

import numpy as np
import pytest

from core.audio import SAMPLE_RATE
from core.audio.io import AudioError, TooLong, length_s, load
from core.audio.own import load_own
from tests.broken_audio import sound_file, voice
from tests.damaged_audio import DAMAGES, SECONDS, SOURCES, judged

CASES = [
    (name, what)
    for row, name in enumerate(SOURCES)
    for column, what in enumerate(DAMAGES)
    if what == "half" or (row + column) % 8 == 0  # all: python -m tests.damaged_audio
]


def pitch_hz(sound: np.ndarray) -> float:
    windowed = np.pad(sound * np.hanning(len(sound)), (0, 65_536 - len(sound)))
    return float(np.abs(np.fft.rfft(windowed)).argmax() * SAMPLE_RATE / 65_536)


@pytest.mark.parametrize(("name", "what"), CASES, ids=[", ".join(case) for case in CASES])
def test_no_sound_is_lost_without_a_word(name: str, what: str) -> None:
    assert "WRONG" not in judged(name, what)


@pytest.mark.parametrize("name", ["wav pcm_16", "flac pcm_16", "mp3 constant", "aiff float", "m4a aac, index first"])
def test_of_what_ends_early_it_is_said_by_how_much(name: str) -> None:
    data = SOURCES[name]()
    loaded = load(data[: int(0.6 * len(data))], "take")
    heard_s = len(loaded.audio) / SAMPLE_RATE
    assert loaded.notes == (f"take ends early: {heard_s:.1f} of {SECONDS:.1f} s.",)
    assert abs(heard_s - 0.6 * SECONDS) < 0.3


@pytest.mark.parametrize("name", SOURCES)
def test_a_stretch_is_read_where_it_lies(name: str) -> None:
    stretch = load(SOURCES[name](), start_s=1.5, seconds=0.4)
    assert stretch.notes == ()
    assert abs(len(stretch.audio) / SAMPLE_RATE - 0.4) < 0.01
    assert abs(pitch_hz(stretch.audio) - (200 + 300 * 1.7)) < 20


def test_a_stretch_of_joined_files_may_lie_in_any_and_across() -> None:
    data = 2 * SOURCES["ogg vorbis"]()
    assert abs(pitch_hz(load(data, start_s=SECONDS + 1, seconds=0.4).audio) - (200 + 300 * 1.2)) < 20
    assert abs(len(load(data, start_s=SECONDS - 0.2, seconds=0.4).audio) / SAMPLE_RATE - 0.4) < 0.01
    assert length_s(data) == pytest.approx(2 * SECONDS, abs=0.1)


def test_joined_files_of_more_than_ten_minutes_are_refused_before_they_are_decoded() -> None:
    data = 250 * SOURCES["ogg opus"]()
    with pytest.raises(TooLong, match=r"take holds 250 recordings, 12 min in all: too much to load"):
        load(data, "take")
    assert abs(pitch_hz(load(data, start_s=200 * SECONDS + 1, seconds=0.4).audio) - (200 + 300 * 1.2)) < 20


def test_a_stretch_behind_the_end_or_of_no_length_is_refused() -> None:
    with pytest.raises(AudioError, match=r"lasts 3.0 s; nothing is there from 7 s on"):
        load(SOURCES["wav pcm_16"](), start_s=7)
    for start_s, seconds in ((-1, 1), (0, 0), (0, 601), (float("nan"), 1), (0, float("nan"))):
        with pytest.raises(AudioError, match="no stretch of"):
            load(SOURCES["wav pcm_16"](), start_s=start_s, seconds=seconds)


def test_a_film_that_was_never_finished_says_so() -> None:
    data = SOURCES["m4a aac"]()
    with pytest.raises(AudioError, match=r"take.m4a was not finished by its recorder, or was not copied to its end"):
        load(data[: len(data) // 2], "take.m4a")


def test_without_pyav_its_formats_are_named_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "av", None)
    with pytest.raises(AudioError, match=r"take.m4a is M4A or MP4, .* `pip install av`, or .*Export Audio"):
        load(SOURCES["m4a aac"](), "take.m4a")


def _wav(samples: int, bits: int, tail: bytes, padded: bool) -> bytes:
    """A mono WAV at 24 kHz with an odd number of bytes of sound, and what follows."""
    sound = np.sin(np.arange(samples) / 10) * 0.3
    if bits == 8:
        body = (128 + 127 * sound).astype("<u1").tobytes()
    else:
        body = (sound * 2**23).astype("<i4").view("<u1").reshape(-1, 4)[:, :3].tobytes()
    assert len(body) % 2
    form = struct.pack("<HHIIHH", 1, 1, SAMPLE_RATE, SAMPLE_RATE * bits // 8, bits // 8, bits)
    chunks = b"fmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", len(body)) + body
    chunks += (b"\0" if padded else b"") + tail
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


def test_a_stretch_right_behind_damage_keeps_its_quality() -> None:
    """A decoder is given a little of what lies before; where that is damaged, it does without."""
    sound = np.repeat(voice(20.0, 48_000), 2, axis=1)
    sound[:, 1] *= 0.5
    whole = sound_file(sound, 48_000, "FLAC")
    at = int(len(whole) * 9.8 / 20)
    broken = whole[:at] + bytes(3000) + whole[at + 3000 :]
    found, known = (load_own(data, "take.flac", 10.2, 2.0) for data in (broken, whole))
    assert (found.rate, found.audio.shape, found.notes) == (48_000, known.audio.shape, ())
    assert np.abs(found.audio - known.audio).max() < 1e-3


@pytest.mark.parametrize("bits", [8, 24])
@pytest.mark.parametrize("name", [b"id3 ", b"LIST", b"iXML"])
@pytest.mark.parametrize(("padded", "cut"), [(True, 0), (False, 0), (True, 1), (False, 1000)])
def test_what_lies_behind_a_sound_is_not_heard(bits: int, name: bytes, padded: bool, cut: int) -> None:
    """Though a writer forgot the byte that pads, or the end is missing."""
    noise = np.random.default_rng(0).integers(0, 256, 60_000, dtype=np.uint8).tobytes()
    tail = name + struct.pack("<I", len(noise)) + noise[: len(noise) - cut]
    found = load(_wav(24_001, bits, tail, padded))
    assert abs(len(found.audio) - 24_001) <= 1
    assert np.abs(found.audio).max() < 0.4
    assert not found.notes
