"""Promise: a chain whose knobs move is one sound without clicks, at rest what `render` plays, and its scripts play it,
too."""

import json
import subprocess
import sys
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
import soundfile

from core.audio import SAMPLE_RATE
from core.audio.clips import load_clip
from core.audio.io import encode, encode_exactly
from core.effects import EFFECTS, Blend, Chain, Setting, live, render, render_blend
from core.effects.automation import Node, automate, write_score
from core.effects.code import as_code, morph_as_code
from core.effects.score import ScoreError, check
from core.folder.settings import blend_at
from tests.test_automation import SWEEP, joins_db, joins_of_score_db

ORDERS = {
    "drive, repeat, room": ("overdrive", "delay", "reverb"),
    "repeat, drive": ("delay", "overdrive"),
    "four": ("compressor", "phaser", "lowpass", "chorus"),
}
SHORT = load_clip("speech_en_f_allison")[:12_000]


def at_knobs(effects: tuple[str, ...], unit: float) -> Chain:
    return Chain(tuple(Setting.all_at(name, unit) for name in effects))


def swept(effects: tuple[str, ...]) -> list[Node]:
    """All knobs of all effects from 0.1 at A to 0.9 at B."""
    return [Node(at, Blend.of(at_knobs(effects, knobs))) for at, knobs in ((0.0, 0.1), (1.0, 0.9))]


each_order = pytest.mark.parametrize("effects", ORDERS.values(), ids=ORDERS)


@pytest.mark.parametrize("first", EFFECTS, ids=lambda effect: effect.name)
def test_two_effects_at_rest_are_what_render_plays(first: object) -> None:
    """Bit for bit, but that plugins snap what is below -160 dB to zero where their blocks end."""
    for names in (pair for pair in permutations([effect.name for effect in EFFECTS], 2) if pair[0] == first.name):
        nodes = [Node(at, Blend.of(at_knobs(names, unit))) for at, unit in ((0.0, 0.2), (1.0, 0.7))]
        wet = automate(SHORT, nodes, [(0.0, 1.0)])
        exact = 0.0 if names != ("bitcrush", "overdrive") else 1e-8
        assert np.abs(wet - render(SHORT, at_knobs(names, 0.7))).max() <= exact, names


@each_order
def test_a_position_that_rests_on_a_node_is_the_static_sound(effects: tuple[str, ...], dry: np.ndarray) -> None:
    quiet = dry * np.float32(0.3)
    for node in swept(effects):
        assert np.array_equal(automate(quiet, swept(effects), [(0.0, node.position)]), render_blend(quiet, node.blend))


@each_order
def test_halfway_between_nodes_every_knob_of_the_chain_stands_halfway(effects: tuple[str, ...]) -> None:
    score, middle = (
        write_score(SHORT, nodes, SWEEP) for nodes in (swept(effects), [Node(0.5, Blend.of(at_knobs(effects, 0.5)))])
    )
    assert [len(effect["stages"]) for effect in score["effects"]] == [len(effects)]
    for stage, expected in zip(score["effects"][0]["stages"], middle["effects"][0]["stages"], strict=True):
        for plugin, other in zip(stage["plugins"], expected["plugins"], strict=True):
            assert plugin["fixed"] == other["fixed"]
            for name, knob in plugin["knobs"].items():
                value = live.between(np.array([0.5]), np.array([0.0, 1.0]), knob["values"], knob["law"])
                assert value[0] == pytest.approx(other["knobs"][name]["values"][0], rel=1e-5), name


@each_order
def test_a_sweep_does_not_click(effects: tuple[str, ...]) -> None:
    sine = 0.1 * np.sin(2 * np.pi * 441.3 * np.arange(3 * SAMPLE_RATE) / SAMPLE_RATE).astype(np.float32)
    assert abs(joins_db(automate(sine, swept(effects), SWEEP))) < 1
    for clip in ("speech_en_f_allison", "guitar_em9"):
        dry = np.resize(load_clip(clip), 3 * SAMPLE_RATE)
        assert abs(joins_of_score_db(write_score(dry, swept(effects), SWEEP), dry)) < 1


