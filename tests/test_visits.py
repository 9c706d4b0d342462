"""Promise: a visit comes back after a reload to its owner alone, what was chosen can be undone, and it all opens again
elsewhere from its file."""

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.audio.clips import load_clip
from core.audio.io import encode
from pages.interpolate.path_sounds import DRAWN
from pages.play.point import PLAYED
from pages.shared import presets, recordings
from pages.shared.recordings import Recording
from pages.shared.visit import contents, history, kept, kinds, sidebar
from pages.shared.visit.contents import Visit
from pages.shared.visit.history import History
from tests.app import uploader, visit

BELL = encode(load_clip("bell"))
NAME = "my bell.wav"


def bring(app: AppTest) -> None:
    app.selectbox(key="r_clip").select("upload").run()
    uploader(app, "r_upload_file").set_value([(NAME, BELL, "audio/wav")]).run()


def busy() -> AppTest:
    """A visitor who has brought a recording, kept a preset and drawn a curve."""
    app = visit("reconstruct")
    bring(app)
    app.switch_page("pages/play/page.py").run()
    app.button(key="p_save").click().run()
    app.session_state[DRAWN] = ((0.0, 0.25), (1.0, 0.5))
    app.session_state["blind_rows"] = [{"participant": "p", "trial": 1, "voice": "decoded", "correct": True}]
    app.switch_page("pages/interpolate/page.py").run()
    app.selectbox(key="a_clip").select(f"{NAME} (yours)").run()
    app.slider(key="steps").set_value(5).run()
    assert not app.exception
    return app


def key_of(app: AppTest) -> str:
    return app.session_state["visit_key"]


def arriving(
    monkeypatch: pytest.MonkeyPatch, shown: str, page: str, query: dict[str, Any] | None = None, other_tab: bool = False
) -> AppTest:
    """A session that begins in a tab which shows a key. No browser runs here: the button Undo stands for its claim.

    other_tab: the one that the key was given to is still open.
    """
    with monkeypatch.context() as patch:
        patch.setattr(sidebar, "_undone", lambda: sidebar._claimed(shown))
        patch.setattr(kept, "_is_here", lambda owner: other_tab)
        app = visit(page, query)
        app.button(key="undo").click().run()
    assert not app.exception
    return app


def had(key: str) -> Visit:
    found = kept.vault().get(key)
    assert found
    return found.visit


@pytest.fixture(scope="module")
def owner() -> AppTest:
    return busy()


