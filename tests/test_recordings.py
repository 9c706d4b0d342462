"""Promise: a recording is brought once and offered wherever a clip is, until it is taken away; the shelf has an end."""

import re

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.audio.clips import load_clip
from core.audio.io import encode
from pages.shared import recordings
from pages.shared.memory import Store
from tests.app import uploader, visit
from tests.broken_audio import sound_file, voice

NAME = "*my* take.wav"
TWO = {"m_source": "Two recordings"}


def bring(name: str = NAME, clip: str = "bell") -> AppTest:
    return bring_bytes(encode(load_clip(clip)), name)


def bring_bytes(data: bytes, name: str = "take.wav") -> AppTest:
    app = visit("reconstruct")
    app.selectbox(key="r_clip").select("upload").run()
    return uploader(app, "r_upload_file").set_value([(name, data, "audio/wav")]).run()


def captions(app: AppTest) -> str:
    return " | ".join(one.value for one in app.caption)


def offered(app: AppTest, key: str) -> list[str]:
    """What a list of clips offers."""
    return app.selectbox(key=key).options


def test_a_recording_is_offered_on_every_page() -> None:
    app = bring()
    assert not app.error
    app.switch_page("pages/interpolate/page.py").run()
    for key in ("a_clip", "b_clip"):
        assert f"{NAME} (yours)" in offered(app, key)
    app.selectbox(key="a_clip").select(f"{NAME} (yours)").run()
    assert not app.exception
    assert not app.error
    app.switch_page("pages/play/page.py").run()
    assert f"{NAME} (yours)" in offered(app, "p_clip")


def test_no_other_session_has_an_uploader_of_this_one_s_key() -> None:
    """By that a browser knows which file it shows, also when the server has forgotten all of them."""
    keys = {uploader(app, "m_dry_upload_file").key for app in (visit("match", TWO), visit("match", TWO))}
    assert len(keys) == 2


def test_recordings_that_are_called_the_same_are_told_apart() -> None:
    app = bring("take.wav", "bell")
    first = app.session_state["r_clip"], *app.session_state["shelf"]
    app.switch_page("pages/interpolate/page.py").run()
    app.selectbox(key="a_clip").select("upload").run()
    uploader(app, "a_upload_file").set_value(
        [("take.wav", encode(load_clip("speech_en_f_allison")), "audio/wav")]
    ).run()
    one, two = app.session_state["shelf"]
    assert one in first
    for label, key in (("take.wav (yours)", one), ("take.wav (yours) (2)", two)):
        app.selectbox(key="b_clip").select(label).run()
        assert app.session_state["b_clip"] == key


def test_a_recording_that_is_taken_away_is_offered_no_more() -> None:
    app = bring()
    app.switch_page("pages/interpolate/page.py").run()
    app.selectbox(key="a_clip").select(f"{NAME} (yours)").run()
    app.switch_page("pages/reconstruct/page.py").run()
    app.selectbox(key="r_clip").select("upload").run()
    app.session_state["shelf"] = {}
    app.switch_page("pages/interpolate/page.py").run()
    assert not app.exception
    assert f"{NAME} (yours)" not in offered(app, "a_clip")
    assert app.selectbox(key="a_clip").value == "speech_en_f_allison"


def test_an_array_of_the_visit_does_not_hinder_another_recording() -> None:
    app = bring()
    app.session_state["an array"] = np.zeros(3)
    other = [("other.wav", encode(load_clip("tabla_loop")), "audio/wav")]
    uploader(app, "r_upload_file").set_value(other).run()
    assert not app.exception
    assert "other.wav (yours)" in offered(app, "r_clip")
    assert f"{NAME} (yours)" not in offered(app, "r_clip"), "nothing uses it any more"


def test_a_visit_to_all_pages_leaves_no_array_in_its_state() -> None:
    app = bring()
    for page in ("clusters", "interpolate", "play", "match", "models", "overview"):
        app.switch_page(f"pages/{page}/page.py").run()
        assert not app.exception
        held = app._session_state.filtered_state
        assert not [key for key, value in held.items() if holds_array(value)], "sounds belong in the bounded store"


