"""Promise: a recording is brought once and offered wherever a clip is, until it is taken away; the shelf has an end."""

import pytest
from streamlit.testing.v1 import AppTest

from core.audio.clips import load_clip
from core.audio.io import encode
from pages.shared import recordings
from tests.conftest import ROOT

NAME = "*my* take.wav"


def bring(name: str = NAME, clip: str = "bell") -> AppTest:
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=120).run()
    app.switch_page("pages/reconstruct/page.py").run()
    app.selectbox(key="r_clip").select("upload").run()
    return app.file_uploader(key="r_upload_file").set_value([(name, encode(load_clip(clip)), "audio/wav")]).run()


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


def test_the_shelf_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recordings, "SHELF_BYTES", 1000)
    app = bring()
    assert ["Your recordings would fill more than" in error.value for error in app.error] == [True]
    assert f"{NAME} (yours)" not in offered(app, "r_clip")
