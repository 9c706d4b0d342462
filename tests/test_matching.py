"""Promise: from any dry and wet sound to the setting between them, and what sounds nearer is never given up."""

from dataclasses import replace

import numpy as np
import pytest
import soxr
import torch
from auraloss.freq import MultiResolutionSTFTLoss
from pedalboard import LowShelfFilter, Pedalboard

from core.audio import SAMPLE_RATE, SEGMENT
from core.audio.clips import clip_segment, load_clip
from core.audio.distance import mrstft
from core.audio.io import AudioError
from core.audio.measure import FLOOR_DB, loudness_lufs
from core.effects import EFFECTS, Effect, Setting, effect_named, random_setting, render
from core.explorer import Explorer
from core.match.align import Alignment, alignment, loudest
from core.match.estimate import Estimate
from core.match.match import Match
from core.match.pair import Candidate, Ear, Pair
from core.match.polish import polish
from core.match.search import Refinement, refine
from core.match.telltale import CLEAR, holds
from core.models.codec import segments

each_effect = pytest.mark.parametrize("effect", EFFECTS, ids=lambda effect: effect.name)
SPEECH = ("speech_en_f_allison", "speech_en_m_uh3", "speech_fr_f_june", "speech_it_m_carlo")
STRONG = {effect.name: Setting(effect.name, (0.7,) * len(effect.parameters)) for effect in EFFECTS}


def late(audio: np.ndarray, samples: int) -> np.ndarray:
    """audio (time,) that begins so many samples later; below 0: earlier."""
    return np.concatenate([np.zeros(max(0, samples), np.float32), audio[max(0, -samples) :]])


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
    nothing = [Candidate(one, None, SAMPLE_RATE).distance for one in (pair, quiet)]
    assert nothing[0] == pytest.approx(nothing[1], rel=0.02)


# Polish


def off_by(setting: Setting, size: float, seed: int) -> Setting:
    """Each knob turned by size, to either side."""
    turn = np.random.default_rng(seed).choice((-size, size), len(setting.values))
    return Setting(setting.effect, tuple(np.clip(np.add(setting.values, turn), 0, 1)))


def polished(dry: np.ndarray, wet: np.ndarray, start: Setting, spread: float = 0.05) -> tuple[Candidate, Candidate]:
    """The start, but for its level, which is the truth's; and what it is polished to."""
    pair = Pair.of(dry, wet, SAMPLE_RATE, 0, inverted=False)
    spreads = (spread,) * len(start.values)
    level = Estimate(start, spreads, {}).at_level(pair.level_db).setting
    begun = Candidate(pair, level, SAMPLE_RATE)
    return begun, polish(Ear(pair), begun, spreads)


@pytest.mark.parametrize("effect", ["overdrive", "reverb", "compressor", "lowpass", "delay"])
@pytest.mark.parametrize("seed", range(2))
def test_polish_comes_back_to_the_truth(effect: str, seed: int) -> None:
    dry = clip_segment(SPEECH[seed], 24_000)[:98_304]
    true = random_setting(effect, seed)
    begun, found = polished(dry, render(dry, true), off_by(true, 0.04, seed))
    assert found.distance < 0.1 * begun.distance
    assert found.setting is not None
    assert np.abs(np.subtract(found.setting.values, true.values)).max() < 0.01


@each_effect
@pytest.mark.parametrize("begun", ["near", "far"])
def test_an_answer_never_ends_further_away_than_it_began(effect: Effect, begun: str, factor: Explorer) -> None:
    dry = clip_segment(SPEECH[2], 0)[:32_768]
    true = random_setting(effect.name, 11)
    start = {"near": off_by(true, 0.04, 1), "far": random_setting(effect.name, 12)}[begun]
    first, found = polished(dry, render(dry, true), start)
    match = Match(first.pair, 0, True, factor.match(dry, dry).estimate, {"estimate": first, "polished": found}, {})
    assert match.answer.distance <= first.distance


@pytest.mark.parametrize("effect", ["chorus", "phaser"])
def test_polish_finds_the_rate_of_an_oscillator_wherever_it_stood(effect: str) -> None:
    running_s = 3.3
    before = int(running_s * SAMPLE_RATE)
    take = np.resize(load_clip(SPEECH[0]), before + SEGMENT)
    true = Setting(effect, (0.5, 0.6, 0.6))
    wet = render(take, true)[before:]
    _, found = polished(take[before:], wet, Setting(effect, (0.53, 0.57, 0.63)))
    assert found.setting is not None
    assert found.setting.values == pytest.approx(true.values, abs=0.01)
    period_s = 1 / true.physical["rate"]
    off = (found.began_s - running_s + period_s / 2) % period_s - period_s / 2
    assert abs(off) < 0.02 * period_s


@pytest.mark.parametrize("effect", ["delay", "compressor", "phaser", "bitcrush"])
@pytest.mark.parametrize("length", [2400, 9000, 24_000])
def test_polish_takes_short_sounds(effect: str, length: int, dry: np.ndarray) -> None:
    words = dry[30_000 : 30_000 + length]
    _, found = polished(words, render(words, STRONG[effect]), off_by(STRONG[effect], 0.04, 0))
    assert found.setting is not None
    assert found.setting.effect == effect


# What the sounds tell


@pytest.mark.parametrize("bits", [0.2, 0.5, 0.9])
@pytest.mark.parametrize("rate", [0.1, 0.4, 0.8, 0.95])
def test_bitcrush_is_read_off_the_samples(bits: float, rate: float) -> None:
    dry = clip_segment(SPEECH[1], 0)
    true = Setting("bitcrush", (bits, rate))
    wet = render(dry, true)
    places, clearly = holds(wet, effect_named("bitcrush").parameters[1])
    assert clearly > CLEAR
    assert min(abs(place - rate) for place in places) < 1e-4
    _, found = polished(dry, wet, Setting("bitcrush", (0.6, 0.5)))
    assert found.setting is not None
    assert found.setting.values == pytest.approx(true.values, abs=2e-3)


