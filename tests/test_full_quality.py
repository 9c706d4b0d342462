"""Promise: what a visitor brings keeps its sample rate and channels on every page, up to the files that he keeps."""

import io
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import soundfile
import streamlit
from streamlit.testing.v1 import AppTest

from core.audio.clips import load_clip
from core.audio.io import encode_exactly
from core.audio.rate import resampled
from core.effects import Setting, render
from pages.shared import recordings
from tests.app import uploader, visit

pytestmark = pytest.mark.usefixtures("results_of_this_code")

RATE = 44_100
LOWPASS = Setting("lowpass", (0.2, 0.3))


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What each download button of the page would give, by its label and its file's name."""
    offered: dict[str, Any] = {}
    button = streamlit.download_button

    def offer(label: str, data: Any, name: str, *rest: Any, **more: Any) -> bool:
        offered[label] = offered[name] = data
        return button(label, data, name, *rest, **more)

    monkeypatch.setattr(streamlit, "download_button", offer)
    return offered


def sound_of(data: Callable[[], bytes] | bytes) -> tuple[np.ndarray, int]:
    """The sound of a file, (time,) or (channel, time), and its rate."""
    audio, rate = soundfile.read(io.BytesIO(data() if callable(data) else data), dtype="float32")
    return audio.T, rate


def stereo(seconds: float = 4.0) -> np.ndarray:
    """(channel, time) at RATE: a loop, and the same softer and later."""
    left = resampled(load_clip("tabla_loop"), 24_000, RATE)[: round(seconds * RATE)]
    right = 0.3 * np.roll(left, 400)
    return np.stack([left, right + 0.01 * np.sin(np.arange(len(right)) * 2.5)]).astype(np.float32)  # 17.5 kHz


def upload(app: AppTest, key: str, audio: np.ndarray, rate: int = RATE) -> AppTest:
    return uploader(app, key).set_value([("take.wav", encode_exactly(audio, rate), "audio/wav")]).run()


def captions(app: AppTest) -> str:
    return " | ".join(one.value for one in app.caption)


def test_a_match_plays_and_keeps_what_was_brought(files: dict[str, Any]) -> None:
    dry = stereo()
    app = visit("match", {"m_source": "Two recordings"})
    upload(app, "m_dry_upload_file", dry)
    app = upload(app, "m_wet_upload_file", render(dry, LOWPASS, RATE))
    assert not app.exception
    assert captions(app).count("take.wav, 4.0 s; 44.1 kHz, stereo") == 2
    assert "All sounds are 44.1 kHz, stereo." in captions(app)
    assert any(header.value.startswith("Low-pass ladder") for header in app.header)
    made, rate = sound_of(files["Sound (WAV)"])
    assert rate == RATE
    wet = render(dry, LOWPASS, RATE)
    assert made.shape == wet.shape
    own = float((made * wet).sum() / (wet * wet).sum())  # answers are at the reference loudness
    assert np.abs(made - own * wet).max() < 0.02 * np.abs(own * wet).max()
    app.session_state["m_sounds"] = True
    app.run()
    assert sound_of(files["match-dry.wav"])[0].shape == dry.shape


@pytest.mark.parametrize(("rate", "answered"), [(96_000, 96_000), (8_000, 24_000)])
def test_a_match_is_at_the_recordings_rate_or_at_what_models_hear(
    rate: int, answered: int, files: dict[str, Any]
) -> None:
    dry = resampled(stereo(2.5)[0], RATE, rate)
    app = visit("match", {"m_source": "Two recordings"})
    upload(app, "m_dry_upload_file", dry, rate)
    app = upload(app, "m_wet_upload_file", render(dry, Setting("delay", (0.5, 0.4, 0.6)), rate), rate)
    assert not app.exception
    assert f"take.wav, 2.5 s; {answered // 1000} kHz, mono" in captions(app)
    assert f"All sounds are {answered // 1000} kHz, mono." in captions(app)
    made, made_rate = sound_of(files["Sound (WAV)"])
    assert (made_rate, made.shape) == (answered, (round(2.5 * answered),))


