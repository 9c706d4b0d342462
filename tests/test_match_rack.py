"""Promise: the answer's effects stand in boxes to be turned, dragged, muted and left out, each change heard at once."""

import re
from collections.abc import Callable

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.effects import Setting, effect_named
from pages.match import boxes, question, rack
from pages.match.rack import Box
from pages.shared import choices
from pages.shared.results import sounds
from pages.shared.visit import contents, file
from pages.widgets.order import Chip
from tests.app import visit
from tests.stand_in import guess_of, matched
from tests.test_match_page import PAIR, button, said, table

pytestmark = pytest.mark.usefixtures("results_of_this_code")


def edited(app: AppTest) -> tuple[list[str], str]:
    """Effects in the boxes, in signal order, and what the row "Edited" of the comparison says, "" without one."""
    assert not app.exception
    titles = [text.value for text in app.markdown if re.match(r"\*\*\d · ", text.value)]
    names = [title.split("· ")[1].split("**")[0] for title in titles]
    rows = table(app, "Distance")
    own = rows["Setting"][rows[""] == "**Edited**"]
    return names, "" if own.empty else own.item()


def knob(app: AppTest, effect: str, name: str) -> str:
    """The key of a knob in the boxes."""
    return next(one.key for one in app.select_slider if (one.key or "").startswith(f"m_turn_{effect}_{name}_"))


def test_knobs_that_have_just_gone_turn_nothing_when_the_browser_still_tells_of_them() -> None:
    """As it does where it asks for something while the next riddle is on its way."""
    app = visit("match", {"m_seed": "42"})
    told = app._tree.get_widget_states()
    gone = [state for state in told.widgets if "m_turn_" in state.id]
    assert len(gone) == len(effect_named(edited(app)[0][0].lower()).parameters)
    app.number_input(key="m_seed").set_value(1).run()
    del told.widgets[:]
    told.widgets.extend(gone)
    app._run(told)
    assert not app.session_state["m_rack"]
    assert "m_rack" not in app.query_params


def test_two_knobs_turned_at_once_both_stay() -> None:
    """As they are where a run is cut off, or one goes on: no box is drawn between the two."""
    app = visit("match", PAIR)
    app.select_slider(key=knob(app, "lowpass", "cutoff")).set_value(1.0)
    app.select_slider(key=knob(app, "lowpass", "resonance")).set_value(0.0).run()
    assert not app.exception
    assert app.session_state["m_rack"].split("lowpass ")[1].split(" ")[:2] == ["1.0", "0.0"]


def test_a_turned_knob_still_says_where_it_was_found_and_an_added_one_was_found_nowhere() -> None:
    app = visit("match", PAIR)
    key = knob(app, "lowpass", "cutoff")
    said_before = app.select_slider(key=key).help
    assert "Found: " in said_before
    app.select_slider(key=key).set_value(1.0).run()
    app.selectbox(key="m_add").set_value("delay").run()
    assert app.select_slider(key=key).help == said_before
    assert "Found" not in app.select_slider(key=knob(app, "delay", "mix")).help


def test_boxes_that_are_the_answer_s_again_go_with_the_answer() -> None:
    """Else what Refine finds later would stand beside the former answer, called an edit of it."""
    app = visit("match", PAIR)
    for way in ("m_back", "m_lowpass_Mute"):
        app.button(key="m_lowpass_Mute").click().run()
        assert app.session_state["m_rack"]
        app.button(key=way).click().run()
        assert edited(app) == (["Low-pass ladder"], "")
        assert not app.session_state["m_rack"]


def choices_of(app: AppTest, end: str) -> tuple[str, str]:
    """Clip and first effect of an end of the path on Interpolate."""
    return app.session_state[f"{end}_clip"], app.session_state[f"{end}_effect"]


def test_the_answer_s_boxes_are_turned_moved_muted_and_left_out_and_each_change_is_heard() -> None:
    app = visit("match", PAIR)
    assert edited(app) == (["Low-pass ladder"], "")
    app.selectbox(key="m_add").set_value("delay").run()
    names, text = edited(app)
    assert names == ["Low-pass ladder", "Delay"]
    assert text.startswith("Low-pass ladder")
    assert "→ Delay" in text
    app.button(key="m_delay_←").click().run()
    assert edited(app)[0] == ["Delay", "Low-pass ladder"]
    app.select_slider(key=knob(app, "delay", "mix")).set_value(1.0).run()
    assert "mix 0.6 → Low-pass" in edited(app)[1]
    app.button(key="m_delay_Mute").click().run()
    assert edited(app)[1] == "", "what sounds is the answer again"
    app.button(key="m_delay_Solo").click().run()
    assert edited(app)[1].startswith("Delay")
    assert "→" not in edited(app)[1]
    app.button(key="m_lowpass_Delete").click().run()
    assert edited(app)[0] == ["Delay"]
    app.button(key="m_back").click().run()
    assert edited(app) == (["Low-pass ladder"], "")
    assert app.button(key="m_back").disabled


