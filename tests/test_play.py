"""Promise: on Play the point and the knobs follow each other, and what is heard is always the knobs."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.audio.io import encode
from core.effects import EFFECTS, Setting, effect_named
from core.explorer import Explorer
from pages.shared.messages import verbatim
from pages.shared.results import points
from tests.app import uploader, visit

pytestmark = pytest.mark.usefixtures("results_of_this_code")
KNOB = 0.0051
"""Half a step of a knob's slider."""


@pytest.fixture
def app() -> AppTest:
    return visit("play")


def point(app: AppTest) -> np.ndarray:
    return np.array([slider.value for slider in app.slider if slider.key.startswith("p_w")])


def knobs(app: AppTest) -> Setting:
    """The setting that the shown sliders stand for."""
    shown = [slider for slider in app.select_slider if slider.key.startswith("p_")]
    effect = next(e for e in EFFECTS if shown[0].key == f"p_{e.name}_{e.parameters[0].name}")
    return Setting(effect.name, tuple(slider.value for slider in shown))


def headline(app: AppTest) -> str:
    return next(text.value for text in app.markdown if text.value.startswith("**")).strip("*")


def go(app: AppTest, w: np.ndarray) -> None:
    """Move the point as the pad does: several axes at once, then one run."""
    for axis, value in enumerate(w):
        app.slider(key=f"p_w{len(w)}_{axis + 1}").set_value(round(float(value), 3))
    app.run()
    assert not app.exception
    assert not app.error


@pytest.mark.parametrize("index", [1, 5000, -1])
def test_the_knobs_follow_the_point(app: AppTest, factor: Explorer, index: int) -> None:
    go(app, np.clip(factor.places(2)[index], *points.reach("factor", 2)))
    expected = factor.play(point(app)).setting
    assert knobs(app).effect == expected.effect
    assert knobs(app).values == pytest.approx(expected.values, abs=KNOB)
    assert headline(app) == knobs(app).text


def test_the_point_follows_a_knob_and_the_knob_stays(app: AppTest, factor: Explorer) -> None:
    before, setting = point(app), knobs(app)
    first = effect_named(setting.effect).parameters[0].name
    target = 0.9 if setting.values[0] < 0.5 else 0.1
    app.select_slider(key=f"p_{setting.effect}_{first}").set_value(target).run()
    assert not app.exception
    assert knobs(app) == Setting(setting.effect, (target, *setting.values[1:]))
    assert headline(app) == knobs(app).text
    reached = factor.play(point(app), setting.effect).setting.values
    was = factor.play(before, setting.effect).setting.values
    assert np.abs(np.subtract(reached, knobs(app).values)).sum() < np.abs(np.subtract(was, knobs(app).values)).sum()
    app.run()
    assert knobs(app).values[0] == target


def test_more_dimensions_keep_the_setting(app: AppTest, factor: Explorer) -> None:
    setting = knobs(app)
    for dimensions in factor.dimensions:
        app.button_group(key="p_dimensions").set_value(dimensions).run()
        assert not app.exception
        assert len(point(app)) == dimensions
        assert knobs(app) == setting


def test_one_effect_is_played_alone_where_it_is_at_home(app: AppTest, factor: Explorer) -> None:
    first = knobs(app).effect  # its knobs were moved by the point
    for effect in ("reverb", "bitcrush", "overdrive"):
        away = factor.play(point(app)).setting.effect != effect
        app.selectbox(key="p_effect").set_value(effect).run()
        if away and effect != first:
            assert knobs(app) == Setting(effect, effect_named(effect).defaults)
        go(app, 0.9 * point(app))
        expected = factor.play(point(app), effect).setting
        assert knobs(app).effect == effect
        assert knobs(app).values == pytest.approx(expected.values, abs=KNOB)
    there, played = point(app), knobs(app)
    app.selectbox(key="p_effect").set_value("all").run()
    assert np.array_equal(point(app), there)
    assert (knobs(app) == played) == (factor.play(there).setting.effect == "overdrive")


def test_the_pads_axes_stay_apart(app: AppTest) -> None:
    app.button_group(key="p_dimensions").set_value(4).run()
    app.selectbox(key="p_y").set_value(3).run()
    app.selectbox(key="p_x").set_value(3).run()
    assert not app.exception
    assert app.selectbox(key="p_x").value == 3 != app.selectbox(key="p_y").value
    app.selectbox(key="p_x").set_value(4).run()
    app.button_group(key="p_dimensions").set_value(2).run()
    app.button_group(key="p_dimensions").set_value(3).run()
    assert not app.exception
    assert app.selectbox(key="p_x").value <= 3


