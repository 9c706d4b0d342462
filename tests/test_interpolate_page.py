"""Promise: Interpolate shows every view of every kind of path, and loses nothing that a visitor made on it."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.audio.clips import load_clip
from core.audio.io import encode
from core.effects import Setting, render
from pages.interpolate import over_time
from pages.shared.controls import CLIP_LABELS
from tests.app import uploader, visit

pytestmark = pytest.mark.usefixtures("results_of_this_code")


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
    uploader(app, "a_wet_upload_file").set_value([("wet.wav", encode(late), "audio/wav")]).run()
    assert not app.exception
    said = [caption.value for caption in app.caption]
    assert any("29.2 ms late" in text for text in said)
    assert any("Nearest setting: Low-pass" in text for text in said)
    uploader(app, "a_wet_upload_file").set_value([("wet.wav", encode(late[:1000]), "audio/wav")]).run()
    assert "shorter than 0.1 s" in app.error[0].value


def test_a_waypoint_that_is_none_is_a_sentence() -> None:
    for via, words in (("twelve", "twelve"), ("16000", "it has points 0 to")):
        app = interpolate({"kind": "Through waypoints", "via": via})
        assert words in app.error[0].value


def test_voices_of_real_effects_need_a_controller() -> None:
    app = interpolate({"voice": "Re-rendered", "checkpoint": "joint-2ch"})
    assert "has no controller" in app.error[0].value
    assert not interpolate({"voice": "Parameter line", "checkpoint": "joint-2ch"}).error


def test_a_drawn_curve_outlives_its_view_and_fits_another_clip(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[tuple[float, Any]] = []
    hand: list[list[list[float]]] = []

    def curve(key: str, peaks: Any, seconds: float, points: Any, on_change: Callable[[], None], letters: Any) -> None:
        shown.append((seconds, points))
        assert letters == ("A", "B")
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


def test_a_ready_pair_that_is_two_samples_late_is_not_called_on_time() -> None:
    dry = load_clip("tabla_loop")
    late = np.concatenate([np.zeros(2, dtype=np.float32), render(dry, Setting("lowpass", (0.4, 0.3)))])
    app = interpolate({"a_clip": CLIP_LABELS["tabla_loop"], "a_effect": "None: upload the wet sound"})
    uploader(app, "a_wet_upload_file").set_value([("wet.wav", encode(late), "audio/wav")]).run()
    assert any("The wet sound came 0.08 ms late" in caption.value for caption in app.caption)
