"""Promise: between two chains one chain plays, whose effects come and go without holes, jumps and clicks."""

import json
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import welch

from core.audio import SAMPLE_RATE
from core.audio.clips import load_clip
from core.audio.measure import spectral_distance_db
from core.effects import EFFECTS, Blend, Chain, Faded, Setting, random_setting, render, render_blend
from core.effects.automation import Node, automate, write_score
from core.effects.fade import mixed, plugins_at, shares
from core.effects.render import through
from core.effects.score import ScoreError, check
from core.folder.settings import blend_at
from core.paths.alignment import aligned
from core.paths.measures import knob_curves, share_curves, zigzag
from core.paths.table import parameter_csv
from tests.chains import any_chain
from tests.test_automation import SWEEP, joins_db

SHORT = load_clip("speech_en_f_allison")[:24_000]
HOLES_DB = {"bitcrush": 8.0, "overdrive": 2.5, "chorus": 2.5, "phaser": 2.5, "delay": 2.0}
"""How far below both its ends a fade may lie in its deepest band: 1 dB where nothing is said. See core.effects.fade."""


def at_knobs(*effects: str, unit: float = 0.5) -> Chain:
    return Chain(tuple(Setting.all_at(name, unit) for name in effects))


def shares_at(position: float) -> np.ndarray:
    return np.array([1 - position, position])


def spectrum_db(sound: np.ndarray) -> np.ndarray:
    return 10 * np.log10(welch(sound, SAMPLE_RATE, nperseg=1024)[1] + 1e-20)[4:-8]


@pytest.mark.parametrize("effect", EFFECTS, ids=lambda effect: effect.name)
def test_a_fade_cuts_no_holes_into_the_spectrum(effect: object) -> None:
    noise = 0.1 * np.random.default_rng(0).normal(size=4 * SAMPLE_RATE).astype(np.float32)
    heard = spectrum_db(noise)
    for seed in range(4):
        setting = random_setting(effect.name, seed)
        made = through(noise, setting)
        all_of_it = spectrum_db(made * np.float32(np.sqrt(np.square(noise).mean() / np.square(made).mean())))
        for amount in (0.1, 0.3, 0.5, 0.7, 0.9):
            part = through(noise, Faded(((setting, amount),)))
            part *= np.float32(np.sqrt(np.square(noise).mean() / np.square(part).mean()))
            hole = float((np.minimum(heard, all_of_it) - spectrum_db(part)).max())
            assert hole <= HOLES_DB.get(effect.name, 1.0), (setting, amount)


@pytest.mark.parametrize("effect", ["overdrive", "reverb", "compressor"])
def test_what_a_setting_plays_grows_evenly_from_bypass(effect: str) -> None:
    setting = Setting.all_at(effect, 0.9)
    levels = []
    for amount in (0.0, 0.25, 0.5, 0.75, 1.0):
        made = through(SHORT, setting)
        sound = mixed(SHORT, made, shares(setting, amount, SHORT, made))
        levels.append(10 * np.log10(np.square(sound).mean()))
    steps = np.diff(levels) * np.sign(levels[-1] - levels[0])
    assert steps.min() > -3.0, levels  # what is not alike adds up to less
    assert steps[0] < 0.2 * abs(levels[-1] - levels[0]) + 1.0, levels


@settings(max_examples=25, deadline=None)
@given(any_chain)
def test_all_of_it_is_the_chain_and_none_of_it_the_dry_sound(chain: Chain) -> None:
    full, none = (Faded(tuple((own, amount) for own in chain.settings)) for amount in (1.0, 0.0))
    assert np.array_equal(render(SHORT, full), render(SHORT, chain))
    assert np.array_equal(render(SHORT, none), render(SHORT, Chain()))
    assert full.level_db == pytest.approx(chain.level_db)