def holds_array(value: object) -> bool:
    """Whether an array is in a value, in what it consists of, or in what that consists of."""
    if isinstance(value, Store):
        return False
    inner = [*value.values()] if isinstance(value, dict) else [*value] if isinstance(value, list | tuple) else []
    inner += vars(value).values() if hasattr(value, "__dict__") else []
    return isinstance(value, np.ndarray) or any(map(holds_array, inner))


def test_the_shelf_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recordings, "SHELF_BYTES", 1000)
    app = bring()
    assert ["Your recordings would fill more than" in error.value for error in app.error] == [True]
    assert f"{NAME} (yours)" not in offered(app, "r_clip")


REFUSED = {
    "is silent": encode(np.zeros(24_000, np.float32)),
    "is empty or shorter": encode(np.full(1000, 0.1, np.float32)),
    "is not a readable": b"Dear Sir or Madam",
}


@pytest.mark.parametrize("reason", REFUSED)
def test_a_recording_that_is_refused_changes_nothing_and_is_said_to_be_once(reason: str) -> None:
    app = bring()
    before = offered(app, "r_clip")
    uploader(app, "r_upload_file").set_value([("bad.wav", REFUSED[reason], "audio/wav")]).run()
    assert [f"bad.wav {reason}" in error.value for error in app.error] == [True]
    assert offered(app, "r_clip") == before
    assert captions(app).count("take.wav, ") == 1, "what was brought before is used"
    uploader(app, "r_upload_file").set_value([]).run()
    assert not app.error
    assert offered(app, "r_clip") == before
    assert captions(app).count("take.wav, ") == 1
    uploader(app, "r_upload_file").set_value([("bad.wav", REFUSED[reason], "audio/wav")]).run()
    app.switch_page("pages/models/page.py").run()
    app.switch_page("pages/reconstruct/page.py").run()
    assert not app.exception
    assert not app.error, "the uploader is empty again"


def test_a_recording_is_there_again_where_one_that_is_refused_takes_its_place() -> None:
    """A browser reports that the first file is gone, then the second one."""
    app = bring()
    before = offered(app, "r_clip")
    for _ in range(2):
        uploader(app, "r_upload_file").set_value([]).run()
        uploader(app, "r_upload_file").set_value([("bad.wav", b"Dear Sir or Madam", "audio/wav")]).run()
        assert ["bad.wav is not" in error.value for error in app.error] == [True]
        assert offered(app, "r_clip") == before
        assert captions(app).count("take.wav, ") == 1


def test_a_recording_is_kept_whose_callback_another_upload_cut_short(monkeypatch: pytest.MonkeyPatch) -> None:
    keep, calls = recordings.keep_recording, []

    def second(prefix: str, kind: str) -> None:
        calls.append(prefix)
        if len(calls) > 1:
            keep(prefix, kind)

    monkeypatch.setattr(recordings, "keep_recording", second)
    app = bring()
    assert f"{NAME} (yours)" in offered(app.run(), "r_clip")
    assert calls == ["r", "r"], "it is taken account of once"


def test_a_recording_that_is_removed_where_it_was_brought_is_gone() -> None:
    app = bring()
    uploader(app, "r_upload_file").set_value([]).run()
    assert f"{NAME} (yours)" not in offered(app, "r_clip")
    assert "Waiting for a sound." in captions(app)
    uploader(app, "r_upload_file").set_value([("b.wav", encode(load_clip("tabla_loop")), "audio/wav")]).run()
    uploader(app, "r_upload_file").set_value([]).run()
    app.switch_page("pages/interpolate/page.py").run()
    app.selectbox(key="a_clip").select("upload").run()
    uploader(app, "a_upload_file").set_value([("bad.wav", b"Dear Sir or Madam", "audio/wav")]).run()
    assert not app.session_state["shelf"], "another uploader brings nothing of this one's back"


