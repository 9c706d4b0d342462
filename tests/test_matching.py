"""Promise: from any dry and wet sound to the setting between them, and what sounds nearer is never given up."""

import numpy as np
import pytest

from core.audio import SAMPLE_RATE, SEGMENT
from core.audio.clips import clip_segment, load_clip
from core.audio.distance import mrstft
from core.audio.io import AudioError
from core.audio.measure import loudness_lufs
from core.effects import EFFECTS, Effect, Setting, random_setting, render
from core.explorer import Explorer
from core.match.align import align, lag_of
from core.match.match import Candidate, try_setting
from core.match.polish import _Distance, polish
from core.match.search import Refinement, refine
from core.models.codec import segments

each_effect = pytest.mark.parametrize("effect", EFFECTS, ids=lambda effect: effect.name)
SPEECH = ("speech_en_f_allison", "speech_en_m_uh3", "speech_fr_f_june", "speech_it_m_carlo")
STRONG = {effect.name: Setting(effect.name, (0.7,) * len(effect.parameters)) for effect in EFFECTS}


def late(audio: np.ndarray, samples: int) -> np.ndarray:
    """audio (time,) that begins so many samples later; below 0: earlier."""
    return np.concatenate([np.zeros(max(0, samples), np.float32), audio[max(0, -samples) :]])


# Alignment


@each_effect
@pytest.mark.parametrize("shift", [-3000, 3000])
def test_finds_a_shift_within_four_milliseconds(effect: Effect, shift: int) -> None:
    for seed, clip in enumerate(SPEECH):
        dry = load_clip(clip)
        assert abs(lag_of(dry, late(render(dry, random_setting(effect.name, seed)), shift)) - shift) <= 96


@each_effect
def test_without_a_shift_there_is_none(effect: Effect) -> None:
    for seed, clip in enumerate(SPEECH):
        dry = load_clip(clip)
        assert lag_of(dry, render(dry, random_setting(effect.name, seed))) == 0


@pytest.mark.parametrize("shift", [-40_000, -97, 97, 20_000, 40_000])
def test_a_shift_alone_is_found_to_the_sample(shift: int) -> None:
    dry = clip_segment(SPEECH[0], 0)
    assert lag_of(dry, late(dry, shift)) == shift
    assert lag_of(dry, -0.01 * late(dry, shift)) == shift


@pytest.mark.parametrize("shift", [-5000, 0, 5000])
@pytest.mark.parametrize("lengths", [(60_000, 90_000), (90_000, 60_000), (131_072, 131_072), (9_000, 70_000)])
def test_aligned_sounds_begin_together_and_are_of_one_length(shift: int, lengths: tuple[int, int]) -> None:
    whole = clip_segment(SPEECH[1], 20_000)
    dry, wet = whole[: lengths[0]], late(whole, shift)[: lengths[1]]
    a, b, lag = align(dry, wet)
    if lengths[0] > 9000:
        assert lag == shift
        assert len(a) == min(lengths[0] + min(0, shift), lengths[1] - max(0, shift))
        assert np.array_equal(a, b)
    assert len(a) == len(b) >= min(lengths) // 2


@pytest.mark.parametrize("seed", range(4))
def test_half_of_the_shorter_sound_is_always_left(seed: int) -> None:
    generator = np.random.default_rng(seed)
    for lengths in generator.integers(2400, 100_000, (8, 2)):
        a, b, _ = align(*(generator.normal(0, 0.1, length).astype(np.float32) for length in lengths))
        assert len(a) == len(b) >= lengths.min() // 2


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
    found = [mrstft(dry + level * noise, dry) for level in (0.0, 1e-4, 1e-3, 1e-2, 1e-1)]
    assert found[0] == 0
    assert (np.diff(found) > 0.05).all()
    back = [mrstft(dry, dry + level * noise) for level in (0.0, 1e-4, 1e-3, 1e-2, 1e-1)]
    assert back[0] == 0
    assert (np.diff(back) > 0.05).all()


def test_distance_of_half_the_level_is_known() -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, 48_000).astype(np.float32)
    assert mrstft(0.5 * noise, noise) == pytest.approx(0.5 + np.log(2), rel=0.001)  # convergence, and log magnitudes


def test_distance_takes_any_length(dry: np.ndarray) -> None:
    assert mrstft(dry[30_000:30_100], dry[30_000:30_100]) == 0
    assert mrstft(dry[30_000:30_100], dry[31_000:31_100]) > 0.1
    assert np.isfinite(mrstft(np.zeros(5000, np.float32), dry[30_000:35_000]))


def test_the_first_half_minute_counts() -> None:
    wet = np.resize(load_clip(SPEECH[0]), 40 * SAMPLE_RATE).copy()
    other = wet.copy()
    other[31 * SAMPLE_RATE :] = 0
    assert try_setting(None, other, wet).distance == 0
    other[29 * SAMPLE_RATE :] = 0
    assert try_setting(None, other, wet).distance > 0