@settings(max_examples=60, deadline=None)
@given(any_chain, any_chain)
def test_the_one_chain_has_both_ends_and_every_knob_and_amount_goes_one_way(a: Chain, b: Chain) -> None:
    way = aligned(a, b)
    steps = [Blend.of(way.mean(shares_at(float(at)))) for at in np.linspace(0, 1, 9)]
    for end, step in ((a, steps[0]), (b, steps[-1])):
        parts = step.main.parts if isinstance(step.main, Faded) else [(own, 1.0) for own in step.main.settings]
        assert Chain(tuple(own for own, amount in parts if amount > 0)).canonical == end.canonical
    curves = [*knob_curves(steps).values(), *share_curves(steps).values()]
    moving = np.array([zigzag(curve) for curve in curves])
    assert not (moving > 1 + 1e-6).any()
    paired = sum(all(column.here) for column in way.columns)
    assert len(way.columns) == len(a.settings) + len(b.settings) - paired
    assert paired == sum(all(column.here) for column in aligned(b, a).columns)


@pytest.mark.parametrize(
    ("a", "b", "paired"),
    [
        (
            ("reverb", "overdrive", "delay"),
            ("delay", "reverb"),
            {"reverb", "delay"},
        ),  # delay | reverb is reverb | delay
        (("overdrive", "delay"), ("delay", "overdrive"), None),  # which of the two stays is open
        (("delay",), ("overdrive",), set()),
        ((), ("phaser",), set()),
    ],
)
def test_same_effects_are_paired_where_their_order_is_the_same_to_the_ear(
    a: tuple[str, ...], b: tuple[str, ...], paired: set[str] | None
) -> None:
    columns = aligned(at_knobs(*a), at_knobs(*b)).columns
    found = {column.effect for column in columns if all(column.here)}
    assert found == paired if paired is not None else len(found) == 1
    assert sorted({column.effect for column in columns}) == sorted({*a, *b})


def test_four_chains_meet_in_the_middle_of_a_square() -> None:
    ends = [at_knobs(*names) for names in (("delay",), ("overdrive", "delay"), (), ("delay", "reverb"))]
    middle = aligned(*ends).mean(np.full(4, 0.25))
    assert [(own.effect, amount) for own, amount in middle.parts] == [
        ("overdrive", 0.25), ("delay", 0.75), ("reverb", 0.25),
    ]  # fmt: skip


LONG = (at_knobs("compressor", "overdrive", "delay", unit=0.3), at_knobs("delay", "overdrive", "chorus", unit=0.8))


def steps_between(a: Chain, b: Chain, steps: int = 11) -> list[Faded | Chain]:
    return [aligned(a, b).mean(shares_at(float(at))) for at in np.linspace(0, 1, steps)]


def test_the_sound_goes_in_even_steps() -> None:
    for ends in (LONG, (at_knobs("lowpass"), at_knobs("reverb", "phaser"))):
        sounds = [render(SHORT, own) for own in steps_between(*ends)]
        change = np.array([spectral_distance_db(one, other) for one, other in pairwise(sounds)])
        assert change.max() <= 2.5 * np.median(change), change


def nodes_between(a: Chain, b: Chain) -> list[Node]:
    return [Node(at / 4, Blend.of(own)) for at, own in enumerate(steps_between(a, b, 5))]


def beside_db(sound: np.ndarray) -> float:
    """Energy above 4 kHz in the loudest 21 ms: of a low sine, what clicks."""
    frames = np.lib.stride_tricks.sliding_window_view(sound, 512)[2400:-2400:128] * np.hanning(512)
    return float(10 * np.log10(np.square(np.abs(np.fft.rfft(frames, axis=1)[:, 86:])).sum(axis=1).max()))


def test_effects_that_come_and_go_over_time_do_not_click() -> None:
    """Nor where blocks join; no moment has more beside the sine than an end has (5 dB less; 13 more in 150 steps)."""
    sine = 0.1 * np.sin(2 * np.pi * 441.3 * np.arange(2 * SAMPLE_RATE) / SAMPLE_RATE).astype(np.float32)
    assert abs(joins_db(automate(sine, nodes_between(*LONG), SWEEP))) < 1
    nodes = nodes_between(at_knobs("lowpass", unit=0.6), at_knobs("phaser", "reverb"))
    ends = [beside_db(automate(sine, nodes, [(0.0, position)])) for position in (0.0, 1.0)]
    assert beside_db(automate(sine, nodes, [(0.0, 0.0), (2.0, 1.0)])) <= max(ends) + 1


