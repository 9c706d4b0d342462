"""Promise: Interpolate shows, plays, measures and keeps a path, and loses nothing that a visitor made on it."""

import csv
import io
import json
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import streamlit as st
from PIL import Image
from streamlit.testing.v1 import AppTest

from core.audio import SEGMENT
from core.audio.clips import load_clip
from core.audio.io import encode, read
from core.effects import Setting, render
from core.explorer import Explorer
from core.paths.path_file import to_json
from core.paths.route import Route
from pages.interpolate import compare, downloads, listening_test, over_time, path_sounds
from pages.interpolate.downloads import strip_picture
from pages.interpolate.path_sounds import DRAWN, Walk
from pages.shared import memory, queue
from pages.shared.controls import CLIP_LABELS, Pair
from pages.shared.downloads import steps_zip
from pages.shared.results import checkpoints, paths
from tests.app import visit

pytestmark = pytest.mark.usefixtures("results_of_this_code")

HOSTILE = "x ![a](http://spy.example/p.png) [**Sign in**](http://spy.example) $\\frac{$ :red[r]"


def interpolate(query: dict[str, str] | None = None) -> AppTest:
    app = visit("interpolate", {"steps": "3"} | (query or {}))
    assert not app.exception
    return app


def test_steps_and_kind_change_the_path() -> None:
    app = visit("interpolate")
    app.slider(key="steps").set_value(5).run()
    app.button_group(key="kind").set_value("spherical").run()
    assert not app.exception
    assert not app.error
    assert app.number_input(key="step").max == 5


def test_a_part_of_the_vector_may_move_alone_where_there_are_parts() -> None:
    app = visit("interpolate")
    app.selectbox(key="b_clip").set_value("speech_it_m_carlo").run()
    drift = float(app.metric[0].value.split()[0])
    app.button_group(key="part").set_value("effect").run()
    assert not app.exception
    assert float(app.metric[0].value.split()[0]) == 0 < drift
    app.selectbox(key="checkpoint").set_value("joint-2ch").run()
    assert not app.exception
    assert not [group for group in app.button_group if group.key == "part"]


@pytest.mark.parametrize("kind", ["Linear", "Spherical", "Through waypoints", "Along the data", "Four corners"])
@pytest.mark.parametrize("view", ["Film strip", "Curves", "Map", "Compare", "Listening test"])
def test_every_view_of_every_kind_of_path(kind: str, view: str) -> None:
    query = {"kind": kind, "view": view, "side": "2", "voice": "Re-rendered"}
    app = interpolate(query | ({"via": "120, 9000"} if kind == "Through waypoints" else {}))
    assert not app.error
    assert app.header[-1].value == "Download"


def test_a_ready_pair_may_be_an_end() -> None:
    dry = load_clip("tabla_loop")
    late = np.concatenate([np.zeros(700, dtype=np.float32), render(dry, Setting("lowpass", (0.4, 0.3)))])
    app = interpolate({"a_clip": CLIP_LABELS["tabla_loop"], "a_effect": "None: upload the wet sound"})
    assert "Choose a sound" in app.info[0].value
    uploader = app.file_uploader(key="a_wet_upload_file")
    uploader.set_value([("wet.wav", encode(late), "audio/wav")]).run()
    assert not app.exception
    said = [caption.value for caption in app.caption]
    assert any("29.2 ms late" in text for text in said)
    assert any("Nearest setting: Low-pass" in text for text in said)
    app.file_uploader(key="a_wet_upload_file").set_value([("wet.wav", encode(late[:1000]), "audio/wav")]).run()
    assert "shorter than 0.1 s" in app.error[0].value


def test_a_waypoint_that_is_none_is_a_sentence() -> None:
    for via, words in (("twelve", "twelve"), ("16000", "points 0 to 15,999")):
        app = interpolate({"kind": "Through waypoints", "via": via})
        assert words in app.error[0].value


