"""Promise: any recording comes in as float32 mono at 24 kHz, or is refused in one clear sentence."""

import io

import numpy as np
import pytest
import soundfile

from core.audio import SAMPLE_RATE
from core.audio.clips import clips, load_clip
from core.audio.io import AudioError, encode, read
from core.audio.measure import loudness_lufs, spectral_distance_db


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
