"""Promise: on the page Clusters a recording becomes a map that is heard, selected from, taken home and opened again."""

import csv
import io
import time
import zipfile
from dataclasses import replace

import numpy as np
import pytest
import soundfile
from streamlit.testing.v1 import AppTest

from core.audio.clips import load_clip
from core.audio.io import encode, encode_exactly, read
from core.effects import Setting, render
from core.explorer import Explorer
from pages.clusters import own_pairs, reference, selection
from pages.shared import choices, own_maps
from tests.app import markdown, press, uploader, visit
from tests.test_visits import arriving

pytestmark = pytest.mark.usefixtures("results_of_this_code")
VOICE = load_clip("speech_en_f_allison")[:48_000]
OWN = {"map_of": "A recording", "o_points": "100"}


@pytest.fixture(autouse=True)
def made_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """No other processes: a test of them is in test_own_map.py. And few points."""
    monkeypatch.setattr(own_maps, "PROCESSES", 0)
    drawn = own_maps.Wanted
    monkeypatch.setattr(own_maps, "Wanted", lambda *given: drawn(*given[:4], 16, *given[5:]))


def brought(sound: np.ndarray, rate: int, name: str = "take.wav") -> AppTest:
    app = visit("clusters", OWN)
    app.selectbox(key="o_clip").select("upload").run()
    return uploader(app, "o_upload_file").set_value([(name, encode_exactly(sound, rate), "audio/wav")]).run()


@pytest.fixture
def made() -> AppTest:
    """A take in two channels at 48 kHz, and its map."""
    app = press(brought(np.stack([np.repeat(VOICE, 2), 0.5 * np.repeat(VOICE, 2)]), 48_000), "Make the map")
    until = time.monotonic() + 120
    while [button for button in app.button if button.label == "Stop"] and time.monotonic() < until:
        time.sleep(0.2)
        app.run()
    assert not app.exception
    return app


def held(app: AppTest) -> own_maps.Held:
    return app.session_state["own_map"]


def test_a_recording_becomes_a_map_that_plays_it_at_its_own_quality(made: AppTest) -> None:
    own_map = held(made).own_map
    assert len(own_map) == 16
    assert "take.wav · 48 kHz, stereo" in markdown(made)
    made.number_input(key="o_point").set_value(5).run()
    assert f"**{own_map.played(5).text}**" in markdown(made)
    assert [sound.proto.autoplay for sound in made.get("audio")] == [True, False]
    press(made, "Send to A")
    assert made.session_state["a_clip"] == held(made).clip
    assert made.session_state["a_effect"] == own_map.played(5).effect
    assert "own_map" in made.switch_page("pages/play/page.py").run().session_state, "it is kept for the visit"


def test_points_that_were_lassoed_are_a_table_a_csv_and_wavs(made: AppTest, factor: Explorer) -> None:
    made.session_state["o_selected"] = [2, 7, 900]
    made.run()
    assert not made.exception
    assert made.dataframe[0].value["Point"].tolist() == [2, 7]
    own_map = held(made).own_map
    rows = list(csv.DictReader(io.StringIO(selection.as_csv("factor", own_map, [2, 7], choices.Clusters()).decode())))
    assert [row["point"] for row in rows] == ["2", "7"]
    effect, values = rows[1]["setting"].split(":")
    assert Setting(effect, tuple(map(float, values.split(",")))).text == own_map.played(7).text
    place = factor.atlas.place(own_map.made.z[7:8], "umap", 2)[0]
    assert [float(rows[1][axis]) for axis in ("umap_x", "umap_y")] == pytest.approx(place, rel=1e-4)
    with zipfile.ZipFile(io.BytesIO(selection.as_zip(own_map, [2, 7]))) as archive:
        assert archive.namelist() == ["point-0002.wav", "point-0007.wav"]
        sound, rate = soundfile.read(io.BytesIO(archive.read("point-0007.wav")), dtype="float32")
    assert rate == 48_000
    assert np.array_equal(sound.T, render(own_map.own.audio, own_map.played(7), 48_000))
    before = made.dataframe[0].proto.id
    assert made.run().dataframe[0].proto.id == before
    made.session_state["o_selected"] = [7, 2]
    assert made.run().dataframe[0].proto.id != before, "the row that was chosen is another point now"


