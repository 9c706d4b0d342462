"""Promise: a score may name any harmless effect of pedalboard, and of a stranger's score nothing else is touched."""

import json
from contextlib import suppress
from typing import Any

import numpy as np
import pedalboard
import pytest

from core.effects import live
from core.effects.score import RANGES, ScoreError, check, moves, properties

KINDS = [
    "Bitcrush", "BrickwallLimiter", "Chorus", "Clipping", "Compressor", "Delay", "Distortion", "Gain", "HighpassFilter",
    "HighShelfFilter", "Invert", "LadderFilter", "Limiter", "LowpassFilter", "LowShelfFilter", "NoiseGate",
    "PeakFilter", "Phaser", "PitchShift", "Resample", "Reverb",
]  # fmt: skip
NOISE = (0.1 * np.random.default_rng(0).standard_normal(12_000)).astype(np.float32)
REFUSED_AT_BOTH_ENDS = ("lookahead_ms",)  # above 0, up to 100
each_kind = pytest.mark.parametrize("kind", KINDS)


def score_of(kind: str, fixed: dict[str, Any], knobs: dict[str, Any]) -> dict:
    """A score of one effect, which is one plugin, at two nodes."""
    effect = {
        "name": "own", "way": "static", "share": [1.0, 1.0], "nodes": [0, 1], "level": [1.0, 1.0],
        "plugins": [{"kind": kind, "fixed": fixed, "knobs": knobs}],
    }  # fmt: skip
    return {
        "drys": [live.fingerprint(NOISE)], "curve": [[0.0, 0.0], [0.5, 1.0]], "positions": [0.0, 1.0],
        "into": [1.0, 1.0], "effects": [effect],
    }  # fmt: skip


def written(kind: str) -> dict[str, Any]:
    """A kind's properties as a score writes those that stay."""
    stands = properties(kind)
    return {name: value if isinstance(value, float | bool) else value.name for name, value in stands.items()}


@each_kind
def test_every_effect_of_pedalboard_plays_and_any_of_its_numbers_moves(kind: str) -> None:
    fixed = written(kind)
    numbers = [name for name in fixed if moves(kind, name)]
    knobs = {name: {"law": "linear", "values": [fixed[name], fixed[name]]} for name in numbers}
    stays = {name: value for name, value in fixed.items() if name not in numbers}
    resting, moving = (json.loads(json.dumps(score_of(kind, *own))) for own in ((fixed, {}), (stays, knobs)))
    wet = live.play(resting, [NOISE])
    assert wet.shape == NOISE.shape
    assert np.array_equal(wet, live.play(moving, [NOISE]))
    assert np.abs(wet).max() > 0.001


@each_kind
def test_what_the_ranges_let_through_is_played_finite_or_refused_in_a_sentence(kind: str) -> None:
    for name in (name for name in properties(kind) if moves(kind, name)):
        played = []
        for value in next((ends for end, ends in RANGES.items() if name.endswith(end)), (0, 1)):
            with suppress(ScoreError):
                played.append(live.play(score_of(kind, {name: value}, {}), [NOISE]))
        assert all(np.isfinite(wet).all() for wet in played), name
        assert played or name in REFUSED_AT_BOTH_ENDS, name


@pytest.mark.parametrize("way", ["live", "static"])
def test_what_grows_beyond_all_numbers_is_a_sentence_not_silence(way: str) -> None:
    score = score_of("Gain", {"gain_db": 100.0}, {})
    (effect,) = score["effects"]
    effect["way"] = way
    assert np.abs(live.play(score, [NOISE])).max() > 1000
    effect["plugins"] *= 8  # 800 dB, and what is 1e38 is 760
    with pytest.raises(ScoreError, match="The own of this morph makes samples that are no sound"):
        live.play(score, [NOISE])


