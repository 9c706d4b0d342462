"""Promise: the page Match answers, says what it did or cannot do, and a search can be stopped at any time."""

import json

import numpy as np
import pandas as pd
import pytest
from pedalboard import HighShelfFilter, LowShelfFilter, Pedalboard
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button

from core.audio import SAMPLE_RATE
from core.audio.clips import load_clip
from core.audio.io import encode
from core.effects import Setting, effect_named, render
from core.match.search import Refinement
from pages.match import answers, question, search
from pages.shared import choices
from pages.shared.job import Job
from pages.shared.results import sounds
from pages.widgets.ab import Track, ab
from tests.app import uploader, visit

pytestmark = pytest.mark.usefixtures("results_of_this_code")

STRONG = Setting("lowpass", (0.2, 0.3))
PAIR = {"m_source": "Clip and effect", "m_clip": "tabla_loop", "m_effect": "Low-pass ladder"}


def wav(audio: np.ndarray, name: str) -> list[tuple[str, bytes, str]]:
    return [(name, encode(audio), "audio/wav")]


def two_recordings(dry: list, wet: list) -> AppTest:
    app = visit("match", {"m_source": "Two recordings"})
    uploader(app, "m_dry_upload_file").set_value(dry).run()
    return uploader(app, "m_wet_upload_file").set_value(wet).run()


def headline(app: AppTest) -> str:
    return next(header.value for header in app.header if "likely" in header.value)


def table(app: AppTest, column: str) -> pd.DataFrame:
    """The table that has this column."""
    return next(table.value for table in app.table if column in table.value)


def button(app: AppTest, label: str) -> Button:
    return next(button for button in app.button if button.label == label)


def said(app: AppTest) -> str:
    return "\n".join(element.value for element in (*app.markdown, *app.caption, *app.warning, *app.info, *app.error))


def test_a_riddle_is_answered_and_hidden_until_it_is_revealed() -> None:
    app = visit("match", {"m_seed": "7"})
    assert not app.exception
    assert not app.error
    _, truth = question.riddle(7)
    assert "likely" in headline(app)
    assert "In truth" not in said(app)
    app.toggle(key="m_reveal").set_value(True).run()
    assert f"In truth: **{truth.text}**" in said(app)
    button(app, "Another").click().run()
    assert app.number_input(key="m_seed").value != 7
    assert not app.toggle(key="m_reveal").value


def test_riddles_differ_and_repeat() -> None:
    drawn = [question.riddle(seed) for seed in range(40)]
    assert drawn == [question.riddle(seed) for seed in range(40)]
    assert len({setting.effect for _, setting in drawn}) == 8
    assert len({clip for clip, _ in drawn}) > 8


def test_a_strong_setting_of_a_shipped_clip_is_recognised_and_compared() -> None:
    app = visit("match", PAIR)
    assert headline(app).startswith("Low-pass ladder")
    knobs, distances = table(app, "Knob"), table(app, "Distance")
    assert len(knobs) == len(effect_named("lowpass").parameters)
    assert knobs["Uncertainty"].str.contains(" to ").all()
    assert "Truth" in knobs
    rows = dict(zip(distances[""].str.strip("*"), distances["Distance"].astype(float), strict=True))
    assert {"Estimate", "Nearest neighbour", "Random", "Always 0.5", "Do nothing"} <= set(rows)
    assert np.isfinite(list(rows.values())).all()
    assert rows["Estimate"] < rows["Do nothing"]


def test_every_control_is_explained() -> None:
    for query in ({}, PAIR, {"m_source": "Two recordings"}):
        app = visit("match", query)
        widgets = [
            *app.selectbox,
            *app.select_slider,
            *app.number_input,
            *app.button_group,
            *app.button,
            *app.toggle,
            *app.file_uploader,
        ]
        assert widgets
        for widget in widgets:
            assert widget.label, widget
            assert widget.help, widget.label


def test_a_checkpoint_without_controllers_is_a_sentence_with_the_remedy() -> None:
    app = visit("match")
    app.selectbox(key="checkpoint").set_value("joint-2ch").run()
    assert not app.exception
    assert any("has no controller" in error.value and "training controller" in error.value for error in app.error)


