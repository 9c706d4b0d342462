"""Promise: every page runs, says what is wrong in a sentence, and keeps what a visitor chose."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.audio.io import encode
from core.explorer import CHECKPOINTS, Explorer
from pages.clusters.point import first
from pages.models.comparison import MEANING
from pages.shared.catalogue import CARDS
from pages.shared.results import checkpoints, points
from tests.app import uploader, visit

pytestmark = pytest.mark.usefixtures("results_of_this_code")

PAGES = ("overview", "report", "clusters", "reconstruct", "interpolate", "play", "match", "models")


@pytest.fixture(scope="module", params=PAGES)
def opened(request: pytest.FixtureRequest) -> AppTest:
    """Each page as it opens. To look at, not to touch."""
    return visit(request.param)


def test_every_page_runs(opened: AppTest) -> None:
    assert not opened.exception
    assert not opened.error
    assert len(opened.title) == 1


WITHOUT_A_CONTROLLER = {"play": "w2", "match": "full"}
"""Pages that need one, and which."""


@pytest.mark.parametrize("page", PAGES)
def test_every_page_runs_with_the_reports_model_or_says_what_it_lacks(page: str) -> None:
    """Its spectrograms have other bins and frames than ours, its z one part, and it has no controllers."""
    app = visit(page, {"checkpoint": "week5"})
    assert not app.exception
    lacks = WITHOUT_A_CONTROLLER.get(page)
    said = [error.value.replace("\\", "") for error in app.error]
    assert [text.startswith(f"week5 has no controller '{lacks}'") for text in said] == ([True] if lacks else [])


def test_every_control_is_explained(opened: AppTest) -> None:
    kinds = ("selectbox", "select_slider", "slider", "number_input", "button_group", "button")
    widgets = [widget for kind in kinds for widget in getattr(opened, kind)]
    assert widgets
    for widget in widgets:
        assert widget.label, widget
        assert widget.help, widget.label


def test_headings_skip_no_level(opened: AppTest) -> None:
    assert len(opened.title) == 1
    assert not opened.subheader or opened.header, "a third level needs a second one"


def test_a_choice_survives_a_page_change() -> None:
    app = visit("reconstruct")
    app.selectbox(key="r_effect").select("phaser").run()
    app.select_slider(key="r_phaser_rate").set_value(0.9).run()
    app.switch_page("pages/clusters/page.py").run()
    app.switch_page("pages/reconstruct/page.py").run()
    assert app.selectbox(key="r_effect").value == "phaser"
    assert app.select_slider(key="r_phaser_rate").value == pytest.approx(0.9)


def test_a_point_sent_to_b_arrives() -> None:
    app = visit("clusters")
    app.number_input(key="point").set_value(3).run()
    assert not app.exception
    app.button(key="send_b").click().run()
    app.switch_page("pages/interpolate/page.py").run()
    point = points.point("factor", 3)
    assert app.selectbox(key="b_clip").value == point.clip
    assert app.number_input(key="b_offset_s").value == pytest.approx(point.offset_s, abs=0.001)
    assert app.selectbox(key="b_effect").value == point.setting.effect
    for name, value in zip(("time", "feedback", "mix"), point.setting.values, strict=True):
        assert app.select_slider(key=f"b_delay_{name}").value == pytest.approx(value, abs=0.006)


def test_an_unselected_map_shows_a_good_first_point(factor: Explorer) -> None:
    app = visit("clusters")
    assert app.number_input(key="point").value is None
    assert "point" not in app.query_params, "it is no choice"
    assert len(app.get("audio")) == 2
    assert not [sound for sound in app.get("audio") if sound.proto.autoplay], "nobody asked for it yet"
    setting = points.point("factor", first("factor")).setting
    assert any(f"**{setting.text}**" in one.value for one in app.markdown)
    assert setting.effect == "delay"
    app.number_input(key="point").set_value(3).run()
    assert [sound.proto.autoplay for sound in app.get("audio")] == [True, False]


@pytest.mark.parametrize("page", ["overview", "reconstruct"])
def test_every_sound_of_the_player_can_be_downloaded(page: str) -> None:
    key = {"overview": "listen_sounds", "reconstruct": "r_sounds"}[page]
    app = visit(page)
    assert not app.get("audio")
    app.session_state[key] = True
    app.run()
    assert not app.exception
    assert len(app.get("audio")) == {"overview": 3, "reconstruct": 4}[page]


def test_the_words_of_the_pages_are_explained() -> None:
    text = " ".join(one.value for one in visit("overview").markdown)
    for word in ("Latent space", "VAE", "Dry, wet", "Knob", "Setting", "Polished", "Atlas"):
        assert f"**{word}**" in text


BROKEN = {
    "config.json is missing": lambda folder: (folder / "config.json").unlink(),
    "weights.safetensors is missing": lambda folder: (folder / "weights.safetensors").unlink(),
    "is a pickle": lambda folder: (folder / "weights.safetensors").write_bytes(b"\x80\x04."),
    "atlas.npz": lambda folder: (folder / "atlas.npz").write_bytes(b"PK"),
}


@pytest.mark.parametrize("reason", BROKEN)
@pytest.mark.parametrize("page", PAGES)
def test_a_broken_checkpoint_is_a_sentence_and_the_frame_goes_on(
    page: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(CHECKPOINTS / "factor", tmp_path / "factor")
    BROKEN[reason](tmp_path / "factor")
    monkeypatch.setattr(checkpoints, "CHECKPOINTS", tmp_path)
    app = visit(page)
    assert not app.exception
    assert len(app.title) == 1
    assert app.selectbox(key="checkpoint").value == "factor"
    needs_atlas = page in ("report", "clusters", "reconstruct", "overview", "play", "match")
    if reason != "atlas.npz" or needs_atlas:
        assert any(reason in error.value for error in app.error), [error.value for error in app.error]


FOLDERS = {
    "other: config.json is missing": None,
    "other: config.json is not readable JSON": "{",
    "other: config.json holds no object": "[]",
    "other has no scores yet": "{}",
    "other has no scores yet; ": '{"model": 7, "model_config": [], "effects": null, "training": "long", "scores": []}',
}


@pytest.mark.parametrize("sentence", FOLDERS)
def test_models_shows_good_checkpoints_beside_poor_ones(
    sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "joint-2ch").symlink_to(CHECKPOINTS / "joint-2ch")
    (tmp_path / "other").mkdir()
    if (config := FOLDERS[sentence]) is not None:
        (tmp_path / "other" / "config.json").write_text(config)
    monkeypatch.setattr(checkpoints, "CHECKPOINTS", tmp_path)
    app = visit("models")
    assert not app.exception
    assert any(box.value.replace("\\", "").startswith(sentence) for box in [*app.warning, *app.info])
    facts, scores = (next(one.value for one in app.table if head in one.value) for head in (CARDS, MEANING))
    assert "1,088 numbers" in facts.loc[facts[CARDS] == "Latent vector", "joint-2ch"].item()
    assert scores["joint-2ch"].str.contains("PCA").any()


def test_an_upload_that_is_no_sound_is_a_sentence() -> None:
    app = visit("reconstruct")
    app.selectbox(key="r_clip").select("upload").run()
    uploader(app, "r_upload_file").set_value([("holiday.wav", b"not a sound", "audio/wav")]).run()
    assert not app.exception
    assert any("holiday.wav is not a readable" in error.value for error in app.error)
    tone = encode(0.1 * np.sin(np.arange(48000) / 8).astype(np.float32))
    uploader(app, "r_upload_file").set_value([("tone.wav", tone, "audio/wav")]).run()
    assert not app.error
    assert not app.exception
