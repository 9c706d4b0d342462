"""Promise: pairs come about in all the ways that people make them, and their labels say what became of them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.audio import SAMPLE_RATE, SEGMENT
from core.audio.measure import loudness_lufs
from core.effects import Chain, KnobLayout, Setting, effect_named, render
from training.brought import Way, bring
from training.config import ALL_EFFECTS
from training.corpus import Corpus
from training.real_pairs import RealPairs

DELAY, CHORUS = Setting("delay", (0.5, 0.3, 0.4)), Setting("chorus", (0.4, 0.5, 0.5))


def brought(dry: np.ndarray, setting: Setting = DELAY, **way: object) -> np.ndarray:
    """Dry and wet (2, SEGMENT) of a take in which the words begin after what lies before them."""
    asked = replace(Way(), **way)  # type: ignore[arg-type]
    return bring(np.resize(dry, SEGMENT + asked.lead), setting, asked, np.random.default_rng(0))


def test_in_a_laboratory_nothing_happens(dry: np.ndarray) -> None:
    there, wet = brought(dry)
    assert loudness_lufs(there) == pytest.approx(-23, abs=0.05)
    assert np.abs(wet - render(there, DELAY)).max() < 1e-4


@pytest.mark.parametrize("late", [-20, 1, 200])
def test_late_wet_is_the_same_wet_later(dry: np.ndarray, late: int) -> None:
    wet, lab = brought(dry, late=late)[1], brought(dry)[1]
    assert np.array_equal(wet[1000 + late : 90_000 + late], lab[1000:90_000])


def test_gain_polarity_and_offset_are_of_wet_alone(dry: np.ndarray) -> None:
    one, lab = brought(dry, gain_db=-6.0, inverted=True, offset=0.01), brought(dry)
    assert np.array_equal(one[0], lab[0])
    assert np.allclose(one[1], -lab[1] * 10 ** (-6 / 20) + 0.01, atol=1e-5)


def test_noise_is_as_far_below_as_it_is_said_to_be(dry: np.ndarray) -> None:
    for row, name in enumerate(("dry_noise_db", "wet_noise_db")):
        noise = brought(dry, **{name: -50.0})[row] - brought(dry)[row]
        share = np.sqrt(np.square(noise).mean() / np.square(brought(dry)[row]).mean())
        assert 20 * np.log10(share) == pytest.approx(-50, abs=0.5)


def test_what_is_cut_short_ends_in_silence(dry: np.ndarray) -> None:
    short = brought(dry, seconds=1.5)
    assert not short[:, 36_000:].any()
    assert short[:, :36_000].any(axis=1).all()


def test_out_of_a_running_take_the_oscillator_stands_elsewhere(dry: np.ndarray) -> None:
    """And the tail of what came before is heard."""
    there, wet = brought(dry, CHORUS, lead=30_000)
    take = np.resize(dry, SEGMENT + 30_000)
    for part, whole in ((there, take), (wet, render(take, CHORUS))):
        assert np.corrcoef(part, whole[30_000:])[0, 1] > 0.9999
    assert np.abs(wet - render(there, CHORUS)).max() > 0.05


@pytest.mark.parametrize("rate", [44_100, 48_000])
def test_an_effect_at_another_rate_is_nearly_the_same(dry: np.ndarray, rate: int) -> None:
    wet, lab = brought(dry, rate=rate)[1], brought(dry)[1]
    off = np.sqrt(np.square(wet - lab).mean() / np.square(lab).mean())
    assert 1e-4 < off < 0.3


@pytest.mark.parametrize("codec", [("mp3", 64), ("ogg", 128)])
def test_a_codec_leaves_the_sound_where_it_was(dry: np.ndarray, codec: tuple[str, int]) -> None:
    wet, lab = brought(dry, codec=codec)[1], brought(dry)[1]
    found = np.correlate(wet[20_000:60_000], lab[20_200:59_800])
    assert np.abs(found).argmax() == 200
    assert np.abs(wet - lab).max() > 1e-3


def test_a_band_is_what_the_effect_hears_too(dry: np.ndarray) -> None:
    there, wet = brought(dry, band_hz=(200.0, 3500.0))
    for sound in (there, wet):
        power = np.abs(np.fft.rfft(sound)) ** 2
        hz = np.linspace(0, SAMPLE_RATE / 2, len(power))
        assert power[hz > 8000].sum() < 1e-2 * power.sum()


def test_silence_passes_every_way() -> None:
    for seed in range(40):
        way, generator = Way.draw(np.random.default_rng(seed)), np.random.default_rng(seed)
        pair = bring(np.zeros(SEGMENT + way.lead, np.float32), DELAY, replace(way, codec=("mp3", 64)), generator)
        assert np.isfinite(pair).all()


def test_one_of_four_comes_from_a_laboratory_and_each_thing_happens_to_some() -> None:
    ways = [Way.draw(np.random.default_rng(seed)) for seed in range(2000)]
    assert np.mean([way == Way() for way in ways]) == pytest.approx(0.27, abs=0.04)
    for name, value in vars(Way()).items():
        assert 0.04 < np.mean([getattr(way, name) != value for way in ways]) < 0.4, name


def test_pairs_are_the_same_again_and_a_third_are_chains(corpus: Path) -> None:
    pairs, again = (RealPairs([Corpus(corpus)], "train", ALL_EFFECTS, 3, vary=True) for _ in range(2))
    assert np.array_equal(pairs.sounds(5), again.sounds(5))
    lengths = np.array([len(pairs.chain(index).settings) for index in range(3000)])
    assert [np.mean(lengths == length) for length in (1, 2, 3)] == pytest.approx([0.667, 0.222, 0.111], abs=0.03)
    for number, name in enumerate(ALL_EFFECTS):  # each has its turn, at any place of a chain
        turns = [pairs.chain(index).effects for index in range(number, 400, 8)]
        assert all(name in effects for effects in turns)
        assert 0 < np.mean([effects[0] != name for effects in turns if len(effects) > 1]) < 1


def test_corpora_are_heard_alike(corpus: Path) -> None:
    """However many speakers one of them has."""
    pairs = RealPairs([Corpus(corpus), Corpus(corpus)], "train", ALL_EFFECTS)
    one = pairs.corpora[0]
    assert np.mean([pairs.plan(index).corpus is one for index in range(1000)]) == pytest.approx(0.5, abs=0.05)


def test_a_label_says_places_and_knobs_and_the_level_that_came_of_it(corpus: Path) -> None:
    pairs, layout, checked = RealPairs([Corpus(corpus)], "train", ALL_EFFECTS, chains=1.0), KnobLayout(ALL_EFFECTS), 0
    for index in range(60):
        plan, (place, knobs) = pairs.plan(index), np.split(pairs.label(index), [len(ALL_EFFECTS)])
        order = [ALL_EFFECTS[number] for number in np.argsort(place) if place[number]]
        assert Chain(plan.chain.settings).effects == tuple(order)
        for setting in plan.chain.settings:
            own = knobs[layout.own(ALL_EFFECTS.index(setting.effect))]
            if setting.effect != "overdrive":
                assert own == pytest.approx(setting.values)
                continue
            level = effect_named("overdrive").parameters[2]
            wanted = np.clip(plan.chain.level_db + plan.way.gain_db, level.low, level.high)
            assert level.to_value(float(own[2])) == pytest.approx(wanted, abs=1e-3)
            checked += plan.way.gain_db != 0
        absent = [name for name in ALL_EFFECTS if name not in order]
        assert all(np.isnan(knobs[layout.own(ALL_EFFECTS.index(name))]).all() for name in absent)
    assert checked > 3
