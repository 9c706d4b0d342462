"""Promise: the pad is fed with the sounds and the words of the points around the hand."""

import json

import numpy as np
import pytest

from core.audio import SAMPLE_RATE
from core.effects import Setting, render
from core.effects.loop import LOOP_S, loop_of, looped
from core.explorer import Explorer
from core.latent.axes import rank_correlations
from pages.play import pad_feed
from pages.play.meaning import meaning_of
from pages.play.panels import along
from pages.shared.downloads import setting_json
from pages.shared.figures.latent_map import CHAIN, COLOURS
from pages.shared.results import checkpoints, points
from pages.widgets.pad import FINE, GREY, SIDE, needed, node, place_of


def test_the_lattice_covers_the_pad_and_is_fine_near_the_point() -> None:
    for x, y in np.random.default_rng(0).random((50, 2)):
        need = needed(x, y)
        assert len(set(need)) == len(need)
        assert {node(0, 0), node(SIDE, SIDE), node(0, SIDE), node(SIDE, 0)} <= set(need)
        i, j = (min(SIDE - 1, int(place * SIDE)) for place in (x, y))
        assert {node(i, j), node(i + 1, j), node(i, j + 1), node(i + 1, j + 1)} <= set(need), (x, y)
        first = np.hypot(*np.subtract(place_of(need[0]), (x, y)))
        assert first <= np.hypot(0.5, 0.5) / SIDE + 1e-9


def test_a_short_way_needs_no_new_sounds() -> None:
    assert set(needed(0.5, 0.5)) == set(needed(0.5 + 0.9 / SIDE, 0.5 - 0.9 / SIDE))
    new = set(needed(0.5 + 2 / SIDE, 0.5)) - set(needed(0.5, 0.5))
    assert len(new) <= 2 * (2 * FINE + 1)


def test_the_loop_is_the_loudest_part_and_its_echo_goes_round() -> None:
    clicks = np.zeros(4 * SAMPLE_RATE, np.float32)
    clicks[3 * SAMPLE_RATE : 3 * SAMPLE_RATE + 50] = 0.5
    loop = loop_of(clicks)
    assert len(loop) == LOOP_S * SAMPLE_RATE
    assert loop.sum() == clicks.sum()
    assert np.array_equal(loop_of(clicks[:1000]), clicks[:1000])
    late = np.zeros(SAMPLE_RATE, np.float32)
    late[-1000:-950] = 0.5
    wet = looped(late, Setting("delay", (1.0, 0.0, 1.0)))  # repeats after 0.6 s: past the loop's end
    assert np.abs(wet[: int(0.6 * SAMPLE_RATE)]).max() > 0.1 * np.abs(wet).max()
    assert np.abs(render(late, Setting("delay", (1.0, 0.0, 1.0)))[: int(0.6 * SAMPLE_RATE)]).max() == 0


@pytest.mark.parametrize(
    ("colour", "only", "coloured"),
    [
        ("effect", "all", set(range(8))),
        ("effect", "reverb", {2}),
        ("delay.time", "all", {0}),
        ("delay.time", "reverb", set()),
        ("loudness", "phaser", {4}),
    ],
)
def test_the_cloud_colours_what_was_asked_for(factor: Explorer, colour: str, only: str, coloured: set[int]) -> None:
    cloud = pad_feed.cloud_of("factor", checkpoints.revision("factor"), 3, colour, only)
    own = cloud.effect[cloud.colour != GREY]
    assert set(own[own < 8]) == coloured
    chains = [cloud.effects[number] for number in set(own[own >= 8])]
    assert bool(chains) == (only == "all")
    assert all(" → " in label and (colour == "effect" or "Delay" in label) for label in chains)
    low, high = points.reach("factor", 3)
    chained = cloud.effect >= 8
    assert factor.plays_chains(low + cloud.places[chained] * (high - low)).all(), "others play one effect there"
    if colour == "effect":
        assert ((cloud.colour == 8) == ((cloud.effect >= 8) & (only == "all"))).all()
        assert cloud.palette[8] == COLOURS[CHAIN]
        assert cloud.names[8:] == (["Chain of two"] if only == "all" else [""])
    assert len(cloud.places) <= pad_feed.MOST_POINTS
    assert ((cloud.places >= 0) & (cloud.places <= 1)).all()
    assert cloud.colour[cloud.colour != GREY].max(initial=0) < len(cloud.palette)
    assert sum(map(len, cloud.parts)) == len(cloud.places) * (3 * 2 + 2)


@pytest.mark.parametrize("only", ["all", "overdrive"])
def test_words_for_the_axes_say_what_the_numbers_say(factor: Explorer, only: str) -> None:
    meaning = meaning_of("factor", 2, only)
    assert meaning.correlations.shape == (len(meaning.labels), 2)
    for axis in range(2):
        chosen = [i for i, effect in enumerate(meaning.effects) if not effect]
        best = max(chosen, key=lambda i: abs(meaning.correlations[i, axis]))
        if abs(meaning.correlations[best, axis]) >= 0.3:
            word = meaning.words[best][int(meaning.correlations[best, axis] < 0)]
            assert meaning.changes(axis).split(", ")[0] == word
        assert bool(meaning.towards(axis) or meaning.towards(axis, -1)) == (only == "all")


def test_whether_an_effect_is_there_stands_beside_its_knobs_and_counts_chains(factor: Explorer) -> None:
    meaning = meaning_of("factor", 8, "all")
    assert meaning.labels[2:6] == ("Delay: present", "Delay: time", "Delay: feedback", "Delay: mix")
    of_effect = np.concatenate([np.stack([factor.atlas.effect] * 2, axis=1), factor.atlas.chains.effect])
    places = np.concatenate([factor.places(8), factor.chain_places(8)])
    there = (of_effect == 0).any(axis=1).astype(float)
    assert meaning.correlations[2] == pytest.approx(rank_correlations(places, [there])[0])
    alone = rank_correlations(factor.places(8), [factor.atlas.loudness_lufs])[0]
    assert np.array_equal(meaning.correlations[0], alone), "what is heard counts over settings"


def test_a_traverse_moves_one_axis_only(factor: Explorer) -> None:
    w = (0.5, -0.3, 0.1)
    steps = along("factor", w, 1, "all")
    values = [value for value, _ in steps]
    assert len(steps) == 7
    assert values == sorted(values)
    assert np.mean(factor.places(3)[:, 1] < values[0]) == pytest.approx(0.02, abs=0.002)
    assert steps[3][1].settings == factor.play(np.array([w[0], values[3], w[2]])).chain.settings


def test_exports_are_what_they_say() -> None:
    setting = Setting("delay", (0.5, 0.25, 0.5))
    content = json.loads(setting_json("factor", (0.1, -2.0), setting))
    assert content["format"] == "latentfx-setting/1"
    assert content["checkpoint"] == "factor"
    assert content["w"] == [0.1, -2.0]
    assert Setting(content["effect"], tuple(content["values"])) == setting
    assert content["parameters"]["time"] == {"value": setting.physical["time"], "unit": "s"}