def test_recordings_of_other_length_and_offset_are_aligned() -> None:
    dry = load_clip("tabla_loop")
    late = np.concatenate([np.zeros(SAMPLE_RATE // 4, np.float32), render(dry, STRONG)])[: 8 * SAMPLE_RATE]
    app = two_recordings(wav(dry, "dry.wav"), wav(late / 4, "wet.wav"))
    assert not app.exception
    assert headline(app).startswith("Low-pass ladder")
    text = said(app)
    assert "ms later than the dry one" in text
    lag_ms = float(text.split("The wet sound comes ")[1].split(" ms")[0])
    assert lag_ms == pytest.approx(250, abs=0.5)
    assert "The dry sound lasts 10.00 s, the wet one 8.00 s; the 7.75 s that they have in common count." in text
    assert "The wet sound is 12" in text
    assert "dB softer than this effect leaves it" in text


def test_a_lag_of_two_samples_is_not_called_none() -> None:
    dry = load_clip("tabla_loop")
    late = np.concatenate([np.zeros(2, np.float32), render(dry, STRONG)])
    assert "comes 0.08 ms later than the dry one" in said(two_recordings(wav(dry, "dry.wav"), wav(late, "wet.wav")))


def test_all_of_a_long_recording_counts() -> None:
    dry = np.tile(load_clip("guitar_em9"), 3)
    app = two_recordings(wav(dry, "dry.wav"), wav(render(dry, STRONG), "wet.wav"))
    assert not app.exception
    assert f"{len(dry) / SAMPLE_RATE:.2f} s were compared" in said(app)
    assert app.slider(key="m_from_s").max == 10


BAD = {
    "quiet.wav is silent": encode(np.zeros(SAMPLE_RATE, np.float32)),
    "quiet.wav is empty or shorter": encode(np.full(1000, 0.1, np.float32)),
    "quiet.wav is not a readable": b"Dear Sir or Madam",
}


@pytest.mark.parametrize("reason", BAD)
def test_a_wet_recording_that_is_none_is_a_sentence(reason: str, dry: np.ndarray) -> None:
    app = two_recordings(wav(dry, "dry.wav"), [("quiet.wav", BAD[reason], "audio/wav")])
    assert not app.exception
    assert any(reason in error.value for error in app.error)
    assert "Choose a dry and a wet sound" in said(app)


def test_sounds_with_nothing_in_common_are_a_sentence() -> None:
    dry, wet = np.random.default_rng(0).normal(0, 0.1, (2, SAMPLE_RATE)).astype(np.float32)
    app = two_recordings(wav(dry, "dry.wav"), wav(wet, "wet.wav"))
    assert not app.exception
    (warning,) = app.warning
    assert "nothing in common by which they could be aligned" in warning.value


def test_a_sound_that_no_effect_explains_is_said_to_be_one(dry: np.ndarray) -> None:
    dry = dry[SAMPLE_RATE : 3 * SAMPLE_RATE]
    wet = Pedalboard([HighShelfFilter(1500, -18), LowShelfFilter(300, 12)])(dry, SAMPLE_RATE)
    app = two_recordings(wav(dry, "dry.wav"), wav(0.5 * wet, "wet.wav"))
    assert not app.exception
    (warning,) = app.warning
    assert "None of the effects explains this sound" in warning.value
    share, limit = (int(text.split(" %")[0].split()[-1]) for text in warning.value.split("leaves")[1:])
    assert share > limit > 0


def test_a_search_runs_and_its_best_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "ROUNDS", 4)
    app = visit("match", PAIR)
    app.button(key="refine").click().run()
    assert not app.exception
    assert f"Iteration {search.ROUNDS} of {search.ROUNDS}" in said(app)
    distances = table(app, "Distance")
    rows = dict(zip(distances[""].str.strip("*"), distances["Distance"].astype(float), strict=True))
    assert rows["Refined"] <= rows["Estimate"]
    assert not app.button(key="refine").disabled
    assert app.button(key="stop").disabled
    app.switch_page("pages/models/page.py").run()
    app.switch_page("pages/match/page.py").run()
    assert table(app, "Distance")[""].str.contains("Refined").any()


def test_a_search_that_is_stopped_keeps_its_best(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[Refinement] = []
    step = Job.step

    def interrupted(job: Job) -> None:
        if len(taken) == 3:
            raise RuntimeError("as if the visitor had clicked")
        step(job)
        taken.append(job.kept[-1])

    monkeypatch.setattr(Job, "step", interrupted)
    app = visit("match", PAIR)
    app.button(key="refine").click().run()
    assert app.exception
    assert not app.button(key="stop").disabled
    app.button(key="stop").click().run()
    assert not app.exception
    assert "Iteration 3 of 15 · 25 settings heard" in said(app)
    distances = table(app, "Distance")
    assert float(distances["Distance"][distances[""] == "**Refined**"].item()) == pytest.approx(
        taken[-1].best.distance, abs=0.0006
    )


def test_every_sound_has_a_plain_player() -> None:
    app = visit("match", PAIR)
    assert not app.get("audio")
    app.session_state["m_sounds"] = True
    app.run()
    assert not app.exception
    assert len(app.get("audio")) >= 6


def test_tracks_fit_the_player(dry: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    loud, quiet = sounds.track(dry), sounds.track(dry / 4)
    assert loud.columns <= sounds.TRACK_COLUMNS
    assert len(loud.picture) == sounds.TRACK_BANDS * loud.columns
    assert loud.loudness_lufs - quiet.loudness_lufs == pytest.approx(12.04, abs=0.1)
    sent = []
    monkeypatch.setattr("pages.widgets.ab._mount", lambda **given: sent.append(given["data"]))
    fixed = {"version": "1", "rate": SAMPLE_RATE, "seconds": 4.0, "start_s": 0, "ticks_hz": [], "colours": []}
    ab("ab", {"Dry": quiet, "Wet": loud}, ["a", "b"], [], **fixed)
    ab("ab", {"Dry": quiet, "Wet": loud}, ["a", "b"], [quiet.id, loud.id], **fixed)
    header = json.loads(sent[0].partition(b"\n")[0])
    assert header["sounds"][0]["gain"] == pytest.approx(4, abs=0.05)
    assert header["sounds"][1]["gain"] == 1
    assert header["headroom"] * quiet.peak * header["sounds"][0]["gain"] <= 1
    assert len(sent[0]) > len(loud.flac) + len(quiet.flac)
    assert len(sent[1]) < 2000, "what the browser holds is not sent again"


def test_a_silent_track_turns_nothing_up() -> None:
    silent = Track("s", b"", b"", 1, float("-inf"), 0.0)
    sent = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pages.widgets.ab._mount", lambda **given: sent.append(given["data"]))
        ab("ab", {"Dry": silent, "Wet": silent}, ["", ""], [])
    assert [sound["gain"] for sound in json.loads(sent[0])["sounds"]] == [1, 1]


def test_probabilities_are_never_certain() -> None:
    assert answers.percent(1.0) == "over 99 %"
    assert answers.percent(0.0) == "under 1 %"
    assert answers.percent(0.42) == "42 %"
    assert choices.read(choices.Match).m_source == "surprise"
