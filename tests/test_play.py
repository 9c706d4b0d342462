"""Promise: on Play the point and the knobs follow each other, and what is heard is always the knobs."""

import json

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.audio import SAMPLE_RATE
from core.audio.io import encode
from core.effects import EFFECTS, Setting, effect_named, render
from core.explorer import Explorer
from pages.play import pad_feed
from pages.play.meaning import meaning_of
from pages.play.panels import along
from pages.play.point import Played
from pages.play.presets import Preset, presets_json
from pages.shared.downloads import setting_json
from pages.shared.messages import verbatim
from pages.shared.results import checkpoints, points
from pages.widgets.pad import FINE, GREY, SIDE, needed, node, place_of
from tests.app import visit

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


@pytest.mark.parametrize("index", [1, 5000, 15000])
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
    for effect in ("reverb", "bitcrush", "overdrive"):
        away = factor.play(point(app)).setting.effect != effect
        app.selectbox(key="p_effect").set_value(effect).run()
        if away:
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
    app.button(key="p_go_0").click().run()
    assert not app.exception
    assert np.array_equal(point(app), here)
    assert knobs(app) == setting
    app.button(key="p_go_1").click().run()
    assert knobs(app) == turned
    shown = [text.value for text in app.markdown]
    assert any(text.startswith("**Here**") for text in shown)
    assert any(text.startswith("**Preset 1**") for text in shown)
    app.button(key="p_remove_0").click().run()
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
    app.file_uploader(key="p_upload_file").set_value([("tone.wav", tone, "audio/wav")]).run()
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
    (line,) = (text.value for text in app.markdown if "spy" in text.value)
    assert verbatim("![x](http://spy/a.png) *b*") in line
    assert "![" not in line


def test_the_lattice_covers_the_pad_and_is_fine_near_the_point() -> None:
    for x, y in np.random.default_rng(0).random((50, 2)):
        need = needed(x, y)
        assert len(set(need)) == len(need)
        assert {node(0, 0), node(SIDE, SIDE), node(0, SIDE), node(SIDE, 0)} <= set(need)
        i, j = (min(SIDE - 1, int(place * SIDE)) for place in (x, y))
        assert {node(i, j), node(i + 1, j), node(i, j + 1), node(i + 1, j + 1)} <= set(need), (x, y)
        first = np.hypot(*np.subtract(place_of(need[0]), (x, y)))
        assert first <= np.hypot(0.5, 0.5) / SIDE + 1e-9


def test_a_short_way_needs_no_new_sounds() -> None:
    assert set(needed(0.5, 0.5)) == set(needed(0.5 + 0.9 / SIDE, 0.5 - 0.9 / SIDE))
    new = set(needed(0.5 + 2 / SIDE, 0.5)) - set(needed(0.5, 0.5))
    assert len(new) <= 2 * (2 * FINE + 1)


def test_the_loop_is_the_loudest_part_and_its_echo_goes_round() -> None:
    clicks = np.zeros(4 * SAMPLE_RATE, np.float32)
    clicks[3 * SAMPLE_RATE : 3 * SAMPLE_RATE + 50] = 0.5
    loop = pad_feed.loop_of(clicks)
    assert len(loop) == pad_feed.LOOP_S * SAMPLE_RATE
    assert loop.sum() == clicks.sum()
    assert np.array_equal(pad_feed.loop_of(clicks[:1000]), clicks[:1000])
    late = np.zeros(SAMPLE_RATE, np.float32)
    late[-1000:-950] = 0.5
    wet = pad_feed.looped(late, Setting("delay", (1.0, 0.0, 1.0)))  # repeats after 0.6 s: past the loop's end
    assert np.abs(wet[: int(0.6 * SAMPLE_RATE)]).max() > 0.1 * np.abs(wet).max()
    assert np.abs(render(late, Setting("delay", (1.0, 0.0, 1.0)))[: int(0.6 * SAMPLE_RATE)]).max() == 0


@pytest.mark.parametrize(
    ("colour", "only", "coloured"),
    [
        ("effect", "all", set(range(8))),
        ("effect", "reverb", {2}),
        ("delay.time", "all", {0}),
        ("delay.time", "reverb", set()),
        ("loudness", "phaser", {4}),
    ],
)
def test_the_cloud_colours_what_was_asked_for(factor: Explorer, colour: str, only: str, coloured: set[int]) -> None:
    cloud = pad_feed.cloud_of("factor", checkpoints.revision("factor"), 3, colour, only)
    assert set(cloud.effect[cloud.colour != GREY]) == coloured
    assert len(cloud.places) <= pad_feed.MOST_POINTS
    assert ((cloud.places >= 0) & (cloud.places <= 1)).all()
    assert cloud.colour[cloud.colour != GREY].max(initial=0) < len(cloud.palette)
    assert sum(map(len, cloud.parts)) == len(cloud.places) * (3 * 2 + 2)


@pytest.mark.parametrize("only", ["all", "overdrive"])
def test_words_for_the_axes_say_what_the_numbers_say(factor: Explorer, only: str) -> None:
    meaning = meaning_of("factor", 2, only)
    assert meaning.correlations.shape == (len(meaning.labels), 2)
    for axis in range(2):
        chosen = [i for i, effect in enumerate(meaning.effects) if not effect]
        best = max(chosen, key=lambda i: abs(meaning.correlations[i, axis]))
        if abs(meaning.correlations[best, axis]) >= 0.3:
            word = meaning.words[best][int(meaning.correlations[best, axis] < 0)]
            assert meaning.changes(axis).split(", ")[0] == word
        assert bool(meaning.towards(axis) or meaning.towards(axis, -1)) == (only == "all")


def test_a_traverse_moves_one_axis_only(factor: Explorer) -> None:
    w = (0.5, -0.3, 0.1)
    steps = along("factor", w, 1, "all")
    values = [value for value, _ in steps]
    assert len(steps) == 7
    assert values == sorted(values)
    assert np.mean(factor.places(3)[:, 1] < values[0]) == pytest.approx(0.02, abs=0.002)
    assert steps[3][1] == factor.play(np.array([w[0], values[3], w[2]])).setting


def test_exports_are_what_they_say() -> None:
    setting = Setting("delay", (0.5, 0.25, 0.5))
    content = json.loads(setting_json("factor", (0.1, -2.0), setting))
    assert content["format"] == "latentfx-setting/1"
    assert content["checkpoint"] == "factor"
    assert content["w"] == [0.1, -2.0]
    assert Setting(content["effect"], tuple(content["values"])) == setting
    assert content["parameters"]["time"] == {"value": setting.physical["time"], "unit": "s"}
    kept = json.loads(presets_json([Preset("Here", Played("factor", (0.1, -2.0), "all", setting))]))
    assert kept["format"] == "latentfx-presets/1"
    assert kept["presets"][0]["name"] == "Here"
    assert kept["presets"][0]["effect"] == "delay"
    assert kept["presets"][0]["w"] == [0.1, -2.0]