def test_boxes_follow_the_chips_that_are_dragged(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[list[Chip]] = []

    def order(key: str, chips: list[Chip], seen: int, on_change: Callable[[], None]) -> None:
        """The row of chips, of which a hand turns the order round."""
        shown.append(chips)

        def drop() -> None:
            choices.put(key, {"order": {"ids": [chip.id for chip in chips[::-1]], "count": seen + 1}})
            on_change()

        st.button("Drop", on_click=drop)

    monkeypatch.setattr(boxes, "order", order)
    app = visit("match", PAIR)
    assert not shown, "there is nothing to reorder"
    app.selectbox(key="m_add").set_value("delay").run()
    app.selectbox(key="m_add").set_value("chorus").run()
    app.button(key="m_delay_Mute").click().run()
    assert shown[-1] == [Chip("lowpass", "Low-pass ladder"), Chip("delay", "Delay", True), Chip("chorus", "Chorus")]
    button(app, "Drop").click().run()
    names, text = edited(app)
    assert names == ["Chorus", "Delay", "Low-pass ladder"]
    assert text.startswith("Chorus")
    assert "→ Low-pass ladder" in text
    app.button(key="m_back").click().run()
    assert edited(app) == (["Low-pass ladder"], ""), "an order of other boxes is forgotten"


def test_a_chain_is_shown_beside_the_second_best_and_the_best_single_effect(monkeypatch: pytest.MonkeyPatch) -> None:
    true = Setting("overdrive", (0.6, 0.5, 0.5)) | Setting("reverb", (0.6, 0.4, 0.5))
    monkeypatch.setattr(question, "riddle", lambda seed, length: ("speech_en_f_allison", true))
    monkeypatch.setattr(sounds, "match", lambda name, dry, wet, seed, rate: matched(dry, wet, guess_of(true)))
    app = visit("match", {"m_length": "2"})
    assert app.header[0].value == "Overdrive → Reverb, 94 % likely"
    assert edited(app)[0] == ["Overdrive", "Reverb"]
    labels = set(table(app, "Distance")[""].str.strip("*"))
    assert {"Polished", "Second-best chain", "Best single effect", "Random", "Do nothing"} <= labels
    app.toggle(key="m_reveal").set_value(True).run()
    knobs = table(app, "Truth")
    assert len(knobs) == 6
    app.button(key="send_b").click().run()
    assert not app.exception
    assert choices_of(app, "b") == ("speech_en_f_allison", "overdrive")
    assert knobs["Truth"].str.contains(r"\((?:0|1) %\)").all()
    assert f"In truth: **{true.text}**" in said(app)


def test_an_answer_found_by_listening_stands_beside_all_that_the_network_named(monkeypatch: pytest.MonkeyPatch) -> None:
    true, named = Setting("lowpass", (0.2, 0.3)), Setting("delay", (0.3, 0.1, 0.1)) | Setting("lowpass", (0.2, 0.3))
    monkeypatch.setattr(question, "riddle", lambda seed, length: ("tabla_loop", true))
    monkeypatch.setattr(sounds, "match", lambda name, dry, wet, seed, rate: matched(dry, wet, guess_of(named)))
    app = visit("match", {})
    assert app.header[0].value == "Low-pass ladder, found by listening"
    assert "The network named Delay, 97 % likely; Low-pass ladder, 97 % likely." in said(app)


def test_a_link_a_session_s_file_and_undo_carry_the_boxes() -> None:
    app = visit("match", PAIR)
    assert "m_rack" not in app.query_params
    app.selectbox(key="m_add").set_value("delay").run()
    app.selectbox(key="m_add").set_value("chorus").run()
    app.select_slider(key=knob(app, "delay", "mix")).set_value(1.0).run()
    app.button(key="m_chorus_Mute").click().run()
    names, text = edited(app)
    assert names == ["Low-pass ladder", "Delay", "Chorus"]
    assert text.endswith("mix 0.6")
    linked = visit("match", dict(app.query_params))
    assert edited(linked) == (names, text)
    assert linked.session_state["m_rack"] == app.session_state["m_rack"]
    written = file.to_bytes(contents.Visit({"m_rack": app.session_state["m_rack"]}), "factor", "")
    assert file.from_bytes(written).visit.choices == {"m_rack": app.session_state["m_rack"]}
    app.button(key="undo").click().run()
    assert edited(app)[0] == names
    assert "Chorus" in edited(app)[1]
    for _ in range(3):
        app.button(key="undo").click().run()
    assert edited(app) == (["Low-pass ladder"], "")
    assert "m_rack" not in app.query_params
    app.button(key="redo").click().run()
    assert edited(app)[0] == ["Low-pass ladder", "Delay"]


def test_a_link_to_no_boxes_shows_those_of_the_answer() -> None:
    assert rack._read("q: delay 0.5 0.5 0.5 muted, chorus 0.5 0.5 0.5 solo", "q") == (
        Box(Setting.all_at("delay", 0.5), muted=True), Box(Setting.all_at("chorus", 0.5), solo=True),
    )  # fmt: skip
    assert rack._read("q: ", "q") == ()
    twice = "delay 1 1 1, delay 1 1 1"
    for links in ("evil 0.5", "delay 0.5", "delay 0.1 0.2 nan", twice, "muted", "delay 9 9 9", "delay x y z"):
        assert rack._read(f"q: {links}", "q") is None, links
    assert rack._read("q: delay 0.5 0.5 0.5", "another question") is None
    app = visit("match", PAIR | {"m_rack": "0123456789abcdef: delay 0.5 0.5 0.5"})
    assert edited(app) == (["Low-pass ladder"], "")
    assert "m_rack" not in app.query_params


def test_the_answer_can_be_sent_to_interpolate() -> None:
    app = visit("match", PAIR)
    app.button(key="send_b").click().run()
    app.switch_page("pages/interpolate/page.py").run()
    assert app.selectbox(key="b_clip").value == "tabla_loop"
    assert app.selectbox(key="b_effect").value == "lowpass"
