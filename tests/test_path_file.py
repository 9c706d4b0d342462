"""Promise: a path survives its file to the last digit, and a file that is none is refused in plain words."""

import csv
import json
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.audio.clips import load_clip
from core.effects import EFFECTS, Blend, Chain, Faded, Setting, random_setting
from core.effects.automation import Node, write_score
from core.paths.lock import KNOBS
from core.paths.path_file import MAX_BYTES, End, PathFile, PathFileError, fingerprint, from_json, to_json
from core.paths.route import EASINGS, Route
from core.paths.table import parameter_csv
from core.paths.voices import VOICES
from tests.chains import any_chain, any_setting

DELAY, OVERDRIVE = Setting("delay", (0.1, 1 / 3, 0.7)), Setting("overdrive", (0.25, 0.5, 2 / 3))
NODES = (
    Node(-0.3, Blend.of(DELAY)),
    Node(1 / 3, Blend(((DELAY, 0.3), (OVERDRIVE, 0.7)))),
    Node(np.float32(1.3), Blend.of(OVERDRIVE)),
)
CURVE = ((0.0, 0.1), (1 / 3, 1.0), (5.46, -0.3))


def path_file(**changes: Any) -> PathFile:
    dry = load_clip("bell")
    ends = (End("bell", 0, DELAY, fingerprint(dry)), End("täbla \u2019loop", 4321, None, "0" * 64))
    known: dict[str, Any] = {
        "checkpoint": "factor",
        "revision": "main",
        "ends": ends,
        "route": Route(part="effect", low=-0.3, high=1.3, easing="slow ends"),
        "curve": CURVE,
        "nodes": NODES,
        "score": write_score(dry, NODES, CURVE),
    }
    return PathFile(**known | changes)


def test_export_import_export_is_identical() -> None:
    first = to_json(path_file())
    read = from_json(first)
    assert read == path_file()
    assert to_json(read) == first
    assert to_json(from_json(first.encode())) == first


def test_a_path_of_chains_survives_and_is_written_as_version_3() -> None:
    chain = DELAY | OVERDRIVE
    nodes = (Node(0.0, Blend(((chain, 0.5), (Chain(), 0.25), (DELAY, 0.25)))), Node(1.0, Blend.of(chain)))
    known = path_file()
    ends = (replace(known.ends[0], setting=chain), known.ends[1])
    path = path_file(ends=ends, nodes=nodes, score=write_score(load_clip("bell"), nodes, CURVE))
    content = json.loads(to_json(path))
    assert content["format"] == "latentfx-path/3"
    assert [own["effect"] for own in content["ends"][0]["setting"]] == ["delay", "overdrive"]
    assert from_json(to_json(path)) == path
    for part in ({"ends": ends}, {"nodes": nodes}, {"score": path.score}):
        assert json.loads(to_json(path_file(**part)))["format"] == "latentfx-path/3"


def fading(*amounts: float | str | None, version: int = 4) -> str:
    """A path whose first node is a chain of delay and overdrive with these amounts."""
    settings = [asdict(DELAY), asdict(OVERDRIVE)]
    chain = [own | ({} if by is None else {"amount": by}) for own, by in zip(settings, amounts, strict=True)]
    content = json.loads(to_json(path_file()))
    content["format"], content["nodes"][0]["blend"] = f"latentfx-path/{version}", [{"chain": chain, "share": 1.0}]
    return json.dumps(content)


def test_a_path_of_chains_that_fade_survives_and_is_written_as_version_4() -> None:
    steps = [Faded(((DELAY, at), (OVERDRIVE, 1.0), (DELAY, 1 - at))) for at in (0.0, 1 / 3, 1.0)]
    nodes = tuple(Node(at / 2, Blend.of(own)) for at, own in enumerate(steps))
    path = path_file(nodes=nodes, score=write_score(load_clip("bell"), nodes, CURVE))
    text = to_json(path)
    assert from_json(text) == path
    assert to_json(from_json(text)) == text
    for part in ({"nodes": nodes}, {"score": path.score}):
        assert json.loads(to_json(path_file(**part)))["format"] == "latentfx-path/4"
    assert from_json(fading(0.25, 1.0)).nodes[0].blend.main == Faded(((DELAY, 0.25), (OVERDRIVE, 1.0)))


def test_a_path_by_a_difference_has_three_ends_and_is_written_as_version_4() -> None:
    known = path_file()
    path = path_file(ends=(*known.ends, known.ends[0]), route=Route("difference"))
    assert json.loads(to_json(path))["format"] == "latentfx-path/4"
    assert from_json(to_json(path)) == path
    with pytest.raises(PathFileError, match="ends of a difference path are 3, not 2"):
        path_file(route=Route("difference"))


def test_a_path_of_settings_is_the_file_that_it_was_before_there_were_chains() -> None:
    """A chain of one is its setting."""
    bare = path_file(curve=(), nodes=(Node(1.0, Blend.of(Chain((DELAY,)))),), score=None)
    end = replace(bare.ends[0], setting=Chain((DELAY,)))
    assert to_json(replace(bare, ends=(end, bare.ends[1]))) == to_json(bare)
    assert json.loads(to_json(bare)) == {
        "checkpoint": {"name": "factor", "revision": "main"},
        "curve": [],
        "ends": [
            {
                "clip": "bell",
                "setting": {"effect": "delay", "values": [0.1, 1 / 3, 0.7]},
                "sha256": bare.ends[0].sha256,
                "start": 0,
            },
            {"clip": "täbla \u2019loop", "setting": None, "sha256": "0" * 64, "start": 4321},
        ],
        "format": "latentfx-path/2",
        "nodes": [{"blend": [{"effect": "delay", "share": 1.0, "values": [0.1, 1 / 3, 0.7]}], "position": 1.0}],
        "route": {
            "kind": "linear",
            "part": "effect",
            "steps": 11,
            "low": -0.3,
            "high": 1.3,
            "easing": "slow ends",
            "via": [],
        },
        "score": None,
        "voice": "re-rendered",
    }