def test_a_map_opens_again_elsewhere_and_another_checkpoint_s_is_refused(
    made: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_map = held(made).own_map
    data = own_maps_file(own_map)
    app = visit("clusters", OWN)
    uploader(app, "o_map_file").set_value([("take.map.npz", data, "application/octet-stream")]).run()
    assert not app.error
    again = held(app)
    assert np.array_equal(again.own_map.made.z, own_map.made.z)
    assert again.clip in app.selectbox(key="o_clip").options or any(
        "take.wav" in o for o in app.selectbox(key="o_clip").options
    )
    assert f"**{own_map.played(0).text}**" in markdown(app)
    uploader(app, "o_map_file").set_value([("other.npz", b"no map", "application/octet-stream")]).run()
    assert any("map file cannot be used" in error.value for error in app.error)
    assert held(app).own_map is again.own_map, "nothing is lost"
    monkeypatch.setattr("pages.shared.results.checkpoints.fingerprint", lambda name: "another")
    uploader(app, "o_map_file").set_value([("take.map.npz", data + b"", "application/octet-stream")]).run()
    assert any("made by another checkpoint" in error.value for error in app.error)


def own_maps_file(own_map: own_maps.OwnMap) -> bytes:
    from core.own_map.file import to_bytes

    return to_bytes(own_map)


@pytest.mark.parametrize(("sound", "said"), [(0 * VOICE, "is silent"), (VOICE[:7_000], "shorter than 0.5 s")])
def test_a_recording_that_cannot_be_mapped_is_a_sentence(sound: np.ndarray, said: str) -> None:
    app = brought(sound, 24_000)
    assert not app.exception
    assert any(said in error.value for error in app.error)
    assert next(button for button in app.button if button.label == "Make the map").disabled


def test_own_pairs_lie_on_the_map_coloured_by_a_table(factor: Explorer) -> None:
    settings = {"one": Setting.all_at("delay", 0.4), "two": Setting.all_at("overdrive", 0.6)}
    files = [("a.csv", b"name,player,year\none,Anna <b>,1999\ntwo_dry.wav,Bo,2004\n", "text/csv")]
    for name, setting in settings.items():
        for mark, sound in (("dry", VOICE), ("wet", render(VOICE, setting))):
            files.append((f"{name}_{mark}.wav", encode(sound), "audio/wav"))
    files.append(("alone_dry.wav", encode(VOICE), "audio/wav"))
    app = visit("clusters", OWN)
    uploader(app, "o_pair_files").set_value(files).run()
    assert not app.exception
    assert any("alone" in warning.value for warning in app.warning)
    pairs = app.session_state["o_pairs"].pairs
    assert pairs.names == ("one", "two")
    assert pairs.columns == {"player": ("Anna <b>", "Bo"), "year": ("1999", "2004")}
    assert pairs.numbers("player") is None
    assert pairs.numbers("year").tolist() == [1999, 2004]
    z = factor.encode(VOICE, read(io.BytesIO(files[2][1])))[factor.map_part]
    assert np.linalg.norm(pairs.z[0] - z) < 0.02 * np.linalg.norm(z)
    assert app.selectbox(key="o_pair_colour").options == ["player", "year"]
    figure = own_pairs.go.Figure()
    own_pairs.add(figure, pairs, np.zeros((2, 2)), "player")
    assert [trace.name for trace in figure.data] == ["Anna &lt;b&gt;", "Bo"]
    uploader(app, "o_pair_files").set_value([*files[1:], ("a.csv", b"name,x\nthree,1\n", "text/csv")]).run()
    assert any("names none of the pairs" in warning.value for warning in app.warning)
    assert app.session_state["o_pairs"].pairs.names == ("one", "two")


def pair_files(*names: str) -> list[tuple[str, bytes, str]]:
    wet = render(VOICE, Setting.all_at("delay", 0.4))
    sides = (("dry", VOICE), ("wet", wet))
    return [(f"{name}_{mark}.wav", encode(sound), "audio/wav") for name in names for mark, sound in sides]


def table(*names: str) -> list[tuple[str, bytes, str]]:
    return [("a.csv", "\n".join(["name,player", *(f"{name},Anna" for name in names)]).encode(), "text/csv")]


def pairs_of(app: AppTest) -> own_pairs.Pairs:
    assert not app.exception
    return app.session_state["o_pairs"].pairs


def test_own_pairs_stay_where_more_are_brought_and_go_when_they_are_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    app = uploader(visit("clusters", OWN), "o_pair_files").set_value(pair_files("one", "two")).run()
    uploader(app, "o_pair_files").set_value(pair_files("one")).run()
    assert pairs_of(app).names == ("one",), "what is taken out of the uploader goes"
    app.switch_page("pages/models/page.py").run()
    app.switch_page("pages/clusters/page.py").run()
    uploader(app, "o_pair_files").set_value(table("one")).run()
    assert pairs_of(app).columns == {"player": ("Anna",)}
    arrived = arriving(monkeypatch, app.session_state["visit_key"], "clusters", dict(app.query_params))
    uploader(arrived, "o_pair_files").set_value(pair_files("new")).run()
    assert pairs_of(arrived).names == ("one", "new")
    assert pairs_of(arrived).z.shape[0] == 2
    assert pairs_of(arrived).columns == {"player": ("Anna", "")}
    press(arrived, "Remove these pairs")
    assert arrived.session_state["o_pairs"] is None
    assert not uploader(arrived, "o_pair_files").value
    uploader(arrived, "o_pair_files").set_value(table("one")).run()
    assert ["there are no pairs" in warning.value for warning in arrived.warning] == [True]


def test_own_pairs_have_an_end_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_pairs, "MOST_PAIRS", 2)
    app = uploader(visit("clusters", OWN), "o_pair_files").set_value(pair_files("one")).run()
    app.switch_page("pages/models/page.py").run()
    app.switch_page("pages/clusters/page.py").run()
    uploader(app, "o_pair_files").set_value(pair_files("a", "b")).run()
    assert pairs_of(app).names == ("one", "a")
    assert ["More than 2 pairs" in warning.value for warning in app.warning] == [True]