# Polish


def off_by(setting: Setting, size: float, seed: int) -> Setting:
    """Each knob turned by size, to either side."""
    turn = np.random.default_rng(seed).choice((-size, size), len(setting.values))
    return Setting(setting.effect, tuple(np.clip(np.add(setting.values, turn), 0, 1)))


@pytest.mark.parametrize("effect", ["overdrive", "reverb", "compressor", "lowpass", "delay"])
@pytest.mark.parametrize("seed", range(2))
def test_polish_comes_back_to_the_truth(effect: str, seed: int) -> None:
    dry = clip_segment(SPEECH[seed], 24_000)[:98_304]
    true = random_setting(effect, seed)
    wet, start = render(dry, true), off_by(true, 0.04, seed)
    found = polish(dry, wet, start, (0.05,) * len(true.values))
    assert mrstft(render(dry, found), wet) < 0.1 * mrstft(render(dry, start), wet)
    assert np.abs(np.subtract(found.values, true.values)).max() < 0.01


@each_effect
@pytest.mark.parametrize("begun", ["at the truth", "near", "far"])
def test_polish_never_ends_further_away_than_it_began(effect: Effect, begun: str) -> None:
    dry = clip_segment(SPEECH[2], 0)[:65_536]
    true = random_setting(effect.name, 11)
    wet = render(dry, true)
    start = {"at the truth": true, "near": off_by(true, 0.04, 1), "far": random_setting(effect.name, 12)}[begun]
    distance = _Distance(effect.name, dry, wet)
    found = polish(dry, wet, start, (0.05,) * len(true.values))
    before, after = (np.square(distance(np.array(one.values))).mean() for one in (start, found))
    assert after <= before + 1e-4  # dB squared: an excerpt's own loudness differs a little from the whole's
    assert found == polish(dry, wet, start, (0.05,) * len(true.values))  # nothing is left to chance


@pytest.mark.parametrize("effect", ["chorus", "phaser"])
def test_polish_finds_the_rate_of_an_oscillator(effect: str) -> None:
    dry = clip_segment(SPEECH[0], 0)
    true = Setting(effect, (0.5, 0.8, 0.7))
    wet, start = render(dry, true), Setting(effect, (0.54, 0.8, 0.7))
    found = polish(dry, wet, start, (0.05,) * 3)
    assert found.values[0] == pytest.approx(0.5, abs=0.004)
    assert mrstft(render(dry, found), wet) < mrstft(render(dry, start), wet)


@pytest.mark.parametrize("effect", ["delay", "compressor", "phaser"])
@pytest.mark.parametrize("length", [2400, 9000, 24_000])
def test_polish_takes_short_sounds(effect: str, length: int, dry: np.ndarray) -> None:
    words = dry[30_000 : 30_000 + length]
    found = polish(words, render(words, STRONG[effect]), off_by(STRONG[effect], 0.04, 0), (0.05,) * 3)
    assert found.effect == effect


# Search


def search(start: Setting, wet: np.ndarray, dry: np.ndarray, seed: int = 0, iterations: int = 5) -> list[Refinement]:
    return list(refine(dry, wet, start, iterations=iterations, seed=seed))


@pytest.mark.parametrize("effect", ["overdrive", "lowpass"])
def test_refine_keeps_the_best_and_finds_better(effect: str, dry: np.ndarray) -> None:
    words = dry[24_000:56_768]
    wet, start = render(words, Setting(effect, STRONG[effect].values)), off_by(STRONG[effect], 0.15, 0)
    steps = search(start, wet, words)
    assert [step.heard for step in steps] == [9, 17, 25, 33, 41]
    course = [try_setting(start, words, wet).distance, *(step.best.distance for step in steps)]
    assert (np.diff(course) <= 0).all()
    assert course[-1] < course[0]
    last = steps[-1].best
    assert last.setting is not None
    assert last.distance == try_setting(last.setting, words, wet).distance
    assert [step.best.setting for step in search(start, wet, words)] == [step.best.setting for step in steps]


def test_refine_gives_up_no_perfect_start(dry: np.ndarray) -> None:
    words = dry[24_000:56_768]
    steps = search(STRONG["lowpass"], render(words, STRONG["lowpass"]), words, iterations=2)
    assert all(step.best.setting == STRONG["lowpass"] for step in steps)


