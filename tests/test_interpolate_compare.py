"""Promise: Interpolate compares paths in numbers that it has, and by ears that do not know the answer."""

import csv
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from pages.interpolate import compare, listening_test
from pages.interpolate.path_sounds import Walk
from tests.app import markdown, press
from tests.test_interpolate_page import interpolate

pytestmark = pytest.mark.usefixtures("results_of_this_code")


def test_compare_says_what_its_numbers_are_of_and_forgets_those_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compare, "offered", lambda walk: [("linear", "crossfade"), ("spline", "decoded")])
    app = interpolate({"view": "Compare"})
    press(app, "Measure all")
    assert not app.exception
    assert len(app.dataframe[0].value) == 2
    first = app.dataframe[0].proto.id
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
    press(app, "Measure all")
    assert app.dataframe[0].proto.id != first, "a row that was chosen there is not chosen here"


def test_compare_measures_what_the_checkpoint_has_and_plays(monkeypatch: pytest.MonkeyPatch) -> None:
    app = interpolate({"view": "Compare", "checkpoint": "joint-2ch"})
    press(app, "Measure all")
    assert not app.exception
    assert not app.error
    table = app.dataframe[0].value
    assert set(table["Voice"]) == {"Transferred", "Parameter line", "Crossfade"}
    assert any("Re-rendered is left out" in said.value for said in app.caption)
    straight, along = (table.loc[table["Path"] == kind, "Distance"].iloc[0] for kind in ("Linear", "Along the data"))
    assert along <= straight


def test_compare_measures_a_move_by_a_difference_beside_the_knobs_rule() -> None:
    app = interpolate({"view": "Compare", "kind": "Difference of two"})
    press(app, "Measure all")
    assert not app.exception
    assert not app.error
    table = app.dataframe[0].value
    rows = [*zip(table["Path"], table["Voice"], strict=True)]
    moved = [("Difference of two", voice) for voice in ("Transferred", "Re-rendered")]
    assert rows == [*moved, ("(any)", "Parameter line"), ("(any)", "Crossfade")]
    assert table["Distance"].notna().tolist() == [True, True, False, False]
    assert any("moved by **A**" in said.value for said in app.caption)
    assert any("go to what the same difference of the knobs makes of C" in said.value for said in app.caption)
    app.select_slider(key="a_delay_mix").set_value(0.9).run()
    assert not app.dataframe, "numbers of another difference"


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
    assert app.selectbox(key="blind_length").value == 6, "the next series is of another length"


def test_a_series_can_be_ended_whatever_becomes_of_the_path() -> None:
    app = interpolate({"view": "Listening test"})
    press(app, "Begin")
    for change in ({"kind": "corners"}, {"kind": "linear", "steps": 2}):
        for key, value in change.items():
            app.session_state[key] = value
        app.run()
        assert not app.exception
        assert not app.number_input, "the player would give the answer away"
        assert "End the series" in [button.label for button in app.button]
    press(app, "End the series")
    assert any(group.key == "step" for group in app.number_input)


def test_answers_of_another_version_are_left_out() -> None:
    app = interpolate({"view": "Listening test"})
    good = {
        "participant": "p1", "trial": 1, "path": "linear", "voice": "decoded", "order": "1 6 11", "answer": 2,
        "right": 2, "correct": True, "steps": 11, "from": "a", "to": "b",
    }  # fmt: skip
    app.session_state["blind_rows"] = [
        {"participant": "p1"}, good | {"voice": "no voice of ours"}, good | {"correct": "yes"}, good
    ]  # fmt: skip
    app.run()
    assert not app.exception
    assert [frame.value.shape[0] for frame in app.dataframe] == [1, 1]


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
