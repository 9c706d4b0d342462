"""Promise: a path comes back from its file as it was, and a stranger's file stays words."""

import json
import re
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.audio.clips import load_clip
from core.audio.io import encode
from core.audio.own import Own
from core.effects import effect_named
from core.paths.path_file import to_json
from pages.interpolate import downloads, over_time
from pages.interpolate.path_sounds import DRAWN, Walk
from tests.app import markdown, uploader, visit
from tests.test_interpolate_page import interpolate
from tests.test_recordings import long_take

pytestmark = pytest.mark.usefixtures("results_of_this_code")
HOSTILE = "x ![a](http://spy.example/p.png) [**Sign in**](http://spy.example) $\\frac{$ :red[r]"


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
    uploader(app, "path_file").set_value([("path.json", data, "application/json")]).run()
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
    uploader(fresh, "path_file").set_value([("path.json", b"{}", "application/json")]).run()
    assert "no path of LatentFX" in fresh.error[0].value


def test_a_path_s_file_names_a_recording_whole(walks: list) -> None:
    app = interpolate()
    app.selectbox(key="b_clip").select("upload").run()
    own = ("take 3 · dry.wav", encode(load_clip("bell")), "audio/wav")
    uploader(app, "b_upload_file").set_value([own]).run()
    assert [end["clip"] for end in file_of(walks)["ends"]] == ["speech_en_f_allison", "take 3 · dry.wav"]


def test_an_end_that_was_recorded_here_is_found_among_all_of_its_name(walks: list) -> None:
    """A recorder calls everything one name; a Mac writes a space into it that is not printed."""
    app, takes = interpolate(), {}
    for key, clip in (("a", "bell"), ("b", "guitar_fifths")):
        app.selectbox(key=f"{key}_clip").select("upload").run()
        take = ("audio 10.00\u202fAM.wav", encode(load_clip(clip)), "audio/wav")
        uploader(app, f"{key}_upload_file").set_value([take]).run()
        takes[key] = app.session_state[f"{key}_upload_kept"]
    content = file_of(walks)
    for key in takes:
        app.selectbox(key=f"{key}_clip").select("tabla_loop").run()
    opened(app, content)
    assert {key: app.selectbox(key=f"{key}_clip").value for key in takes} == takes
    assert not app.info
    assert alike(file_of(walks), content)


def test_a_path_between_chains_comes_back_from_its_file(walks: list) -> None:
    query = {"a_effect": "Phaser", "a_effect2": "Delay", "b_effect": "No effect", "voice": "Parameter line"}
    app = interpolate(query)
    app.select_slider(key="a_delay_mix").set_value(0.25).run()
    before = file_of(walks)
    assert [own["effect"] for own in before["ends"][0]["setting"]] == ["phaser", "delay"]
    assert before["ends"][1]["setting"] == []
    assert before["format"] == "latentfx-path/4"
    fresh = visit("interpolate")
    opened(fresh, before)
    assert alike(file_of(walks), before)
    assert not fresh.warning
    assert not fresh.error


def test_a_path_that_was_opened_is_in_the_address_with_effects_and_knobs_that_were_not_shown(
    walks: list, monkeypatch: pytest.MonkeyPatch
) -> None:
    effects = ("reverb", "chorus", "bitcrush", "phaser")
    app = visit("interpolate")
    content = file_of(walks) | {"format": "latentfx-path/4"}
    content["ends"][1]["setting"] = [
        {"effect": name, "values": [0.25] * len(effect_named(name).parameters)} for name in effects
    ]
    opened(app, content)
    here = walks[-1][0].settings
    assert here[1].effects == effects
    app.run()  # as the player asks for its sounds
    visit("interpolate", dict(app.query_params))
    assert walks[-1][0].settings == here


def test_a_path_by_a_difference_comes_back_from_its_file(walks: list) -> None:
    interpolate({"kind": "Difference of two", "c_effect": "Overdrive", "voice": "Parameter line"})
    before = file_of(walks)
    assert [end["setting"]["effect"] for end in before["ends"]] == ["delay", "overdrive", "overdrive"]
    fresh = visit("interpolate")
    opened(fresh, before)
    assert alike(file_of(walks), before)
    assert not fresh.error