def test_play_renders_the_recording_itself(files: dict[str, Any]) -> None:
    dry = stereo(7.0)
    app = visit("play", {"p_clip": "Upload a file", "p_effect": "Delay"})
    app = upload(app, "p_upload_file", dry)
    assert not app.exception
    assert not app.error
    assert "These two and all downloads are 44.1 kHz, stereo; what the pad plays is 24 kHz, mono." in captions(app)
    made, rate = sound_of(files["play-delay.wav"])
    assert (rate, made.shape) == (RATE, (2, round(131_072 * RATE / 24_000)))
    app.session_state["p_tab"] = "Download"
    app.run()
    whole, rate = sound_of(next(data for name, data in files.items() if name.startswith("Sound (WAV), 7.0 s")))
    assert (rate, whole.shape) == (RATE, dry.shape)
    app.session_state["p_tab"] = "Traverse"
    app.run()
    with zipfile.ZipFile(io.BytesIO(files["traverse.zip"]())) as archive:
        assert sound_of(archive.read("step-07.wav"))[0].shape == made.shape


def interpolate(query: dict[str, str]) -> AppTest:
    """Interpolate with the visitor's stereo recording at both ends, A through Delay, B through Overdrive."""
    app = visit("interpolate", {"a_clip": "Upload a file", "steps": "3", **query})
    app = upload(app, "a_upload_file", stereo(7.0))
    app.selectbox(key="b_clip").select("take.wav (yours)").run()
    assert not app.exception
    assert not app.error
    return app


@pytest.mark.parametrize("voice", ["Decoded", "Crossfade"])
def test_a_path_over_one_recording_keeps_it(voice: str, files: dict[str, Any]) -> None:
    app = interpolate({"voice": voice})
    assert "This step and all downloads of sounds are 44.1 kHz, stereo" in captions(app)
    with zipfile.ZipFile(io.BytesIO(files["steps.zip"]())) as archive:
        steps = [sound_of(archive.read(name)) for name in archive.namelist()]
    length = round(131_072 * RATE / 24_000)
    assert [(rate, sound.shape) for sound, rate in steps] == 3 * [(RATE, (2, length))]
    first, last = steps[0][0], steps[-1][0]
    assert np.abs(first[0] - first[1]).max() > 0.1, "channels differ, as they were brought"
    for sound in (first, last):
        spectrum = np.abs(np.fft.rfft(sound[1] * np.hanning(length)))
        high = spectrum[round(17_400 * length / RATE) : round(17_700 * length / RATE)]
        assert high.max() > 20 * np.median(spectrum[round(19_000 * length / RATE) :]), "the tone above 12 kHz is there"


def test_between_two_recordings_decoded_words_are_said_to_be_mono(files: dict[str, Any]) -> None:
    app = visit("interpolate", {"a_clip": "Upload a file", "steps": "3", "voice": "Decoded"})
    app = upload(app, "a_upload_file", stereo(3.0))
    assert not app.exception
    assert "The network makes this voice up, words and all." in captions(app)
    assert "This step and all downloads of sounds are 24 kHz, mono" in captions(app)


@pytest.mark.parametrize("voice", ["Decoded", "Parameter line"])
def test_a_morph_over_time_is_as_long_and_wide_as_the_recording(voice: str, files: dict[str, Any]) -> None:
    app = visit("interpolate", {"voice": voice, "view": "Over time", "t_clip": "Upload a file"})
    dry = stereo(6.5)  # two segments
    app = upload(app, "t_upload_file", dry)
    next(button for button in app.button if button.label == "Render the morph").click().run()
    assert not app.exception
    made, rate = sound_of(files["morph.wav"])
    assert (rate, made.shape) == (RATE, dry.shape)
    assert 0.3 < made[0].std() / dry[0].std() < 3
    if voice == "Parameter line":
        assert np.array_equal(sound_of(files["dry.wav"])[0], dry)


def test_a_reconstruction_changes_the_recording_itself(files: dict[str, Any]) -> None:
    app = visit("reconstruct", {"r_clip": "Upload a file", "r_effect": "Low-pass ladder"})
    app = upload(app, "r_upload_file", stereo(6.0))
    assert not app.exception
    assert "They are 44.1 kHz, stereo; of the decoded dry sound only 24 kHz, mono." in captions(app)
    app.session_state["r_sounds"] = True
    app.run()
    made = [sound_of(files[name]) for name in files if name.endswith(".wav")]
    assert [(rate, sound.shape) for sound, rate in made] == 4 * [(RATE, (2, round(131_072 * RATE / 24_000)))]


def test_a_take_that_is_too_long_for_full_quality_is_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recordings, "MOST_SAMPLES", 2 * 6 * RATE)
    app = visit("match", {"m_source": "Two recordings"})
    app = upload(app, "m_dry_upload_file", stereo(7.0))
    assert "7.0 s; 24 kHz, mono" in captions(app)
    assert any("used as one channel at 24,000 Hz" in note.value for note in app.info)
    app.number_input(key="m_dry_begin_s").set_value(2.0).run()
    assert "44.1 kHz, stereo" in captions(app)
