"""Promise: the script that is taken home plays the morph that the page plays, bit for bit, or says why it cannot."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from core.audio import SAMPLE_RATE
from core.audio.clips import clip_segment
from core.audio.io import encode_exactly
from core.audio.rate import resampled
from core.effects import EFFECTS, Blend, Effect, Setting, render
from core.effects.automation import Node, automate, write_score
from core.effects.code import morph_as_code
from core.effects.live import fingerprint
from core.paths.path_file import End, PathFile, from_json, to_json
from core.paths.route import Route
from tests.test_automation import DELAY, at_knobs


def exported(drys: list[np.ndarray], folder: Path, rate: int = SAMPLE_RATE) -> tuple[np.ndarray, list[str]]:
    """The app's morph of all eight effects, and in the folder what a person takes home of it."""
    nodes = [Node(at / 7, Blend(((at_knobs(effect, 0.1 + 0.1 * at), 1.0),))) for at, effect in enumerate(EFFECTS)]
    nodes.append(Node(1.2, Blend(((at_knobs(EFFECTS[5], 0.2), 0.3), (at_knobs(EFFECTS[0], 0.8), 0.7)))))
    curve = [(0.0, 0.0), (1.1, 0.6), (2.0, 0.2), (3.9, 1.2)]
    dry = drys[0] if len(drys) == 1 else (drys[0], drys[1])
    ends = tuple(End("clip", 0, DELAY, fingerprint(sound)) for sound in (drys[0], drys[-1]))
    score = write_score(dry, nodes, curve, rate)
    path = PathFile("factor", "1", ends, Route(), curve=tuple(curve), nodes=tuple(nodes), score=score)
    (folder / "path.json").write_text(to_json(from_json(to_json(path))))
    (folder / "morph.py").write_text(morph_as_code())
    files = [f"dry-{index}.wav" for index in range(len(drys))]
    for file, sound in zip(files, drys, strict=True):
        (folder / file).write_bytes(encode_exactly(sound, rate))
    return automate(dry, nodes, curve, rate), files


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", "morph.py", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize("count", [1, 2])
def test_the_exported_script_plays_the_same_bits(count: int, tmp_path: Path) -> None:
    drys = [clip_segment(name, 100) * np.float32(0.7) for name in ("speech_fr_f_june", "guitar_fifths")[:count]]
    wet, files = exported(drys, tmp_path)
    done = run(tmp_path, "path.json", *files, "wet.wav")
    assert (done.returncode, done.stderr) == (0, "")
    audio, rate = soundfile.read(tmp_path / "wet.wav", dtype="float32")
    assert rate == SAMPLE_RATE
    assert np.array_equal(audio, wet)
    score = json.loads((tmp_path / "path.json").read_text())["score"]
    (tmp_path / "score.json").write_text(json.dumps(score))
    assert run(tmp_path, "score.json", *files, "again.wav").returncode == 0
    assert np.array_equal(soundfile.read(tmp_path / "again.wav", dtype="float32")[0], wet)


def test_the_script_plays_the_same_bits_of_a_recording_as_it_was_brought(tmp_path: Path) -> None:
    dry = resampled(clip_segment("guitar_fifths", 100)[:60_000], SAMPLE_RATE, 44_100)
    wet, files = exported([np.stack([dry, 0.3 * dry[::-1]])], tmp_path, 44_100)
    done = run(tmp_path, "path.json", *files, "wet.wav")
    assert (done.returncode, done.stderr) == (0, "")
    audio, rate = soundfile.read(tmp_path / "wet.wav", dtype="float32")
    assert (rate, wet.shape) == (44_100, (2, len(dry)))
    assert np.array_equal(audio.T, wet)


@pytest.mark.parametrize("effect", EFFECTS, ids=lambda effect: effect.name)
def test_a_morph_that_rests_is_what_render_plays_at_any_rate(effect: Effect) -> None:
    left = resampled(clip_segment("guitar_fifths", 100)[:24_007], SAMPLE_RATE, 44_100)
    dry, setting = np.stack([left, 0.3 * left[::-1]]), at_knobs(effect, 0.4)
    wet = automate(dry, [Node(0.0, Blend.of(setting)), Node(1.0, Blend.of(setting))], [(0.0, 0.5)], 44_100)
    assert np.abs(wet - render(dry, setting, 44_100)).max() < 1e-5


def test_the_curve_tells_seconds_at_any_rate() -> None:
    dry = 0.1 * np.sin(2 * np.pi * 5000 * np.arange(2 * 44_100) / 44_100).astype(np.float32)
    nodes = [Node(0.0, Blend.of(Setting("lowpass", (1.0, 0.0)))), Node(1.0, Blend.of(Setting.all_at("overdrive", 1.0)))]
    wet = automate(np.stack([dry, dry]), nodes, [(0.0, 0.0), (1.0, 0.0), (1.01, 1.0)], 44_100)

    def distorted(at_s: float) -> float:
        """Level of the third harmonic against the tone."""
        cut = wet[1, round(at_s * 44_100) : round(at_s * 44_100) + 8820]
        spectrum = np.abs(np.fft.rfft(cut * np.hanning(len(cut))))
        return float(spectrum[3000] / spectrum[1000])

    assert max(distorted(at_s) for at_s in (0.1, 0.6, 0.75)) < 0.001
    assert distorted(1.1) > 0.1


def test_the_script_tells_another_recording_and_refuses_what_it_cannot_play(tmp_path: Path) -> None:
    _, files = exported([clip_segment("bell", 0)], tmp_path)
    (tmp_path / "other.wav").write_bytes(encode_exactly(clip_segment("bell", 1)))
    told = run(tmp_path, "path.json", "other.wav", "wet.wav")
    assert told.returncode == 0
    assert "not the recordings" in told.stderr
    path = tmp_path / "path.json"
    (tmp_path / "bare.json").write_text(to_json(replace(from_json(path.read_text()), score=None)))
    (tmp_path / "slow.wav").write_bytes(encode_exactly(clip_segment("bell", 0), 8000))
    for encoding in ("utf-8-sig", "utf-16"):
        (tmp_path / "windows.json").write_text(path.read_text(), encoding=encoding)
        assert run(tmp_path, "windows.json", files[0], "wet.wav").returncode == 0
    (tmp_path / "hostile.json").write_text(path.read_text().replace('"kind": "Distortion"', '"kind": "VST3Plugin"'))
    for arguments, words in (
        (("hostile.json", files[0], "wet.wav"), "no effect of pedalboard"),
        (("no.json", files[0], "wet.wav"), "cannot be played"),
        ((files[0], files[0], "wet.wav"), "cannot be played"),
        (("path.json", "no.wav", "wet.wav"), "cannot be read"),
        (("path.json", "slow.wav", "wet.wav"), "slow.wav has 8000 Hz. Please bring it to 24000"),
        (("path.json", files[0], "no/wet.wav"), "no/wet.wav cannot be written: "),
        (("path.json",), "python morph.py"),
        (("bare.json", files[0], "wet.wav"), "score needs exactly"),
    ):
        refused = run(tmp_path, *arguments)
        assert refused.returncode == 1
        assert words in refused.stderr
        assert "Traceback" not in refused.stderr
