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
from typing import Any, NoReturn

from core.effects import Blend, Setting, effect_named
from core.effects.automation import Node
from core.effects.live import ScoreError, check, check_curve, fingerprint
from core.paths.interpolation import VOICES
from core.paths.measures import knob_curves, share_curves
from core.paths.route import Route

__all__ = ["End", "Journey", "JourneyError", "fingerprint", "from_json", "parameter_csv", "to_json"]

FORMAT, VERSION = "latentfx-path", 2
MAX_BYTES = 1_000_000
MAX_TEXT = 200
MAX_NODES = 100
MAX_START = 600 * 24_000
_AGAIN = "Please export the path again."


class JourneyError(ValueError):
    """A path file that cannot be used: one sentence names the field, one the remedy."""


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
class Journey:
    """A path as it is kept: what the fields are says the module. Raises JourneyError where they do not fit together."""

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


def to_json(journey: Journey) -> str:
    """The path's file. Raises JourneyError where it would be longer than one that is read."""
    content = {
        "format": f"{FORMAT}/{VERSION}",
        "checkpoint": {"name": journey.checkpoint, "revision": journey.revision},
        "ends": [asdict(end) for end in journey.ends],
        "route": asdict(journey.route),
        "voice": journey.voice,
        "curve": journey.curve,
        "nodes": [
            {
                "position": node.position,
                "blend": [asdict(own) | {"share": float(share)} for own, share in node.blend.parts],
            }
            for node in journey.nodes
        ],
        "score": journey.score,
    }
    text = json.dumps(content, sort_keys=True, indent=1, allow_nan=False) + "\n"
    if len(text) > MAX_BYTES:
        raise JourneyError("The path is too long for a file of 1 MB. Please draw a curve with fewer points.")
    return text