@pytest.mark.parametrize(
    "kind",
    [
        "VST3Plugin", "ExternalPlugin", "AudioUnitPlugin", "Convolution", "Pedalboard", "Chain", "Mix", "Plugin",
        "IIRFilter", "PluginContainer", "_klass", "load_plugin", "io", "np", "os", "__builtins__", "__name__", "",
        "Delay.__init__", "pedalboard.Delay",
    ],
)  # fmt: skip
def test_foreign_code_files_and_other_names_are_refused(kind: str) -> None:
    with pytest.raises(ScoreError, match="no effect of pedalboard"):
        check(score_of(kind, {}, {}))


@pytest.mark.parametrize(
    ("kind", "fixed", "words"),
    [
        ("Delay", {"__class__": 1.0}, "properties of Delay"),
        ("Delay", {"is_effect": True}, "properties of Delay"),
        ("Delay", {"process": 1.0}, "properties of Delay"),
        ("Delay", {"delay_seconds": 6.0}, "Delay.delay_seconds must be numbers from 0 to 5"),
        ("Delay", {"mix": float("nan")}, "Delay.mix"),
        ("Delay", {"mix": True}, "Delay.mix"),
        ("Delay", {"mix": "1"}, "Delay.mix"),
        ("Delay", {"feedback": -0.5}, "Delay of the score cannot be made"),
        ("LadderFilter", {"mode": "__class__"}, "must be one of LPF12"),
        ("LadderFilter", {"mode": 1.0}, "must be one of LPF12"),
        ("LadderFilter", {"cutoff_hz": 1e6}, "LadderFilter.cutoff_hz"),
        ("BrickwallLimiter", {"true_peak": 1}, "true or false"),
        ("Chorus", {"rate_hz": 5000.0}, "Chorus of the score cannot be made"),
    ],
)
def test_properties_out_of_their_ranges_are_refused(kind: str, fixed: dict, words: str) -> None:
    with pytest.raises(ScoreError, match=words):
        check(score_of(kind, fixed, {}))


@pytest.mark.parametrize(
    ("kind", "name", "knob", "words"),
    [
        ("LadderFilter", "mode", {"law": "linear", "values": [0, 1]}, "cannot move"),
        ("BrickwallLimiter", "true_peak", {"law": "linear", "values": [0, 1]}, "cannot move"),
        ("Phaser", "feedback", {"law": "log", "values": [0.0, 1.0]}, "above 0"),
        ("Phaser", "feedback", {"law": "linear", "values": [0.0, 1.1]}, "Phaser.feedback"),
        ("Phaser", "feedback", {"law": "linear", "values": [0.0]}, "list of 2"),
        ("Chorus", "rate_hz", {"law": "linear", "values": [1.0, 500.0]}, "Chorus of the score cannot be made"),
    ],
)
def test_knobs_that_cannot_move_are_refused(kind: str, name: str, knob: dict, words: str) -> None:
    with pytest.raises(ScoreError, match=words):
        check(score_of(kind, {}, {name: knob}))


def test_what_stays_does_not_move_as_well() -> None:
    score = score_of("Delay", {"mix": 0.5}, {"mix": {"law": "linear", "values": [0.1, 0.2]}})
    with pytest.raises(ScoreError, match=r"Delay.mix cannot both"):
        check(score)


def test_no_plugin_is_made_before_the_whole_score_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    score = score_of("Delay", {"mix": 0.5}, {}) | {"effects": [*score_of("Delay", {"mix": 0.5}, {})["effects"], "no"]}
    properties("Delay")  # the class is known already
    made = []
    monkeypatch.setattr(pedalboard, "Delay", lambda **own: made.append(own))
    with pytest.raises(ScoreError, match="effect needs exactly"):
        check(score)
    assert made == []


@pytest.mark.parametrize("given", [property(lambda self: 0.5), property(lambda self: "file", lambda self, file: None)])
def test_a_class_with_a_property_that_cannot_be_set_or_is_no_number_is_refused(
    given: property, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pedalboard, "Own", type("Own", (pedalboard.Gain,), {"source": given}), raising=False)
    with pytest.raises(ScoreError, match="no effect of pedalboard"):
        check(score_of("Own", {}, {}))