def test_a_path_over_time_comes_back_with_its_curve_and_its_recording(walks: list, dry: np.ndarray) -> None:
    app = interpolate({"view": "Over time", "voice": "Parameter line"})
    curve = ((0.0, 0.25), (1.0, 1.0), (4.0, 0.5))
    made = over_time.Morph(walks[-1][0], "parameter line", Own.of(load_clip("bell")), "Bell", curve)
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
    uploader(app, "b_upload_file").set_value([("mine.wav", encode(np.tile(loud, 2)), "audio/wav")]).run()
    assert not app.exception
    assert app.slider(key="b_start_s").value == 2
    assert file_of(walks)["ends"][1]["start"] == 2 * 24_000, "a file is made where no choices are at hand"
    assert "B is not the sound" in app.warning[0].value
    app.selectbox(key="b_clip").select("bell").run()
    assert not app.warning


@pytest.mark.parametrize("steps", [2, 31, 41])
@pytest.mark.parametrize("view", ["Film strip", "Curves", "Compare", "Listening test", "Over time"])
def test_a_path_of_as_many_steps_as_a_file_may_have_opens(walks: list, steps: int, view: str) -> None:
    app = interpolate({"view": view, "voice": "Crossfade"})
    content = file_of(walks)
    content["route"]["steps"], content["nodes"] = steps, []
    opened(app, content)
    assert len(walks[-1][0]) == steps
    assert app.slider(key="steps").value == steps
    assert not app.error


def test_fewer_steps_than_the_one_that_was_heard(walks: list) -> None:
    app = interpolate({"view": "Beside another checkpoint", "steps": "11"})
    app.slider(key="step_heard").set_value(11).run()
    app.session_state["view"] = "strip"
    app.run()
    app.slider(key="steps").set_value(5).run()
    app.session_state["view"] = "beside"
    app.run()
    assert not app.exception
    assert app.slider(key="step_heard").value == 5


def test_a_path_of_a_checkpoint_that_is_offered_but_not_here_is_told(
    walks: list, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = interpolate()
    content = file_of(walks)
    content["checkpoint"]["name"] = "someone/offered"
    monkeypatch.setenv("LATENTFX_MODELS", "someone/offered")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    opened(app, content)
    assert any("offered" in one.value for one in app.error)


def test_a_path_s_file_says_where_its_recordings_begin(walks: list) -> None:
    app = interpolate()
    app.selectbox(key="a_clip").select("upload").run()
    uploader(app, "a_upload_file").set_value([("take.flac", long_take(), "audio/flac")]).run()
    app.slider(key="a_start_s").set_value(640).run()
    assert [end["start"] for end in file_of(walks)["ends"]] == [640 * 24_000, 0]
    uploader(app, "a_upload_file").set_value([("bell.wav", encode(load_clip("bell")[:72_000]), "audio/wav")]).run()
    assert [end["start"] for end in file_of(walks)["ends"]] == [0, 0]


@pytest.mark.parametrize("checkpoint", ["joint-2ch", "week5"])
def test_what_needs_no_controller_is_there_without_one(walks: list, checkpoint: str) -> None:
    interpolate({"checkpoint": checkpoint, "voice": "Parameter line"})
    walk, voice = walks[-1]
    rows = downloads.files(walk, voice)["Knobs (CSV)"][0]()
    assert len(rows.splitlines()) == len(walk) + 1
    assert len(file_of(walks)["nodes"]) == len(walk)
    before = len(walks)
    app = interpolate({"checkpoint": checkpoint, "view": "Curves"})
    assert app.error, "its knobs are known to nobody"
    assert len(walks) == before + 1, "and what can be downloaded is there nevertheless"
    assert "Knobs (CSV)" not in downloads.files(*walks[-1])
    interpolate({"checkpoint": checkpoint, "voice": "Re-rendered"})
    assert set(downloads.files(*walks[-1])) == {"Path (JSON)", "Film strip (PNG)", "Film strip (SVG)"}
