"""A path as a file: written, read back, and refused in plain words where it is not one.

The file is JSON in UTF-8 of at most 1 MB, an object with exactly these fields:

    format      "latentfx-path/2"
    checkpoint  {name, revision}: the model, and which state of it
    ends        2 objects, A and B, or 4, A to D, where route.kind is "corners": {clip, start, setting, sha256}:
                  clip: name of the recording; start: its first sample used; sha256: of the dry samples (float32, little
                  endian), as hex; setting: {effect, values}, knob positions in [0, 1] in the order of EFFECTS, or null
                  for a ready pair of a dry and a wet sound
    route       {kind, part, steps, low, high, easing, via}, see core.paths.route.Route; part: null for all
    voice       what is heard, see core.paths.interpolation.VOICES
    curve       [[time in s, position], ...], times rising; may be empty. Position: 0 at A, 1 at B, from -0.3 to 1.3
    nodes       [{position, blend: [{effect, values, share}, ...]}, ...], positions rising, shares of sum 1; or empty
    score       what the exported script plays, see core.effects.live, or null

Numbers have all their digits, fields are sorted: reading a file and writing it again gives the same bytes.
"""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import pairwise
from math import isfinite
from typing import Annotated, Any, NoReturn

from msgspec import Meta

from core.effects import Blend, Setting, effect_named
from core.effects.automation import Node
from core.effects.live import ScoreError, check, check_curve, fingerprint
from core.paths.measures import knob_curves, share_curves
from core.paths.route import Route
from core.paths.voices import VOICES
from core.strict_json import Finite, JsonError, parse, read

__all__ = ["End", "PathFile", "PathFileError", "fingerprint", "from_json", "parameter_csv", "to_json"]

FORMAT, VERSION = "latentfx-path", 2
MAX_BYTES = 1_000_000
MAX_TEXT = 200
MAX_NODES = 100
MAX_START = 600 * 24_000
_AGAIN = "Please export the path again."


class PathFileError(ValueError):
    """A path file that cannot be used: one sentence names the field, one the remedy."""


_Text = Annotated[str, Meta(min_length=1, max_length=MAX_TEXT)]
_Whole = Annotated[int, Meta(ge=0, lt=2**31)]


@dataclass(frozen=True)
class _Checkpoint:
    name: _Text
    revision: _Text


@dataclass(frozen=True)
class _Setting:
    effect: _Text
    values: list[Finite]


@dataclass(frozen=True)
class _Part(_Setting):
    share: Finite


@dataclass(frozen=True)
class _End:
    clip: _Text
    start: _Whole
    setting: _Setting | None
    sha256: _Text


@dataclass(frozen=True)
class _Route:
    kind: _Text
    part: _Text | None
    steps: _Whole
    low: Finite
    high: Finite
    easing: _Text
    via: list[_Whole]


@dataclass(frozen=True)
class _Node:
    position: Finite
    blend: list[_Part]


@dataclass(frozen=True)
class _Content:
    """The file as it stands, field by field; what the module says. The score is looked at by core.effects.live."""

    format: str
    checkpoint: _Checkpoint
    ends: list[_End]
    route: _Route
    voice: _Text
    curve: list[tuple[Finite, Finite]]
    nodes: list[_Node]
    score: Any


@dataclass(frozen=True)
class End:
    """An end of a path: recording, first sample used, setting (None: a ready dry/wet pair), `fingerprint` of its dry
    sound. Characters of the recording's name that cannot be shown, and all after the 200th, are left out."""

    clip: str
    start: int
    setting: Setting | None
    sha256: str

    def __post_init__(self) -> None:
        shown = "".join(character for character in self.clip if character.isprintable())
        object.__setattr__(self, "clip", shown[:MAX_TEXT] or "unnamed")
        if not 0 <= self.start <= MAX_START:
            _refuse("start of an end", f"lies between 0 and {MAX_START} samples, not at {self.start}")
        if len(self.sha256) != 64 or set(self.sha256) - set("0123456789abcdef"):
            _refuse("sha256 of an end", "has 64 hexadecimal digits")


@dataclass(frozen=True)
class PathFile:
    """A path as it is kept: what the fields are says the module. PathFileError where they do not fit together."""

    checkpoint: str
    revision: str
    ends: tuple[End, ...]
    route: Route
    voice: str = "re-rendered"
    curve: tuple[tuple[float, float], ...] = ()
    nodes: tuple[Node, ...] = ()
    score: dict | None = None

    def __post_init__(self) -> None:
        _text(self.checkpoint, "checkpoint.name")
        _text(self.revision, "checkpoint.revision")
        object.__setattr__(self, "curve", tuple((float(time), float(position)) for time, position in self.curve))
        count = 4 if self.route.kind == "corners" else 2
        if len(self.ends) != count:
            _refuse("ends", f"of a {self.route.kind} path are {count}, not {len(self.ends)}")
        if self.voice not in VOICES:
            _refuse("voice", f"is one of {', '.join(VOICES)}, not {self.voice!r}")
        if len(self.nodes) > MAX_NODES:
            _refuse("nodes", f"are {MAX_NODES} at most, not {len(self.nodes)}")
        if any(b.position <= a.position for a, b in pairwise(self.nodes)):
            _refuse("nodes", "must lie at rising positions")
        with _within("curve"):
            if self.curve:
                check_curve(self.curve)
        with _within("score"):
            if self.score is not None:
                check(self.score)


