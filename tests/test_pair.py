"""A pair as it is compared: in channels that tell of both, whatever offset was taken away, with what came before."""

import numpy as np
import pytest

from core.audio import SAMPLE_RATE
from core.audio.channels import centred, heard_alike, heard_in_one
from core.audio.clips import load_clip
from core.audio.io import AudioError, encode_exactly
from core.audio.own import load_own, together
from core.effects import Chain, Setting, render
from core.explorer import Explorer
from core.match.pair import Candidate, Ear, Pair

ECHO = Setting("delay", (0.5, 0.4, 0.6))
DRIVE = Setting("overdrive", (0.8, 0.6, 0.5))
VOICE, OTHER = load_clip("speech_fr_m_uh1")[:48_000], load_clip("guitar_em9")[:48_000]


def left(pair: Pair, setting: Setting) -> float:
    """What a setting leaves of the distance between dry and wet."""
    ear = Ear(pair)
    whole = Candidate(pair, Chain((setting,)), pair.sample_rate)
    return ear.distance(whole) / ear.distance(Candidate(pair, Chain(), pair.sample_rate))


@pytest.mark.parametrize("offset", [-0.05, 0.02])
@pytest.mark.parametrize("setting", [ECHO, DRIVE], ids=lambda one: one.effect)
def test_an_offset_of_wet_is_no_sound(setting: Setting, offset: float) -> None:
    pair = Pair.of(VOICE, render(VOICE, setting) + np.float32(offset), SAMPLE_RATE, 0, inverted=False)
    assert left(pair, setting) < 0.001
    assert Candidate(pair, Chain((setting,)), SAMPLE_RATE).sound.std() == pytest.approx(pair.wet.std(), rel=1e-4)


def test_nor_is_one_that_an_effect_made_and_a_file_lost() -> None:
    wet = render(VOICE, DRIVE)
    assert abs(wet.mean()) > 0.1 * wet.std(), "a voice is not symmetric"
    pair = Pair.of(VOICE, centred(wet), SAMPLE_RATE, 0, inverted=False)
    assert left(pair, DRIVE) < 0.001


def test_nor_are_those_of_both_which_files_would_lose(factor: Explorer) -> None:
    found = factor.match(VOICE + np.float32(0.1), render(VOICE, Setting("reverb", (0.5, 0.3, 0.5))) + np.float32(0.05))
    assert found.explained
    assert found.answer.distance < 0.001
    with pytest.raises(AudioError, match=r"^The dry sound is silent"):
        factor.match(np.full(88_200, 0.5), VOICE, sample_rate=44_100)


@pytest.mark.parametrize(
    ("effect", "values"), [("delay", (0.5, 0.4, 0.6)), ("reverb", (0.6, 0.4, 0.5)), ("compressor", (0.3, 0.6, 0.5))]
)
def test_what_came_before_a_punch_in_is_heard(effect: str, values: tuple[float, ...]) -> None:
    setting, begin = Setting(effect, values), 30_000
    wet = render(VOICE, setting)[begin:]
    pair = Pair.of(VOICE, wet, SAMPLE_RATE, -begin, inverted=False)
    assert len(pair.dry) == len(wet)
    assert pair.before_s == begin / SAMPLE_RATE
    assert left(pair, setting) < 0.01
    made = Candidate(pair, Chain((setting,)), SAMPLE_RATE)
    assert made.sound == pytest.approx(pair.wet, abs=1e-3)
    assert made.part(0.2, 0.4) == pytest.approx(pair.wet[4_800:9_600], abs=5e-3)


def test_models_hear_a_part_as_loud_as_any(factor: Explorer) -> None:
    take, wet = np.concatenate([0.03 * OTHER, VOICE]), render(VOICE, ECHO)
    found, alone = factor.match(take, wet), factor.match(VOICE, wet)
    assert found.pair.before_s == len(OTHER) / SAMPLE_RATE
    assert found.pair.level_db == pytest.approx(alone.pair.level_db, abs=0.01)
    assert found.estimate.chain.settings[0].values == pytest.approx(alone.estimate.chain.settings[0].values, abs=1e-3)


def test_channels_that_cancel_are_told_by_one_of_them() -> None:
    wet = render(VOICE, ECHO)
    dry, made = heard_alike(np.stack([VOICE, -VOICE]), np.stack([0.5 * wet, -wet]), SAMPLE_RATE)
    assert (dry == -VOICE).all()
    assert (made == -wet).all()
    assert (heard_in_one(np.stack([wet, -wet]), SAMPLE_RATE) == wet).all()


def test_channels_that_are_silent_in_one_of_them_tell_nothing() -> None:
    dry, wet = heard_alike(np.stack([VOICE, VOICE]), np.stack([VOICE, 0 * VOICE]), SAMPLE_RATE)
    assert (dry == VOICE).all()
    assert (wet == VOICE).all()
    three = np.stack([VOICE, OTHER[: len(VOICE)], 0 * VOICE])
    assert len(heard_alike(three[[0, 1, 1]], three, SAMPLE_RATE)[0]) == 2
    assert heard_in_one(three[[0, 2]], SAMPLE_RATE) == pytest.approx(VOICE)


def test_wide_channels_stay_as_they_are() -> None:
    wide = np.stack([VOICE, np.roll(VOICE, 120)])
    assert heard_alike(wide, 0.5 * wide, SAMPLE_RATE)[0] is wide


def test_files_are_told_by_the_same_channel() -> None:
    """Each by itself, dry would be heard by its first channel and wet by its second one."""
    wet = render(VOICE, ECHO)
    files = np.stack([VOICE, -VOICE]), np.stack([0.9 * wet, -wet])
    dry, made, rate = together(*(load_own(encode_exactly(sound)) for sound in files))
    assert rate == SAMPLE_RATE
    assert dry.shape == made.shape == VOICE.shape
    assert np.corrcoef(render(dry, ECHO), made)[0, 1] > 0.99


@pytest.mark.parametrize(
    "channels", [([1, -1], [1, -1]), ([1], [1, -1]), ([1], [1, 0]), ([1, 1], [1, 0]), ([1, 0.5], [1, -0.5])]
)
def test_no_level_no_polarity_and_no_silence_comes_of_channels(
    channels: tuple[list[float], list[float]], factor: Explorer
) -> None:
    dry, wet = (
        np.squeeze(np.outer(gains, sound)).astype(np.float32)
        for gains, sound in zip(channels, (VOICE, render(VOICE, DRIVE)), strict=True)
    )
    found = factor.match(dry, wet)
    assert found.gain_db == 0
    assert not found.pair.inverted
    assert found.answer.setting is not None
    assert found.answer.setting.values == pytest.approx(DRIVE.values, abs=0.01)
    assert found.explained


@pytest.mark.parametrize("first", [0.0, 3e-5])
def test_held_samples_are_read_where_there_are_some(first: float) -> None:
    held = render(VOICE, Setting("bitcrush", (0.3, 0.4)))
    noise = np.random.default_rng(0).normal(0, first, len(VOICE)).astype(np.float32)
    pair = Pair.of(np.stack([noise, VOICE]), np.stack([noise, held]), SAMPLE_RATE, 0, inverted=False)
    ear = Ear(pair)
    assert np.mean(np.diff(ear.samples()) == 0) > 0.5
    assert ear.samples(of_dry=True) == pytest.approx(pair.dry[1])
