"""Promise: the report is live, its links and the tour open what they say, and one figure at a time can be presented."""

from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from core.effects import Setting
from pages.report import measured
from pages.report.words import FIGURES
from pages.shared import choices
from pages.shared.scenes import DELAY, FIRST_CLIP, OVERDRIVE, SCENES, SECOND_CLIP
from pages.shared.tour import STEPS
from tests.app import markdown, press, visit

pytestmark = pytest.mark.usefixtures("results_of_this_code")


def ends(app: AppTest) -> list[tuple[str, str]]:
    return [(app.selectbox(key=f"{end}_clip").value, app.selectbox(key=f"{end}_effect").value) for end in "ab"]


def test_every_figure_is_there_with_a_link_and_what_is_measured() -> None:
    app = visit("report")
    assert not app.exception
    assert [one.value for one in app.header] == [words.title for words in FIGURES.values()]
    links = [link.proto.query_string for link in app.get("page_link") if "open=" in link.proto.query_string]
    assert len(links) == 7
    text = markdown(app)
    assert "drifts by **0.00 dB**" in text, "the default keeps the dry sound"
    for word in ("tell the two apart in **", "The decoded dry spectrogram is **", "The top row moves"):
        assert word in text


def test_another_checkpoint_has_its_own_figures() -> None:
    app = visit("report", {"checkpoint": "joint-2ch"})
    assert not app.exception
    text = markdown(app)
    assert "drifts by **0.00 dB**" not in text
    assert "joint-2ch has no study of small spaces" in text.replace("\\", "")


def test_what_a_stranger_calls_a_score_is_no_number(monkeypatch: pytest.MonkeyPatch) -> None:
    scores = {"a": {"b": True, "c": "x", "d": 1}, "study": [{"space": 3}, "x", {"space": "s", "numbers": "y"}]}
    monkeypatch.setattr(measured, "explorer", lambda name: SimpleNamespace(config=SimpleNamespace(scores=scores)))
    assert [measured.score("x", key) for key in ("a.b", "a.c", "a", "a.b.c", "q")] == [None] * 5
    assert measured.score("x", "a.d") == 1.0
    assert measured.study("x") == []


@pytest.mark.parametrize(
    ("scene", "expected"),
    {
        "same-audio": [(FIRST_CLIP, "delay"), (FIRST_CLIP, "overdrive")],
        "different-audio": [(FIRST_CLIP, "overdrive"), (SECOND_CLIP, "overdrive")],
    }.items(),
)
def test_a_link_to_a_path_sets_its_ends_and_forgets_what_was_chosen(scene: str, expected: list) -> None:
    app = visit("interpolate", {"kind": "Spherical", "steps": "5", "b_effect": "Reverb"})
    assert app.slider(key="steps").value == 5
    app.query_params["open"] = scene
    app.run()
    assert not app.exception
    assert ends(app) == expected
    assert app.slider(key="steps").value == choices.Interpolate.steps
    assert app.session_state["kind"] == "linear"
    assert app.select_slider(key="b_overdrive_drive").value == OVERDRIVE.values[0]
    app.slider(key="steps").set_value(7).run()
    assert app.slider(key="steps").value == 7, "what is changed from here on is the visitor's"


@pytest.mark.parametrize(("setting", "knob"), [(DELAY, "time"), (OVERDRIVE, "drive")])
def test_a_link_to_a_reconstruction_sets_effect_and_knobs(setting: Setting, knob: str) -> None:
    app = visit("reconstruct", {"open": setting.effect})
    assert app.selectbox(key="r_effect").value == setting.effect
    assert app.select_slider(key=f"r_{setting.effect}_{knob}").value == setting.values[0]


def test_a_link_to_the_clusters_colours_the_reports_effects() -> None:
    app = visit("clusters", {"colour": "Loudness (LUFS)"})
    assert app.session_state["colour"] == "loudness"
    app.query_params["open"] = "clusters"
    app.run()
    assert not app.exception
    assert tuple(app.session_state["shown"]) == ("delay", "overdrive")
    assert app.session_state["colour"] == "effect"


@pytest.mark.parametrize("asked", ["nowhere", "clusters"])
def test_a_scene_that_is_none_of_this_page_changes_nothing(asked: str) -> None:
    app = visit("reconstruct", {"open": asked, "r_effect": "Phaser"})
    assert not app.exception
    assert app.selectbox(key="r_effect").value == "phaser"


def test_a_link_opens_again_after_another_page() -> None:
    app = visit("reconstruct", {"open": "delay"})
    app.selectbox(key="r_effect").select("phaser").run()
    app.switch_page("pages/models/page.py").run()
    app.query_params["open"] = "delay"
    app.switch_page("pages/reconstruct/page.py").run()
    assert not app.exception
    assert app.selectbox(key="r_effect").value == "delay"


def test_a_slide_at_a_time_with_ends_and_a_way_out() -> None:
    app = visit("report", {"present": "true", "figure": FIGURES["5"].title})
    assert [one.value for one in app.title] == [FIGURES["5"].title]
    press(app, "Next")
    assert [one.value for one in app.title] == [FIGURES["6"].title]
    assert next(one for one in app.button if one.label == "Next").disabled
    press(app, "Leave `Esc`")
    assert [one.value for one in app.title] == ["Report"]


def test_the_tour_takes_eight_steps_of_a_quarter_of_a_minute() -> None:
    assert len(STEPS) == 8
    for step in STEPS:
        assert len(step.text.split()) <= 50, "read at 200 words a minute"
        assert step.scene in SCENES


def test_the_tour_goes_on_sets_up_and_is_left() -> None:
    app = visit("interpolate", {"kind": "Spherical"})
    app.query_params["tour"] = "4"
    app.run()
    assert "**4 of 8**" in markdown(app)
    assert ends(app)[1] == (FIRST_CLIP, "overdrive")
    assert app.session_state["kind"] == "linear"
    app.slider(key="steps").set_value(7).run()
    assert app.slider(key="steps").value == 7, "set up once: what is changed stays"
    press(app, "Next")
    assert not app.exception
    assert "**5 of 8**" in markdown(app)
    assert ends(app)[1] == (SECOND_CLIP, "overdrive")
    press(app, "Leave the tour `Esc`")
    assert "of 8**" not in markdown(app)
    assert ends(app)[1] == (SECOND_CLIP, "overdrive")


@pytest.mark.parametrize("step", ["0", "9", "x", "-1", "٣"])
def test_a_step_that_is_none_is_no_tour(step: str) -> None:
    app = visit("models", {"tour": step})
    assert not app.exception
    assert "of 8**" not in markdown(app)