def test_a_point_of_a_recording_that_was_just_brought_is_sent_with_it(made: AppTest) -> None:
    assert held(made).clip in made.session_state["shelf"]
    press(made, "Send to A")
    made.switch_page("pages/interpolate/page.py").run()
    assert made.selectbox(key="a_clip").value == held(made).clip
    assert not made.exception
    assert not any("Choose a sound" in one.value for one in made.info)


def test_a_point_of_a_recording_that_is_gone_cannot_be_sent(made: AppTest) -> None:
    made.session_state["shelf"] = {}
    made.run()
    assert not made.exception
    assert "no longer here" in markdown(made)
    assert not any(button.label == "Send to A" for button in made.button)


def test_a_map_s_recording_stays_on_the_shelf_while_it_is_the_map() -> None:
    app = visit("reconstruct")
    app.selectbox(key="r_clip").select("upload").run()
    first = ("first.wav", encode(VOICE), "audio/wav")
    uploader(app, "r_upload_file").set_value([first]).run()
    app.switch_page("pages/clusters/page.py").run()
    app.session_state["map_of"] = "own"
    app.run()
    app.selectbox(key="o_clip").select("first.wav (yours)").run()
    press(app, "Make the map")
    app.session_state["o_clip"] = "bell"
    app.switch_page("pages/reconstruct/page.py").run()
    app.selectbox(key="r_clip").select("upload").run()
    uploader(app, "r_upload_file").set_value([("bell.wav", encode(load_clip("bell")), "audio/wav")]).run()
    assert {one.name for one in app.session_state["shelf"].values()} == {"first.wav", "bell.wav"}


def test_another_recording_is_listened_to_anew(made: AppTest) -> None:
    before = held(made)
    made.selectbox(key="o_clip").select("upload").run()
    uploader(made, "o_upload_file").set_value([("b.wav", encode(VOICE[::-1].copy()), "audio/wav")]).run()
    press(made, "Make the map")
    now = replace(held(made), own_map=replace(held(made).own_map, made=before.own_map.made))
    assert reference._version(now) != reference._version(before)
