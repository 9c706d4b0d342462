"""Promise: a static twin holds what the dashboard plays, takes nothing's place, and is never finished before it is."""

import io
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
import soundfile

from core.audio.coarse import FARTHEST
from core.audio.distance import mrstft
from core.audio.io import encode
from core.audio.measure import FLOOR_DB, loudness_lufs
from core.audio.own import Own
from core.checkpoints.cache import fingerprint
from core.effects import Chain, Setting, render
from core.explorer import Explorer
from core.folder.items import FolderError
from core.own_map.file import to_bytes
from core.own_map.own_map import Made, OwnMap, as_mapped
from core.paths.path_file import PathFileError, to_json
from core.paths.route import Route
from pages.models.twin import zipped
from pages.shared.catalogue import Checkpoint
from pages.static import build, command, index, paths, points, tables
from pages.static.text import letters
from tests import twins
from tests.app import visit
from tests.hub_stand_in import StandIn, serving

HOSTILE = (
    "<script>alert(1)</script> <img src=x onerror=alert(1)> [go](javascript:alert(1)) ![](http://spy.example/p.png)"
)


def samples(file: bytes) -> np.ndarray:
    return soundfile.read(io.BytesIO(file), dtype="int16")[0].astype(np.float64)


def test_a_point_sounds_as_in_the_dashboard(twin: Path, factor: Explorer) -> None:
    known = points.chosen(factor, twins.POINTS)
    _, header, parts = twins.content(twin / "data" / "points-1.js")
    assert [point for point, _ in header["sent"]] == list(range(points.TOGETHER, 2 * points.TOGETHER))
    for (point, levels), flac in list(zip(header["sent"], parts, strict=True))[::4]:
        heard, shown = samples(flac) / levels, samples(encode(known[point].sound())) / 32767
        assert mrstft(heard, shown, FLOOR_DB) <= FARTHEST + 2e-3
        assert abs(loudness_lufs(heard) - loudness_lufs(shown)) <= 0.1


def test_every_effect_is_on_the_map_and_neighbours_share_a_file(twin: Path, factor: Explorer) -> None:
    known = points.chosen(factor, twins.POINTS)
    assert {point.own.effects[0] for point in known} >= set(factor.config.effects)
    _, header, (places, effect) = twins.content(twin / "data" / "map.js")
    assert header["cloud"]["texts"] == [point.text for point in known]
    assert [header["cloud"]["effects"][number]["label"] for number in effect] != sorted(effect)
    at = np.frombuffer(places, "<u2").reshape(-1, 2) / 65535
    assert at.min() >= 0 and at.max() <= 1 and np.ptp(at, axis=0).max() == 1  # noqa: PT018
    steps = np.linalg.norm(np.diff(at, axis=0), axis=1).mean()
    assert steps < np.linalg.norm(np.diff(np.random.default_rng(0).permutation(at), axis=0), axis=1).mean()


def test_paths_are_lossless(twin: Path, factor: Explorer) -> None:
    file = twins.path(factor)
    own = file.ends[1].setting
    _, header, parts = twins.content(twin / "data" / "path-1-parameter-line-0.js")
    assert header["sent"][:2] == ["parameter line/0", "parameter line/2"]
    assert header["coded"] == [0, [32767] * 3]
    dry = factor.interpolate([paths._pair(end, "A") for end in file.ends], file.route).drys[0]
    assert own
    exact = np.round(np.clip(render(dry, own), -1, 1) * 32767)  # type: ignore[arg-type]
    assert np.abs(samples(parts[1]) - exact).max() <= 1


