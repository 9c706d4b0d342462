"""Promise: a recording keeps its sample rate and its channels, of any stretch of it, and says which they are."""

import numpy as np
import pytest

from core.audio import SAMPLE_RATE, SEGMENT
from core.audio.io import encode_exactly
from core.audio.own import Own, load_own, quality, together
from core.audio.rate import playable
from core.effects import Setting, render
from core.folder.settings import parse_setting

KINDS = {"44.1 kHz, stereo": (44_100, 2), "96 kHz, mono": (96_000, 1), "24 kHz, mono": (24_000, 1)}
PITCHES_HZ = 300.0, 700.0


def tones(rate: int, channels: int, seconds: float = 3.0) -> np.ndarray:
    """A tone in each channel, of its own pitch, that grows louder: (time,) of one channel, else (channel, time)."""
    time_s = np.arange(round(seconds * rate)) / rate
    made = [0.05 * (1 + time_s) * np.sin(2 * np.pi * pitch * time_s) for pitch in PITCHES_HZ[:channels]]
    return np.array(made if channels > 1 else made[0], dtype=np.float32)


@pytest.mark.parametrize("kind", KINDS)
def test_a_recording_is_kept_as_it_was_brought(kind: str) -> None:
    audio = tones(*KINDS[kind])
    found = load_own(encode_exactly(audio, KINDS[kind][0]), "take.wav")
    assert (found.rate, found.text, found.notes) == (KINDS[kind][0], kind, ())
    assert np.array_equal(found.audio, audio)
    assert abs(len(found.heard) - 3 * SAMPLE_RATE) <= 1
    assert found.mixes


@pytest.mark.parametrize("kind", KINDS)
def test_a_stretch_is_the_same_stretch_of_both(kind: str) -> None:
    rate, channels = KINDS[kind]
    audio = tones(rate, channels)
    data = encode_exactly(audio, rate)
    read, cut = load_own(data, start_s=1.25, seconds=0.5), load_own(data).part(30_000, 42_000)
    for found in (read, cut):
        assert len(found.heard) == 12_000
        assert np.array_equal(found.audio, audio[..., round(1.25 * rate) : round(1.75 * rate)])


def test_what_is_brought_to_a_higher_rate_is_counted_there() -> None:
    data = encode_exactly(tones(8_000, 2), 8_000)
    assert load_own(data, "take.wav", most=2 * 3 * 24_000).rate == 24_000
    found = load_own(data, "take.wav", most=2 * 3 * 24_000 - 2)
    assert found.limited
    assert "keep 24 kHz and their channels" in found.notes[0]


def test_more_than_is_held_is_used_as_it_is_heard_and_says_so() -> None:
    data = encode_exactly(tones(44_100, 2), 44_100)
    assert load_own(data, "take.wav", most=2 * 3 * 44_100).rate == 44_100
    found = load_own(data, "take.wav", most=2 * 3 * 44_100 - 2)
    assert found.text == "24 kHz, mono"
    assert found.audio is found.heard
    (note,) = found.notes
    assert note.startswith("take.wav is used as one channel at 24,000 Hz. Up to 0.0 min keep 44.1 kHz")
    assert load_own(data, "take.wav", 1.0, 1.0, most=2 * 44_100).rate == 44_100, "a stretch is short enough"


def test_short_sounds_last_as_long_as_models_hear() -> None:
    own = Own(tones(44_100, 2), 44_100, tones(24_000, 1))
    looped, ended = own.lasting(SEGMENT, True), own.lasting(SEGMENT, False)
    assert looped.audio.shape == ended.audio.shape == (2, round(SEGMENT * 44_100 / SAMPLE_RATE))
    assert np.array_equal(looped.audio[:, 3 * 44_100 :][:, :1000], own.audio[:, :1000])
    assert not ended.audio[:, 3 * 44_100 :].any()
    assert np.array_equal(Own.of(own.heard).lasting(SEGMENT, True).audio, np.resize(own.heard, SEGMENT))


def test_two_recordings_are_compared_at_the_dry_one_s_rate_and_in_its_channels() -> None:
    own = {kind: load_own(encode_exactly(tones(*what), what[0])) for kind, what in KINDS.items()}
    stereo, mono, low = own.values()
    dry, wet, rate = together(stereo, mono)
    assert (rate, dry.shape) == (44_100, (2, 3 * 44_100))
    assert np.array_equal(dry, stereo.audio)
    assert abs(wet.shape[1] - 3 * 44_100) <= 1
    assert np.array_equal(wet[0], wet[1])
    assert together(mono, stereo)[1].ndim == 1
    assert together(low, low)[2] == SAMPLE_RATE
    assert together(stereo, low)[2] == SAMPLE_RATE, "what was lost is not made up"
    against = Own(np.stack([mono.audio, -mono.audio]), 96_000, mono.heard)
    assert together(mono, against)[2] == SAMPLE_RATE


def test_the_browser_gets_what_it_can_play() -> None:
    assert [playable(np.zeros((6, 960)), 96_000)[0].shape, playable(np.zeros((2, 480)), 48_000)[0].shape] == [
        (480,),
        (2, 480),
    ]
    assert quality(*playable(np.zeros((6, 960)), 96_000)) == "48 kHz, mono"
    assert quality(np.zeros((6, 10)), 96_000) == "96 kHz, 6 channels"


@pytest.mark.parametrize("effect", ["delay", "lowpass", "bitcrush"])
@pytest.mark.parametrize("kind", KINDS)
def test_effects_play_at_any_rate(kind: str, effect: str) -> None:
    audio = tones(*KINDS[kind])
    wet = render(audio, Setting.all_at(effect, 0.6), KINDS[kind][0])
    assert wet.shape == audio.shape
    assert np.isfinite(wet).all()
    assert 0.3 < wet.std() / audio.std() < 3


@pytest.mark.parametrize(("rate", "channels"), [(8_000, 1), (16_000, 2), (22_050, 1)])
def test_a_recording_of_a_lower_rate_is_played_where_effects_are_what_they_are_called(rate: int, channels: int) -> None:
    """JUCE's low-pass of an Overdrive's tone is another one, or unstable, where that is no quarter of the rate."""
    found = load_own(encode_exactly(tones(rate, channels), rate), "take.wav")
    assert (found.rate, found.audio.shape[:-1]) == (SAMPLE_RATE, (channels,) if channels > 1 else ())
    assert found.notes == (
        f"take.wav has {rate:,} samples a second and is used at 24,000: below that, effects are others than they are "
        "called.",
    )
    assert found.mixes
    for tone_hz in (5000, 9000):
        wet = render(found.audio, parse_setting(f"overdrive:tone={tone_hz}Hz"), found.rate)
        assert np.isfinite(wet).all()