def test_a_reload_brings_the_visit_back(owner: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    before = had(key_of(owner))
    app = arriving(monkeypatch, key_of(owner), "interpolate", dict(owner.query_params))
    assert key_of(app) == key_of(owner)
    assert had(key_of(app)) == before
    assert app.selectbox(key="a_clip").value == Recording(NAME, BELL).key
    assert app.slider(key="steps").value == 5
    app.switch_page("pages/play/page.py").run()
    assert [one.name for one in app.session_state[presets.PRESETS]] == ["Preset 1"]


def test_a_newer_address_says_more_than_what_was_kept(owner: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    app = arriving(monkeypatch, key_of(owner), "interpolate", {"steps": "7", "kind": "Spherical"}, True)
    assert (app.slider(key="steps").value, app.button_group(key="kind").value) == (7, "spherical")
    assert len(app.session_state["shelf"]) == 1
    assert key_of(app) != key_of(owner), "two tabs do not write over each other"
    assert had(key_of(owner)).choices["steps"] == 5


def test_a_link_says_more_than_a_choice_that_its_address_did_not_follow_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    app = visit("interpolate", {"steps": "7"})
    app.slider(key="steps").set_value(5).run()  # no browser runs here to put it into the address
    linked = arriving(monkeypatch, key_of(app), "interpolate", {"steps": "7"})
    assert linked.slider(key="steps").value == 7


def test_a_key_that_is_not_known_brings_nothing_and_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    app = arriving(monkeypatch, "x" * 43, "overview")
    assert any("could not be brought back" in one.value for one in app.info)
    assert key_of(app) != "x" * 43


def test_visitors_have_keys_of_their_own_that_nobody_guesses(owner: AppTest) -> None:
    other = visit("overview")
    assert len({key_of(owner), key_of(other)}) == 2
    assert len(key_of(other)) == 43, "256 bits"
    assert not had(key_of(other)).recordings
    assert key_of(other) not in str(dict(other.query_params))


def test_kept_visits_stay_within_their_bytes_and_their_hour() -> None:
    now = [0.0]
    vault = kept.Vault(10_000_000, 3600.0, lambda: now[0])
    for number in range(40):
        own = Visit({}, recordings=(Recording("a", bytes([number]) * 1_000_000),))
        vault.put(str(number), kept.Kept(own, History(), {}, ""))
        assert vault.size <= 10_000_000
    assert [bool(vault.get(str(number))) for number in (0, 30, 32, 39)] == [False, False, True, True]
    now[0] = 3601.0
    assert vault.get("39") is None
    assert vault.size == 0


def test_what_was_chosen_is_undone_and_done_again(owner: AppTest) -> None:
    app = visit("interpolate")
    app.slider(key="steps").set_value(5).run()
    app.button_group(key="voice").set_value("decoded").run()
    app.button(key="undo").click().run()
    assert (app.slider(key="steps").value, app.button_group(key="voice").value) == (5, "transferred")
    app.button(key="undo").click().run()
    assert app.slider(key="steps").value == 11
    app.button(key="undo").click().run()
    assert any("nothing to undo" in one.value for one in app.info)
    app.button(key="redo").click().run()
    app.button(key="redo").click().run()
    assert (app.slider(key="steps").value, app.button_group(key="voice").value) == (5, "decoded")
    app.button(key="undo").click().run()
    app.slider(key="steps").set_value(7).run()
    app.button(key="redo").click().run()
    assert any("nothing to redo" in one.value for one in app.info), "another way was taken"
    assert app.slider(key="steps").value == 7


def test_undo_shows_the_page_where_the_choice_was_made() -> None:
    app = visit("interpolate")
    app.slider(key="steps").set_value(5).run()
    app.switch_page("pages/models/page.py").run()
    app.button(key="undo").click().run()
    assert not app.exception
    assert [one.value for one in app.title] == ["Interpolate"]
    assert app.slider(key="steps").value == 11


def test_the_first_preset_and_the_first_curve_of_a_visit_are_undone_too() -> None:
    app = visit("play")
    app.button(key="p_save").click().run()
    app.session_state[DRAWN] = ((0.0, 0.25), (1.0, 0.5))
    app.run()
    app.button(key="undo").click().run()
    assert app.session_state[DRAWN] == ((0.0, 0.0), (1.0, 1.0))
    assert len(app.session_state[presets.PRESETS]) == 1
    app.button(key="undo").click().run()
    assert not app.session_state[presets.PRESETS]
    app.button(key="redo").click().run()
    assert len(app.session_state[presets.PRESETS]) == 1


def test_a_knob_that_moved_the_point_is_undone_with_it() -> None:
    app = visit("play")
    knob = next(one for one in app.select_slider if one.key.startswith("p_"))
    before, point, heard = knob.value, [one.value for one in app.slider if one.key.startswith("p_w")], PLAYED
    played = app.session_state[heard]
    app.select_slider(key=knob.key).set_value(0.9 if before < 0.5 else 0.1).run()
    assert [one.value for one in app.slider if one.key.startswith("p_w")] != point
    app.button(key="undo").click().run()
    assert app.select_slider(key=knob.key).value == before
    assert [one.value for one in app.slider if one.key.startswith("p_w")] == point
    assert app.session_state[heard] == played


def test_a_tab_that_was_duplicated_has_a_history_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    app = visit("reconstruct")
    for effect in ("reverb", "phaser", "chorus"):
        app.selectbox(key="r_effect").select(effect).run()
    other = arriving(monkeypatch, key_of(app), "reconstruct", other_tab=True)
    other.selectbox(key="r_effect").select("lowpass").run()
    app.button(key="undo").click().run()
    assert app.selectbox(key="r_effect").value == "phaser"
    other.button(key="undo").click().run()
    assert other.selectbox(key="r_effect").value == "chorus"


def test_history_has_an_end() -> None:
    assert History().past.maxlen == History().future.maxlen == history.STEPS <= 200


def opened(app: AppTest, data: bytes, name: str = "session.zip") -> AppTest:
    return uploader(app, sidebar.OPENED).set_value([(name, data, "application/zip")]).run()


def test_a_session_opens_elsewhere_and_makes_the_same_file(owner: AppTest) -> None:
    data = sidebar.made(key_of(owner), "factor", True, Visit({}))
    app = opened(visit("interpolate"), data)
    assert not app.exception
    assert not app.error
    assert any("is open" in one.value for one in app.info)
    assert app.selectbox(key="a_clip").value == Recording(NAME, BELL).key
    assert sidebar.made(key_of(app), "factor", True, Visit({})) == data
    app.button(key="undo").click().run()
    assert app.slider(key="steps").value == 11, "opening is a step, too"
    assert f"{NAME} (yours)" in app.selectbox(key="a_clip").options, "and takes no recording away"


def test_a_session_that_is_no_longer_kept_is_downloaded_as_it_was_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """After an hour, or on a full server: the page is still there."""
    drawn: list[Callable[[], bytes]] = []
    monkeypatch.setattr(sidebar.st, "download_button", lambda label, data, *_, **__: drawn.append(data))
    app = visit("reconstruct")
    app.selectbox(key="r_effect").select("reverb").run()
    with monkeypatch.context() as patch:
        patch.setattr(kept, "vault", kept.Vault)
        data = next(make() for make in reversed(drawn) if callable(make) and b"session.json" in make()[:100])
    assert sidebar.file.from_bytes(data).visit.choices["r_effect"] == "reverb"


def test_without_recordings_ours_take_their_place(owner: AppTest) -> None:
    data = sidebar.made(key_of(owner), "factor", False, Visit({}))
    assert BELL not in data
    app = opened(visit("interpolate"), data)
    assert not app.exception
    assert app.slider(key="steps").value == 5
    assert app.selectbox(key="a_clip").value == "speech_en_f_allison"


def test_what_cannot_be_opened_changes_nothing(owner: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    data = sidebar.made(key_of(owner), "factor", True, Visit({}))
    app = visit("reconstruct")
    bring(app)
    before = had(key_of(app))
    elsewhere = sidebar.made(key_of(owner), "org/other", True, Visit({}))
    for wrong, said in ((data[:-30], "only a part"), (b"nonsense", "no session"), (elsewhere, "org/other, which is")):
        opened(app, wrong)
        assert any(said in one.value.replace("\\", "").replace("\u2060", "") for one in app.error), said
        assert had(key_of(app)) == before
    monkeypatch.setattr(recordings, "SHELF_BYTES", len(BELL) + 10)
    more = contents.Visit({"steps": 5}, recordings=(Recording("x", b"x" * 100),))
    opened(app, sidebar.file.to_bytes(more, "factor", ""))
    assert any("Your recordings would fill" in one.value for one in app.error)
    assert had(key_of(app)) == before


def test_another_revision_is_told(owner: AppTest) -> None:
    app = opened(visit("models"), sidebar.file.to_bytes(had(key_of(owner)), "factor", "0" * 16))
    assert any("has changed since" in one.value for one in app.info)


def test_every_choice_that_is_bound_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page's new choice belongs into pages.shared.choices, or a reload forgets it."""
    asked: set[str] = set()
    whole = kinds.choices.bound
    monkeypatch.setattr(kinds.choices, "bound", lambda key: asked.add(key) or whole(key))
    app = visit("overview")
    for page in ("clusters", "reconstruct", "interpolate", "play", "match", "models"):
        app.switch_page(f"pages/{page}/page.py").run()
    for kind in ("corners", "spline"):
        app.switch_page("pages/interpolate/page.py").run()
        app.button_group(key="kind").set_value(kind).run()
    assert len(asked) > 30
    assert sorted(key for key in asked if kinds.kind_of(key) is None) == []