def test_all_that_the_page_asks_for_is_there(twin: Path) -> None:
    page = (twin / "index.html").read_text()
    asked = {name for names in re.findall(r'data-files="([^"]+)"', page) for name in names.split()}
    asked |= {f"points-{number}" for number in range(-(-twins.POINTS // points.TOGETHER))}
    assert {f"{name}.js" for name in asked} == {file.name for file in (twin / "data").iterdir()}
    assert not re.findall(r"""(?:src|href)=["']?(?:https?:)?//""", page)
    assert "<!-- " not in page
    assert (twin / "README.md").read_text().startswith("---\ntitle: LatentFX  factor\n")


@pytest.mark.parametrize("size", [0, 1, 2, 14, 15, 16, 30, 1000])
def test_bytes_as_letters(size: int) -> None:
    data = np.random.default_rng(size).bytes(size)
    assert twins._bytes(size, letters(data)) == data
    assert len(letters(data)) == -(-8 * size // 15)


def test_what_is_there_is_left_alone(tmp_path: Path, factor: Explorer) -> None:
    taken = tmp_path / "taken"
    taken.mkdir()
    for out, count, said in (
        (taken, 40, "taken is there already"),
        (tmp_path / "none" / "twin", 40, "There is no folder"),
        (tmp_path / ("t" * 300), 40, "cannot be used .File name too long"),
        (tmp_path / "twin", 0, "1 to 10,000 points"),
        (tmp_path / "twin", 10_001, "1 to 10,000 points"),
    ):
        with pytest.raises(FolderError, match=said):
            build.build(out, factor, "factor", count)
    assert [file.name for file in tmp_path.iterdir()] == ["taken"]


def test_a_twin_that_was_stopped_leaves_nothing(tmp_path: Path, factor: Explorer) -> None:
    steps = build.build(tmp_path / "twin", factor, "factor", 8, [twins.path(factor)])
    first, second = next(steps), next(steps)
    assert (first.done, second.done) == (0, 1)
    (begun,) = tmp_path.iterdir()
    assert begun.name.startswith(".twin-")
    assert not (begun / "index.html").exists()
    steps.close()
    assert not list(tmp_path.iterdir())


def test_a_folder_that_came_meanwhile_stays(tmp_path: Path) -> None:
    out = tmp_path / "twin"
    with pytest.raises(FolderError, match="has come meanwhile"), build._begun(out):
        out.mkdir()
    assert [file.name for file in tmp_path.iterdir()] == ["twin"]


def test_paths_that_cannot_be_played_are_refused(factor: Explorer) -> None:
    good = twins.path(factor)
    for ends, said in (
        ([replace(end, clip="mine.wav") for end in good.ends], "no shipped recording"),
        ([replace(end, setting=None) for end in good.ends], "no shipped recording"),
        ([replace(end, start=24_000) for end in good.ends], "made from another speech_en_f_allison"),
    ):
        with pytest.raises(PathFileError, match=said):
            paths.made(factor, replace(good, ends=tuple(ends)), "path-1")


def test_paths_between_chains_and_by_a_difference_play(factor: Explorer) -> None:
    good = twins.path(factor)
    a, b = good.ends
    chained = replace(a, setting=Chain((Setting("delay", (0.4, 0.3, 0.5)), Setting("lowpass", (0.5, 0.2)))))
    made = paths.made(factor, replace(good, ends=(chained, b), nodes=(), score=None), "path-1")
    assert "Low-pass" in made.title
    third = replace(a, setting=Setting("reverb", (0.5, 0.5, 0.5)))
    route = replace(good.route, kind="difference", part=None)
    made = paths.made(factor, replace(good, ends=(a, b, third), route=route, nodes=(), score=None), "path-2")
    assert "Reverb" in made.title
    ready = replace(third, setting=None)
    with pytest.raises(PathFileError, match="is a ready pair"):
        paths.made(factor, replace(good, ends=(a, b, ready), route=route, nodes=(), score=None), "path-3")


def test_no_words_of_strangers_become_html() -> None:
    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list) -> None:
            assert tag not in ("script", "img"), attrs
            assert not [value for name, value in attrs if name.startswith("on") or "javascript" in str(value)]

    for name in ("org/strange", "mine"):
        model = Checkpoint(name, config={"scores": {"clusters": {"knn_accuracy": 0.5}}}, card=f"# A card\n\n{HOSTILE}")
        Reader().feed(tables.card(model) + tables.scores(model) + tables.credits())
        assert "alert(1)" in tables.card(model)
    page = index.page(HOSTILE, [])
    assert page.count("<script") == 1
    assert "<h1>&lt;script&gt;" in page
    assert "\n" not in build._plain("factor\n---\nsdk: docker")
    assert ":" not in build._plain("x: y")


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, factor: Explorer, capsys) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / "path.json"
    file.write_text(to_json(replace(twins.path(factor), route=Route(steps=2))))
    made: list[tuple] = []

    def steps(*given: object):  # type: ignore[no-untyped-def]
        made.append(given)
        (tmp_path / "twin").mkdir()
        yield build.Step(1, 1, "Done", 0.0449, 0.05)

    monkeypatch.setattr(build, "build", steps)
    monkeypatch.setattr("core.explorer.Explorer.load", lambda name: factor)
    monkeypatch.setattr(
        sys, "argv", ["latentfx", "static", str(tmp_path / "twin"), "--points", "8", "--paths", str(file)]
    )
    with pytest.raises(SystemExit) as ended:
        command.main()
    assert ended.value.code == 0
    assert "0.045 (MR-STFT)" in capsys.readouterr().out
    assert made[0][3] == 8
    assert made[0][4][0].route.steps == 2
    with pytest.raises(SystemExit, match="is there already"):
        command.main()
    (tmp_path / "twin").rmdir()
    file.write_text("{")
    with pytest.raises(SystemExit, match=rf"^{file}: The path file is not JSON"):
        command.main()


def test_the_folder_becomes_a_static_space(twin: Path) -> None:
    with serving(StandIn()) as hub:
        environment = os.environ | {"HF_ENDPOINT": hub.url, "HF_TOKEN": "hf_none", "HF_HUB_DISABLE_XET": "1"}
        told = [
            sys.executable,
            "-m",
            "huggingface_hub.cli.hf",
            "upload",
            "org/twin",
            str(twin),
            ".",
            "--repo-type",
            "space",
        ]
        done = subprocess.run(told, env=environment, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
        sent = hub.repositories["org/twin"]["main"]
    assert "POST /api/spaces/org/twin/commit/main" in " ".join(hub.asked)
    assert b"\nsdk: static\n" in sent["README.md"]
    for file in (twin / "data").iterdir():
        assert sent[f"data/{file.name}"] == file.read_bytes()
    assert sent["index.html"] == (twin / "index.html").read_bytes()


def test_the_page_models_makes_one_and_offers_it(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Path] = []

    def steps(out: Path, explorer: Explorer, name: str, count: int) -> Iterator[build.Step]:
        made.append(out)
        out.mkdir()
        (out / "index.html").write_text("A page")
        for done in range(1, 11 + count // 20 + 1):
            yield build.Step(done, 11 + count // 20, "Rendering")

    monkeypatch.setattr(build, "build", steps)
    app = visit("models")
    assert not [one for one in app.get("download_button") if one.label == "Page (ZIP)"]
    next(one for one in app.button if one.label == "Make the page").click().run()
    assert not app.exception
    assert [one for one in app.get("download_button") if one.label == "Page (ZIP)"]
    with zipfile.ZipFile(io.BytesIO(zipped(made[0]))) as archive:
        assert archive.namelist() == ["latentfx-static/index.html"]


def own_map(explorer: Explorer, dry: np.ndarray) -> OwnMap:
    """A map of 12 settings and a chain of two on a recording with a stranger's name."""
    own = as_mapped(Own.of(dry), HOSTILE)
    names = ("delay", "overdrive", "lowpass")
    chains = [Chain((Setting.all_at(name, at),)) for name in names for at in (0.2, 0.4, 0.6, 0.8)]
    chains.append(Chain((Setting.all_at("overdrive", 0.5), Setting.all_at("delay", 0.5))))
    size = explorer.map_part.stop - explorer.map_part.start
    rows = np.random.default_rng(0).standard_normal((len(chains), size + 2))
    made = Made.of(explorer.knobs, chains, rows)
    return OwnMap(HOSTILE, own, explorer.name, fingerprint(explorer.folder), explorer.knobs, made)


def test_a_map_of_one_s_own_takes_the_atlas_s_place(tmp_path: Path, factor: Explorer, dry: np.ndarray) -> None:
    file = tmp_path / "map.npz"
    file.write_bytes(to_bytes(own_map(factor, dry)))
    found = command._own_map(file, factor)
    known = points.brought(factor, found, 40)
    assert len(known) == 13
    assert {point.own.effects for point in known} == {("delay",), ("overdrive",), ("lowpass",), ("overdrive", "delay")}
    one = known[3]
    assert np.array_equal(one.sound(), render(found.own.heard, one.own)[:60_000])
    _, header, _ = _content(points.first(known), tmp_path)
    labels = [mark["label"] for mark in header["cloud"]["effects"]]
    assert labels == ["Delay", "Overdrive", "Low-pass ladder", "Two effects"]
    assert "<script" not in index.map_section(13, found.name).html
    file.write_bytes(b"no map")
    with pytest.raises(FolderError, match="map file cannot be used"):
        command._own_map(file, factor)


def _content(script: bytes, folder: Path) -> tuple:
    (folder / "a.js").write_bytes(script)
    return twins.content(folder / "a.js")
