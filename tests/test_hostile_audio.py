"""Promise: strangers' audio is refused in one sentence or becomes a sound, whatever its header says."""

import io
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.audio import SAMPLE_RATE
from core.audio.io import MAX_PEAK, MAX_SECONDS, MIN_SECONDS, AudioError, read
from tests import broken_audio, fuzz_audio

STARTS = (b"RIFF", b"RIFX", b"RF64", b"fLaC", b"OggS", b"FORM\0\0\0\0AIFF", b"ID3\3\0\0", b"\xff\xfb\x90\0", b"")
quickly = settings(deadline=None, max_examples=60, database=None)


def assert_sound_or_sentence(data: bytes) -> None:
    try:
        audio, refusal = read(data, "take.wav"), ""
    except AudioError as error:
        refusal = str(error)
    if refusal:
        assert refusal.startswith("take.wav ")
        assert refusal.endswith(".")
        assert "\n" not in refusal
        return
    assert audio.dtype == np.float32
    assert audio.ndim == 1
    assert MIN_SECONDS <= len(audio) / SAMPLE_RATE <= MAX_SECONDS + 0.01
    assert np.isfinite(audio).all()
    assert 1e-4 <= np.abs(audio).max() <= MAX_PEAK


def test_hundred_fifty_broken_files_in_little_time_and_memory() -> None:
    answers, log = fuzz_audio.fuzz(150, play=False)
    assert len(answers) == 150
    assert fuzz_audio.failures(answers, log) == []
    outcomes = [one["outcome"] for one in answers]
    assert min(outcomes.count("played"), outcomes.count("refused")) > 30


@quickly
@given(st.sampled_from(STARTS), st.binary(max_size=400))
def test_any_bytes_behind_a_good_start(start: bytes, rest: bytes) -> None:
    assert_sound_or_sentence(start + rest)


@quickly
@given(
    st.sampled_from(sorted(broken_audio.sources())),
    st.lists(st.tuples(st.integers(0, 99), st.binary(min_size=1, max_size=8)), min_size=1, max_size=4),
    st.floats(0, 1),
)
def test_any_bytes_in_a_header_and_any_length(kind: str, changes: list[tuple[int, bytes]], kept: float) -> None:
    data = broken_audio.sources()[kind]
    for where, new in changes:
        data = broken_audio.patched(data, where, new)
    assert_sound_or_sentence(data)
    assert_sound_or_sentence(data[: int(kept * len(data))])


@quickly
@given(
    st.lists(st.floats(width=32), min_size=1, max_size=16),
    st.integers(1, 64),
    st.sampled_from([1, 2000, 24_000, 44_100, 384_000, 768_000, 768_001]),
    st.sampled_from(["PCM_U8", "PCM_16", "FLOAT", "DOUBLE"]),
)
def test_any_samples_in_any_channels_at_any_rate(values: list[float], channels: int, rate: int, subtype: str) -> None:
    samples = np.resize(np.array(values), (max(int(0.12 * rate), 3), channels))
    with np.errstate(all="ignore"):
        assert_sound_or_sentence(broken_audio.sound_file(samples, rate, "WAV", subtype))


def test_a_file_that_does_not_know_its_length_is_read_to_its_end() -> None:
    known = broken_audio.sources()["flac"]
    assert np.array_equal(read(broken_audio.claiming(known, 0)), read(known))


def test_three_hours_are_refused_by_their_header_and_without_one() -> None:
    hours = broken_audio.silent_flac(3, clicks=True)
    with pytest.raises(AudioError, match="lasts 180 min"):
        read(hours)
    with pytest.raises(AudioError, match="lasts more than 10 min"):
        read(broken_audio.claiming(hours, 0))


@pytest.mark.parametrize("kind", ["AU", "MAT5", "AVR", "IRCAM"])
def test_no_other_format_comes_near_a_decoder(kind: str, tmp_path: Path) -> None:
    data = broken_audio.sound_file(broken_audio.voice(), 24_000, kind)
    (tmp_path / "take.wav").write_bytes(data)
    for source in (data, io.BytesIO(data), tmp_path / "take.wav"):
        with pytest.raises(AudioError, match="not a readable"):
            read(source)


def test_what_is_no_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.wav")
    for source in (tmp_path / "gone.wav", tmp_path / "pipe.wav", tmp_path, "/dev/zero", "a\0b.wav"):
        with pytest.raises(AudioError, match=r"cannot be read"):
            read(source)


@pytest.mark.parametrize("kind", broken_audio.sources())
def test_a_path_an_open_file_and_bytes_give_the_same_sound(kind: str, tmp_path: Path) -> None:
    data, path = broken_audio.sources()[kind], tmp_path / "take"
    path.write_bytes(data)
    with path.open("rb") as file:
        assert np.array_equal(read(file), read(data))
    assert np.array_equal(read(path), read(data))


def test_loud_beyond_sense_is_refused_with_its_level() -> None:
    loud = broken_audio.wav(1e18 * broken_audio.voice(), subtype="FLOAT")
    with pytest.raises(AudioError, match=r"\d+ dB over full scale"):
        read(loud)
    whole_numbers = broken_audio.wav(32_768 * broken_audio.voice(), subtype="FLOAT")
    assert np.abs(read(whole_numbers)).max() > 5000
