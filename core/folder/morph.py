"""Two sounds, and a path between them: its sounds and its file."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.audio import SEGMENT
from core.audio.io import check, read
from core.checkpoints.cache import fingerprint as state_of
from core.effects import Setting, render
from core.effects.automation import Node
from core.folder.items import FolderError, pair_of
from core.folder.work import write_sound
from core.paths.path_file import End, PathFile, fingerprint, to_json
from core.paths.route import Route

if TYPE_CHECKING:  # torch
    from core.explorer import Explorer


@dataclass(frozen=True)
class _Sound:
    """An end of a path: dry, wet (time,), the setting between them, and how the path file names it."""

    dry: np.ndarray
    wet: np.ndarray
    setting: Setting
    end: End


def morph(
    explorer: "Explorer", a: Path, b: Path, settings: Sequence[Setting], route: Route, voice: str
) -> tuple[list[np.ndarray], PathFile]:
    """The sounds (time,) of each step of a path between two recordings, and its file.

    settings: what A and B are played through; none: a and b name ready pairs, as x_dry and x_wet.
    """
    if len(settings) not in (0, 2):
        raise FolderError(f"A path has two settings, for A and for B, or none; not {len(settings)}.")
    ends = (
        [_played(a, settings[0]), _played(b, settings[1])] if settings else [_ready(explorer, a), _ready(explorer, b)]
    )
    own = [end.setting for end in ends]
    path = explorer.interpolate([(end.dry, end.wet) for end in ends], route)
    blends = explorer.blends(path, own)
    sounds = [explorer.voice(path, step, voice, own, blends) for step in range(len(path.z))]
    heard = [path.blend(step, own) for step in range(len(path.z))] if voice == "parameter line" else blends
    nodes = tuple(Node(float(at), blend) for at, blend in zip(path.position, heard, strict=True))
    file = PathFile(
        explorer.name, state_of(explorer.folder), tuple(end.end for end in ends), path.route, voice, nodes=nodes
    )
    return sounds, file


def write(folder: Path, name: str, sounds: Sequence[np.ndarray], file: PathFile) -> list[Path]:
    """Write name_step-01.wav ... and name.json; the files, the path file last."""
    files = names(folder, name, len(sounds))
    for path, sound in zip(files, sounds, strict=False):
        write_sound(path, sound)
    files[-1].write_text(to_json(file))
    return files


def names(folder: Path, name: str, steps: int) -> list[Path]:
    """What is written of a path of so many steps."""
    return [*(folder / f"{name}_step-{step:02d}.wav" for step in range(1, steps + 1)), folder / f"{name}.json"]


def _played(file: Path, setting: Setting) -> _Sound:
    dry = _segment(read(file), str(file))
    return _Sound(dry, render(dry, setting), setting, End(file.name, 0, setting, fingerprint(dry)))


def _ready(explorer: "Explorer", file: Path) -> _Sound:
    """A ready pair, aligned; its setting is the nearest one."""
    dry_file, wet_file = pair_of(file)
    found = explorer.match(read(dry_file), read(wet_file))
    dry, wet = (_segment(sound, str(file)) for sound in (found.dry, found.wet))
    setting = found.answer.setting or found.estimate.setting
    return _Sound(dry, wet, setting, End(dry_file.name, 0, None, fingerprint(dry)))


def _segment(audio: np.ndarray, name: str) -> np.ndarray:
    """The first 5.46 s of audio (time,), which is what a path is made of; a shorter sound is looped, as on the page."""
    return np.resize(check(audio[:SEGMENT], name), SEGMENT)
