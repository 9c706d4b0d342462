"""Promise: every page runs, says what is wrong in a sentence, and keeps what a visitor chose."""

import io
import re
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from PIL import Image
from streamlit.testing.v1 import AppTest

from core.audio import SEGMENT
from core.audio.clips import load_clip
from core.audio.io import encode, read
from core.effects import Setting, render
from core.explorer import CHECKPOINTS, Explorer
from core.paths.path_file import to_json
from core.paths.route import Route
from pages.clusters.point import first
from pages.interpolate import downloads
from pages.interpolate.exports import strip_picture
from pages.interpolate.path_sounds import Walk
from pages.shared.controls import CLIP_LABELS, Pair
from pages.shared.downloads import steps_zip
from pages.shared.results import checkpoints, points
from tests.conftest import ROOT

PAGES = ("overview", "clusters", "reconstruct", "interpolate", "play", "match", "models")


@pytest.fixture(autouse=True)
def no_cache_between_tests() -> Iterator[None]:
    yield
    st.cache_data.clear()


def visit(page: str, query: dict[str, str] | None = None) -> AppTest:
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=120)
    for key, value in (query or {}).items():
        app.query_params[key] = value
    app.run()
    return app if page == "overview" else app.switch_page(f"pages/{page}/page.py").run()


@pytest.mark.parametrize("page", PAGES)
def test_every_page_runs(page: str) -> None:
    app = visit(page)
    assert not app.exception
    assert not app.error
    assert len(app.title) == 1


@pytest.mark.parametrize("page", PAGES)
def test_every_control_is_explained(page: str) -> None:
    app = visit(page)
    widgets = [*app.selectbox, *app.select_slider, *app.slider, *app.number_input, *app.button_group, *app.button]
    assert widgets
    for widget in widgets:
        assert widget.label, widget
        assert widget.help, widget.label


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


@pytest.mark.parametrize("page", PAGES)
def test_headings_skip_no_level(page: str) -> None:
    app = visit(page)
    assert len(app.title) == 1
    assert not app.subheader or app.header, "a third level needs a second one"
    assert page in ("clusters", "reconstruct", "play", "interpolate") or app.header


def test_steps_and_kind_change_the_path() -> None:
    app = visit("interpolate")
    app.slider(key="steps").set_value(5).run()
    app.button_group(key="kind").set_value("spherical").run()
    assert not app.exception
    assert not app.error
    assert app.number_input(key="step").max == 5


def test_a_part_of_the_vector_may_move_alone_where_there_are_parts() -> None:
    app = visit("interpolate")
    app.selectbox(key="b_clip").set_value("speech_it_m_carlo").run()
    drift = float(app.metric[0].value.split()[0])
    app.button_group(key="part").set_value("effect").run()
    assert not app.exception
    assert float(app.metric[0].value.split()[0]) == 0 < drift
    app.selectbox(key="checkpoint").set_value("joint-2ch").run()
    assert not app.exception
    assert not [group for group in app.button_group if group.key == "part"]


