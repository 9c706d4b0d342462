"""Promise: what Match found goes to Interpolate, as an end or as a path from the dry sound, which opens there."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.audio import SAMPLE_RATE
from core.audio.clips import load_clip
from core.audio.io import encode
from core.effects import Setting, render
from pages.match import question
from pages.shared import choices, recordings
from pages.shared.results import sounds
from tests.app import visit
from tests.stand_in import guess_of, matched
from tests.test_interpolate_files import alike, file_of, opened, walks
from tests.test_match_page import said, two_recordings, wav

__all__ = ["walks"]  # a fixture

pytestmark = pytest.mark.usefixtures("results_of_this_code")
CHAIN = Setting("overdrive", (0.6, 0.5, 0.5)) | Setting("reverb", (0.603, 0.4, 0.5))
Made = dict[str, Callable[[], Any]]


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> Made:
    """What the page's download buttons make when they are pressed, by their labels; the match hears CHAIN."""
    found: Made = {}
    kept = st.download_button

    def button(label: str, data: Callable[[], Any], *rest: Any, **more: Any) -> bool:
        found[label] = data
        return kept(label, data, *rest, **more)

    monkeypatch.setattr(st, "download_button", button)
    heard = guess_of(CHAIN, off=0.0)
    monkeypatch.setattr(sounds, "match", lambda name, dry, wet, seed, rate: matched(dry, wet, heard))
    return found


def path_of(files: Made) -> dict[str, Any]:
    return json.loads(files["Path (JSON)"]())


def on_steps(content: dict[str, Any]) -> dict[str, Any]:
    """The ends of a path file with each knob on the nearest step of its slider."""
    ends = [end | {"setting": [own | {"values": list(choices.nearest_knobs(
        Setting(own["effect"], tuple(own["values"]))).values)} for own in end["setting"]]}
        for end in content["ends"]]  # fmt: skip
    return content | {"ends": ends, "nodes": []}


def test_a_path_to_the_chain_opens_on_interpolate_as_it_was(
    files: Made, walks: list, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(question, "riddle", lambda seed, length: ("bell", CHAIN))
    assert not visit("match", {"m_length": "2"}).exception
    content = path_of(files)
    assert [end["setting"] and [own["effect"] for own in end["setting"]] for end in content["ends"]] == [
        [], ["overdrive", "reverb"],
    ]  # fmt: skip
    assert [own["values"] for own in content["ends"][1]["setting"]] != [list(own.values) for own in CHAIN.settings]
    assert content["voice"] == "re-rendered"
    amounts = [[own.get("amount", 1.0) for own in node["blend"][0]["chain"]] for node in content["nodes"]]
    assert amounts[0] == [0.0, 0.0]
    assert np.diff(amounts, axis=0).min() > 0
    app = opened(visit("interpolate"), content)
    assert not app.warning
    assert not app.error
    assert alike(on_steps(file_of(walks)), on_steps(content))
    assert len(file_of(walks)["nodes"]) == len(content["nodes"])


def test_a_path_from_a_visitor_s_recording_begins_where_it_does(files: Made, walks: list) -> None:
    dry = load_clip("tabla_loop")
    app = two_recordings(wav(dry, "my *take*.wav"), wav(render(dry, CHAIN), "wet.wav"))
    app.number_input(key="m_dry_begin_s").set_value(2.6).run()
    app.number_input(key="m_wet_begin_s").set_value(2.6).run()
    assert not app.exception
    content = path_of(files)
    assert [(end["clip"], end["start"]) for end in content["ends"]] == [("my *take*.wav", 2 * SAMPLE_RATE)] * 2
    app.switch_page("pages/interpolate/page.py").run()
    opened(app, content)
    assert not app.warning, "it is the same sound"
    assert not app.error
    assert alike(on_steps(file_of(walks)), on_steps(content))


def test_the_answer_to_a_visitor_s_recordings_is_sent_to_interpolate(files: Made) -> None:
    dry = load_clip("tabla_loop")
    app = two_recordings(wav(dry, "dry.wav"), wav(render(dry, CHAIN), "wet.wav"))
    app.number_input(key="m_dry_begin_s").set_value(3.0).run()
    app.button(key="send_b").click().run()
    app.switch_page("pages/interpolate/page.py").run()
    assert not app.exception
    assert (app.selectbox(key="b_effect").value, app.selectbox(key="b_effect2").value) == CHAIN.effects
    assert app.slider(key="b_start_s").value == 3
    (key,) = [name for name, one in app.session_state["shelf"].items() if one.name == "dry.wav"]
    assert app.selectbox(key="b_clip").value == key


def test_a_stretch_that_is_silent_has_no_path(files: Made) -> None:
    dry = np.concatenate([np.zeros(7 * SAMPLE_RATE, np.float32), load_clip("tabla_loop")])
    app = two_recordings(wav(dry, "late.wav"), wav(render(dry, CHAIN), "wet.wav"))
    assert not app.exception
    assert "There is no path to it: late.wav is silent" in said(app)
    assert "Path (JSON)" not in files
    assert "Chain (JSON)" in files


def buttons(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def test_where_nothing_plays_there_is_no_path(files: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(question, "riddle", lambda seed, length: ("bell", CHAIN))
    app = visit("match", {"m_length": "2"})
    assert {"Send to A", "Send to B"} <= set(buttons(app))
    for effect in CHAIN.effects:
        files.clear()
        app.button(key=f"m_{effect}_Mute").click().run()
    assert not app.exception
    assert "Path (JSON)" not in files
    assert "Send to A" not in buttons(app)


def test_a_stretch_late_in_a_recording_is_the_same_sound_on_both_pages() -> None:
    """Interpolate lets it begin so late that half of what a model hears is left; Match later."""
    long = recordings.Recording("long.wav", encode(np.tile(load_clip("bell")[:48_000], 10)))
    for wanted_s, begins_s in ((3.7, 3), (14.9, 14), (15.2, 15), (19.0, 15)):
        assert recordings.segment_start_s(long, wanted_s) == begins_s
        heard = recordings.segment(long, wanted_s).heard
        assert np.array_equal(heard, recordings.segment(long, begins_s).heard)
    short = recordings.Recording("short.wav", encode(load_clip("bell")[:48_000]))
    assert recordings.segment_start_s(short, 1.5) == 0
