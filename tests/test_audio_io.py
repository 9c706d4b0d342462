"""Promise: any recording comes in as float32 mono at 24 kHz, or is refused in one clear sentence."""

import io
import time
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import soundfile

from core.audio import SAMPLE_RATE
from core.audio.clips import clips, load_clip
from core.audio.io import AudioError, encode, read
from core.audio.measure import loudness_lufs, spectral_distance_db
from core.audio.repair import mp3_frames


def file_bytes(samples: np.ndarray, rate: int, **options: str) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, rate, **options)
    return buffer.getvalue()


def tone(seconds: float, rate: int, hz: float = 440.0) -> np.ndarray:
    return 0.3 * np.sin(2 * np.pi * hz * np.arange(int(seconds * rate)) / rate)


@pytest.mark.parametrize("kind", ["WAV", "FLAC", "OGG", "MP3", "AIFF"])
def test_reads_every_format(kind: str) -> None:
    audio = read(file_bytes(tone(1.0, 44100), 44100, format=kind))
    assert audio.dtype == np.float32
    assert audio.ndim == 1
    assert abs(len(audio) / SAMPLE_RATE - 1.0) < 0.1
    middle = audio[4800:16800]
    peak_hz = np.abs(np.fft.rfft(middle * np.hanning(len(middle)))).argmax() * SAMPLE_RATE / len(middle)
    assert abs(peak_hz - 440) < 3


@pytest.mark.parametrize("rate", [8000, 22050, 24000, 96000, 192000])
def test_resamples_to_24_khz(rate: int) -> None:
    audio = read(file_bytes(tone(0.5, rate), rate, format="WAV", subtype="FLOAT"))
    assert abs(len(audio) - SAMPLE_RATE / 2) <= 1
    assert abs(np.sqrt(2 * np.mean(audio[2000:-2000] ** 2)) - 0.3) < 0.003


def test_channels_are_averaged() -> None:
    eight = np.zeros((24000, 8))
    eight[:, 3] = 8 * tone(1.0, 24000)
    assert np.allclose(read(file_bytes(eight, 24000, format="WAV", subtype="FLOAT")), tone(1.0, 24000), atol=1e-6)


NAN = tone(1.0, 24000)
NAN[100] = np.nan
BAD = {
    "not a readable": b"this is no sound",
    "not a readable ": b"",
    "empty": file_bytes(np.zeros(0), 24000, format="WAV"),
    "shorter than": file_bytes(tone(0.05, 24000), 24000, format="WAV"),
    "silent": file_bytes(np.zeros(24000), 24000, format="WAV"),
    "not numbers": file_bytes(NAN, 24000, format="WAV", subtype="FLOAT"),
    "too much": file_bytes(np.zeros(3600 * 8000, np.int16), 8000, format="WAV", subtype="PCM_U8"),
    "not a readable  ": file_bytes(tone(1.0, 24000), 24000, format="FLAC")[:60],
}


@pytest.mark.parametrize("reason", BAD)
def test_refuses_in_a_sentence_that_names_the_file(reason: str) -> None:
    with pytest.raises(AudioError, match=reason.strip()) as caught:
        read(BAD[reason], "my take.wav")
    assert str(caught.value).startswith("my take.wav")


def test_channels_that_cancel_each_other_are_refused(dry: np.ndarray) -> None:
    both = np.stack([dry, -dry], axis=1)
    with pytest.raises(AudioError, match="channels that cancel"):
        read(file_bytes(both, 24000, format="WAV", subtype="PCM_24"))
    both[:, 1] *= 0.9
    assert np.allclose(read(file_bytes(both, 24000, format="WAV", subtype="FLOAT")), 0.05 * dry, atol=1e-6)


def mp3(samples: np.ndarray, rate: int = 24000) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, rate, format="MP3", bitrate_mode="VARIABLE", compression_level=0.4)
    return buffer.getvalue()


def bare(data: bytes) -> bytes:
    """An MP3 without the frame that says how many follow."""
    first, second = islice(mp3_frames(data), 2)
    assert b"Xing" in data[first.start : second.start]
    return data[second.start :]


