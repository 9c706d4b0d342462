"""Promise: from any dry and wet sound to the setting between them, and what sounds nearer is never given up."""

from dataclasses import replace

import numpy as np
import pytest
import soxr
from pedalboard import LowShelfFilter, Pedalboard

from core.audio import SAMPLE_RATE
from core.audio.clips import clip_segment, load_clip
from core.audio.io import AudioError
from core.audio.measure import loudness_lufs
from core.effects import Chain, Setting, effect_named, render
from core.explorer import Explorer
from core.match.align import Alignment
from core.match.elsewhere import elsewhere
from core.match.pair import Candidate, Ear, Pair
from core.match.telltale import CLEAR, holds
from core.match.watch import Enough, Watch
from tests.strong import SPEECH, STRONG, late


@pytest.mark.parametrize("effect", STRONG)
def test_match_finds_a_strong_effect_also_quieter_and_later(effect: str, factor: Explorer, dry: np.ndarray) -> None:
    wet, level_db = render(dry, STRONG[effect]), STRONG[effect].level_db
    found = factor.match(dry, wet)
    assert found.answer.setting is not None
    assert found.answer.setting.effect == effect
    assert next(iter(found.estimate.probabilities)) == effect
    assert found.lag == 0
    assert not found.pair.inverted
    assert found.gain_db == 0
    assert found.answer.distance <= found.candidates["estimate"].distance
    assert found.leftover < 0.2
    assert found.explained
    usual = {"estimate", "polished", "nothing", "always 0.5", "random", "nearest neighbour"}
    assert usual <= {*found.candidates} <= usual | {"second", "one effect"}
    for candidate in found.candidates.values():
        assert candidate.distance == replace(candidate).distance

    other = factor.match(dry, -0.3 * late(wet, 3000))  # -10.5 dB
    assert other.answer.setting is not None
    assert other.answer.setting.effect == effect
    assert other.lag == 3000
    assert other.pair.inverted
    assert other.leftover < 0.2
    in_reach = max(level_db + 20 * np.log10(0.3), -12.0) if level_db else 0.0
    assert other.answer.setting.level_db == pytest.approx(in_reach, abs=0.05)
    assert other.gain_db == pytest.approx(level_db + 20 * np.log10(0.3) - in_reach, abs=0.1)


@pytest.mark.parametrize(
    ("clip", "setting"),
    [
        ("guitar_fifths", Setting("delay", (0.12, 0.3, 0.91))),  # the echo is louder than what it repeats
        ("bass_woodsy", Setting("reverb", (0.199, 0.089, 0.653))),  # each wave of a bass is like the one before
        ("bass_woodsy", Setting("compressor", (0.845, 0.551, 0.939))),
        ("guitar_fifths", Setting("bitcrush", (0.046, 0.003))),  # nearly all samples are 0
        ("piano_ambient", Setting("bitcrush", (0.06, 0.3))),
    ],
    ids=["loud echo", "bass in a room", "bass held down", "few bits and a low rate", "few bits"],
)
def test_what_looks_late_or_is_hardly_there_is_found(clip: str, setting: Setting, factor: Explorer) -> None:
    dry = load_clip(clip)
    found = factor.match(dry, render(dry, setting))
    assert found.lag == 0
    assert found.answer.setting is not None
    assert found.answer.setting.effect == setting.effect
    assert found.answer.setting.values == pytest.approx(setting.values, abs=0.01)
    assert found.leftover < 0.06


@pytest.mark.parametrize("values", [(0.4, 1.0), (0.0, 0.0)], ids=["highest", "lowest"])
def test_samples_held_at_the_ends_of_the_knob_are_found(values: tuple[float, float], factor: Explorer) -> None:
    dry, setting = load_clip("guitar_em9"), Setting("bitcrush", values)
    found = factor.match(dry, render(dry, setting))
    assert found.answer.setting is not None
    assert found.answer.setting.values == pytest.approx(values, abs=0.01)
    assert found.leftover < 0.06


