"""Promise: two checkpoints are heard in one player, each sound its own checkpoint's, and seen one above the other."""

from typing import Any

import numpy as np
import pytest

from core.explorer import CHECKPOINTS, Explorer
from pages.interpolate import beside
from pages.shared import ab_player
from tests.app import markdown, visit

pytestmark = pytest.mark.usefixtures("results_of_this_code")

Played = dict[str, Any]


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> list[Played]:
    """What A/B players were given: sounds and texts by label."""
    given: list[Played] = []
    monkeypatch.setattr(
        beside, "ab_player", lambda key, sounds, texts, version: given.append({"sounds": sounds, "texts": texts})
    )
    monkeypatch.setattr(ab_player, "ab", lambda key, tracks, texts, *_, **__: given.append({"tracks": tracks}))
    return given


def test_a_reconstruction_is_heard_by_both(played: list[Played]) -> None:
    app = visit("reconstruct", {"r_other": "joint-2ch", "r_effect": "Reverb"})
    assert not app.exception
    tracks = played[-1]["tracks"]
    assert list(tracks) == [
        "Dry", "Wet", "Dry, decoded", "Wet, decoded", "Dry, decoded by joint-2ch", "Wet, decoded by joint-2ch",
    ]  # fmt: skip
    assert len({track.id for track in tracks.values()}) == len(tracks), "six different sounds"
    assert [one.value for one in app.header] == ["factor", "joint-2ch"]
    assert len(app.metric) == 4


def test_one_step_of_a_path_is_heard_by_both_between_its_ends(played: list[Played]) -> None:
    app = visit(
        "interpolate", {"view": "Beside another checkpoint", "other": "joint-2ch", "steps": "5", "part": "Effect only"}
    )
    assert not app.exception
    sounds = played[-1]["sounds"]
    assert list(sounds) == ["A", "factor", "joint-2ch", "B"]
    assert played[-1]["texts"]["joint-2ch"] == "step 3 of 5, transferred"
    assert np.abs(sounds["factor"] - sounds["joint-2ch"]).max() > 1e-3
    assert [one.value for one in app.header][:2] == ["factor", "joint-2ch"]
    assert "Mean drift of the dry sound: 0.00 dB" in markdown(app)
    app.slider(key="step_heard").set_value(1).run()
    assert played[-1]["texts"]["factor"] == "step 1 of 5, transferred"
    assert np.abs(played[-1]["sounds"]["factor"] - sounds["factor"]).max() > 1e-3


def test_a_path_by_a_difference_is_heard_by_both(played: list[Played]) -> None:
    query = {"view": "Beside another checkpoint", "other": "joint-2ch", "steps": "3", "kind": "Difference of two"}
    app = visit("interpolate", query)
    assert not app.error
    assert list(played[-1]["sounds"]) == ["C", "factor", "joint-2ch", "C by the knobs"]
    assert played[-1]["texts"]["C by the knobs"].startswith("by the knobs: ")


def test_without_another_checkpoint_there_is_one_of_each(played: list[Played]) -> None:
    app = visit("reconstruct")
    assert len(played[-1]["tracks"]) == 4
    assert not app.header
    app = visit("reconstruct", {"r_other": "factor"})
    assert app.selectbox(key="r_other").value == "", "the one in use is not beside itself"
    app = visit("interpolate", {"view": "Beside another checkpoint", "steps": "3"})
    assert not app.exception
    assert "Choose another checkpoint" in markdown(app)


def test_a_part_that_the_other_lacks_is_all_of_it() -> None:
    parts = Explorer.load(CHECKPOINTS / "joint-2ch", device="cpu").layout.names
    assert "effect" not in parts, "else the test above shows less than it says"