def from_json(text: str | bytes) -> Journey:
    """The path in a file's text or bytes. Raises JourneyError, in plain words, for all that is not one."""
    data = _parse(text)
    _known_format(data)
    fields = ("format", "checkpoint", "ends", "route", "voice", "curve", "nodes", "score")
    _, checkpoint, ends, route, voice, curve, nodes, score = _fields(data, "path", fields)
    name, revision = _fields(checkpoint, "checkpoint", ("name", "revision"))
    return Journey(
        checkpoint=_text(name, "checkpoint.name"),
        revision=_text(revision, "checkpoint.revision"),
        ends=tuple(_end(end, f"ends[{index}]") for index, end in enumerate(_list(ends, "ends"))),
        route=_route(route),
        voice=_text(voice, "voice"),
        curve=tuple(_point(point, f"curve[{index}]") for index, point in enumerate(_list(curve, "curve"))),
        nodes=tuple(_node(node, f"nodes[{index}]") for index, node in enumerate(_list(nodes, "nodes"))),
        score=score,
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
    raise JourneyError(f"The path file's {field} {why}. {_AGAIN}")


@contextmanager
def _within(field: str) -> Iterator[None]:
    """What the parts of a path say against their own values, as one of its sentences."""
    try:
        yield
    except (ScoreError, ValueError, KeyError) as error:
        if isinstance(error, JourneyError):
            raise
        why = str(error.args[0])
        raise JourneyError(f"The path file's {field} cannot be used: {why.rstrip('.')}. {_AGAIN}") from error


def _parse(text: str | bytes) -> Any:
    if len(text) > MAX_BYTES:
        raise JourneyError(f"The path file is longer than {MAX_BYTES // 1_000_000} MB, which no path is. {_AGAIN}")
    try:
        if isinstance(text, bytes):
            text = text.decode("utf-8")
        return json.loads(text, object_pairs_hook=_once, parse_constant=lambda name: _refuse("numbers", f"hold {name}"))
    except UnicodeDecodeError as error:
        raise JourneyError(f"The path file is not text in UTF-8. {_AGAIN}") from error
    except RecursionError as error:
        raise JourneyError(f"The path file is nested too deep to be a path. {_AGAIN}") from error
    except JourneyError:
        raise
    except ValueError as error:
        raise JourneyError(f"The path file is not JSON, or only a part of it. {_AGAIN}") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object's fields; one that comes twice could mean either."""
    found = dict(pairs)
    if len(found) < len(pairs):
        _refuse("fields", "must not come twice in one object")
    return found


def _known_format(data: Any) -> None:
    said = data.get("format") if isinstance(data, dict) else None
    name, _, version = said.partition("/") if isinstance(said, str) else ("", "", "")
    number = int(version) if version.isascii() and version.isdigit() and len(version) < 9 else 0
    if name != FORMAT or number < 1:
        raise JourneyError(
            f"The file is no path of LatentFX: its format is not {FORMAT}/{VERSION}. Please try another."
        )
    if number > VERSION:
        raise JourneyError(f"The path file has format {number}, newer than {VERSION}. Please update LatentFX.")
    if number < VERSION:
        raise JourneyError(f"The path file has format {number}, older than {VERSION}, and lacks much of it. {_AGAIN}")


def _end(value: Any, name: str) -> End:
    clip, start, setting, sha256 = _fields(value, name, ("clip", "start", "setting", "sha256"))
    own = None
    if setting is not None:
        effect, values = _fields(setting, f"{name}.setting", ("effect", "values"))
        own = _setting(effect, values, f"{name}.setting")
    return End(_text(clip, f"{name}.clip"), _whole(start, f"{name}.start"), own, _text(sha256, f"{name}.sha256"))


def _setting(effect: Any, values: Any, name: str) -> Setting:
    with _within(name):
        return Setting(
            _text(effect, f"{name}.effect"),
            tuple(_number(value, f"{name}.values") for value in _list(values, f"{name}.values")),
        )


def _route(value: Any) -> Route:
    kind, part, steps, low, high, easing, via = _fields(
        value, "route", ("kind", "part", "steps", "low", "high", "easing", "via")
    )
    with _within("route"):
        return Route(
            kind=_text(kind, "route.kind"),
            part=None if part is None else _text(part, "route.part"),
            steps=_whole(steps, "route.steps"),
            low=_number(low, "route.low"),
            high=_number(high, "route.high"),
            easing=_text(easing, "route.easing"),
            via=tuple(_whole(index, "route.via") for index in _list(via, "route.via")),
        )


def _node(value: Any, name: str) -> Node:
    position, blend = _fields(value, name, ("position", "blend"))
    parts = []
    for index, part in enumerate(_list(blend, f"{name}.blend")):
        here = f"{name}.blend[{index}]"
        effect, values, share = _fields(part, here, ("effect", "values", "share"))
        parts.append((_setting(effect, values, here), _number(share, f"{here}.share")))
    with _within(name):
        return Node(_number(position, f"{name}.position"), Blend(tuple(parts)))


def _point(value: Any, name: str) -> tuple[float, float]:
    if len(_list(value, name)) != 2:
        _refuse(name, "must be a time and a position")
    return _number(value[0], name), _number(value[1], name)


def _fields(value: Any, name: str, fields: tuple[str, ...]) -> list[Any]:
    if not isinstance(value, dict):
        _refuse(name, f"must be an object with the fields {', '.join(fields)}")
    for missing in (field for field in fields if field not in value):
        _refuse(name, f"lacks the field {missing!r}")
    for unknown in (field for field in value if field not in fields):
        _refuse(name, f"has a field {unknown[:40]!r} that is not known")
    return [value[field] for field in fields]


def _list(value: Any, name: str) -> list[Any]:
    if not isinstance(value, list):
        _refuse(name, "must be a list")
    return value


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= MAX_TEXT or not value.isprintable():
        _refuse(name, f"must be a text of 1 to {MAX_TEXT} printable characters")
    return value


def _whole(value: Any, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**31:
        _refuse(name, "must be a whole number from 0 on")
    return value


def _number(value: Any, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e9:  # NaN, infinity too
        _refuse(name, "must be a finite number")
    return float(value)