@each_effect
def test_only_held_samples_draw_a_line(effect: Effect) -> None:
    parameter = effect_named("bitcrush").parameters[1]
    for seed, clip in enumerate(("speech_en_m_uh3", "guitar_em9", "tabla_loop", "drum_roll")):
        dry = clip_segment(clip, 0)
        wet = render(dry, random_setting(effect.name, seed))
        seen = holds(wet, parameter)[1] > max(CLEAR, 2 * holds(dry, parameter)[1])
        assert seen == (effect.name == "bitcrush")


# Search


def search(start: Setting, wet: np.ndarray, dry: np.ndarray, seed: int = 0, iterations: int = 5) -> list[Refinement]:
    pair = Pair.of(dry, wet, SAMPLE_RATE, 0, inverted=False)
    return list(refine(Candidate(pair, start, SAMPLE_RATE), iterations=iterations, seed=seed))


@pytest.mark.parametrize("effect", ["overdrive", "lowpass"])
def test_refine_keeps_the_best_and_finds_better(effect: str, dry: np.ndarray) -> None:
    words = dry[24_000:56_768]
    wet, start = render(words, Setting(effect, STRONG[effect].values)), off_by(STRONG[effect], 0.15, 0)
    steps = search(start, wet, words)
    assert [step.heard for step in steps] == [9, 17, 25, 33, 41]
    begun = replace(steps[0].best, setting=start).distance
    course = [begun, *(step.best.distance for step in steps)]
    assert (np.diff(course) <= 0).all()
    assert course[-1] < course[0]
    last = steps[-1].best
    assert last.setting is not None
    assert last.distance == replace(last).distance
    assert last.setting.level_db == start.level_db  # it was measured, and is no matter of distance
    assert [step.best.setting for step in search(start, wet, words)] == [step.best.setting for step in steps]


def test_refine_gives_up_no_perfect_start(dry: np.ndarray) -> None:
    words = dry[24_000:56_768]
    steps = search(STRONG["lowpass"], render(words, STRONG["lowpass"]), words, iterations=2)
    assert all(step.best.setting == STRONG["lowpass"] for step in steps)


def test_refine_works_only_when_asked_and_stops_when_closed(dry: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    heard = []

    def count(ear: Ear, candidate: Candidate) -> float:
        heard.append(candidate.setting)
        return float(np.sum(candidate.setting.values)) if candidate.setting else 0.0

    monkeypatch.setattr(Ear, "distance", count)
    pair = Pair.of(dry, dry, SAMPLE_RATE, 0, inverted=False)
    steps = refine(Candidate(pair, STRONG["delay"], SAMPLE_RATE), iterations=100)
    assert heard == []
    assert next(steps).heard == 9
    assert len(set(heard)) == 9
    assert next(steps).heard == 17
    assert len(set(heard)) == 17
    steps.close()
    assert list(steps) == []
    assert len(set(heard)) == 17
    assert all(0 <= value <= 1 for setting in heard if setting for value in setting.values)


def test_searches_do_not_disturb_each_other(dry: np.ndarray) -> None:
    words = dry[24_000:40_384]
    wet, start = render(words, STRONG["lowpass"]), Setting("lowpass", (0.5, 0.5))
    alone = [[step.best.setting for step in search(start, wet, words, seed, 3)] for seed in (0, 1)]
    assert alone[0] != alone[1]
    np.random.seed(3)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    begun = Candidate(Pair.of(words, wet, SAMPLE_RATE, 0, inverted=False), start, SAMPLE_RATE)
    both = zip(*(refine(begun, iterations=3, seed=seed) for seed in (0, 1)), strict=True)
    assert [[step.best.setting for step in steps] for steps in zip(*both, strict=True)] == alone
    assert np.array_equal(np.random.get_state()[1], before)  # noqa: NPY002


# All of it, on the checkpoint that ships


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
    assert set(found.candidates) == {"estimate", "polished", "nothing", "always 0.5", "random", "nearest neighbour"}
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


@pytest.mark.parametrize(("effect", "rate"), [("overdrive", 44_100), ("bitcrush", 48_000), ("reverb", 44_100)])
def test_a_pair_made_at_another_rate_is_matched_at_it_or_without_knowing(
    effect: str, rate: int, factor: Explorer
) -> None:
    dry = soxr.resample(clip_segment(SPEECH[1], 0), SAMPLE_RATE, rate)
    wet = render(dry, STRONG[effect], rate)
    found = factor.match(dry, wet, sample_rate=rate)
    assert found.answer.setting is not None
    assert found.answer.setting.values == pytest.approx(STRONG[effect].values, abs=0.02)
    assert found.answer.sound.shape == found.wet.shape == dry.shape
    both = factor.match(np.stack([dry, 0.5 * dry]), np.stack([wet, 0.5 * wet]), sample_rate=rate)
    assert both.answer.sound.shape == both.wet.shape == (2, len(dry))
    heard = [soxr.resample(sound, rate, SAMPLE_RATE) for sound in (dry, wet)]
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
    wet, silence = render(dry, STRONG["reverb"]), np.zeros(45 * SAMPLE_RATE, np.float32)
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
        (silence, "silent"), (silence[:0], "shorter than 0.1 s"), (dry[30_000:30_100], "shorter than 0.1 s"),
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