def test_presets_are_kept_found_again_and_removed(app: AppTest, factor: Explorer) -> None:
    app.session_state["p_tab"] = "Presets"
    app.text_input(key="p_preset_name").set_value("Here")
    app.button(key="p_save").click().run()
    here, setting = point(app), knobs(app)
    first = effect_named(setting.effect).parameters[0].name
    app.select_slider(key=f"p_{setting.effect}_{first}").set_value(1.0 - round(setting.values[0])).run()
    app.button(key="p_save").click().run()
    turned = knobs(app)
    go(app, np.clip(factor.places(2)[9000], *points.reach("factor", 2)))
    app.button_group(key="p_dimensions").set_value(3).run()
    app.selectbox(key="p_effect").set_value("phaser").run()
    app.button(key="p_go_Here").click().run()
    assert not app.exception
    assert np.array_equal(point(app), here)
    assert knobs(app) == setting
    app.button(key="p_go_Preset 1").click().run()
    assert knobs(app) == turned
    shown = [text.value for text in app.markdown]
    assert any(text.startswith("**Here**") for text in shown)
    assert any(text.startswith("**Preset 1**") for text in shown)
    app.button(key="p_remove_Here").click().run()
    assert not any(text.value.startswith("**Here**") for text in app.markdown)


@pytest.mark.parametrize("tab", ["What the axes mean", "Traverse", "Presets", "Download"])
@pytest.mark.parametrize("effect", ["all", "overdrive"])
def test_every_tab_opens(app: AppTest, tab: str, effect: str) -> None:
    app.session_state["p_tab"] = tab
    app.selectbox(key="p_effect").set_value(effect).run()
    assert not app.exception
    assert not app.error
    if tab == "Download":
        assert any('"latentfx-setting/1"' in block.value for block in app.code)
        assert any("pedalboard" in block.value for block in app.code)
    if tab == "Traverse":
        assert sum("axis 1 at" in text.value for text in app.markdown) == 7


def test_an_own_recording_is_played(app: AppTest) -> None:
    app.selectbox(key="p_clip").set_value("upload").run()
    assert any("Choose a sound" in box.value for box in app.info)
    tone = encode(0.1 * np.sin(np.arange(12000) / 8).astype(np.float32))
    uploader(app, "p_upload_file").set_value([("tone.wav", tone, "audio/wav")]).run()
    assert not app.exception
    assert not app.error
    assert knobs(app)


def test_a_checkpoint_without_controllers_says_so(app: AppTest) -> None:
    app.selectbox(key="checkpoint").set_value("joint-2ch").run()
    assert not app.exception
    assert any("python -m training controller" in error.value for error in app.error)


def test_a_choice_survives_a_page_change(app: AppTest) -> None:
    setting = knobs(app)
    first = effect_named(setting.effect).parameters[0].name
    app.select_slider(key=f"p_{setting.effect}_{first}").set_value(0.6).run()
    turned, there = knobs(app), point(app)
    app.switch_page("pages/models/page.py").run()
    app.switch_page("pages/play/page.py").run()
    assert knobs(app) == turned
    assert np.array_equal(point(app), there)


def opened(link: dict[str, list[str]]) -> AppTest:
    """Play in a session of its own, by a link."""
    fresh = visit("play", link)
    assert not fresh.exception
    return fresh


@pytest.mark.parametrize("effect", ["all", "reverb"])
def test_a_link_carries_the_knobs_that_were_heard(app: AppTest, effect: str) -> None:
    app.selectbox(key="p_effect").set_value(effect).run()
    setting = knobs(app)
    last = effect_named(setting.effect).parameters[-1].name
    app.select_slider(key=f"p_{setting.effect}_{last}").set_value(0.99).run()
    heard, there = knobs(app), point(app)
    fresh = opened(dict(app.query_params))
    assert knobs(fresh) == heard
    assert np.array_equal(point(fresh), there)
    fresh.run()
    assert knobs(fresh) == heard
    go(fresh, 0.9 * there)  # the point moves on: the knobs follow it again
    assert knobs(fresh) != heard


def test_a_link_to_a_point_alone_plays_what_the_point_plays(app: AppTest, factor: Explorer) -> None:
    go(app, np.clip(factor.places(2)[5000], *points.reach("factor", 2)))
    assert "p_heard" not in app.query_params
    # The browser writes what a hand moves into the address; here no browser runs.
    link = {f"p_w2_{axis}": [f"{value:g}"] for axis, value in enumerate(point(app), 1)}
    assert knobs(opened(link)) == knobs(app)
    for nonsense in ("[x](http://spy)", "delay", "delay 0.1 0.2", "delay 1 2 3", "reverb nan 0 0", "delay a b c", ""):
        strange = opened(link | {"p_heard": [nonsense]})
        assert not strange.error
        assert knobs(strange) == knobs(app), nonsense


def test_a_presets_name_is_shown_as_it_was_written(app: AppTest) -> None:
    app.session_state["p_tab"] = "Presets"
    app.text_input(key="p_preset_name").set_value("![x](http://spy/a.png) *b*")
    app.button(key="p_save").click().run()
    lines = [text.value for text in app.markdown if "spy" in text.value]
    assert len(lines) == 2, "in the list, and where it is played"
    assert all(verbatim("![x](http://spy/a.png) *b*") in line and "![" not in line for line in lines)
