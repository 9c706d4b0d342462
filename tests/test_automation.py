"""Promise: a morph over time is one continuous sound, equal to the static one where nothing moves, without clicks, and
the exported script plays it bit for bit."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.audio import SAMPLE_RATE
from core.audio.clips import clip_segment, clips, load_clip
from core.audio.measure import loudness_lufs
from core.effects import EFFECTS, Blend, Effect, Setting, live, rack, render, render_blend
from core.effects.automation import Node, automate, write_score
from core.effects.live import BLOCK

each_effect = pytest.mark.parametrize("effect", EFFECTS, ids=lambda effect: effect.name)
SWEEP = ((0.0, 0.0), (3.0, 1.0))
DELAY, OVERDRIVE, REVERB = (
    Setting("delay", (0.3, 0.5, 0.9)),
    Setting("overdrive", (0.9, 0.4, 0.8)),
    Setting("reverb", (0.9,) * 3),
)


def at_knobs(effect: Effect, unit: float) -> Setting:
    return Setting.all_at(effect.name, unit)


def swept(effect: Effect) -> list[Node]:
    """All knobs from 0.1 at A to 0.9 at B."""
    return [Node(at, Blend.of(at_knobs(effect, knobs))) for at, knobs in ((0.0, 0.1), (1.0, 0.9))]


def change(sound: np.ndarray) -> np.ndarray:
    """Energy of the first difference, the k-th from sample k - 1 to k."""
    return np.diff(sound.astype(np.float64), prepend=0.0) ** 2


def joins_db(sound: np.ndarray) -> float:
    """Energy of the first difference where blocks join against that in the 14 samples before and after, in dB."""
    energy = change(sound)
    joins = np.arange(BLOCK, len(sound) - BLOCK, BLOCK)
    around = np.mean([energy[joins + offset] for offset in (*range(-14, 0), *range(1, 15))], axis=0)
    return float(10 * np.log10(energy[joins].mean() / around.mean()))


def joins_of_score_db(score: dict, dry: np.ndarray) -> float:
    """The same of a sweep against the same samples of the sound played half a block later, where no blocks join."""
    half = BLOCK // 2
    later = score | {"curve": [[time + half / SAMPLE_RATE, position] for time, position in SWEEP]}
    sound, other = live.play(score, [dry]), live.play(later, [np.pad(dry, (half, 0))])[half:]
    joins = np.arange(2 * BLOCK, len(dry) - BLOCK, BLOCK)
    return float(10 * np.log10(change(sound)[joins].sum() / change(other)[joins].sum()))


@each_effect
@pytest.mark.parametrize("position", [-0.3, 0.0, 0.4, 1.0, 1.3])
def test_a_position_that_rests_on_a_node_is_the_static_sound(effect: Effect, position: float, dry: np.ndarray) -> None:
    knobs = {-0.3: 0.0, 0.0: 0.1, 0.4: 0.37, 1.0: 0.9, 1.3: 1.0}
    nodes = [Node(at, Blend.of(at_knobs(effect, unit))) for at, unit in knobs.items()]
    quiet = dry * np.float32(0.3)
    wet = automate(quiet, nodes, [(0.0, position)])
    assert wet.dtype == np.float32
    assert np.array_equal(wet, render(quiet, at_knobs(effect, knobs[position])))


@each_effect
def test_halfway_between_nodes_knobs_stand_halfway(effect: Effect, dry: np.ndarray) -> None:
    score = write_score(dry, swept(effect), SWEEP)
    middle = write_score(dry, [Node(0.5, Blend.of(at_knobs(effect, 0.5)))], SWEEP)
    for plugin, expected in zip(score["effects"][0]["plugins"], middle["effects"][0]["plugins"], strict=True):
        assert plugin["fixed"] == expected["fixed"]
        for name, knob in plugin["knobs"].items():
            value = live.between(np.array([0.5]), np.array([0.0, 1.0]), knob["values"], knob["law"])
            assert value[0] == pytest.approx(expected["knobs"][name]["values"][0], rel=1e-5), name


@each_effect
def test_a_sweep_of_a_sine_does_not_click(effect: Effect) -> None:
    sine = 0.1 * np.sin(2 * np.pi * 441.3 * np.arange(3 * SAMPLE_RATE) / SAMPLE_RATE).astype(np.float32)
    assert abs(joins_db(automate(sine, swept(effect), SWEEP))) < 1


@each_effect
@pytest.mark.parametrize("clip", ["speech_en_f_allison", "guitar_em9", "piano_ambient", "drum_roll"])
def test_a_sweep_of_a_clip_does_not_click(effect: Effect, clip: str) -> None:
    dry = np.resize(load_clip(clip), 3 * SAMPLE_RATE)
    if effect.name == "bitcrush":  # holds other samples half a block later: no comparison, so ten sweeps are pooled
        dry, curve = np.resize(load_clip(clip), 30 * SAMPLE_RATE), [(3.0 * turn, turn % 2) for turn in range(11)]
        assert abs(joins_db(automate(dry, swept(effect), curve))) < 1
    else:
        assert abs(joins_of_score_db(write_score(dry, swept(effect), SWEEP), dry)) < 1


def test_the_measure_hears_a_delay_that_is_turned_live(monkeypatch: pytest.MonkeyPatch) -> None:
    delay = EFFECTS[0]
    monkeypatch.setitem(rack._BY_NAME, "delay", replace(delay, way="live"))
    dry = clip_segment("speech_en_f_allison", 0)[: 3 * SAMPLE_RATE]
    assert joins_of_score_db(write_score(dry, swept(delay), SWEEP), dry) > 6


@each_effect
def test_level_stays_through_a_sweep(effect: Effect, dry: np.ndarray) -> None:
    def turned(at: float) -> Setting:
        """All knobs at 0.1 + 0.8 * at, but levels at 0 dB."""
        values = (knob.to_unit(0.0) if knob.role == "level" else 0.1 + 0.8 * at for knob in effect.parameters)
        return Setting(effect.name, tuple(values))

    nodes = [Node(at, Blend.of(turned(at))) for at in np.linspace(0, 1, 11)]
    assert abs(loudness_lufs(automate(dry, nodes, [(0.0, 0.0), (4.0, 1.0)])) - loudness_lufs(dry)) < 1.5


@each_effect
def test_knobs_at_rest_make_blocks_of_any_size_one_sound(effect: Effect, dry: np.ndarray) -> None:
    score = write_score(dry, swept(effect), [(0.0, 0.5)])
    assert np.array_equal(live.play(score, [dry], block=64), live.play(score, [dry], block=1000))


def test_two_effects_at_once(dry: np.ndarray) -> None:
    both = Blend(((DELAY, 0.25), (OVERDRIVE, 0.75)))
    nodes = [Node(0.0, Blend.of(DELAY)), Node(0.5, both), Node(1.0, Blend.of(OVERDRIVE))]
    assert np.array_equal(automate(dry, nodes, [(1.0, 0.5)]), render_blend(dry, both))
    assert np.array_equal(automate(dry, nodes, [(1.0, 0.0)]), render(dry, DELAY))
    fade = automate(dry, nodes, [(0.0, 0.25)])
    between = 0.625 * render(dry, DELAY) + 0.375 * render(dry, OVERDRIVE)  # shares go straight, knobs hold
    assert np.abs(fade - between).max() < 1e-5


def test_an_effect_that_is_away_for_a_while(dry: np.ndarray) -> None:
    nodes = [Node(0.0, Blend.of(REVERB)), Node(0.5, Blend.of(OVERDRIVE)), Node(1.0, Blend.of(REVERB))]
    for node in nodes:
        assert np.array_equal(automate(dry, nodes, [(0.0, node.position)]), render_blend(dry, node.blend))


def test_three_effects_are_added_up_in_any_order(dry: np.ndarray) -> None:
    three = Blend(((REVERB, 0.3), (OVERDRIVE, 0.3), (DELAY, 0.4)))
    wet, expected = (
        automate(dry, [Node(0.0, Blend.of(DELAY)), Node(1.0, three)], [(0.0, 1.0)]),
        render_blend(dry, three),
    )
    assert 20 * np.log10(np.linalg.norm(wet - expected) / np.linalg.norm(expected)) < -120


def test_two_dry_sounds_are_mixed_as_the_position_says() -> None:
    a, b = (clip_segment(name, 0) * np.float32(gain) for name, gain in (("bell", 0.5), ("tabla_loop", 1.0)))
    nodes = [Node(at, Blend.of(REVERB)) for at in (-0.2, 0.0, 0.5, 1.0)]
    assert np.array_equal(automate((a, b), nodes, [(0.0, 0.0)]), render(a, REVERB))
    assert np.array_equal(automate((a, b), nodes, [(0.0, -0.2)]), render(a, REVERB))
    assert np.array_equal(automate((a, b), nodes, [(0.0, 1.0)]), render(b, REVERB))
    half = np.float32(0.5)
    assert np.array_equal(automate((a, b), nodes, [(0.0, 0.5)]), render(half * a + half * b, REVERB))
    with pytest.raises(ValueError, match="differently long"):
        automate((a, b[:-1]), nodes, SWEEP)


def test_a_curve_is_held_at_its_ends_and_beyond_the_nodes(dry: np.ndarray) -> None:
    nodes = [Node(0.2, Blend.of(DELAY)), Node(0.8, Blend.of(REVERB))]
    wet = automate(dry, nodes, [(1.0, 0.1), (1.5, 1.2)])
    assert np.array_equal(wet[:SAMPLE_RATE], render(dry, DELAY)[:SAMPLE_RATE])
    tail = slice(int(1.5 * SAMPLE_RATE) + BLOCK, None)
    assert np.array_equal(wet[tail], render(dry, REVERB)[tail])  # reverb's knobs rested all the way


@each_effect
def test_a_long_clip_and_a_very_short_one(effect: Effect) -> None:
    long = np.resize(load_clip("speech_en_m_uh0"), 60 * SAMPLE_RATE + 17)
    wet = automate(long, swept(effect), [(0.0, 0.1), (60.0, 0.9)])
    assert wet.shape == long.shape
    assert np.isfinite(wet).all()
    short = automate(load_clip("bell")[:1], swept(effect), SWEEP)
    assert short.shape == (1,)


@pytest.mark.parametrize(
    ("nodes", "curve", "what"),
    [
        ((0.0, 0.0), SWEEP, "positions must rise"),
        ((1.0, 0.0), SWEEP, "positions must rise"),
        ((0.0, 1.0), [(0.0, 0.0), (0.0, 1.0)], "times must rise"),
        ((0.0, 1.0), [(0.0, 1.4)], "from -0.3 to 1.3"),
        ((0.0, 1.0), [(float("nan"), 0.0)], "curve"),
        ((0.0, 1.0), [], "curve"),
        ((), SWEEP, "positions"),
    ],
)
def test_nodes_and_curves_out_of_order_are_refused(nodes: tuple, curve: list, what: str, dry: np.ndarray) -> None:
    with pytest.raises(ValueError, match=what):
        automate(dry, [Node(at, Blend.of(DELAY)) for at in nodes], curve)


def test_a_node_far_beyond_the_ends_is_refused() -> None:
    with pytest.raises(ValueError, match="lies between"):
        Node(1.4, Blend.of(DELAY))


def test_all_clips_take_a_morph(tmp_path: Path) -> None:
    nodes = [Node(0.0, Blend.of(OVERDRIVE)), Node(1.0, Blend.of(at_knobs(EFFECTS[4], 0.8)))]
    for clip in clips():
        wet = automate(clip_segment(clip.name, 0), nodes, SWEEP)
        assert np.isfinite(wet).all()
        assert np.abs(wet).max() > 0.01
