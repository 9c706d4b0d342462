"""Promise: of a film with several sound tracks the first that sounds is used, and it is said which."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from core.audio import SAMPLE_RATE
from core.audio.io import AudioError, load
from core.audio.own import load_own

RATE = 48_000


def tone(hz: float, seconds: float = 1.0) -> np.ndarray:
    return (0.3 * np.sin(2 * np.pi * hz * np.arange(int(seconds * RATE)) / RATE)).astype(np.float32)


SILENCE = tone(440) * 0


def film(*tracks: np.ndarray, kind: str = "matroska", codecs: Sequence[str] = ("libopus",)) -> bytes:
    """A film whose tracks of sound are these, each (time,) at RATE; codecs: of them, repeated."""
    import av

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "film")
        with av.open(str(path), "w", format=kind) as out:
            streams = [out.add_stream(codecs[n % len(codecs)], rate=RATE, layout="mono") for n in range(len(tracks))]
            for stream in streams:
                stream.options = {"strict": "-2"}
            for stream, track in zip(streams, tracks, strict=True):
                for start in range(0, len(track), 960):
                    block = np.pad(track[start : start + 960], (0, max(start + 960 - len(track), 0)))[None]
                    frame = av.AudioFrame.from_ndarray(block, format="flt", layout="mono")
                    frame.sample_rate, frame.pts = RATE, start
                    out.mux(stream.encode(frame))
                out.mux(stream.encode(None))
        return path.read_bytes()


def pitch_hz(audio: np.ndarray, rate: int = SAMPLE_RATE) -> float:
    return float(np.abs(np.fft.rfft(audio * np.hanning(len(audio)))).argmax() * rate / len(audio))


@pytest.mark.parametrize(("kind", "codec"), [("matroska", "libopus"), ("mp4", "aac"), ("mov", "pcm_s16le")])
def test_the_first_track_that_sounds_is_used(kind: str, codec: str) -> None:
    data = film(SILENCE, tone(600), tone(900), kind=kind, codecs=[codec])
    loaded = load(data, "obs")
    assert abs(pitch_hz(loaded.audio) - 600) < 5
    assert loaded.notes == ("obs holds 3 sound tracks; track 2 is used.",)
    own = load_own(data, "obs")
    assert own.rate == RATE
    assert abs(pitch_hz(own.audio, own.rate) - 600) < 5
    assert abs(pitch_hz(load(data, start_s=0.5, seconds=0.4).audio) - 600) < 5


def test_of_several_that_sound_it_is_said_which_is_used() -> None:
    """A shorter first track ends early by no clock of its own."""
    loaded = load(film(tone(600, 0.6), tone(900, 2.0)), "obs")
    assert abs(len(loaded.audio) / SAMPLE_RATE - 0.6) < 0.05
    assert loaded.notes == ("obs holds 2 sound tracks; track 1 is used.",)


def test_of_silent_tracks_their_number_is_said() -> None:
    with pytest.raises(AudioError, match=r"obs is silent .* It holds 3 sound tracks; none that was looked at sounds."):
        load(film(SILENCE, SILENCE, SILENCE), "obs")


def test_a_track_that_is_not_read_is_passed_over() -> None:
    loaded = load(film(tone(600), tone(900), codecs=["tta", "libopus"]), "obs")
    assert abs(pitch_hz(loaded.audio) - 900) < 5
    assert loaded.notes == ("obs holds 2 sound tracks; track 2 is used.",)
