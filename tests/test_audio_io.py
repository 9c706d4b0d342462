"""Promise: any recording comes in as float32 mono at 24 kHz, or is refused in one clear sentence."""

import io
import time
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr

from core.audio import SAMPLE_RATE
from core.audio.clips import clips, load_clip
from core.audio.containers.mpeg import mp3_frames
from core.audio.io import AudioError, AudioNote, encode, load, read
from core.audio.measure import loudness_lufs, spectral_distance_db
from core.audio.own import load_own


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
    both = np.stack([tone(1.0, 24000), 0.5 * tone(1.0, 24000, 1000)], axis=1)
    assert np.allclose(read(file_bytes(both, 24000, format="WAV", subtype="FLOAT")), both.mean(axis=1), atol=1e-6)


def test_channels_that_nobody_hears_change_nothing() -> None:
    eight = np.zeros((24000, 8))
    eight[:, 3], eight[:, 5] = 0.1 * tone(1.0, 24000), 1e-6
    assert np.allclose(read(file_bytes(eight, 24000, format="WAV", subtype="FLOAT")), eight[:, 3], atol=2e-6)


NAN = tone(1.0, 24000)
NAN[100] = np.nan
BAD = {
    "not a readable": b"this is no sound",
    r"is empty \(0 bytes\)": b"",
    "empty or": file_bytes(np.zeros(0), 24000, format="WAV"),
    "shorter than": file_bytes(tone(0.05, 24000), 24000, format="WAV"),
    "silent": file_bytes(np.zeros(24000), 24000, format="WAV"),
    "not numbers": file_bytes(NAN, 24000, format="WAV", subtype="FLOAT"),
    "too much": file_bytes(np.zeros(3600 * 8000, np.int16), 8000, format="WAV", subtype="PCM_U8"),
    "cannot be decoded": file_bytes(tone(1.0, 24000), 24000, format="FLAC")[:60],
}


@pytest.mark.parametrize("reason", BAD)
def test_refuses_in_a_sentence_that_names_the_file(reason: str) -> None:
    with pytest.raises(AudioError, match=reason.strip()) as caught:
        read(BAD[reason], "my take.wav")
    assert str(caught.value).startswith("my take.wav")


def late(sound: np.ndarray, seconds: float) -> np.ndarray:
    return np.concatenate([np.zeros(int(seconds * 24_000)), sound])[: len(sound)]


NOISE = np.random.default_rng(1).normal(0, 0.1, 131_072)
HUM = tone(6.0, 24_000, 90)
CANCELLING = {
    "turned": lambda dry: (dry, -dry),
    "turned and softer": lambda dry: (dry, -0.6 * dry),
    "turned in the bass": lambda dry: (dry + HUM[: len(dry)], dry - HUM[: len(dry)]),
    "of a voice, but not of its room": lambda dry: (2 * dry + late(dry, 0.031), -2 * dry + late(dry, 0.047)),
    "two of four": lambda dry: (dry, 0.5 * dry, -dry, -0.4 * dry),
    "1 ms late": lambda dry: (dry, 0.9 * late(dry, 0.001)),
    "20 ms late": lambda dry: (dry, late(dry, 0.02)),
}  # fmt: skip


@pytest.mark.parametrize("how", CANCELLING)
def test_of_channels_that_cancel_the_loudest_is_used_and_it_is_said(how: str, dry: np.ndarray) -> None:
    both = 0.3 * np.stack(CANCELLING[how](dry), axis=1)
    loaded = load(file_bytes(both, 24_000, format="WAV", subtype="FLOAT"), "take.wav")
    loudest = int((both**2).sum(axis=0).argmax())
    assert np.allclose(loaded.audio, both[:, loudest], atol=1e-4)
    assert [f"channel {loudest + 1} is used." in note for note in loaded.notes] == [True]


@pytest.mark.parametrize("other", ["the same", "softer", "noise", "another voice"])
def test_channels_that_do_not_cancel_are_averaged_without_a_word(other: str, dry: np.ndarray) -> None:
    second = {
        "the same": dry, "softer": 0.1 * dry, "noise": NOISE[: len(dry)],
        "another voice": np.resize(load_clip("speech_it_m_carlo"), len(dry)),
    }[other]  # fmt: skip
    both = 0.3 * np.stack([dry, second], axis=1)
    loaded = load(file_bytes(both, 24_000, format="WAV", subtype="FLOAT"))
    assert np.allclose(loaded.audio, both.mean(axis=1), atol=1e-4)
    assert loaded.notes == ()