def test_at_rest_a_morph_is_the_static_sound_and_there_and_back_is_where_it_began() -> None:
    nodes = nodes_between(*LONG)
    for node in nodes[::2]:
        wet = automate(SHORT, nodes, [(0.0, node.position)])
        assert np.abs(wet - render_blend(SHORT, node.blend)).max() < 1e-5
    there = automate(SHORT, nodes, [(0.0, 0.0)])
    assert np.array_equal(there, render(SHORT, LONG[0]))
    back = automate(np.concatenate([SHORT, SHORT * 0, SHORT]), nodes, [(0.0, 0.0), (1.2, 1.0), (1.5, 0.0)])
    assert np.isfinite(back).all()


def test_what_lies_between_nodes_is_what_the_table_and_the_player_say() -> None:
    nodes = [Node(0.0, Blend.of(Faded(((Setting.all_at("delay", 0.2), 0.0),)))),
             Node(1.0, Blend.of(Faded(((Setting.all_at("delay", 0.6), 1.0),))))]  # fmt: skip
    ((own, amount),) = blend_at(nodes, 0.25).main.parts
    assert amount == pytest.approx(0.25)
    assert own.values == pytest.approx((0.3,) * 3)
    head, first, last = parameter_csv(nodes).splitlines()
    assert head.split(",")[:3] == ["position", "delay share", "delay amount"]
    assert first.endswith(",0,,,")
    assert last.startswith("1,1,1,")


def test_a_score_whose_effects_fade_is_plain_data_and_refused_where_it_is_broken() -> None:
    score = json.loads(json.dumps(write_score(SHORT, nodes_between(*LONG), SWEEP)))
    check(score)
    stage = next(stage for stage in score["effects"][0]["stages"] if "mix" in stage)
    for mix in ({"heard": [1.0]}, {"heard": [1.0], "made": [0.0]}, {"heard": [-1.0] * 5, "made": [0.0] * 5}):
        stage["mix"] = mix
        with pytest.raises(ScoreError, match="mix of"):
            check(score)


def test_amounts_and_numbers_of_settings_out_of_range_are_sentences() -> None:
    with pytest.raises(ValueError, match=r"amount of delay lies between 0 and 1, not at 1\.5"):
        Faded(((Setting.all_at("delay", 0.5), 1.5),))
    with pytest.raises(ValueError, match="at most 16 settings"):
        Faded(((Setting.all_at("delay", 0.5), 1.0),) * 17)


def test_a_filter_is_opened_where_it_comes_and_goes() -> None:
    (nearly,) = plugins_at(Setting("lowpass", (0.5, 1.0)), 0.01)
    assert nearly.cutoff_hz > 11_000
    assert nearly.resonance < 0.01


def test_fading_text_says_how_much_there_is() -> None:
    own = Faded(tuple(zip(at_knobs("delay", "reverb", "phaser").settings, (0.25, 0.0, 1.0), strict=True)))
    assert own.text.startswith("25% Delay · time")
    assert "Reverb" not in own.text
    assert " → Phaser" in own.text
    assert Faded(()).text == "No effect"


@given(st.lists(st.floats(0, 1), min_size=2, max_size=2))
def test_knobs_of_an_effect_that_moves_its_place_go_from_end_to_end(at: list[float]) -> None:
    a, b = at_knobs("overdrive", "delay", unit=0.1), at_knobs("delay", "overdrive", unit=0.7)
    position = at[0]
    own = aligned(a, b).mean(shares_at(position))
    assert all(setting.values == pytest.approx((0.1 + 0.6 * position,) * 3) for setting in own.settings)
