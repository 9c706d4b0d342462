"""Promise: sounds are aligned to the sample over any lead-in, or not at all; distances say what one hears."""

import numpy as np
import pytest
import torch
from auraloss.freq import MultiResolutionSTFTLoss

from core.audio import SAMPLE_RATE, SEGMENT
from core.audio.clips import clip_segment, load_clip
from core.audio.distance import mrstft
from core.audio.measure import FLOOR_DB
from core.effects import Chain, Effect, Setting, random_setting, render
from core.match.align import Alignment, alignment, begin_together, loudest
from core.match.pair import Candidate, Ear, Pair
from core.models.codec import segments
from tests.strong import SPEECH, STRONG, each_effect, late

# Alignment


@each_effect
@pytest.mark.parametrize("shift", [-3000, -50, 0, 7, 50, 3000])
def test_finds_a_shift_but_for_a_filter_s_own_delay(effect: Effect, shift: int) -> None:
    for seed, clip in enumerate(SPEECH):
        dry = load_clip(clip)
        wet = late(render(dry, random_setting(effect.name, seed)), shift)
        for turned in (wet, -0.01 * wet):
            found = alignment(dry, turned)
            assert abs(found.lag - shift) <= (24 if effect.name == "lowpass" else 6)
            assert found.sure


@pytest.mark.parametrize("shift", [-40_000, -97, 0, 1, 97, 40_000])
def test_a_shift_alone_is_found_to_the_sample(shift: int) -> None:
    dry = clip_segment(SPEECH[0], 0)
    assert alignment(dry, late(dry, shift)) == Alignment(shift)
    assert alignment(dry, -0.01 * late(dry, shift)) == Alignment(shift, inverted=True)


@pytest.mark.parametrize("effect", ["delay", "overdrive", "reverb", "compressor"])
def test_waves_that_are_like_the_one_before_are_not_aligned_to_it(effect: str) -> None:
    time_s = np.arange(4 * SAMPLE_RATE) / SAMPLE_RATE
    tones = [np.sin(2 * np.pi * hz * time_s).astype(np.float32) for hz in (440, 1000)]
    for dry, shifts in ((load_clip("bass_woodsy"), (-50, 0, 3000)), *((tone, (0, 3000)) for tone in tones)):
        for shift in shifts:
            wet = late(render(dry, STRONG[effect]), shift)
            for turned in (wet, -0.3 * wet):
                found = alignment(dry, turned)
                assert abs(found.lag - shift) <= 6
                assert found.inverted == (turned is not wet)


@pytest.mark.parametrize("before_s", [5.0, 61.0])
def test_a_lead_in_of_any_length_is_found(before_s: float) -> None:
    dry, before = clip_segment(SPEECH[0], 0), int(before_s * SAMPLE_RATE)
    noise = np.random.default_rng(0).normal(0, 1e-3, before).astype(np.float32)
    assert alignment(dry, np.concatenate([noise, dry])) == Alignment(before)
    assert alignment(np.concatenate([noise, dry]), dry) == Alignment(-before)


def test_sounds_with_nothing_in_common_are_not_aligned() -> None:
    sounds = [clip_segment(name, 0) for name in (*SPEECH, "guitar_em9", "tabla_loop")]
    for number, sound in enumerate(sounds):
        for other in sounds[number + 1 :]:
            assert alignment(sound, other) == Alignment(0, sure=False)


def test_what_moves_so_much_that_nothing_correlates_is_aligned_by_its_levels() -> None:
    dry = load_clip("bass_woodsy")
    chain = Chain((Setting("delay", (0.588, 0.294, 0.843)), Setting("phaser", (0.324, 0.51, 0.97))))
    wet = render(dry, chain)
    assert alignment(dry, wet) == Alignment(0)
    assert begin_together(dry, wet)
    assert not alignment(dry, late(wet, -9000)).sure
    for shift in (-3000, 3000):
        assert not begin_together(dry, late(dry, shift))