def test_voices_of_real_effects_need_a_controller() -> None:
    app = interpolate({"voice": "Re-rendered", "checkpoint": "joint-2ch"})
    assert "has no controller" in app.error[0].value
    assert not interpolate({"voice": "Parameter line", "checkpoint": "joint-2ch"}).error


def press(app: AppTest, label: str) -> AppTest:
    return next(button for button in app.button if button.label == label).click().run()


def markdown(app: AppTest) -> str:
    """All that the page hands to Markdown."""
    kinds = (app.markdown, app.caption, app.info, app.warning, app.error)
    return "\n".join(element.value for kind in kinds for element in kind)


def assert_verbatim(text: str) -> None:
    """Nothing of HOSTILE would be a link, a picture, a colour or a formula."""
    assert "spy" in text
    assert not re.search(r"(?<!\\)\]\(", text)
    assert not re.search(r"(?<!\\)\$", text)
    assert ":red[" not in text


@pytest.fixture
def walks(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Walk, str]]:
    """Each path that the page makes, and the voice that is heard, in order."""
    made: list[tuple[Walk, str]] = []
    monkeypatch.setattr(downloads, "buttons", lambda found, voice: made.append((found, voice)))
    return made


def file_of(walks: list[tuple[Walk, str]]) -> dict[str, Any]:
    return json.loads(to_json(walks[-1][0].file(walks[-1][1])))