def test_refine_works_only_when_asked_and_stops_when_closed(dry: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    heard = []

    def count(setting: Setting, dry: np.ndarray, wet: np.ndarray) -> Candidate:
        heard.append(setting)
        return Candidate(setting, wet, float(np.sum(setting.values)))

    monkeypatch.setattr("core.match.search.try_setting", count)
    steps = refine(dry, dry, STRONG["delay"], iterations=100)
    assert heard == []
    assert next(steps).heard == len(heard) == 9
    assert next(steps).heard == len(heard) == 17
    steps.close()
    assert list(steps) == []
    assert len(heard) == 17
    assert all(0 <= value <= 1 for setting in heard for value in setting.values)


def test_searches_do_not_disturb_each_other(dry: np.ndarray) -> None:
    words = dry[24_000:40_384]
    wet, start = render(words, STRONG["lowpass"]), Setting("lowpass", (0.5, 0.5))
    alone = [[step.best.setting for step in search(start, wet, words, seed, 3)] for seed in (0, 1)]
    assert alone[0] != alone[1]
    np.random.seed(3)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    both = zip(*(refine(words, wet, start, iterations=3, seed=seed) for seed in (0, 1)), strict=True)
    assert [[step.best.setting for step in steps] for steps in zip(*both, strict=True)] == alone
    assert np.array_equal(np.random.get_state()[1], before)  # noqa: NPY002


# All of it, on the checkpoint that ships


@pytest.mark.parametrize("effect", STRONG)
def test_match_finds_a_strong_effect_also_quieter_and_later(effect: str, factor: Explorer, dry: np.ndarray) -> None:
    wet = render(dry, STRONG[effect])
    found = factor.match(dry, wet)
    assert found.estimate.setting.effect == effect
    assert next(iter(found.estimate.probabilities)) == effect
    assert found.lag == 0
    assert found.answer.distance <= found.candidates["estimate"].distance
    assert found.answer.distance < found.candidates["nothing"].distance
    assert found.answer.setting is not None
    assert found.answer.setting.effect == effect
    assert set(found.candidates) == {"estimate", "polished", "nothing", "always 0.5", "random", "nearest neighbour"}
    for candidate in found.candidates.values():
        assert candidate.distance == try_setting(candidate.setting, found.dry, found.wet).distance

    other = factor.match(dry, 0.3 * late(wet, 3000))
    assert other.estimate.setting.effect == effect
    assert other.lag == pytest.approx(3000, abs=96)
    assert other.answer.distance < other.candidates["nothing"].distance
    # 0.3 is -10.5 dB; an overdrive's own level may stand for it.
    level = (STRONG[effect].physical.get("level", 0.0), other.estimate.setting.physical.get("level", 0.0))
    assert other.gain_db - (level[1] - level[0]) == pytest.approx(-20 * np.log10(0.3), abs=2.5)


def test_match_tells_the_gain_exactly_where_level_is_no_effect(factor: Explorer, dry: np.ndarray) -> None:
    found = factor.match(dry, 0.3 * render(dry, STRONG["reverb"]))
    assert found.gain_db == pytest.approx(-20 * np.log10(0.3), abs=0.2)
    assert loudness_lufs(found.wet) == pytest.approx(loudness_lufs(found.dry), abs=0.1)
    assert loudness_lufs(found.dry) == pytest.approx(-23, abs=0.1)
    assert factor.match(dry, render(dry, STRONG["reverb"])).gain_db == 0


def test_match_is_the_same_at_every_recording_level(factor: Explorer, dry: np.ndarray) -> None:
    wet = render(dry, STRONG["lowpass"])
    loud, quiet = factor.match(dry, wet), factor.match(0.1 * dry, 0.1 * wet)
    assert quiet.gain_db == loud.gain_db == 0
    assert quiet.estimate.setting.values == pytest.approx(loud.estimate.setting.values, abs=0.005)
    assert quiet.answer.distance == pytest.approx(loud.answer.distance, abs=0.01)


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
        (broken, "not numbers"), (np.stack([dry, dry]), "one channel"),
    ):  # fmt: skip
        with pytest.raises(AudioError, match=f"The dry sound .*{reason}"):
            factor.match(bad, dry)
        with pytest.raises(AudioError, match=f"The wet sound .*{reason}"):
            factor.match(dry, bad)


def test_match_asks_for_sounds_that_overlap(factor: Explorer, dry: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.match.align.lag_of", lambda dry, wet: -30_000)
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


def test_what_is_no_effect_at_all_is_told_from_a_match(factor: Explorer, dry: np.ndarray) -> None:
    """The measure behind `Match.explained`: the words of another speaker are far from every answer."""
    strange = factor.match(dry, load_clip(SPEECH[3]))
    true = factor.match(dry, render(dry, STRONG["lowpass"]))
    assert strange.answer.distance > 4 * true.answer.distance
    assert strange.answer.distance > 1
    assert true.explained


def test_nearest_is_the_atlas_s_own_setting_at_its_own_point(factor: Explorer) -> None:
    atlas = factor.atlas
    z = np.zeros((len(atlas), factor.layout.size), np.float32)
    z[:, factor.map_part] = atlas.pca @ atlas.pca_basis + atlas.pca_mean
    for index in range(0, len(atlas), len(atlas) // 20):
        setting = factor.nearest(z[index])
        assert setting.effect == factor.config.effects[atlas.effect[index]]
        assert setting.values == pytest.approx(atlas.values[index, : len(setting.values)], abs=1e-6)
