"""Promise: the exported script of a setting makes, alone, the sound that render makes."""

import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from core.audio.clips import load_clip
from core.audio.io import encode, encode_exactly, read
from core.audio.own import load_own
from core.audio.rate import resampled
from core.effects import EFFECTS, Effect, Setting, random_setting, render
from core.effects.code import as_code

each_effect = pytest.mark.parametrize("effect", EFFECTS, ids=lambda effect: effect.name)


def run(setting: Setting, dry: np.ndarray, folder: Path) -> np.ndarray:
    (folder / "effect.py").write_text(as_code(setting))
    (folder / "dry.wav").write_bytes(encode(dry))
    command = [sys.executable, "-I", "effect.py", "dry.wav", "wet.wav"]
    subprocess.run(command, cwd=folder, check=True, timeout=120)
    return read(folder / "wet.wav")


# To load pedalboard takes longer than to play: one process runs all scripts, each as its own main program.
ALL = """
import runpy, sys
for name in sys.argv[1:]:
    sys.argv[1:] = ["dry.wav", f"{name}.wav"]
    runpy.run_path(f"{name}.py", run_name="__main__")
"""


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with dry.wav, and every effect's script beside what it made of it."""
    folder = tmp_path_factory.mktemp("played")
    dry = resampled(load_clip("speech_fr_m_uh1"), 24_000, 44_100)[: 5 * 44_100]
    (folder / "dry.wav").write_bytes(encode_exactly(np.stack([0.5 * dry, 0.1 * dry[::-1]]), 44_100))  # not at -23 LUFS
    for effect in EFFECTS:
        (folder / f"{effect.name}.py").write_text(as_code(random_setting(effect.name, seed=3)))
    names = [effect.name for effect in EFFECTS]
    subprocess.run([sys.executable, "-I", "-c", ALL, *names], cwd=folder, check=True, timeout=120)
    return folder


@each_effect
def test_the_script_sounds_as_render_does(effect: Effect, played: Path) -> None:
    # Not by `read`, which takes an offset out that nobody hears.
    (heard, rate), (dry, _) = (soundfile.read(played / f"{name}.wav", dtype="float32") for name in (effect.name, "dry"))
    assert (rate, heard.shape) == (44_100, dry.shape)
    assert np.abs(heard.T - render(dry.T, random_setting(effect.name, seed=3), 44_100)).max() < 1e-5


@each_effect
def test_the_script_says_what_it_is(effect: Effect) -> None:
    setting = Setting(effect.name, effect.defaults)
    code = as_code(setting)
    compile(code, "effect.py", "exec")
    assert setting.text in code
    assert max(map(len, code.splitlines())) <= 200


def test_a_short_sound_and_silence_pass_the_script(tmp_path: Path) -> None:
    setting = Setting("delay", (0.2, 0.5, 0.5))
    short = read(encode(load_clip("bell")[:4800]))
    assert np.abs(run(setting, short, tmp_path) - render(short, setting)).max() < 1e-4
    (tmp_path / "effect.py").write_text(as_code(setting))
    (tmp_path / "dry.wav").write_bytes(encode(np.zeros(24000, np.float32)))
    subprocess.run([sys.executable, "effect.py", "dry.wav", "wet.wav"], cwd=tmp_path, check=True, timeout=120)


HARD = {
    "quiet": lambda dry: 10 ** (-50 / 20) * dry,
    "quiet, stereo": lambda dry: 10 ** (-58 / 20) * np.stack([dry, 0.3 * dry[::-1]]),
    "with an offset": lambda dry: 0.5 * dry + np.float32(0.1),
    "a click": lambda dry: np.where(np.arange(len(dry)) < 20, np.float32(0.5), np.float32(0)),
}


@pytest.mark.parametrize("how", HARD)
def test_a_recording_that_was_made_badly_sounds_as_in_the_app(how: str, tmp_path: Path) -> None:
    dry = HARD[how](load_clip("speech_fr_m_uh1")[:48_000]).astype(np.float32)
    setting = random_setting("overdrive", seed=3)
    data = encode_exactly(dry, 24_000)
    (tmp_path / "dry.wav").write_bytes(data)
    (tmp_path / "effect.py").write_text(as_code(setting))
    subprocess.run([sys.executable, "-I", "effect.py", "dry.wav", "wet.wav"], cwd=tmp_path, check=True, timeout=120)
    heard, _ = soundfile.read(tmp_path / "wet.wav", dtype="float32")
    own = load_own(data)
    assert np.abs(heard.T - render(own.audio, setting, own.rate)).max() < 1e-4 * np.abs(heard).max()


def test_a_script_refuses_a_rate_at_which_the_app_would_play_at_another(tmp_path: Path) -> None:
    (tmp_path / "dry.wav").write_bytes(encode_exactly(load_clip("bell")[:8000], 8000))
    (tmp_path / "effect.py").write_text(as_code(random_setting("overdrive", seed=3)))
    command = [sys.executable, "-I", "effect.py", "dry.wav", "wet.wav"]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert (ended.returncode, ended.stderr) == (
        1, "dry.wav has 8000 Hz. Please bring it to 24000: below, effects are others than they say.\n"
    )  # fmt: skip


BAD = {
    "that is not there": (None, "wet.wav", "dry.wav cannot be read as a sound: "),
    "that is none": (b"Dear Sir", "wet.wav", "dry.wav cannot be read as a sound: "),
    "too short": (np.ones((2, 2)), "wet.wav", "dry.wav is empty or shorter than 0.1 s. Please choose a longer one."),
    "without numbers": (np.full(4800, np.nan), "wet.wav", "dry.wav holds samples that are not numbers"),
    "for no folder": (np.ones(4800), "no/wet.wav", "no/wet.wav cannot be written: "),
    "for a kind of file that holds no floats": (np.ones(4800), "wet.flac", "wet.flac cannot be written: "),
}


@pytest.mark.parametrize("which", BAD)
def test_what_a_script_cannot_play_is_a_sentence(which: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content, wet, said = BAD[which]
    if isinstance(content, bytes):
        (tmp_path / "dry.wav").write_bytes(content)
    elif content is not None:
        soundfile.write(tmp_path / "dry.wav", content.T, 24_000, subtype="FLOAT")
    (tmp_path / "effect.py").write_text(as_code(Setting("delay", (0.2, 0.5, 0.5))))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["effect.py", "dry.wav", wet])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path("effect.py", run_name="__main__")
    assert str(ended.value).startswith(said)