def alike(one: Any, other: Any) -> bool:
    """Whether two path files say the same: a product's last bits depend on where in memory its factors lie."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(alike(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(alike, one, other))
    return abs(one - other) < 1e-5 if isinstance(one, float) and isinstance(other, float) else one == other


def opened(app: AppTest, content: dict[str, Any]) -> AppTest:
    data = json.dumps(content).encode()
    app.file_uploader(key="path_file").set_value([("path.json", data, "application/json")]).run()
    assert not app.exception
    return app


def test_a_stranger_s_waypoints_and_path_file_stay_words(walks: list) -> None:
    app = interpolate({"kind": "Through waypoints", "via": HOSTILE})
    assert_verbatim(app.error[0].value)
    content = file_of(walks) if walks else None
    app = interpolate()
    content = file_of(walks)
    content["checkpoint"]["name"] = content["ends"][0]["clip"] = HOSTILE
    opened(app, content)
    assert len([box for box in app.info if "spy" in box.value]) == 2
    assert_verbatim(markdown(app))
    content["voice"] = HOSTILE
    assert_verbatim(opened(app, content).error[0].value)


def test_a_path_comes_back_from_its_file(walks: list) -> None:
    app = interpolate({"kind": "Spherical", "a_effect": "Reverb", "voice": "Re-rendered"})
    app.select_slider(key="a_reverb_mix").set_value(0.25).run()
    app.toggle(key="loop").set_value(False).run()
    app.slider(key="reach").set_value((-0.1, 1.2)).run()
    before = file_of(walks)
    fresh = visit("interpolate")
    assert not alike(file_of(walks), before)
    opened(fresh, before)
    assert alike(file_of(walks), before)
    assert not fresh.warning
    fresh.file_uploader(key="path_file").set_value([("path.json", b"{}", "application/json")]).run()
    assert "no path of LatentFX" in fresh.error[0].value


def test_a_path_over_time_comes_back_with_its_curve_and_its_recording(walks: list, dry: np.ndarray) -> None:
    app = interpolate({"view": "Over time", "voice": "Parameter line"})
    curve = ((0.0, 0.25), (1.0, 1.0), (4.0, 0.5))
    made = over_time.Morph(walks[-1][0], "parameter line", load_clip("bell"), "Bell", curve)
    content = json.loads(to_json(made.walk.file("parameter line", curve, made.score())))
    assert app.selectbox(key="t_clip").value != "bell"
    opened(app, content)
    assert app.selectbox(key="t_clip").value == "bell"
    assert app.session_state[DRAWN] == ((0.0, 0.25), (0.25, 1.0), (1.0, 0.5))


def test_an_end_that_is_another_sound_than_the_file_s_is_said(walks: list, dry: np.ndarray) -> None:
    app = interpolate()
    content = file_of(walks)
    loud = np.sin(np.arange(5 * 24_000) / 9).astype(np.float32) * 0.2
    content["ends"][1] |= {"clip": "mine.wav", "start": 2 * 24_000, "sha256": "0" * 64}
    opened(app, content)
    assert not app.warning
    assert app.selectbox(key="b_clip").value == "upload"
    app.file_uploader(key="b_upload_file").set_value([("mine.wav", encode(np.tile(loud, 2)), "audio/wav")]).run()
    assert not app.exception
    assert app.slider(key="b_start_s").value == 2
    assert "B is not the sound" in app.warning[0].value
    app.selectbox(key="b_clip").select("bell").run()
    assert not app.warning


def test_a_drawn_curve_outlives_its_view_and_fits_another_clip(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[tuple[float, Any]] = []
    hand: list[list[list[float]]] = []

    def curve(key: str, peaks: Any, seconds: float, points: Any, on_change: Callable[[], None]) -> None:
        shown.append((seconds, points))
        if hand:
            st.session_state[key] = {"points": hand.pop()}
            on_change()

    monkeypatch.setattr(over_time, "curve", curve)
    app = interpolate({"view": "Over time"})
    seconds = shown[-1][0]
    hand.append([[0.0, 0.5], [seconds / 4, 1.0], [seconds, 0.0]])
    app.run()
    app.button_group(key="view").set_value("strip").run()
    app.switch_page("pages/clusters/page.py").run()
    app.switch_page("pages/interpolate/page.py").run()
    app.button_group(key="view").set_value("time").run()
    app.selectbox(key="t_clip").select("bell").run()
    assert not app.exception
    other, points = shown[-1]
    assert other != seconds
    assert np.array(points) == pytest.approx(np.array([[0.0, 0.5], [other / 4, 1.0], [other, 0.0]]))


def test_another_recording_of_the_same_length_is_another_morph(dry: np.ndarray, factor: Explorer) -> None:
    found = walk(factor, dry, Route(steps=3))
    keys = {over_time.Morph(found, "decoded", sound, "a.wav", ((0.0, 0.0), (1.0, 1.0))).key for sound in (dry, -dry)}
    assert len(keys) == 2


def test_compare_says_what_its_numbers_are_of_and_forgets_those_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compare, "offered", lambda walk: [("linear", "crossfade"), ("spline", "decoded")])
    app = interpolate({"view": "Compare"})
    press(app, "Measure all")
    assert not app.exception
    assert len(app.dataframe[0].value) == 2
    assert any("Delay" in said.value and "3 steps" in said.value for said in app.caption)
    changes: list[Callable[[], Any]] = [
        lambda: app.toggle(key="loop").set_value(False),
        lambda: app.toggle(key="loop").set_value(True),
        lambda: app.session_state.__setitem__("via", "120"),
        lambda: app.session_state.__setitem__("via", ""),
        lambda: app.selectbox(key="checkpoint").select("joint-2ch"),
    ]
    tables = []
    for change in changes:
        change()
        app.run()
        tables.append(len(app.dataframe))
    assert tables == [0, 1, 0, 1, 0], "numbers of one path stand beside another"


def test_compare_measures_what_the_checkpoint_has_and_plays(monkeypatch: pytest.MonkeyPatch) -> None:
    app = interpolate({"view": "Compare", "checkpoint": "joint-2ch"})
    press(app, "Measure all")
    assert not app.exception
    assert not app.error
    table = app.dataframe[0].value
    assert set(table["Voice"]) == {"Decoded", "Parameter line", "Crossfade"}
    assert any("Re-rendered is left out" in said.value for said in app.caption)
    straight, along = (table.loc[table["Path"] == kind, "Distance"].iloc[0] for kind in ("Linear", "Along the data"))
    assert along < straight


def test_rows_that_are_measured_survive_what_stops_the_measuring(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = iter(range(2))

    def row(walk: Walk, voice: str) -> dict:
        next(rows)  # the third row never comes
        return {"kind": walk.path.route.kind, "voice": voice} | dict.fromkeys(compare.COLUMNS)

    monkeypatch.setattr(compare, "row", row)
    app = interpolate({"view": "Compare"})
    press(app, "Measure all")
    assert app.exception
    press(app, "Stop")
    assert not app.exception
    assert len(app.dataframe[0].value) == 2
    assert any(button.label == "Measure the others" for button in app.button)


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


def test_trials_are_drawn_anew_and_even() -> None:
    first, other = ([listening_test.draw("path", "decoded", 11) for _ in range(600)] for _ in range(2))
    assert first != other
    for trial in first:
        low, middle, high = sorted(trial.steps)
        assert middle - low == high - middle > 0
        assert low >= 0
        assert high <= 10
    places = Counter(trial.right for trial in first)
    assert min(places[place] for place in (1, 2, 3)) > 150
    assert len({tuple(sorted(trial.steps)) for trial in first}) > 15
    assert {tuple(sorted(listening_test.draw("path", "decoded", 3).steps)) for _ in range(20)} == {(0, 1, 2)}


def test_a_listening_test_tells_nothing_before_its_end() -> None:
    app = interpolate({"view": "Listening test"})
    assert any(group.key == "step" for group in app.number_input)
    app.text_input(key="blind_participant").set_value("p 07=").run()
    app.selectbox(key="blind_length").select(6).run()
    press(app, "Begin")
    assert not app.number_input, "the player is shown, and gives the answer away"
    for number in range(6):
        assert not app.dataframe
        assert not app.exception
        app.radio[0].set_value(2).run()
        press(app, "Answer")
        assert not re.search("right|wrong|correct", markdown(app), re.IGNORECASE) or number == 5
    assert any(group.key == "step" for group in app.number_input)
    table, answers = (frame.value for frame in app.dataframe)
    assert table["Answers"].item() == 6
    assert list(answers["trial"]) == [1, 2, 3, 4, 5, 6]
    assert set(answers["participant"]) == {"p07"}


def test_answers_are_weighed_exactly_and_kept_as_csv() -> None:
    rows = [
        {"participant": "p1", "trial": trial, "path": "linear", "voice": "decoded", "order": "1 6 11", "answer": 2,
         "right": 2, "correct": True}
        for trial in range(1, 6)
    ]  # fmt: skip
    row = listening_test.summary(rows)[0]
    assert row["95 % interval (%)"] == f"{100 * 0.025 ** (1 / 5):.0f} … 100"  # Clopper & Pearson, all of 5 right
    assert row["p of guessing"] == pytest.approx(3**-5, abs=5e-4)
    read_back = list(csv.DictReader(listening_test.as_csv(rows).decode().splitlines()))
    assert [line["trial"] for line in read_back] == list("12345")


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
    pair = Pair("speech_en_f_allison", setting, "a <label>", dry, render(dry, setting))
    other = replace(pair, setting=Setting("reverb", (0.5, 0.5, 0.5)))
    return Walk("factor", explorer.interpolate([(end.dry, end.wet) for end in (pair, other)], route), (pair, other))


def test_exports_are_what_they_say(factor: Explorer, dry: np.ndarray) -> None:
    found, axes = walk(factor, dry, Route(steps=3)), checkpoints.axes("factor")
    picture = Image.open(io.BytesIO(strip_picture(found.path, title="title", **axes)))
    assert picture.width > 1000
    assert b"<svg" in strip_picture(found.path, title="title", kind="svg", **axes)
    with zipfile.ZipFile(io.BytesIO(steps_zip(found.sounds("decoded")))) as archive:
        assert archive.namelist() == ["step-01.wav", "step-02.wav", "step-03.wav"]
        assert len(read(archive.read("step-02.wav"))) == SEGMENT
    page = downloads.player_page(found, "decoded", "a <label>", axes)
    assert "<h1>a &lt;label&gt;</h1>" in page
    assert not re.findall(r"""(?:src|href)=["']?https?:""", page)
