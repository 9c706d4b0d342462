"""Promise: a file that is no path is refused in a sentence that names the field and the remedy, whatever is in it."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.paths.path_file import MAX_BYTES, PathFileError, from_json, to_json
from tests.test_path_file import CURVE, NODES, changed, fading, path_file, put

GOOD = to_json(path_file())
EFFECT, PLUGIN = ("score", "effects", 0), ("score", "effects", 0, "plugins", 0)
HOSTILE = {
    "empty": ("", "not JSON"),
    "not JSON": ("<html>", "not JSON"),
    "half": (GOOD[: len(GOOD) // 2], "not JSON"),
    "not UTF-8": (b"\xff{}", "UTF-8"),
    "too long": (" " * (MAX_BYTES + 1), "longer than 1 MB"),
    "too deep": ("[" * 200_000, "nested too deep"),
    "deep": ("[" * 300 + "]" * 300, "no path of LatentFX"),
    "a list": ("[]", "no path of LatentFX"),
    "null": ("null", "no path of LatentFX"),
    "long integer": ("1" * 6000, "not JSON"),
    "foreign": ('{"type": "FeatureCollection"}', "no path of LatentFX"),
    "foreign format": (put("latentfx-setting/1", "format"), "no path of LatentFX"),
    "format no text": (put(2, "format"), "no path of LatentFX"),
    "format no number": (put("latentfx-path/²", "format"), "no path of LatentFX"),
    "newer": (put("latentfx-path/6", "format"), "update LatentFX"),
    "chains in version 2": (put([{"effect": "delay", "values": [0, 0, 0]}] * 2, "ends", 0, "setting"), "comes once"),
    "a chain in version 2": (put([], "ends", 0, "setting"), "format is 2, which has no chains"),
    "chain too long": (put([{"effect": "delay", "values": [0, 0, 0]}] * 5, "ends", 0, "setting"), "4 settings at most"),
    "chain of what": (put([{"effect": "x", "values": []}], "ends", 0, "setting"), "ends[0].setting[0]"),
    "amount out of range": (fading(1.5, 0.0), "amount of delay lies between 0 and 1, not at 1.5"),
    "amounts for some": (fading(0.5, None), "nodes[0].blend[0] has an amount for some of its settings, not for each"),
    "amount no number": (fading("all", 1.0), "amount"),
    "amounts in version 3": (fading(0.5, 1.0, version=3), "format is 3, which has no chains that fade"),
    "amount of an end": (put(0.5, "ends", 0, "setting", "amount"), "unknown field amount"),
    "chain and setting": (put([], "nodes", 1, "blend", 0, "chain"), "nodes[1].blend[0] cannot be used: it has an eff"),
    "neither": (put({"share": 0.3}, "nodes", 1, "blend", 0), "nodes[1].blend[0] cannot be used: it has an effect and"),
    "chain unknown": (put({"share": 0.3, "chain": [{"effect": "x", "values": []}]}, "nodes", 1, "blend", 0), "'x'"),
    "older": (put("latentfx-path/1", "format"), "older than 2"),
    "missing": (changed(lambda content: content.pop("voice")), "lacks the field 'voice'"),
    "unknown": (put(1, "colour"), "unknown field colour"),
    "unknown within": (put(1, "ends", 1, "colour"), "ends[1] has an unknown field colour"),
    "unknown in a blend": (put(1, "nodes", 1, "blend", 0, "](x"), "nodes[1].blend[0] has an unknown field ??x"),
    "missing within": (changed(lambda content: content["route"].pop("low")), "route lacks the field 'low'"),
    "NaN in the score": (put(float("nan"), *EFFECT, "level", 0), "level of delay"),
    "twice": (GOOD.replace('"voice"', '"voice": "crossfade", "voice"'), "twice"),
    "NaN": (GOOD.replace("-0.3", "NaN", 1), "curve[2][1] must be a finite number"),
    "infinity": (GOOD.replace("-0.3", "-Infinity", 1), "curve[2][1] must be a finite number"),
    "overflow": (GOOD.replace("-0.3", "1e999", 1), "finite number"),
    "no number": (put("1", "route", "low"), "route.low"),
    "true for a number": (put(True, "route", "low"), "route.low"),
    "huge whole number": (put(10**400, "nodes", 0, "position"), "nodes[0].position"),
    "half a step": (put(2.5, "route", "steps"), "route.steps"),
    "too many steps": (put(1000, "route", "steps"), "2 to 41 steps"),
    "backwards": (put(1.31, "route", "low"), "route"),
    "unknown kind": (put("zigzag", "route", "kind"), "zigzag"),
    "unknown easing": (put("bouncy", "route", "easing"), "bouncy"),
    "part no text": (put(3, "route", "part"), "route.part"),
    "via no list": (put("1,2", "route", "via"), "route.via"),
    "via negative": (put([-1], "route", "via"), "route.via"),
    "unknown voice": (put("whistled", "voice"), "whistled"),
    "corners with two ends": (changed(lambda content: content["route"].update(kind="corners", steps=4)), "4, not 2"),
    "one end": (changed(lambda content: content["ends"].pop()), "2, not 1"),
    "ends an object": (put({}, "ends"), "ends must be a list"),
    "clip a list": (put([], "ends", 0, "clip"), "ends[0].clip"),
    "clip unprintable": (put("a\x00b", "ends", 0, "clip"), "ends[0].clip"),
    "clip endless": (put("a" * 1000, "ends", 0, "clip"), "ends[0].clip"),
    "start negative": (put(-1, "ends", 0, "start"), "ends[0].start"),
    "start far": (put(10**9, "ends", 0, "start"), "start of an end"),
    "sha256 short": (put("ab", "ends", 0, "sha256"), "64 hexadecimal"),
    "unknown effect": (put("flanger", "ends", 0, "setting", "effect"), "flanger"),
    "too few values": (put([0.5], "ends", 0, "setting", "values"), "delay has 3 parameters"),
    "value out of range": (put(1.5, "ends", 0, "setting", "values", 0), "1.5"),
    "value null": (put(None, "ends", 0, "setting", "values", 0), "ends[0].setting.values"),
    "node far out": (put(1.5, "nodes", 2, "position"), "nodes[2]"),
    "nodes not rising": (put(-0.3, "nodes", 1, "position"), "rising positions"),
    "shares": (put(0.9, "nodes", 1, "blend", 0, "share"), "nodes[1]"),
    "blend empty": (put([], "nodes", 1, "blend"), "nodes[1]"),
    "effect twice": (put("delay", "nodes", 1, "blend", 1, "effect"), "nodes[1]"),
    "curve not rising": (put(0.0, "curve", 1, 0), "curve's times must rise"),
    "curve before 0": (put(-0.1, "curve", 0, 0), "curve's times"),
    "curve a triple": (put([0.0, 0.0, 0.0], "curve", 0), "curve[0]"),
    "curve a number": (put([1], "curve"), "curve[0]"),
    "curve out of range": (put(2.0, "curve", 1, 1), "curve's positions"),
    "score no object": (put("import os", "score"), "score needs exactly"),
    "score drys": (put(["x"], "score", "drys"), "SHA-256"),
    "score positions": (put([0.0, 0.0, 1.0], "score", "positions"), "positions must rise"),
    "score level": (put(0.0, *EFFECT, "level", 0), "level of delay"),
    "score node": (put([0, 9], *EFFECT, "nodes"), "nodes of delay"),
    "score half a node": (put([0, 0.5], *EFFECT, "nodes"), "whole numbers"),
    "score way": (put("dead", *EFFECT, "way"), "way"),
    "score plugin": (put("VST3Plugin", *PLUGIN, "kind"), "VST3Plugin"),
    "score plugin a list": (put([], *PLUGIN, "kind"), "plugin"),
    "score property": (put(1.0, *PLUGIN, "fixed", "__class__"), "properties of Delay"),
    "score property range": (put([1e6, 1.0], *PLUGIN, "knobs", "delay_seconds", "values"), "Delay.delay_seconds"),
    "score law": (put("eval", *PLUGIN, "knobs", "delay_seconds", "law"), "law"),
    "score law a dict": (put({}, *PLUGIN, "knobs", "delay_seconds", "law"), "law"),
}


@pytest.mark.parametrize(("text", "words"), HOSTILE.values(), ids=HOSTILE)
def test_a_file_that_is_no_path_is_refused_in_a_sentence(text: str | bytes, words: str) -> None:
    with pytest.raises(PathFileError) as refused:
        from_json(text)
    said = str(refused.value)
    assert words in said
    assert said.startswith("The ")
    assert "Please" in said
    assert said.endswith(".")
    assert len(said) < 400


leaf = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20) | st.just([])


def places(content: Any, here: tuple = ()) -> list[tuple]:
    """Keys of every value in a file."""
    inner = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    return [place for key, value in inner for place in ((*here, key), *places(value, (*here, key)))]


@settings(max_examples=200, deadline=None, database=None)
@given(st.sampled_from(places(json.loads(GOOD))), leaf)
def test_any_value_anywhere_is_taken_or_refused_in_a_sentence(place: tuple, value: Any) -> None:
    path = said = None
    try:
        path = from_json(put(value, *place))
    except PathFileError as refused:
        said = str(refused)
    assert "Please" in said if path is None else from_json(to_json(path)) == path


@settings(max_examples=100, deadline=None, database=None)
@given(st.binary(max_size=200) | st.text(max_size=200))
def test_any_bytes_and_any_text_are_refused(text: bytes | str) -> None:
    with pytest.raises(PathFileError):
        from_json(text)


def test_a_path_does_not_take_what_it_could_not_give_back() -> None:
    for wrong in ({"voice": "whistled"}, {"checkpoint": ""}, {"nodes": NODES[::-1]}, {"curve": CURVE[::-1]}):
        with pytest.raises(PathFileError, match="Please"):
            path_file(**wrong)
    with pytest.raises(PathFileError, match="curve"):
        path_file(curve=[(float(time), 0.5) for time in range(4001)])