def test_a_square_and_a_bare_path_survive() -> None:
    ends = tuple(End(name, index, random_setting(seed=index), "a" * 64) for index, name in enumerate("abcd"))
    for bare in (
        path_file(ends=ends, route=Route(kind="corners", steps=4), curve=(), nodes=(), score=None),
        path_file(curve=(), nodes=(), score=None, voice="crossfade"),
    ):
        assert from_json(to_json(bare)) == bare


sha256 = st.text("0123456789abcdef", min_size=64, max_size=64)
end = st.builds(End, st.text(), st.integers(0, 10**7), st.none() | any_setting | any_chain, sha256)
route = st.builds(
    Route,
    kind=st.sampled_from(["linear", "spherical", "spline", "manifold"]),
    part=st.sampled_from([None, "effect", "content"]),
    steps=st.integers(2, 41),
    low=st.floats(-0.3, 0.4),
    high=st.floats(0.5, 1.3),
    easing=st.sampled_from(EASINGS),
    via=st.lists(st.integers(0, 16_000), max_size=12),
    locked=st.lists(st.sampled_from(KNOBS), max_size=3, unique=True),
)
positions = st.floats(-0.3, 1.3)
curve = st.lists(st.floats(0, 600), max_size=20, unique=True).flatmap(
    lambda times: st.tuples(*(st.tuples(st.just(time), positions) for time in sorted(times)))
)
nodes = st.lists(st.tuples(positions, any_setting | any_chain), max_size=8, unique_by=lambda node: node[0]).map(
    lambda found: tuple(Node(at, Blend.of(own)) for at, own in sorted(found, key=lambda node: node[0]))
)
path_files = st.builds(
    PathFile,
    checkpoint=st.just("factor"),
    revision=st.just("3f2a"),
    ends=st.tuples(end, end),
    route=route,
    voice=st.sampled_from(VOICES),
    curve=curve,
    nodes=nodes,
)


@settings(max_examples=100, deadline=None, database=None)
@given(path_files)
def test_any_path_survives_its_file(path: PathFile) -> None:
    text = to_json(path)
    assert from_json(text) == path
    assert to_json(from_json(text)) == text


def changed(change: Callable[[dict], Any]) -> str:
    """The file after a change of its content."""
    content = json.loads(to_json(path_file()))
    change(content)
    return json.dumps(content)


def put(value: Any, *keys: str | int) -> str:
    """The file with one value at keys replaced."""

    def change(content: Any) -> None:
        for key in keys[:-1]:
            content = content[key]
        content[keys[-1]] = value

    return changed(change)


GOOD = to_json(path_file())
EFFECT, PLUGIN = ("score", "effects", 0), ("score", "effects", 0, "plugins", 0)
HOSTILE = {
    "empty": ("", "not JSON"),
    "not JSON": ("<html>", "not JSON"),
    "half": (GOOD[: len(GOOD) // 2], "not JSON"),
    "not UTF-8": (b"\xff\xfe{}", "UTF-8"),
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
    "clip a lone surrogate": (put("\ud800", "ends", 0, "clip"), "ends[0].clip"),
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


def test_the_longest_curve_fits_the_file() -> None:
    times, positions = np.sort(np.random.default_rng(0).random((4000, 2)), axis=0).T
    long = tuple(zip(times * 600, positions, strict=True))
    steps = np.linspace(-0.3, 1.3, 41)
    nodes = tuple(
        Node(at, Blend(tuple((random_setting(effect.name, seed=step), 1 / 8) for effect in EFFECTS)))
        for step, at in enumerate(steps)
    )
    path = path_file(curve=long, nodes=nodes, score=write_score(load_clip("bell"), nodes, long))
    assert from_json(to_json(path)) == path


def test_other_audio_has_another_fingerprint() -> None:
    dry = load_clip("bell")
    assert fingerprint(dry) == fingerprint(dry.astype(np.float64))
    assert fingerprint(dry) != fingerprint(np.nextafter(dry, np.float32(1)))


def test_parameters_of_chains_as_a_table() -> None:
    nodes = (Node(0.0, Blend(((DELAY, 0.75), (DELAY | OVERDRIVE, 0.25)))), Node(1.0, Blend.of(OVERDRIVE | DELAY)))
    rows = list(csv.DictReader(parameter_csv(nodes).splitlines()))
    assert [row["delay → overdrive share"] for row in rows] == ["0.25", "0"]
    assert [row["overdrive → delay share"] for row in rows] == ["0", "1"]
    assert rows[0]["delay time (s)"] == rows[0]["delay → overdrive: delay time (s)"] != ""
    assert rows[0]["overdrive → delay: delay time (s)"] == "" == rows[1]["delay time (s)"]
    assert all(None not in row for row in rows)


def test_parameters_as_a_table() -> None:
    rows = list(csv.DictReader(parameter_csv(NODES).splitlines()))
    assert [float(row["position"]) for row in rows] == pytest.approx([node.position for node in NODES])
    assert [float(row["delay share"]) for row in rows] == [1.0, 0.3, 0.0]
    assert float(rows[1]["delay time (s)"]) == pytest.approx(DELAY.physical["time"], rel=1e-6)
    assert rows[2]["delay time (s)"] == "" == rows[0]["overdrive tone (Hz)"]
    assert float(rows[2]["overdrive level (dB)"]) == pytest.approx(OVERDRIVE.physical["level"], abs=1e-6)
    assert all(None not in row for row in rows)
