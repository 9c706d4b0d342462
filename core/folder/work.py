"""What a process does with one item: encode it, match it, or play it through an effect. Sounds stay in it."""

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.audio import SAMPLE_RATE
from core.audio.io import encode_exactly
from core.audio.own import Own, load_own, together
from core.effects import EFFECTS, render_blend
from core.folder import columns
from core.folder.items import FolderError, Item
from core.folder.journal import Row
from core.folder.settings import Applied
from core.folder.table import Columns

if TYPE_CHECKING:  # torch: in the processes alone
    from core.explorer import Explorer
    from core.match import match

_DISTANCES: Columns = {
    "distance": "number", "distance_estimate": "number", "distance_nothing": "number", "over_nothing": "number",
    "explained": "truth", "lag_samples": "whole", "sample_rate_hz": "whole", "gain_db": "number",
}  # fmt: skip


@dataclass(frozen=True)
class Encode:
    """z and w of each pair; a lone recording is its own dry and wet.

    folder, checkpoint, revision: where the checkpoint lies, what it is called, which state of it.
    """

    folder: Path
    checkpoint: str
    revision: str
    version: str

    @property
    def about(self) -> dict[str, str]:
        return {"the command": type(self).__name__.lower()} | _made(self)

    def columns(self) -> Columns:
        explorer = opened(self.folder)
        return columns.PAIR | columns.MADE | _places(explorer)

    def row(self, item: Item) -> Row:
        return told(item, self._found) | _made(self)

    def _found(self, item: Item) -> Row:
        sounds, notes = heard(item)
        return notes | _placed(opened(self.folder), sounds[0].heard, sounds[-1].heard)


@dataclass(frozen=True)
class Match(Encode):
    """Effects of each pair in signal order, their knobs, how near they come, and its z and w once it is aligned."""

    def columns(self) -> Columns:
        explorer = opened(self.folder)
        explorer.controller("full")
        effects = explorer.config.effects
        return (
            columns.PAIR
            | {"effect": "text"}
            | columns.probabilities(effects)
            | columns.knobs(effects)
            | _DISTANCES
            | columns.MADE
            | _places(explorer)
        )

    def _found(self, item: Item) -> Row:
        explorer = opened(self.folder)
        (dry, wet), notes = heard(item)
        dry_sound, wet_sound, rate = together(dry, wet)
        found = explorer.match(dry_sound, wet_sound, sample_rate=rate)
        return notes | {"sample_rate_hz": rate} | _answer(found) | _placed(explorer, *found.pair.as_read)


@dataclass(frozen=True)
class Apply:
    """Each recording through one of the settings, as a sound of its own."""

    settings: tuple[Applied, ...]
    version: str

    @property
    def about(self) -> dict[str, str]:
        text = "; ".join(f"{one.label}: {one.blend.parts}" for one in self.settings)
        return {"settings": text, "version": self.version}

    def columns(self) -> Columns:
        effects = [effect.name for effect in EFFECTS]
        return (
            {"file": "text", "sound": "text", "setting": "text", "position": "number"}
            | columns.shares()
            | columns.knobs(effects, ())
            | columns.TOLD
        )

    def row(self, item: Item) -> Row:
        own = self.settings[item.number]
        at = {} if own.position is None else {"position": own.position}
        return told(item, self._found) | {"setting": own.name} | at | {"version": self.version}

    def _found(self, item: Item) -> Row:
        own = self.settings[item.number]
        (dry,), notes = heard(item)
        write_sound(Path(item.sound), render_blend(dry.audio, own.blend, dry.rate), dry.rate)
        row = notes | {"sound": item.sound}
        row |= columns.blend_values(own.blend)
        return row


def told(item: Item, find: Callable[[Item], Row]) -> Row:
    """What is found of an item with the names of its files; "reason" where nothing is, and why."""
    names = {"file": item.file, "wet": item.wet} if item.wet else {"file": item.file}
    if item.problem:
        return names | {"reason": item.problem}
    try:
        return names | find(item)
    except ValueError as error:  # AudioError among them: already a sentence about the recording
        return names | {"reason": str(error)}
    except Exception as error:
        return names | {"reason": f"{type(error).__name__}: {error}"}


def heard(item: Item) -> tuple[list[Own], Row]:
    """The recordings of an item, dry and wet or one, and what there is to say of them."""
    loaded = [load_own(file) for file in (item.file, item.wet) if file]
    notes = " ".join(note for one in loaded for note in one.notes)
    return loaded, {"note": notes} if notes else {}


@cache
def opened(folder: Path) -> "Explorer":
    """The checkpoint, loaded once a process, on the CPU: processes side by side would fight for a GPU's memory."""
    from core.explorer import Explorer

    return Explorer.load(folder, device="cpu")


def write_sound(path: Path, sound: np.ndarray, rate: int = SAMPLE_RATE) -> None:
    """Write sound, (time,) or (channel, time), as WAV of 32-bit floats, see `write_whole`."""
    write_whole(path, encode_exactly(sound, rate))


def write_whole(path: Path, data: bytes) -> None:
    """Write a file that arrives whole or not at all; FolderError where it cannot be written."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(data)
        os.replace(partial, path)
    except OSError as error:
        with suppress(OSError):
            partial.unlink()
        raise FolderError(
            f"{path} cannot be written ({error.strerror}). Please mend that, or choose another --out."
        ) from error


def _places(explorer: "Explorer") -> Columns:
    return columns.w(explorer.dimensions) | columns.z(explorer.layout.parts)


def _placed(explorer: "Explorer", dry: np.ndarray, wet: np.ndarray) -> Row:
    """z and w of the first 5.46 s of a pair (time,), (time,)."""
    z = explorer.encode(dry, wet)
    own = z[None, explorer.map_part]
    places = [explorer.controllers.places(f"w{size}", own)[0] for size in explorer.dimensions]
    return columns.numbers(_places(explorer), np.concatenate([*places, z]))


def _answer(found: "match.Match") -> Row:
    from core.models.controller import EIGHTY_PERCENT

    estimate, answer, nothing = found.estimate, found.answer, found.candidates["nothing"].distance
    knobs: Row = {}
    for setting in answer.chain.settings:
        own, spread = estimate.of_effect(setting.effect) or (setting, ())
        known, reach = np.array(own.values), EIGHTY_PERCENT * np.array(spread)
        ranges = (np.clip(known - reach, 0, 1), np.clip(known + reach, 0, 1)) if spread else ()
        knobs |= columns.knob_values(setting, *ranges)
    distances = {
        "distance": answer.distance,
        "distance_estimate": found.candidates["estimate"].distance,
        "distance_nothing": nothing,
        "over_nothing": answer.distance / nothing if nothing else np.nan,
        "gain_db": found.gain_db,
    }
    return (
        {"effect": " | ".join(answer.chain.effects), "explained": bool(found.explained), "lag_samples": int(found.lag)}
        | columns.numbers(
            (f"probability_{effect}" for effect in estimate.probabilities), estimate.probabilities.values()
        )
        | knobs
        | columns.numbers(distances, distances.values())
    )


def _made(work: Encode) -> Row:
    return {"checkpoint": work.checkpoint, "revision": work.revision, "version": work.version}