@pytest.mark.parametrize("offset", [0.02, -0.4, 3.0])
def test_an_offset_is_taken_away(offset: float, dry: np.ndarray) -> None:
    around = np.pad(dry + offset, 5000)
    read_back = read(file_bytes(around, 24_000, format="WAV", subtype="FLOAT"))
    assert np.allclose(read_back, np.pad(dry - dry.mean(), 5000), atol=1e-4)
    with pytest.raises(AudioError, match="silent"):
        read(file_bytes(np.full(24_000, offset), 24_000, format="WAV", subtype="PCM_16"))


@pytest.mark.parametrize("rate", [8_000, 44_100])
@pytest.mark.parametrize("offset", [0.02, -0.4])
def test_an_offset_rings_at_no_rate(offset: float, rate: int, dry: np.ndarray) -> None:
    own = soxr.resample(dry, 24_000, rate)
    for around in (0, 5000):
        without, offset_too = (
            read(file_bytes(np.pad(sound, around), rate, format="WAV", subtype="FLOAT"))
            for sound in (own - own.mean(), own + offset)
        )
        assert np.allclose(offset_too, without, atol=1e-4)
        with pytest.raises(AudioError, match="silent"):
            read(file_bytes(np.pad(np.full(rate, offset), around), rate, format="WAV", subtype="FLOAT"))


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


def test_joined_mp3_files_are_read_to_their_end(dry: np.ndarray) -> None:
    tag = b"ID3\3\0\0\0\0\0\x64" + bytes(100)
    for between in (b"", tag, bytes(999)):
        both = read(mp3(dry[:72_000]) + between + mp3(dry[:48_000]))
        assert abs(len(both) / SAMPLE_RATE - 5) < 0.15
        assert np.abs(both[-40_000:]).max() > 0.1
    stereo = read(mp3(dry[:72_000]) + mp3(np.stack([dry, dry], axis=1)))
    assert abs(len(stereo) / SAMPLE_RATE - 3 - len(dry) / SAMPLE_RATE) < 0.15


@pytest.mark.parametrize("padding", [b"", b"JUNK" + (4044).to_bytes(4, "little") + bytes(4044)], ids=["plain", "JUNK"])
def test_a_wav_whose_recorder_crashed_is_read_to_its_end(padding: bytes, dry: np.ndarray) -> None:
    data = file_bytes(dry, 24000, format="WAV", subtype="PCM_16")
    head, sound = data[12:36], data[44:]
    unfinished = b"RIFF" + bytes(4) + b"WAVE" + padding + head + b"data" + bytes(4) + sound
    with pytest.warns(AudioNote, match="was not finished by its recorder"):
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


@pytest.mark.parametrize("samples", [240, 2400, 9000, 60_000])
def test_silence_around_a_sound_makes_it_no_softer(samples: int, dry: np.ndarray) -> None:
    sound = dry[24_000 : 24_000 + samples]
    for around in ((1000, 0), (0, 100_000), (60_000, 7)):
        assert loudness_lufs(np.pad(sound, around)) == pytest.approx(loudness_lufs(sound), abs=1e-3)


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


@pytest.mark.parametrize("seconds", [0, 0.002, 0.02])
@pytest.mark.parametrize("rate", [24_000, 44_100, 48_000])
def test_a_click_is_a_sound(seconds: float, rate: int) -> None:
    """As what an effect answers an impulse with is asked for; it lies on one side, which is no offset."""
    click = np.zeros(rate, np.float32)
    click[rate // 2 : rate // 2 + max(1, round(seconds * rate))] = 0.9
    own = load_own(encode(click, rate=rate))
    assert own.audio.mean() == pytest.approx(click.mean(), rel=1e-3)
    assert own.heard.mean() == pytest.approx(click.mean(), rel=0.01)


@pytest.mark.parametrize("rate", [8000, 11_025, 44_100])
def test_an_encoder_s_own_silence_is_no_early_end(rate: int, dry: np.ndarray) -> None:
    for samples in range(20_000, 30_000, 1237):
        assert not load(mp3(np.resize(dry, samples), rate)).notes


def test_a_stretch_of_an_mp3_is_what_the_whole_has_there(dry: np.ndarray) -> None:
    """Its bits lie in frames before, too."""
    data = mp3(np.resize(dry, 10 * 44_100), 44_100)
    whole = read(data)
    for start_s in (2.0, 3.3, 5.1):
        part = read(data, start_s=start_s, seconds=1.0)
        begin = round(start_s * 24_000)
        inside = slice(48, -48)  # resampled, a stretch begins in silence
        assert np.abs(part - whole[begin : begin + len(part)])[inside].max() < 0.01
