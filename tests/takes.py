"""Recordings that commands on whole folders work on."""

from pathlib import Path

from core.audio.clips import load_clip
from core.audio.io import encode
from core.effects import Setting, render

SETTINGS = {
    "a": Setting("overdrive", (0.6, 0.4, 0.7)),
    "b": Setting("lowpass", (0.4, 0.3)),
    "c": Setting("bitcrush", (0.2, 0.5)),
}


def write_takes(folder: Path, settings: dict[str, Setting] = SETTINGS) -> Path:
    """Pairs of one second by their names."""
    folder.mkdir(exist_ok=True)
    for number, (name, setting) in enumerate(settings.items()):
        dry = load_clip("speech_en_m_uh3")[24_000 * number :][:24_000]
        (folder / f"{name}_dry.wav").write_bytes(encode(dry))
        (folder / f"{name}_wet.wav").write_bytes(encode(render(dry, setting)))
    return folder


def lone(folder: Path, count: int) -> Path:
    """Recordings of one second, none of a pair."""
    folder.mkdir()
    for number in range(count):
        (folder / f"{number:02d}.wav").write_bytes(encode(load_clip("speech_en_m_uh0")[2_400 * number :][:24_000]))
    return folder