def test_chains_settings_and_nothing_are_faded_into_each_other(dry: np.ndarray) -> None:
    both = at_knobs(("overdrive", "delay"), 0.5)
    alone = Setting.all_at("overdrive", 0.5)
    blends = [Blend.of(Chain()), Blend(((both, 0.25), (alone, 0.75))), Blend.of(both)]
    nodes = [Node(at / 2, blend) for at, blend in enumerate(blends)]
    for node in nodes:
        wet = automate(dry, nodes, [(0.0, node.position)])
        assert np.abs(wet - render_blend(dry, node.blend)).max() < 1e-6
    fade = automate(dry, nodes, [(0.0, 0.75)])
    assert np.abs(fade - render_blend(dry, Blend(((both, 0.625), (alone, 0.375))))).max() < 1e-5
    assert blend_at(nodes, 0.75) == Blend(((both, 0.625), (alone, 0.375)))
    assert [blend_at(nodes, node.position) for node in nodes] == blends


def test_between_nodes_each_knob_of_a_chain_is_read_halfway() -> None:
    middle = blend_at(swept(("delay", "overdrive")), 0.5).main
    assert [own.values for own in middle.settings] == [pytest.approx((0.5,) * 3)] * 2


def test_knobs_at_rest_make_blocks_of_any_size_one_sound(dry: np.ndarray) -> None:
    score = write_score(dry, swept(("overdrive", "delay", "reverb")), [(0.0, 0.5)])
    assert np.array_equal(live.play(score, [dry], block=64), live.play(score, [dry], block=1000))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda effect: effect.update(stages=[{}] * 17), "stages of .* list of 0 to 16"),
        (lambda effect: effect.update(way="live"), "effect needs exactly"),
        (lambda effect: effect["stages"][0].update(kind="Delay"), "stage of .* needs exactly"),
        (lambda effect: effect["stages"].append(3), "stage of .* needs exactly"),
        (lambda effect: effect["stages"][1].update(way="dead"), "way of .* 'live' or 'static'"),
        (lambda effect: effect["stages"][1]["plugins"][0].update(kind="VST3Plugin"), "no effect of pedalboard"),
        (lambda effect: effect["stages"][0].update(plugins=[]), "plugins of"),
    ],
)
def test_a_score_of_a_broken_chain_is_refused(change: object, words: str) -> None:
    score = write_score(SHORT, swept(("overdrive", "delay")), SWEEP)
    change(score["effects"][0])
    with pytest.raises(ScoreError, match=words):
        check(score)


def run(folder: Path, *arguments: str) -> None:
    subprocess.run([sys.executable, "-I", *arguments], cwd=folder, check=True, timeout=120)


def test_the_script_of_a_morph_plays_the_same_bits(tmp_path: Path) -> None:
    nodes = [*swept(("overdrive", "delay", "reverb")), Node(1.2, Blend.of(Setting.all_at("phaser", 0.4)))]
    curve = [(0.0, 0.0), (0.3, 1.2), (0.5, 0.5)]
    (tmp_path / "score.json").write_text(json.dumps(write_score(SHORT, nodes, curve)))
    (tmp_path / "morph.py").write_text(morph_as_code())
    (tmp_path / "dry.wav").write_bytes(encode_exactly(SHORT))
    run(tmp_path, "morph.py", "score.json", "dry.wav", "wet.wav")
    assert np.array_equal(soundfile.read(tmp_path / "wet.wav", dtype="float32")[0], automate(SHORT, nodes, curve))


@pytest.mark.parametrize("effects", [("compressor", "overdrive", "chorus", "delay"), ("bitcrush", "lowpass"), ()])
def test_the_script_of_a_chain_sounds_as_render_does(effects: tuple[str, ...], tmp_path: Path) -> None:
    chain = at_knobs(effects, 0.4)
    code = as_code(chain)
    assert all(setting.text in code for setting in chain.settings)
    assert max(map(len, code.splitlines())) <= 200
    (tmp_path / "chain.py").write_text(code)
    (tmp_path / "dry.wav").write_bytes(encode(load_clip("speech_fr_m_uh1") * 0.5))
    run(tmp_path, "chain.py", "dry.wav", "wet.wav")
    heard, dry = (soundfile.read(tmp_path / f"{name}.wav", dtype="float32")[0] for name in ("wet", "dry"))
    assert np.abs(heard - render(dry, chain)).max() <= 1.01 / 32768
