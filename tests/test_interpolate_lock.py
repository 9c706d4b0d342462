"""Promise: a knob is locked out of a morph on the page, which says what that makes of B, and keeps it."""

import json
from typing import Any

import numpy as np
import pytest

from core.effects import render
from core.paths.path_file import to_json
from pages.interpolate.path_sounds import Walk
from pages.shared.visit import contents, file
from tests.app import visit
from tests.test_interpolate_files import opened
from tests.test_interpolate_page import interpolate

pytestmark = pytest.mark.usefixtures("results_of_this_code")
QUERY = {"a_effect": "Delay", "b_effect": "Delay", "b_effect2": "Reverb", "locked": "Delay · mix"}


def captions(app: Any) -> str:
    return "\n".join(one.value for one in app.caption)


def test_a_knob_is_locked_said_kept_and_freed(walks: list[Walk]) -> None:
    app = interpolate(QUERY)
    app.select_slider(key="b_delay_mix").set_value(0.9).run()
    walk, own = walks[-1], 0.9
    a, b = (end.setting.settings[0].values[2] for end in walk.ends)
    assert walk.path.route.locked == ("delay.mix",)
    assert (a, walk.chosen[1].setting.settings[0].values[2]) == (b, own)
    assert np.array_equal(walk.ends[1].wet, render(walk.ends[1].dry, walk.ends[1].setting))
    heard, far = walk.path.wets[1], np.abs(walk.path.wets[1] - walk.chosen[1].wet).max()
    assert np.abs(heard - walk.ends[1].wet).max() < 0.01 * far
    assert walk.ends[1].label.endswith(walk.ends[1].setting.text)
    assert "Locked: Delay · mix. So B is played with A's value there." in captions(app)
    assert "“Transferred” plays no knobs" in captions(app)
    app.pills(key="voice").set_value("re-rendered").run()
    assert "plays no knobs" not in captions(app)
    assert {own.values[2] for blend in walks[-1].blends for own in blend.main.settings if own.effect == "delay"} == {a}

    kept = json.loads(to_json(walks[-1].file("re-rendered")))
    fresh = visit("interpolate")
    opened(fresh, kept)
    assert fresh.multiselect(key="locked").value == ["delay.mix"]
    assert fresh.select_slider(key="b_delay_mix").value == own
    assert walks[-1].ends[1].setting == walk.ends[1].setting

    app.selectbox(key="b_effect").set_value("phaser").run()
    assert not app.multiselect(key="locked").options
    assert not walks[-1].path.route.locked
    assert "Locked:" not in captions(app)
    assert not app.exception
    assert not app.error


def test_a_session_keeps_it_and_a_difference_offers_none(walks: list[Walk]) -> None:
    visited = contents.Visit({"locked": ("delay.mix",), "kind": "corners"})
    assert file.from_bytes(file.to_bytes(visited, "factor", "")).visit.choices["locked"] == ("delay.mix",)
    for query in ({"kind": "Difference of two"}, {"part": "Words only"}):
        app = interpolate(QUERY | query)
        assert not app.error
        assert not [one for one in app.multiselect if one.key == "locked"]
        assert not walks[-1].path.route.locked
