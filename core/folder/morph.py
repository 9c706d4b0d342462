"""Two sounds, and a path between them: its sounds and its file."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.audio import SEGMENT
from core.audio.io import AudioNote, check
from core.audio.own import Own, load_own, together
from core.audio.rate import as_heard
from core.checkpoints.cache import fingerprint as state_of
from core.effects import Chain, Setting, render
from core.effects.automation import Node
from core.folder.items import FolderError, pair_of
from core.folder.work import write_sound, write_whole
from core.paths.lock import Lock, lockable
from core.paths.path_file import End, PathFile, fingerprint, to_json
from core.paths.route import Route
from core.paths.voices import Takes, voice_rate

if TYPE_CHECKING:  # torch
    from core.explorer import Explorer


@dataclass(frozen=True)
class _Sound:
    """An end of a path: the dry sound, the wet one, its setting, and how the path file names it.

    wet (time,): as models hear it. own_wet: at the rate and in the channels of own.audio.
    """

    own: Own
    wet: np.ndarray
    own_wet: np.ndarray
    setting: Setting | Chain
    end: End


def morph(
    explorer: "Explorer", a: Path, b: Path, settings: Sequence[Setting | Chain], route: Route, voice: str
) -> tuple[list[np.ndarray], int, PathFile]:
    """The sounds of each step of a path between two recordings, in their channels, their rate in Hz, and the path file.

    settings: what A and B are played through, settings or chains; none: a and b name ready pairs, as x_dry and x_wet.
    FolderError where a knob is locked that the two do not share.
    """
    if len(settings) not in (0, 2):
        raise FolderError(f"A path has two settings, for A and for B, or none; not {len(settings)}.")
    if settings:
        heard = Lock.of(route.locked, settings).ends(settings)
        ends = [_played(*end) for end in zip((a, b), settings, heard, strict=True)]
    else:
        ends = [_ready(explorer, a), _ready(explorer, b)]
    own = [end.setting for end in ends]
    _check_locked(route.locked, own)
    path = explorer.interpolate([(end.own.heard, end.wet) for end in ends], route)
    blends, brought = explorer.blends(path, own), [(end.own.audio, end.own_wet, end.own.rate) for end in ends]
    takes = None if all(end.own.plain for end in ends) else Takes.of(brought, path.same_audio)
    sounds = [explorer.voice(path, step, voice, own, blends, takes) for step in range(len(path.z))]
    played = [path.blend(step, own) for step in range(len(path.z))] if voice == "parameter line" else blends
    nodes = tuple(Node(float(at), blend) for at, blend in zip(path.position, played, strict=True))
    file = PathFile(
        explorer.name, state_of(explorer.folder), tuple(end.end for end in ends), path.route, voice, nodes=nodes
    )
    return sounds, voice_rate(path, voice, takes), file


def write(folder: Path, name: str, sounds: Sequence[np.ndarray], rate: int, file: PathFile) -> list[Path]:
    """Write name_step-01.wav ... and name.json; the files, the path file last."""
    files = names(folder, name, len(sounds))
    for path, sound in zip(files, sounds, strict=False):
        write_sound(path, sound, rate)
    write_whole(files[-1], to_json(file).encode())
    return files


def names(folder: Path, name: str, steps: int) -> list[Path]:
    """What is written of a path of so many steps."""
    return [*(folder / f"{name}_step-{step:02d}.wav" for step in range(1, steps + 1)), folder / f"{name}.json"]


def _check_locked(locked: Sequence[str], ends: Sequence[Setting | Chain]) -> None:
    """FolderError where a knob cannot be held between these ends."""
    offered = lockable(ends)
    if strange := next((name for name in locked if name not in offered), None):
        effect, known = strange.partition(".")[0], ", ".join(offered)
        raise FolderError(
            f"{strange} cannot be locked: A ({ends[0].text}) and B ({ends[1].text}) do not both have {effect}. "
            + (f"Please lock {known}, or none." if known else "They share no effect: please lock none.")
        )


def _played(file: Path, chosen: Setting | Chain, setting: Setting | Chain) -> _Sound:
    """A recording through a setting or a chain; chosen: what that was before knobs were locked."""
    own = _segment(_brought(file), str(file))
    wet = render(own.heard, setting)
    own_wet = wet if own.plain else render(own.audio, setting, own.rate)
    return _Sound(own, wet, own_wet, setting, End(file.name, 0, chosen, fingerprint(own.heard)))


def _ready(explorer: "Explorer", file: Path) -> _Sound:
    """A ready pair, aligned; its setting is the nearest one."""
    dry_file, wet_file = pair_of(file)
    dry_sound, wet_sound, rate = together(_brought(dry_file), _brought(wet_file))
    found = explorer.match(dry_sound, wet_sound, sample_rate=rate)
    dry, wet = (_segment(Own(own, rate, as_heard(own, rate)), str(file)) for own in (found.dry, found.wet))
    setting = found.one_effect
    return _Sound(dry, wet.heard, wet.audio, setting, End(dry_file.name, 0, None, fingerprint(dry.heard)))


def _brought(file: Path) -> Own:
    """A recording as it was brought; what there is to say of it becomes a warning, as of core.audio.io.read."""
    own = load_own(file)
    for note in own.notes:
        warnings.warn(note, AudioNote, stacklevel=2)
    return own


def _segment(own: Own, name: str) -> Own:
    """The first 5.46 s of a sound, which is what a path is made of; a shorter one is looped, as on the page."""
    part = own.part(0, SEGMENT)
    heard = check(part.heard, name)
    return (Own.of(heard) if part.plain else replace(part, heard=heard)).lasting(SEGMENT, loop=True)