def to_json(path: PathFile) -> str:
    """The path's file. Raises PathFileError where it would be longer than one that is read."""
    content = {
        "format": f"{FORMAT}/{VERSION}",
        "checkpoint": {"name": path.checkpoint, "revision": path.revision},
        "ends": [asdict(end) for end in path.ends],
        "route": asdict(path.route),
        "voice": path.voice,
        "curve": path.curve,
        "nodes": [
            {
                "position": node.position,
                "blend": [asdict(own) | {"share": float(share)} for own, share in node.blend.parts],
            }
            for node in path.nodes
        ],
        "score": path.score,
    }
    text = json.dumps(content, sort_keys=True, indent=1, allow_nan=False) + "\n"
    if len(text) > MAX_BYTES:
        raise PathFileError("The path is too long for a file of 1 MB. Please draw a curve with fewer points.")
    return text


def from_json(text: str | bytes) -> PathFile:
    """The path in a file's text or bytes. Raises PathFileError, in plain words, for all that is not one."""
    if len(text) > MAX_BYTES:
        raise PathFileError(f"The path file is longer than {MAX_BYTES // 1_000_000} MB, which no path is. {_AGAIN}")
    try:
        raw = parse(text)
        _known_format(raw)
        found = read(_Content, raw)
    except JsonError as error:
        whose = "The path file's" if error.place else "The path file"
        raise PathFileError(f"{whose} {error}. {_AGAIN}") from error
    with _within("route"):
        route = Route(**vars(found.route))  # which makes a tuple of via
    return PathFile(
        checkpoint=found.checkpoint.name,
        revision=found.checkpoint.revision,
        ends=tuple(_end(end, f"ends[{index}]") for index, end in enumerate(found.ends)),
        route=route,
        voice=found.voice,
        curve=tuple(found.curve),
        nodes=tuple(_node(node, f"nodes[{index}]") for index, node in enumerate(found.nodes)),
        score=found.score,
    )


def parameter_csv(nodes: Sequence[Node]) -> str:
    """The parameters along a path as CSV, a row a node: its position, each effect's share, each knob in its unit.

    A knob is empty where its effect is not heard.
    """
    blends = [node.blend for node in nodes]
    columns: list[tuple[str, list[str]]] = [("position", [_digits(node.position) for node in nodes])]
    for effect, shares in share_curves(blends).items():
        columns.append((f"{effect} share", [_digits(share) for share in shares]))
    for (effect, number), units in knob_curves(blends).items():
        knob = effect_named(effect).parameters[number]
        values = [_digits(knob.to_value(unit)) if isfinite(unit) else "" for unit in units]
        columns.append((f"{effect} {knob.name}" + (f" ({knob.unit})" if knob.unit else ""), values))
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([title for title, _ in columns])
    writer.writerows(zip(*(cells for _, cells in columns), strict=True))
    return buffer.getvalue()


def _digits(value: float) -> str:
    return f"{value:.9g}"


def _refuse(field: str, why: str) -> NoReturn:
    raise PathFileError(f"The path file's {field} {why}. {_AGAIN}")


@contextmanager
def _within(field: str) -> Iterator[None]:
    """What the parts of a path say against their own values, as one of its sentences."""
    try:
        yield
    except (ScoreError, ValueError, KeyError) as error:
        if isinstance(error, PathFileError):
            raise
        why = str(error.args[0])
        raise PathFileError(f"The path file's {field} cannot be used: {why.rstrip('.')}. {_AGAIN}") from error


def _known_format(data: Any) -> None:
    said = data.get("format") if isinstance(data, dict) else None
    name, _, version = said.partition("/") if isinstance(said, str) else ("", "", "")
    number = int(version) if version.isascii() and version.isdigit() and len(version) < 9 else 0
    if name != FORMAT or number < 1:
        raise PathFileError(
            f"The file is no path of LatentFX: its format is not {FORMAT}/{VERSION}. Please try another."
        )
    if number > VERSION:
        raise PathFileError(f"The path file has format {number}, newer than {VERSION}. Please update LatentFX.")
    if number < VERSION:
        raise PathFileError(f"The path file has format {number}, older than {VERSION}, and lacks much of it. {_AGAIN}")


def _end(end: _End, name: str) -> End:
    setting = None if end.setting is None else _setting(end.setting, f"{name}.setting")
    return End(_text(end.clip, f"{name}.clip"), end.start, setting, end.sha256)


def _setting(found: _Setting, name: str) -> Setting:
    with _within(name):
        return Setting(found.effect, tuple(found.values))


def _node(node: _Node, name: str) -> Node:
    blend = tuple((_setting(part, f"{name}.blend[{index}]"), part.share) for index, part in enumerate(node.blend))
    with _within(name):
        return Node(node.position, Blend(blend))


def _text(value: str, name: str) -> str:
    if not 0 < len(value) <= MAX_TEXT or not value.isprintable():
        _refuse(name, f"must be a text of 1 to {MAX_TEXT} printable characters")
    return value
