"""Promise: the ends of a path may be chains, and every view of it speaks of them."""

import numpy as np
import pytest

from core.effects import Chain, Setting
from pages.interpolate import downloads, over_time
from pages.interpolate.path_sounds import Walk
from pages.shared import choices
from pages.shared.controls import CLIP_LABELS
from tests.app import markdown, press
from tests.test_interpolate_page import interpolate

pytestmark = pytest.mark.usefixtures("results_of_this_code")
BELL = CLIP_LABELS["bell"]
CHAINS = {"a_effect": "Overdrive", "a_effect2": "Delay", "b_effect": "Delay", "b_effect2": "Phaser"}


def effects(walk: Walk) -> list[tuple[str, ...]]:
    return [own.effects for own in walk.settings]


def test_effects_are_added_change_places_and_go(walks: list[Walk]) -> None:
    app = interpolate()
    app.selectbox(key="a_effect2").set_value("chorus").run()
    app.selectbox(key="a_effect3").set_value("phaser").run()
    assert effects(walks[-1])[0] == ("delay", "chorus", "phaser")
    app.selectbox(key="a_effect").set_value("phaser").run()
    assert effects(walks[-1])[0] == ("phaser", "chorus", "delay")
    app.selectbox(key="a_effect2").set_value(None).run()
    assert effects(walks[-1])[0] == ("phaser", "delay")
    app.selectbox(key="a_effect").set_value(choices.NONE).run()
    assert effects(walks[-1])[0] == ("delay",)
    app.selectbox(key="a_effect").set_value(choices.NONE).run()
    assert walks[-1].settings[0] == Chain()
    assert not app.exception
    assert not app.error


def test_an_effect_that_comes_twice_in_a_link_is_a_sentence() -> None:
    app = interpolate({"a_effect": "Delay", "a_effect2": "Delay"})
    assert "Delay is twice in A" in app.error[0].value
    assert "Please choose another" in app.error[0].value


@pytest.mark.parametrize("view", ["Curves", "Compare", "Over time", "Listening test"])
def test_every_view_speaks_chains(view: str) -> None:
    app = interpolate(CHAINS | {"view": view, "voice": "Re-rendered"})
    assert not app.error
    if view == "Curves":
        knobs = app.dataframe[0].value
        assert set(knobs["Effect"]) == {"Overdrive", "Delay", "Phaser"}
        assert (knobs["Zig-zag (1: one way)"].dropna() <= 1).all()


def test_its_ends_are_heard_as_they_were_chosen_and_its_table_has_amounts(walks: list[Walk]) -> None:
    interpolate(CHAINS | {"voice": "Re-rendered", "part": "Effect only"})
    walk = walks[-1]
    for step, end in ((0, walk.ends[0]), (2, walk.ends[1])):
        assert np.array_equal(walk.sound(step, "re-rendered"), walk.sound(step, "crossfade"))
        assert walk.labels()[step] == end.label
    assert "1% " not in walk.blends[1].text
    assert "50% Overdrive" in walk.blends[1].text
    table = downloads.parameter_csv(walk.nodes("re-rendered"))
    assert "overdrive amount" in table.splitlines()[0]


def test_a_chain_that_is_sent_becomes_an_end_and_a_setting_after_it_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    put: dict[str, object] = {}
    monkeypatch.setattr(choices, "put", put.__setitem__)
    choices.send("a", "bell", Setting("reverb", (0.5, 0.25, 1.0)) | Setting("bitcrush", (0.2, 0.4)))
    assert [put[slot] for slot in choices.PairState("a").slots] == ["reverb", "bitcrush", None, None]
    assert (put["a_reverb_damping"], put["a_bitcrush_rate"]) == (0.25, 0.4)
    choices.send("a", "bell", Setting("delay", (0.5, 0.5, 0.5)))
    assert [put[slot] for slot in choices.PairState("a").slots] == ["delay", None, None, None]
    choices.send("a", "bell", Chain())
    assert put["a_effect"] == choices.NONE


@pytest.mark.parametrize("voice", ["Transferred", "Re-rendered", "Parameter line"])
def test_over_time_a_recording_is_moved_by_the_difference(voice: str, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[tuple[str, str]] = []
    monkeypatch.setattr(over_time, "curve", lambda *given: said.append(given[-1]))
    app = interpolate(
        {"kind": "Difference of two", "c_effect": "Overdrive", "view": "Over time", "t_clip": BELL, "voice": voice}
    )
    assert not app.error
    assert said == [("C", "C moved")]
    assert "from C's by what tells B's from A's" in markdown(app)
    press(app, "Render the morph")
    assert not app.exception
    assert not app.error
    assert len(app.get("audio")) == 2, "of the step that is chosen, and the morph"
    labels = [button.label for button in app.get("download_button")]
    assert ("Path with score (JSON)" in labels) == (voice != "Transferred")


@pytest.mark.parametrize("view", ["Film strip", "Curves", "Map", "Compare", "Over time", "Listening test"])
def test_c_is_moved_by_the_difference_of_a_and_b(view: str, walks: list[Walk]) -> None:
    app = interpolate({"kind": "Difference of two", "view": view, "c_clip": "German, man", "voice": "Re-rendered"})
    assert not app.error
    walk = walks[-1]
    a, b, c = (walk.chosen[number] for number in range(3))
    assert walk.path.same_audio
    assert [end.clip for end in walk.ends] == [c.clip] * 2
    assert walk.ends[1].setting.effects == (*c.setting.effects, *b.setting.effects)
    assert a.setting.effects == ("delay",)