BROKEN = {
    "config.json is missing": lambda folder: (folder / "config.json").unlink(),
    "weights.safetensors is missing": lambda folder: (folder / "weights.safetensors").unlink(),
    "is damaged": lambda folder: (folder / "weights.safetensors").write_bytes(b"\x80\x04."),
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
    needs_atlas = page in ("clusters", "reconstruct", "overview", "play", "match")
    if reason != "atlas.npz" or needs_atlas:
        assert any(reason in error.value for error in app.error), [error.value for error in app.error]


SCORED = "**Rebuilding the spectrogram**"
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
    facts, scores = (next(one.value for one in app.table if text in set(one.value[""])) for text in ("Licence", SCORED))
    assert "576 numbers" in facts.loc[facts[""] == "Latent vector", "joint-2ch"].item()
    assert scores["joint-2ch"].str.contains("PCA").any()


def test_an_upload_that_is_no_sound_is_a_sentence() -> None:
    app = visit("reconstruct")
    app.selectbox(key="r_clip").select("upload").run()
    app.file_uploader(key="r_upload_file").set_value([("holiday.wav", b"not a sound", "audio/wav")]).run()
    assert not app.exception
    assert any("holiday.wav is not a readable" in error.value for error in app.error)
    tone = encode(0.1 * np.sin(np.arange(48000) / 8).astype(np.float32))
    app.file_uploader(key="r_upload_file").set_value([("tone.wav", tone, "audio/wav")]).run()
    assert not app.error
    assert not app.exception


def interpolate(query: dict[str, str] | None = None) -> AppTest:
    app = visit("interpolate", {"steps": "3"} | (query or {}))
    assert not app.exception
    return app


@pytest.mark.parametrize("kind", ["Linear", "Spherical", "Through waypoints", "Along the data", "Four corners"])
@pytest.mark.parametrize("view", ["Film strip", "Curves", "Map", "Path lab", "Blind test"])
def test_every_view_of_every_kind_of_path(kind: str, view: str) -> None:
    query = {"kind": kind, "view": view, "side": "2", "voice": "Re-rendered"}
    app = interpolate(query | ({"via": "120, 9000"} if kind == "Through waypoints" else {}))
    assert not app.error
    assert app.subheader[-1].value == "Take it home"


def test_a_ready_pair_may_be_an_end() -> None:
    dry = load_clip("tabla_loop")
    late = np.concatenate([np.zeros(700, dtype=np.float32), render(dry, Setting("lowpass", (0.4, 0.3)))])
    app = interpolate({"a_clip": CLIP_LABELS["tabla_loop"], "a_effect": "None: upload the wet sound"})
    assert "Choose a sound" in app.info[0].value
    uploader = app.file_uploader(key="a_wet_upload_file")
    uploader.set_value([("wet.wav", encode(late), "audio/wav")]).run()
    assert not app.exception
    said = [caption.value for caption in app.caption]
    assert any("29.2 ms late" in text for text in said)
    assert any("Nearest setting: Low-pass" in text for text in said)
    app.file_uploader(key="a_wet_upload_file").set_value([("wet.wav", encode(late[:1000]), "audio/wav")]).run()
    assert "shorter than 0.1 s" in app.error[0].value


def test_a_waypoint_that_is_none_is_a_sentence() -> None:
    for via, words in (("twelve", "'twelve' are no waypoints"), ("16000", "points 0 to 15,999")):
        app = interpolate({"kind": "Through waypoints", "via": via})
        assert words in app.error[0].value


def test_voices_of_real_effects_need_a_controller() -> None:
    app = interpolate({"voice": "Re-rendered", "checkpoint": "joint-2ch"})
    assert "has no controller" in app.error[0].value
    assert not interpolate({"voice": "Parameter line", "checkpoint": "joint-2ch"}).error


def test_a_blind_answer_is_kept_beside_chance() -> None:
    app = interpolate({"view": "Blind test"})
    app.radio[0].set_value(2).run()
    next(button for button in app.button if button.label == "Answer").click().run()
    assert not app.exception
    table = app.dataframe[0].value
    assert table["Answers"].item() == 1
    assert table["Chance (%)"].item() == 33
    assert app.info[0].value.startswith(("Right", "Wrong"))


def test_the_path_lab_measures_and_plays() -> None:
    app = interpolate({"view": "Path lab"})
    next(button for button in app.button if button.label == "Measure all").click().run()
    assert not app.exception
    table = app.dataframe[0].value
    assert len(table) == 10
    straight, along = (table.loc[table["Path"] == kind, "Distance"].iloc[0] for kind in ("Linear", "Along the data"))
    assert along < straight


def walk(explorer: Explorer, dry: np.ndarray, route: Route) -> Walk:
    setting = Setting("delay", (0.5, 0.25, 0.5))
    pair = Pair("speech_en_f_allison", setting, "a <label>", dry, render(dry, setting))
    other = replace(pair, setting=Setting("reverb", (0.5, 0.5, 0.5)))
    return Walk("factor", explorer.interpolate([(end.dry, end.wet) for end in (pair, other)], route), (pair, other))


def test_exports_are_what_they_say(factor: Explorer, dry: np.ndarray) -> None:
    found, axes = walk(factor, dry, Route(steps=3)), checkpoints.axes("factor")
    picture = Image.open(io.BytesIO(strip_picture(found.path, title="title", **axes)))
    assert picture.width > 1000
    assert b"<svg" in strip_picture(found.path, title="title", kind="svg", **axes)
    with zipfile.ZipFile(io.BytesIO(steps_zip(found.sounds("decoded")))) as archive:
        assert archive.namelist() == ["step-01.wav", "step-02.wav", "step-03.wav"]
        assert len(read(archive.read("step-02.wav"))) == SEGMENT
    page = downloads.player_page(found, "decoded", "a <label>", axes)
    assert "<h1>a &lt;label&gt;</h1>" in page
    assert not re.findall(r"""(?:src|href)=["']?https?:""", page)


def test_a_path_comes_back_from_its_file(monkeypatch: pytest.MonkeyPatch) -> None:
    exported: list[str] = []
    monkeypatch.setattr(
        downloads, "downloads", lambda found, voice: exported.append(to_json(downloads.journey(found, voice)))
    )
    app = interpolate({"kind": "Spherical", "a_effect": "Reverb", "voice": "Re-rendered"})
    app.select_slider(key="a_reverb_mix").set_value(0.25).run()
    app.slider(key="reach").set_value((-0.1, 1.2)).run()
    before = exported[-1]
    fresh = visit("interpolate")
    assert exported[-1] != before
    fresh.file_uploader(key="path_file").set_value([("path.json", before.encode(), "application/json")]).run()
    assert not fresh.exception
    assert exported[-1] == before
    fresh.file_uploader(key="path_file").set_value([("path.json", b"{}", "application/json")]).run()
    assert "no path of LatentFX" in fresh.error[0].value
