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
from core.paths.path_file import End, PathFile, PathFileError, fingerprint, from_json, to_json
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
