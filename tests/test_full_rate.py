"""Promise: decoded gains reach a recording's own channels: below 12 kHz as at 24 kHz, above as in the last band."""

import numpy as np
import pytest
import torch

from core.audio import SAMPLE_RATE, SEGMENT
from core.audio.full_rate import with_gains
from core.audio.measure import gain_to, spectral_distance_db
from core.audio.rate import as_heard, resampled
from core.models.codec import Codec
from tests.test_codec import Levels

RATES = 48_000, 96_000, 44_100


@pytest.fixture(scope="module")
def codec() -> Codec:
    return Codec.on(Levels, torch.device("cpu"))


def changed(codec: Codec, dry: np.ndarray, towards: np.ndarray) -> np.ndarray:
    """A decoded joint spectrogram (channel, bin, frame) whose wet differs from dry as another sound does."""
    return codec.spectrogram(dry, towards)[0]


def sung(dry: np.ndarray) -> np.ndarray:
    """A segment (time,) at 24 kHz, at the reference loudness."""
    sound = np.resize(dry, SEGMENT)
    return sound * np.float32(gain_to(sound))


def tone(hz: float, rate: int, samples: int, level: float = 0.05) -> np.ndarray:
    return (level * np.sin(2 * np.pi * hz * np.arange(samples) / rate)).astype(np.float32)


def level_at(sound: np.ndarray, hz: float, rate: int) -> float:
    """Amplitude of a tone in a sound (time,), its ends left aside."""
    inner = sound[rate // 2 : -rate // 2]
    time_s = np.arange(len(inner)) / rate
    return float(2 * np.abs(np.mean(inner * np.hanning(len(inner)) * 2 * np.exp(-2j * np.pi * hz * time_s))))


@pytest.mark.parametrize("rate", RATES)
def test_below_12_khz_it_is_what_transfer_makes_at_24_khz(codec: Codec, dry: np.ndarray, rate: int) -> None:
    dry = sung(dry)
    wet = np.convolve(dry, [0.3, 0.4, 0.3], "same").astype(np.float32)
    joint = changed(codec, dry, np.float32(0.5) * np.roll(wet, 900))
    known = codec.transfer(joint[None], dry)[0]
    made = as_heard(codec.transfer_to(resampled(dry, SAMPLE_RATE, rate), rate, joint, dry), rate)
    inner = slice(2048, SEGMENT - 4096)  # at 24 kHz the end fades
    assert spectral_distance_db(known[inner], dry[inner]) > 3, "something is changed at all"
    assert spectral_distance_db(made[inner], known[inner]) < 0.5
    error = made[inner] - known[inner]
    assert 10 * np.log10(np.square(error).mean() / np.square(known[inner]).mean()) < -30


def test_what_lies_above_12_khz_is_kept_with_the_gain_of_the_last_band(codec: Codec, dry: np.ndarray) -> None:
    dry, rate = sung(dry), 48_000
    high = tone(20_000, rate, 2 * SEGMENT)
    own = resampled(dry, SAMPLE_RATE, rate) + high
    joint = changed(codec, dry, dry)
    same = codec.transfer_to(own, rate, joint, dry)
    assert level_at(same, 20_000, rate) == pytest.approx(0.05, rel=0.01)
    joint[0, -1], joint[1, -1] = 1.0, 0.1
    softer = codec.transfer_to(own, rate, joint, dry)
    assert level_at(softer, 20_000, rate) < 0.5 * 0.05
    assert spectral_distance_db(as_heard(softer - high, rate), as_heard(same - high, rate)) < 1


def test_channels_keep_their_balance(codec: Codec, dry: np.ndarray) -> None:
    dry, rate = sung(dry), 44_100
    left = resampled(dry, SAMPLE_RATE, rate)
    own = np.stack([left, -0.25 * left, tone(15_000, rate, len(left))])
    made = codec.transfer_to(own, rate, changed(codec, dry, np.float32(0.5) * dry), dry)
    assert made.shape == own.shape
    assert np.abs(made[1] + 0.25 * made[0]).max() < 1e-6
    assert np.abs(made[0]).max() > 0.2 * np.abs(left).max()
    assert np.array_equal(made[0], codec.transfer_to(left, rate, changed(codec, dry, np.float32(0.5) * dry), dry))


def test_gains_meet_the_time_and_the_bands_that_they_are_of() -> None:
    rate, fft, hop = 44_100, 2048, 512
    gains = np.zeros((fft // 2 + 1, 256), dtype=np.float32)
    gains[round(1000 / SAMPLE_RATE * fft) : -1, 128:] = -2.0  # what lies beyond all bands has no gain of its own
    length = round(SEGMENT * rate / SAMPLE_RATE)
    sound = tone(600, rate, length) + tone(2000, rate, length) + tone(21_000, rate, length)
    made = with_gains(sound, rate, gains, fft, hop)
    before, after = made[: length // 2 - 4096], made[length // 2 + 4096 :]
    for hz, kept in ((600, 1.0), (2000, 0.01), (21_000, 0.01)):
        assert level_at(before, hz, rate) == pytest.approx(0.05, rel=0.02)
        assert level_at(after, hz, rate) == pytest.approx(0.05 * kept, rel=0.05)


def test_a_low_rate_has_the_bands_that_it_can_hold() -> None:
    gains = np.full((1025, 256), -1.0, dtype=np.float32)
    sound = tone(700, 8_000, 40_000)
    made = with_gains(sound, 8_000, gains, 2048, 512)
    assert made.shape == sound.shape
    assert level_at(made, 700, 8_000) == pytest.approx(0.005, rel=0.01)