def test_an_mp3_that_does_not_know_its_length_is_read_to_its_end(dry: np.ndarray, tmp_path: Path) -> None:
    long = np.tile(dry, 7)
    whole, counted = read(mp3(long)), read(bare(mp3(long)))
    assert abs(len(counted) - len(long)) < 0.1 * SAMPLE_RATE
    delay = len(counted) - len(whole)  # the encoder's, which is taken off where it is told
    assert 0 <= delay < 0.1 * SAMPLE_RATE
    (tmp_path / "take.mp3").write_bytes(bare(mp3(long)))
    assert np.array_equal(read(tmp_path / "take.mp3"), counted)
    correlation = np.correlate(counted[-20_000:], whole[-18_000:])
    assert correlation.max() > 0.95 * np.sum(whole[-18_000:] ** 2)  # the same sound, to its end


def test_joined_mp3_files_are_read_to_their_end_or_refused(dry: np.ndarray) -> None:
    tag = b"ID3\3\0\0\0\0\0\x64" + bytes(100)
    for between in (b"", tag, bytes(999)):
        both = read(mp3(dry[:72_000]) + between + mp3(dry[:48_000]))
        assert abs(len(both) / SAMPLE_RATE - 5) < 0.15
        assert np.abs(both[-40_000:]).max() > 0.1
    with pytest.raises(AudioError, match="recordings of different kinds"):
        read(mp3(dry) + mp3(np.stack([dry, dry], axis=1)))


@pytest.mark.parametrize("padding", [b"", b"JUNK" + (4044).to_bytes(4, "little") + bytes(4044)], ids=["plain", "JUNK"])
def test_a_wav_whose_recorder_crashed_is_read_to_its_end(padding: bytes, dry: np.ndarray) -> None:
    data = file_bytes(dry, 24000, format="WAV", subtype="PCM_16")
    head, sound = data[12:36], data[44:]
    unfinished = b"RIFF" + bytes(4) + b"WAVE" + padding + head + b"data" + bytes(4) + sound
    assert np.array_equal(read(unfinished), read(data))


def test_rubbish_behind_an_mp3_costs_little_time(dry: np.ndarray) -> None:
    honest = mp3(dry)
    for rubbish in (b"\xff", b"\xff\xfb\x90\0", b"ID3\3\0\0\0\0\0\0", b"\0"):
        started = time.process_time()
        assert np.array_equal(read(honest + rubbish * (2**24 // len(rubbish))), read(honest))
        assert time.process_time() - started < 3


@pytest.mark.parametrize("peak_db", [-20, -50, -65, -75, -110])
def test_loudness_falls_with_the_level_however_quiet(peak_db: float, dry: np.ndarray) -> None:
    gain = np.float32(10 ** (peak_db / 20) / np.abs(dry).max())
    assert loudness_lufs(gain * dry) == pytest.approx(loudness_lufs(dry) + 20 * np.log10(gain), abs=0.3)
    assert loudness_lufs(0 * dry) == -np.inf


@pytest.mark.parametrize("kind", ["wav", "flac"])
def test_written_bytes_read_back_at_their_level(kind: str, dry: np.ndarray) -> None:
    assert np.abs(read(encode(dry, kind)) - dry).max() <= 1.01 / 32768


@pytest.mark.parametrize("clip", clips(), ids=lambda clip: clip.name)
def test_shipped_clips_are_loud_as_one_and_credited(clip) -> None:
    audio = load_clip(clip.name)
    assert abs(len(audio) / SAMPLE_RATE - clip.seconds) < 0.01
    assert abs(loudness_lufs(audio) + 23) < 1.5  # the percussion loop is lower: it would clip
    assert clip.author
    assert clip.licence.startswith("CC")


def test_distances_have_known_values() -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, 48000).astype(np.float32)
    assert spectral_distance_db(noise, noise) == 0
    assert abs(spectral_distance_db(noise, noise / 2) - 6.02) < 0.1