@pytest.mark.parametrize("seed", range(4))
def test_half_of_the_shorter_sound_or_half_a_second_is_always_left(seed: int) -> None:
    generator = np.random.default_rng(seed)
    for lengths in generator.integers(2400, 100_000, (8, 2)):
        dry, wet = (generator.normal(0, 0.1, length).astype(np.float32) for length in lengths)
        lag = alignment(dry, wet).lag
        assert min(len(dry) - max(0, -lag), len(wet) - max(0, lag)) >= min(lengths.min() // 2, SAMPLE_RATE // 2)


def test_the_loudest_part_is_where_there_is_most_to_hear() -> None:
    sound = np.zeros(60 * SAMPLE_RATE, np.float32)
    sound[20 * SAMPLE_RATE : 30 * SAMPLE_RATE] = np.resize(load_clip(SPEECH[0]), 10 * SAMPLE_RATE)
    assert abs(loudest(sound, 10 * SAMPLE_RATE) - 20 * SAMPLE_RATE) <= SAMPLE_RATE // 5
    assert loudest(sound[: 9 * SAMPLE_RATE], 10 * SAMPLE_RATE) == 0


@pytest.mark.parametrize("seconds", [0.1, 1.0, 5.46, 5.47, 6.8, 7.0, 30.0, 65.6, 67.0, 68.3, 71.0, 600.0])
def test_segments_cover_a_sound_and_are_few(seconds: float) -> None:
    length = int(seconds * SAMPLE_RATE)
    starts = segments(length)
    assert 1 <= len(starts) <= 12
    assert starts[0] == 0
    assert starts == sorted(set(starts))
    assert starts[-1] + SEGMENT <= max(length, SEGMENT)
    # All that it has, but for a rest that is hardly a word; of more, an even choice.
    assert length - (starts[-1] + SEGMENT) <= SEGMENT // 4
    gaps = np.diff(starts)
    assert max(gaps, default=0) <= (SEGMENT if length <= 12 * SEGMENT else 2 * min(gaps[:-1]))


# Distance


def test_distance_is_zero_for_equal_sounds_and_grows_with_noise(dry: np.ndarray) -> None:
    noise = np.random.default_rng(0).normal(0, 1, len(dry)).astype(np.float32)
    for floor_db in (-np.inf, FLOOR_DB):
        found = [mrstft(dry + level * noise, dry, floor_db) for level in (0.0, 1e-3, 1e-2, 1e-1)]
        assert found[0] == 0
        assert (np.diff(found) > 0).all()
    assert (np.diff(found) > 0.005).all()


def test_distance_without_a_floor_is_auraloss_s(dry: np.ndarray) -> None:
    wet = render(dry, STRONG["reverb"])
    theirs = MultiResolutionSTFTLoss()(*(torch.from_numpy(sound)[None, None] for sound in (dry, wet)))
    assert mrstft(dry, wet) == pytest.approx(float(theirs), rel=1e-4)


def test_noise_fifty_decibels_below_is_hardly_a_distance(dry: np.ndarray) -> None:
    wet = render(dry, STRONG["lowpass"])
    noise = np.random.default_rng(0).normal(0, 10**-2.5 * np.sqrt(np.square(wet).mean()), len(wet)).astype(np.float32)
    left = mrstft(wet, wet + noise, FLOOR_DB)
    assert left < 0.05 * mrstft(dry, wet + noise, FLOOR_DB)
    assert mrstft(wet, wet + noise) > 10 * left


def test_distance_of_half_the_level_is_known() -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, 48_000).astype(np.float32)
    assert mrstft(0.5 * noise, noise) == pytest.approx(0.5 + np.log(2), rel=0.001)  # convergence, and logs


def test_distance_takes_any_length(dry: np.ndarray) -> None:
    assert mrstft(dry[30_000:30_100], dry[30_000:30_100]) == 0
    assert mrstft(dry[30_000:30_100], dry[31_000:31_100]) > 0.1
    assert np.isfinite(mrstft(np.zeros(5000, np.float32), dry[30_000:35_000]))
    with pytest.raises(ValueError, match="of 100 and 200 samples"):
        mrstft(dry[:100], dry[:200])


def test_the_most_telling_ten_seconds_count() -> None:
    dry = np.resize(load_clip(SPEECH[0]), 40 * SAMPLE_RATE).copy()
    dry[: 20 * SAMPLE_RATE] *= 0.01
    wet = render(dry, STRONG["lowpass"])
    pair = Pair.of(dry, wet, SAMPLE_RATE, 0, inverted=False)
    other = wet.copy()
    other[: 15 * SAMPLE_RATE] = 0
    quiet = Pair.of(dry, other, SAMPLE_RATE, 0, inverted=False)
    assert Ear(pair).begin_s > 20
    nothing = [Candidate(one, Chain(), SAMPLE_RATE).distance for one in (pair, quiet)]
    assert nothing[0] == pytest.approx(nothing[1], rel=0.02)
