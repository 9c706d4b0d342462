"""Promise: what is downloaded of a path, and what is heard of it, is what it says."""

import io
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core.audio import SEGMENT
from core.audio.io import read
from core.audio.own import Own
from core.effects import Setting, render
from core.explorer import Explorer
from core.paths.route import Route
from pages.interpolate import downloads, over_time, path_sounds
from pages.interpolate.downloads import strip_picture
from pages.interpolate.path_sounds import Walk
from pages.shared import memory, queue
from pages.shared.controls import Pair
from pages.shared.downloads import steps_zip
from pages.shared.results import checkpoints, paths
from tests.test_interpolate_page import interpolate

pytestmark = pytest.mark.usefixtures("results_of_this_code")


def test_another_recording_of_the_same_length_is_another_morph(dry: np.ndarray, factor: Explorer) -> None:
    found = walk(factor, dry, Route(steps=3))
    curve = ((0.0, 0.0), (1.0, 1.0))
    keys = {over_time.Morph(found, "decoded", Own.of(sound), "a.wav", curve).key for sound in (dry, -dry)}
    assert len(keys) == 2


def test_gains_are_asked_for_only_at_equal_loudness_and_outlive_the_sounds(
    monkeypatch: pytest.MonkeyPatch, factor: Explorer, dry: np.ndarray
) -> None:
    asked: list[str] = []
    gain = path_sounds.gain_to
    monkeypatch.setattr(path_sounds, "gain_to", lambda sound: asked.append("gain") or gain(sound))
    app = interpolate()
    assert not asked
    app.toggle(key="matched").set_value(True).run()
    assert asked
    found = walk(factor, dry, Route(steps=3))
    before = found.gain(1, "parameter line")
    monkeypatch.setattr(paths, "voice", lambda *all: pytest.fail("a sound was rendered for its gain"))
    assert found.gain(1, "parameter line") == before


def test_files_are_made_in_turn(factor: Explorer, dry: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting: list[str] = []

    @contextmanager
    def turn(*_: Any) -> Iterator[None]:
        waiting.append("turn")
        yield

    monkeypatch.setattr(queue, "turn", turn)
    assert downloads.in_turn(memory.Store(1000), lambda: b"file" * len(waiting)) == b"file"


def test_a_file_s_name_may_look_like_a_formula(factor: Explorer, dry: np.ndarray) -> None:
    found, axes = walk(factor, dry, Route(steps=3)), checkpoints.axes("factor")
    for kind in ("png", "svg"):
        assert strip_picture(found.path, title=r"take $\frac{ $5.wav", kind=kind, **axes)


def walk(explorer: Explorer, dry: np.ndarray, route: Route) -> Walk:
    setting = Setting("delay", (0.5, 0.25, 0.5))
    pair = Pair("speech_en_f_allison", setting, "a <label>", Own.of(dry), render(dry, setting))
    other = replace(pair, setting=Setting("reverb", (0.5, 0.5, 0.5)))
    return Walk("factor", explorer.interpolate([(end.dry, end.wet) for end in (pair, other)], route), (pair, other))


def test_exports_are_what_they_say(factor: Explorer, dry: np.ndarray) -> None:
    found, axes = walk(factor, dry, Route(steps=3)), checkpoints.axes("factor")
    picture = Image.open(io.BytesIO(strip_picture(found.path, title="title", **axes)))
    assert picture.width > 1000
    assert b"<svg" in strip_picture(found.path, title="title", kind="svg", **axes)
    with zipfile.ZipFile(io.BytesIO(steps_zip(found.sounds("decoded"), 24_000))) as archive:
        assert archive.namelist() == ["step-01.wav", "step-02.wav", "step-03.wav"]
        assert len(read(archive.read("step-02.wav"))) == SEGMENT
    page = downloads.player_page(found, "decoded", "a <label>", axes)
    assert "<h1>a &lt;label&gt;</h1>" in page
    assert not re.findall(r"""(?:src|href)=["']?https?:""", page)