def test_a_first_recording_that_is_refused_leaves_the_shelf_empty() -> None:
    app = match_of(REFUSED["is silent"])
    assert ["take.flac is silent" in error.value for error in app.error] == [True]
    assert offered(app, "m_dry_from") == offered(app, "m_wet_from") == ["Upload a file", "Record now"]
    assert captions(app).count("Waiting for a sound.") == 1, "for the wet one"
    uploader(app, "m_dry_upload_file").set_value([(NAME, encode(load_clip("bell")), "audio/wav")]).run()
    assert not app.error
    assert offered(app, "m_wet_from") == [f"{NAME} (yours)", "Upload a file", "Record now"]


def long_take(seconds: float = 700.0) -> bytes:
    """Longer than all of it may be used; its pitch tells the place: 100 Hz and 1 Hz more each second."""
    time_s = np.arange(int(seconds * 8000)) / 8000
    return sound_file(0.3 * np.sin(2 * np.pi * (100 + time_s / 2) * time_s), 8000, "FLAC")


def match_of(dry: bytes) -> AppTest:
    app = visit("match", TWO)
    return uploader(app, "m_dry_upload_file").set_value([("take.flac", dry, "audio/flac")]).run()


def test_a_stretch_of_a_recording_is_chosen_where_all_of_it_is_used() -> None:
    app = match_of(sound_file(voice(9.0), 24_000, "FLAC"))
    start, length = app.number_input(key="m_dry_begin_s"), app.number_input(key="m_dry_length_s")
    assert (start.label, start.value, length.label, length.value) == ("Start (s)", 0.0, "Length (s)", None)
    assert start.help
    assert length.help
    assert "9.0 s" in captions(app)
    app.number_input(key="m_dry_begin_s").set_value(2.5).run()
    assert "6.5 s of 9.0 s, from 2.5 s on" in captions(app)
    app.number_input(key="m_dry_length_s").set_value(3.0).run()
    assert "3.0 s of 9.0 s, from 2.5 s on" in captions(app)
    assert not app.exception
    assert not app.error


@pytest.mark.parametrize("seconds", [7.3, 10.0, 5.47])
def test_a_stretch_may_begin_as_late_as_there_is_something_left(seconds: float) -> None:
    app = match_of(sound_file(voice(seconds), 24_000, "FLAC"))
    start = app.number_input(key="m_dry_begin_s")
    start.set_value(start.max).run()
    assert not app.exception
    assert not app.error
    assert re.search(rf"0\.[12] s of {seconds:.1f} s", captions(app))


def test_a_shorter_recording_in_a_longer_one_s_place_is_used_from_where_it_can_be() -> None:
    app = match_of(sound_file(voice(20.0), 24_000, "FLAC"))
    app.number_input(key="m_dry_begin_s").set_value(12.0).run()
    for seconds, said in ((10.0, "from 9.9 s on"), (3.0, "3.0 s; ")):
        data = sound_file(voice(seconds), 24_000, "FLAC")
        uploader(app, "m_dry_upload_file").set_value([("short.flac", data, "audio/flac")]).run()
        assert not app.exception
        assert said in captions(app)


def test_a_recording_longer_than_ten_minutes_is_used_in_a_stretch() -> None:
    app = match_of(long_take())
    assert "600.0 s of 700.0 s, from 0 s on" in captions(app)
    app.number_input(key="m_dry_begin_s").set_value(650.0).run()
    assert "50.0 s of 700.0 s, from 650 s on" in captions(app)
    assert not app.error


def test_a_segment_of_a_long_recording_begins_where_it_is_asked_for() -> None:
    app = bring_bytes(long_take())
    app.slider(key="r_start_s").set_value(640).run()
    assert not app.exception
    assert not app.error
    assert "5.5 s of 700.0 s, from 640 s on" in captions(app)


def test_what_there_is_to_say_of_a_recording_is_said() -> None:
    app = bring_bytes(sound_file(voice(4.0), 24_000, "WAV")[:100_000])
    assert ["2.1 of 4.0 s" in note.value for note in app.info] == [True]
    assert "2.1 s" in captions(app)


def test_what_was_done_to_a_recording_of_a_long_name_is_said_to_its_end() -> None:
    clip = load_clip("bell")
    app = bring_bytes(encode(np.stack([clip, -0.9 * clip])), f"{'Rehearsal, take 7, ' * 10}.wav")
    assert app.info[0].value.endswith("channel 1 is used.")
