"""A map as one file: an npz of plain arrays, the recording among them. Nothing in it is ever unpickled."""

import io
import json
import zipfile
import zlib
from dataclasses import asdict, dataclass, fields
from typing import Annotated, Any

import numpy as np
from msgspec import Meta

from core.audio import SAMPLE_RATE, SEGMENT
from core.audio.io import MAX_PEAK, is_silent
from core.audio.own import Own
from core.effects import KnobLayout
from core.latent.archive import check_archive
from core.own_map.own_map import DEEPEST, MOST_POINTS, Made, OwnMap
from core.strict_json import parse, plain, read

FORMAT = "latentfx-map/1"
ENDING = "npz"
_KINDS = {
    "about": ("u", 1), "audio": ("f", 2), "heard": ("f", 1), "effect": ("i", 2), "values": ("f", 3), "z": ("f", 2),
    "loudness_lufs": ("f", 1), "brightness_hz": ("f", 1),
}  # fmt: skip
_CHANNELS = 8
_REMEDY = "Please choose a file that was downloaded as a map."


class MapFileError(ValueError):
    """A file that cannot be used as a map: one sentence names the reason, one the remedy."""


@dataclass(frozen=True)
class _About:
    format: Annotated[str, Meta(max_length=40)]
    name: Annotated[str, Meta(max_length=200)]
    checkpoint: Annotated[str, Meta(max_length=200)]
    fingerprint: Annotated[str, Meta(max_length=64)]
    effects: Annotated[tuple[Annotated[str, Meta(max_length=40)], ...], Meta(min_length=1, max_length=64)]
    rate: Annotated[int, Meta(ge=1000, le=768_000)]


def to_bytes(own_map: OwnMap) -> bytes:
    """The map as a file."""
    own = own_map.own
    about = _About(FORMAT, own_map.name[:200], own_map.checkpoint, own_map.fingerprint, own_map.knobs.effects, own.rate)
    arrays: dict[str, Any] = {"about": np.frombuffer(json.dumps(asdict(about)).encode(), dtype=np.uint8)}
    arrays |= {"audio": np.atleast_2d(own.audio), "heard": own.heard}
    arrays |= {one.name: getattr(own_map.made, one.name) for one in fields(Made)}
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def from_bytes(data: bytes, checkpoint: str, fingerprint: str, part: int) -> OwnMap:
    """The map in a file, of the checkpoint in use: its name, the state of its weights, how many numbers it maps.

    Raises MapFileError, in plain words, for all that is none, and for the map of another checkpoint.
    """
    try:
        check_archive(io.BytesIO(data), _KINDS)
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in _KINDS}
        about = read(_About, parse(arrays.pop("about").tobytes()), "its description")
        if about.format != FORMAT:
            raise ValueError(f"it is of the format {plain(about.format)}, not {FORMAT}")
    except (OSError, EOFError, ValueError, NotImplementedError, zipfile.BadZipFile, zlib.error) as error:
        raise MapFileError(f"The map file cannot be used ({error}). {_REMEDY}") from error
    if about.fingerprint != fingerprint:
        raise MapFileError(
            f"This map was made by another checkpoint, {plain(about.checkpoint)} in the state "
            f"{plain(about.fingerprint)}, and {plain(checkpoint)} lays sounds out in its own way. Please choose that "
            "checkpoint on the left, or make the map anew."
        )
    try:
        return _checked(about, arrays, part)
    except (KeyError, ValueError) as error:  # AudioError among them
        raise MapFileError(f"The map file cannot be used ({error.args[0]}). {_REMEDY}") from error


def _checked(about: _About, arrays: dict[str, np.ndarray], part: int) -> OwnMap:
    audio, heard = arrays.pop("audio").astype(np.float32), arrays.pop("heard").astype(np.float32)
    knobs = KnobLayout(about.effects)
    made = Made(**{name: array.astype(np.int8 if name == "effect" else np.float32) for name, array in arrays.items()})
    count = len(made)
    if not 0 < count <= MOST_POINTS or any(len(getattr(made, one.name)) != count for one in fields(Made)):
        raise ValueError(f"its arrays have different lengths, or not 1 to {MOST_POINTS:,} points")
    if made.values.shape[1:] != (DEEPEST, knobs.most) or made.effect.shape[1] != DEEPEST or made.z.shape[1] != part:
        raise ValueError("its arrays do not fit together")
    if made.effect[:, 0].min() < 0 or made.effect.min() < -1 or made.effect.max() >= len(knobs.effects):
        raise ValueError("it speaks of effects that it does not name")
    if not all(np.isfinite(x).all() for x in (made.z, made.loudness_lufs, made.brightness_hz, audio, heard)):
        raise ValueError("it holds values that are not numbers")
    if (
        not 1 <= len(audio) <= _CHANNELS
        or abs(audio.shape[1] / about.rate - SEGMENT / SAMPLE_RATE) > 0.01
        or len(heard) != SEGMENT
    ):
        raise ValueError("its recording is not as long as a model hears")
    if is_silent(heard) or max(np.abs(audio).max(), np.abs(heard).max()) > MAX_PEAK:
        raise ValueError("its recording is silent, or beyond all measure")
    own = Own(audio[0] if len(audio) == 1 else audio, about.rate, heard)
    found = OwnMap(about.name, own, about.checkpoint, about.fingerprint, knobs, made)
    for point in range(count):
        found.played(point)  # its knobs lie in their ranges
    return found