def test_samples_held_faster_than_the_knob_goes_are_no_answer_and_no_error(factor: Explorer) -> None:
    rate = 44_100
    dry = soxr.resample(load_clip("guitar_em9"), SAMPLE_RATE, rate)
    held = dry[(np.arange(len(dry)) * 19_000 // rate) * rate // 19_000]
    hold = next(knob for knob in effect_named("bitcrush").parameters if knob.role == "hold")
    assert holds(held, hold, rate) == ([], 0.0)
    assert not factor.match(dry, held, sample_rate=rate).explained


@pytest.mark.parametrize("rate", [2000, 4000, 5000, 6000, 8000, 11_025, 16_000])
def test_held_samples_show_at_low_sample_rates_or_are_left_out(rate: int) -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, 4 * rate).astype(np.float32)
    hold = next(knob for knob in effect_named("bitcrush").parameters if knob.role == "hold")
    for place in (0.0, 0.2, 0.4, 0.7, 1.0):
        hz = hold.to_value(place)
        held = noise[(np.floor(np.arange(len(noise)) * hz / rate) * rate / hz).astype(int)]
        places, clearly = holds(held, hold, rate)
        if hold.low <= hz < rate - hold.low:
            assert clearly > CLEAR
            assert min(abs(one - place) for one in places) < 1e-3
        assert all(0 <= one <= 1 for one in places)


def test_pairs_at_the_rate_of_a_telephone_are_matched(factor: Explorer, dry: np.ndarray) -> None:
    low = soxr.resample(dry, SAMPLE_RATE, 8000)
    found = factor.match(low, render(low, STRONG["lowpass"], 8000), sample_rate=8000)
    assert found.explained
    assert found.answer.chain.effects == ("lowpass",)


@pytest.mark.parametrize("lag", [8, 64])
@pytest.mark.parametrize("effect", ["delay", "bitcrush", "compressor"])
def test_latencies_of_plugins_and_converters_change_nothing(effect: str, lag: int, factor: Explorer) -> None:
    dry = clip_segment("guitar_em9", 0)
    found = factor.match(dry, late(render(dry, STRONG[effect]), lag))
    assert found.lag == lag
    assert found.answer.setting is not None
    assert found.answer.setting.effect == effect
    assert found.answer.setting.values == pytest.approx(STRONG[effect].values, abs=0.03)


def test_level_is_measured(factor: Explorer) -> None:
    """And everything shown is of the sound that was brought: no setting explains it at another level."""
    dry = clip_segment(SPEECH[1], 0)
    for level in (0.02, 0.35, 0.98):
        true = Setting("overdrive", (0.5, 0.5, level))
        found = factor.match(dry, render(dry, true))
        assert found.answer.setting is not None
        assert found.answer.setting.values[2] == pytest.approx(level, abs=0.005)
        assert found.gain_db == 0
        assert loudness_lufs(found.answer.sound) == pytest.approx(loudness_lufs(found.wet), abs=0.05)


@pytest.mark.parametrize(
    ("effect", "rate", "channels"), [("overdrive", 44_100, 1), ("bitcrush", 48_000, 1), ("reverb", 44_100, 2)]
)
def test_a_pair_made_at_another_rate_is_matched_at_it_or_without_knowing(
    effect: str, rate: int, channels: int, factor: Explorer
) -> None:
    dry = soxr.resample(clip_segment(SPEECH[1], 0)[: 3 * SAMPLE_RATE], SAMPLE_RATE, rate)
    own = dry if channels == 1 else np.stack([dry, 0.5 * dry])
    found = factor.match(own, render(own, STRONG[effect], rate), sample_rate=rate)
    assert found.answer.setting is not None
    assert found.answer.setting.values == pytest.approx(STRONG[effect].values, abs=0.02)
    assert found.answer.sound.shape == found.wet.shape == own.shape
    heard = [soxr.resample(sound, rate, SAMPLE_RATE) for sound in (dry, render(dry, STRONG[effect], rate))]
    blind = factor.match(*heard)
    assert blind.answer.studio_rate == 44_100
    assert blind.answer.setting is not None
    assert blind.answer.setting.effect == effect
    assert blind.answer.setting.values == pytest.approx(STRONG[effect].values, abs=0.03)


def test_match_is_the_same_at_every_recording_level(factor: Explorer, dry: np.ndarray) -> None:
    wet = render(dry, STRONG["lowpass"])
    loud, quiet = factor.match(dry, wet), factor.match(0.1 * dry, 0.1 * wet)
    assert quiet.gain_db == loud.gain_db == 0
    assert quiet.estimate.setting.values == pytest.approx(loud.estimate.setting.values, abs=0.005)
    assert quiet.answer.distance == pytest.approx(loud.answer.distance, abs=0.01)


def test_silence_in_front_changes_nothing(factor: Explorer, dry: np.ndarray) -> None:
    wet, silence = render(dry, STRONG["reverb"]), np.zeros(12 * SAMPLE_RATE, np.float32)
    found = factor.match(np.concatenate([silence, dry]), np.concatenate([silence, wet]))
    assert found.answer.setting is not None
    assert found.answer.setting.values == pytest.approx(STRONG["reverb"].values, abs=0.02)
    strange = factor.match(np.concatenate([silence, dry]), np.concatenate([silence, load_clip("guitar_em9")]))
    assert not strange.explained


def test_a_soft_beginning_does_not_mislead(factor: Explorer) -> None:
    dry = np.resize(load_clip(SPEECH[1]), 21 * SAMPLE_RATE).copy()
    dry[: len(dry) // 2] *= 0.5
    for effect in ("compressor", "overdrive"):
        found = factor.match(dry, render(dry, STRONG[effect]))
        assert found.answer.setting is not None
        assert found.answer.setting.values == pytest.approx(STRONG[effect].values, abs=0.02)


@pytest.mark.parametrize("lengths", [(72_000, None), (None, 72_000), (240_000, 700_000)])
def test_match_takes_sounds_of_different_lengths(
    lengths: tuple[int | None, int | None], factor: Explorer, dry: np.ndarray
) -> None:
    whole = np.resize(dry, max(length or len(dry) for length in lengths))
    found = factor.match(whole[: lengths[0]], render(whole, STRONG["lowpass"])[: lengths[1]])
    assert len(found.dry) == len(found.wet) == min(length or len(dry) for length in lengths)
    assert found.estimate.setting.effect == "lowpass"
    assert found.answer.distance < 0.5 * found.candidates["nothing"].distance


def test_match_asks_for_sounds_that_can_be_compared(factor: Explorer, dry: np.ndarray) -> None:
    silence, broken = np.zeros(48_000, np.float32), np.full(48_000, np.nan, np.float32)
    for bad, reason in (
        (silence, "silent"), (silence[:0], "is empty"), (dry[30_000:30_100], "shorter than 0.1 s"),
        (broken, "not numbers"), (np.stack([[dry]]), "time,"), (np.stack([dry, dry]).T, "at most 8 channels"),
    ):  # fmt: skip
        with pytest.raises(AudioError, match=f"The dry sound .*{reason}"):
            factor.match(bad, dry)
        with pytest.raises(AudioError, match=f"The wet sound .*{reason}"):
            factor.match(dry, bad)


def test_match_asks_for_sounds_that_overlap(factor: Explorer, dry: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.match.match.alignment", lambda dry, wet: Alignment(-30_000))
    with pytest.raises(AudioError, match="The dry sound, in what both sounds have in common, is silent"):
        factor.match(np.concatenate([dry[30_000:59_000], np.zeros(31_000, np.float32)]), dry[:60_000])


@pytest.mark.parametrize("lag", [-1983, 13_196])
def test_a_place_that_only_looks_right_is_not_believed(
    lag: int, factor: Explorer, dry: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.match.match.alignment", lambda dry, wet: Alignment(lag, inverted=True))
    found = factor.match(dry, render(dry, STRONG["reverb"]))
    assert found.lag == 0
    assert found.explained


def test_a_chain_that_hides_its_dry_sound_is_found(factor: Explorer) -> None:
    dry = load_clip("bass_woodsy")
    chain = Chain((Setting("delay", (0.588, 0.294, 0.843)), Setting("phaser", (0.324, 0.51, 0.97))))
    found = factor.match(dry, render(dry, chain))
    assert found.answer.chain.effects == chain.effects
    assert found.explained


@pytest.mark.parametrize("values", [(0.342, 0.668, 0.407), (0.079, 0.931, 0.763)])
def test_a_threshold_under_all_that_sounds_is_found(values: tuple[float, ...], factor: Explorer) -> None:
    """Levels of bands are the same wherever it stands there; a small step led it to the other end."""
    dry = load_clip("bass_woodsy")
    found = factor.match(dry, render(dry, Setting("compressor", values)))
    assert found.answer.setting is not None
    assert found.answer.setting.values == pytest.approx(values, abs=0.01)
    assert found.leftover < 0.01


def test_a_knob_of_a_chain_is_looked_for_elsewhere() -> None:
    dry, lowpass = load_clip("bass_woodsy"), Setting("lowpass", (0.6, 0.2))
    wet = render(dry, Chain((Setting("compressor", (0.342, 0.668, 0.407)), lowpass)))
    pair = Pair.of(dry, wet, SAMPLE_RATE, 0, False)
    far = Candidate(pair, Chain((Setting("compressor", (0.53, 0.69, 0.41)), lowpass)), SAMPLE_RATE)
    found = elsewhere(Ear(pair), far, (0.02,) * 5, frozenset(far.chain.effects))
    assert found.chain.effects == far.chain.effects
    assert found.distance < 0.3 * far.distance
    true = Candidate(pair, Chain((Setting("compressor", (0.342, 0.668, 0.407)), lowpass)), SAMPLE_RATE)
    assert elsewhere(Ear(pair), true, (0.02,) * 5) is true
    with pytest.raises(Enough):
        elsewhere(Ear(pair, Watch(lambda: False)), true, (0.02,) * 5)
    held = Candidate(pair, Chain((Setting("bitcrush", (0.5, 0.5)),)), SAMPLE_RATE)
    assert elsewhere(Ear(pair), held, (0.02,) * 2) is held


@pytest.mark.parametrize("seconds", [0.25, 0.5, 1.0])
def test_match_answers_for_short_and_for_unrelated_sounds(seconds: float, factor: Explorer) -> None:
    length = int(seconds * SAMPLE_RATE)
    sounds = [load_clip(name)[30_000 : 30_000 + length] for name in SPEECH[:2]]
    for dry, wet in ((sounds[0], sounds[1]), (sounds[0], sounds[0])):
        found = factor.match(dry, wet)
        assert np.isfinite([candidate.distance for candidate in found.candidates.values()]).all()
        assert np.isfinite(found.estimate.spread).all()


def test_match_answers_for_a_short_dry_sound_and_a_long_wet_one(factor: Explorer, dry: np.ndarray) -> None:
    found = factor.match(dry[30_000:42_000], render(dry, STRONG["reverb"]))
    assert len(found.dry) == len(found.wet) >= 6000


def test_what_is_no_effect_at_all_is_unexplained(factor: Explorer, dry: np.ndarray) -> None:
    strange = factor.match(dry, load_clip(SPEECH[3]))
    assert not strange.aligned
    assert strange.lag == 0
    assert not strange.explained
    bypass = factor.match(dry, dry)
    assert bypass.leftover == 1
    assert not bypass.explained
    shelf = Pedalboard([LowShelfFilter(300, 9)])(dry, SAMPLE_RATE)
    assert not factor.match(dry, shelf).explained
    assert factor.match(dry, render(dry, STRONG["lowpass"])).explained


def test_nearest_is_the_atlas_s_own_setting_at_its_own_point(factor: Explorer) -> None:
    atlas = factor.atlas
    z = np.zeros((len(atlas), factor.layout.size), np.float32)
    z[:, factor.map_part] = atlas.pca @ atlas.pca_basis + atlas.pca_mean
    for index in range(0, len(atlas), len(atlas) // 20):
        setting = factor.nearest(z[index])
        assert setting.effect == factor.config.effects[atlas.effect[index]]
        assert setting.values == pytest.approx(atlas.values[index, : len(setting.values)], abs=1e-6)
