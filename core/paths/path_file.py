"""A path as a file: written, read back, and refused in plain words where it is not one.

The file is JSON in UTF-8 of at most 1 MB, an object with exactly these fields:

    format      "latentfx-path/5", or what older LatentFX opens, too: "latentfx-path/4" where no knob is locked,
                "latentfx-path/3" where no chain fades, or goes by a difference, "latentfx-path/2" where there is none
    checkpoint  {name, revision}: the model, and which state of it
    ends        2 objects, A and B, or 4, A to D, where route.kind is "corners", or 3, A to C, where it is "difference":
                {clip, start, setting, sha256}:
                  clip: name of the recording; start: its first sample used; sha256: of the dry samples (float32, little
                  endian), as hex; setting: {effect, values}, knob positions in [0, 1] in the order of EFFECTS, or a
                  chain, a list of them in signal order, or null for a ready pair of a dry and a wet sound
    route       {kind, part, steps, low, high, easing, via}, see core.paths.route.Route; part: null for all; where knobs
                are locked also locked, their names, as "delay.mix": the ends have their own settings nevertheless
    voice       what is heard, see core.paths.interpolation.VOICES
    curve       [[time in s, position], ...], times rising; may be empty. Position: 0 at A, 1 at B, from -0.3 to 1.3
    nodes       [{position, blend: [{effect, values, share}, ...]}, ...], positions rising, shares of sum 1; or empty.
                Of a chain: {chain: [{effect, values}, ...], share}; of one that fades, see core.effects.fade, each of
                its settings also has an amount
    score       what the exported script plays, see core.effects.score, or null

Numbers have all their digits, fields are sorted: reading a file and writing it again gives the same bytes.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from typing import Any, NoReturn

from core.audio.io import LATEST_S
from core.effects import Blend, Chain, Faded, Setting
from core.effects.automation import Node
from core.effects.chain import plainest
from core.effects.fade import Played
from core.effects.live import fingerprint
from core.effects.score import ScoreError, check, check_curve
from core.paths.content import MAX_TEXT, Content, EndContent, FadedContent, NodeContent, SettingContent
from core.paths.lock import Lock
from core.paths.route import Route
from core.paths.voices import VOICES
from core.strict_json import JsonError, parse, read

__all__ = ["End", "PathFile", "PathFileError", "clip_name", "fingerprint", "from_json", "to_json"]

FORMAT, VERSION, FADES, CHAINS, OLDEST = "latentfx-path", 5, 4, 3, 2
_LACKS = {VERSION: "no locked knobs", FADES: "no chains that fade, and no differences", CHAINS: "no chains"}
MAX_BYTES = 1_000_000
MAX_NODES = 100
MAX_START = round(LATEST_S * 24_000)
_AGAIN = "Please mend it, or export the path again."


class PathFileError(ValueError):
    """A path file that cannot be used: one sentence names the field, one the remedy."""


def clip_name(name: str) -> str:
    """A recording's name as a file has it, without what cannot be shown, and what comes after 200 letters."""
    return "".join(letter for letter in name if letter.isprintable())[:MAX_TEXT] or "unnamed"


@dataclass(frozen=True)
class End:
    """An end of a path: recording, see `clip_name`, first sample used, setting or chain (None: a ready dry/wet pair),
    `fingerprint` of its dry sound."""

    clip: str
    start: int
    setting: Setting | Chain | None
    sha256: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "clip", clip_name(self.clip))
        if self.setting is not None:
            object.__setattr__(self, "setting", plainest(self.setting))
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
        count = {"corners": 4, "difference": 3}.get(self.route.kind, 2)
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

    @property
    def heard(self) -> tuple[End, ...]:
        """The ends as they are played, locked knobs held; as they are where one is a ready pair."""
        own = [end.setting for end in self.ends if end.setting is not None]
        if len(own) < len(self.ends):
            return self.ends
        held = Lock.of(self.route.locked, own).ends(own)
        return tuple(replace(end, setting=setting) for end, setting in zip(self.ends, held, strict=True))


def to_json(path: PathFile) -> str:
    """The path's file. Raises PathFileError where it would be longer than one that is read."""
    content = {
        "format": f"{FORMAT}/{_version(path)}",
        "checkpoint": {"name": path.checkpoint, "revision": path.revision},
        "ends": [vars(end) | {"setting": None if end.setting is None else _written(end.setting)} for end in path.ends],
        "route": {name: value for name, value in asdict(path.route).items() if name != "locked" or value},
        "voice": path.voice,
        "curve": path.curve,
        "nodes": [
            {"position": node.position, "blend": [_part(own, float(share)) for own, share in node.blend.parts]}
            for node in path.nodes
        ],
        "score": path.score,
    }
    text = json.dumps(content, sort_keys=True, indent=1, allow_nan=False) + "\n"
    if len(text) > MAX_BYTES:
        raise PathFileError("The path is too long for a file of 1 MB. Please draw a curve with fewer points.")
    return text


def _written(own: Played) -> dict | list[dict]:
    if isinstance(own, Faded):
        return [asdict(setting) | {"amount": amount} for setting, amount in own.parts]
    return asdict(own) if isinstance(own, Setting) else [asdict(setting) for setting in own.settings]


def _part(own: Played, share: float) -> dict:
    found = _written(own)
    return ({"chain": found} if isinstance(found, list) else found) | {"share": share}


def _version(path: PathFile) -> int:
    """The oldest version that knows all that is in the path."""
    if path.route.locked:
        return VERSION
    played = [own for node in path.nodes for own, _ in node.blend.parts]
    stages = [effect["stages"] for effect in path.score["effects"] if "stages" in effect] if path.score else []
    fades = any(isinstance(own, Faded) for own in played)
    if fades or path.route.kind == "difference" or any("mix" in stage for found in stages for stage in found):
        return FADES
    chains = stages or any(isinstance(own, Chain) for own in [*played, *(end.setting for end in path.ends)])
    return CHAINS if chains else OLDEST


def from_json(text: str | bytes) -> PathFile:
    """The path in a file's text or bytes. Raises PathFileError, in plain words, for all that is not one."""
    if len(text) > MAX_BYTES:
        raise PathFileError(f"The path file is longer than {MAX_BYTES // 1_000_000} MB, which no path is. {_AGAIN}")
    try:
        raw = parse(text)
        version = _known_format(raw)
        found = read(Content, raw)
    except JsonError as error:
        whose = "The path file's" if error.place else "The path file"
        raise PathFileError(f"{whose} {error}. {_AGAIN}") from error
    with _within("route"):
        route = Route(**vars(found.route))  # which makes a tuple of via
    path = PathFile(
        checkpoint=found.checkpoint.name,
        revision=found.checkpoint.revision,
        ends=tuple(_end(end, f"ends[{index}]") for index, end in enumerate(found.ends)),
        route=route,
        voice=found.voice,
        curve=tuple(found.curve),
        nodes=tuple(_node(node, f"nodes[{index}]") for index, node in enumerate(found.nodes)),
        score=found.score,
    )
    if version < (needed := _version(path)):
        _refuse("format", f"is {version}, which has {_LACKS[needed]}")
    return path


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


def _known_format(data: Any) -> int:
    """The version that a file names, where it is one that is read."""
    said = data.get("format") if isinstance(data, dict) else None
    name, _, version = said.partition("/") if isinstance(said, str) else ("", "", "")
    number = int(version) if version.isascii() and version.isdigit() and len(version) < 9 else 0
    if name != FORMAT or number < 1:
        raise PathFileError(
            f"The file is no path of LatentFX: its format is not {FORMAT}/{VERSION}. Please try another."
        )
    if number > VERSION:
        raise PathFileError(f"The path file has format {number}, newer than {VERSION}. Please update LatentFX.")
    if number < OLDEST:
        raise PathFileError(f"The path file has format {number}, older than {OLDEST}, and lacks much of it. {_AGAIN}")
    return number


def _end(end: EndContent, name: str) -> End:
    setting = None if end.setting is None else _played(end.setting, f"{name}.setting")
    return End(_text(end.clip, f"{name}.clip"), end.start, setting, end.sha256)


def _played(found: SettingContent | Sequence[SettingContent], name: str) -> Setting | Chain:
    if isinstance(found, SettingContent):
        with _within(name):
            return Setting(found.effect, tuple(found.values))
    settings = [_played(own, f"{name}[{index}]") for index, own in enumerate(found)]
    with _within(name):
        return Chain(tuple(setting for own in settings for setting in own.settings))


def _on_the_way(found: SettingContent | list[FadedContent], name: str) -> Played:
    """As `_played`; a chain of which each setting has an amount fades."""
    if isinstance(found, SettingContent):
        return _played(found, name)
    amounts = [own.amount for own in found if own.amount is not None]
    if not amounts:
        return _played([SettingContent(own.effect, own.values) for own in found], name)
    if len(amounts) < len(found):
        _refuse(name, "has an amount for some of its settings, not for each")
    settings = []
    for index, own in enumerate(found):
        with _within(f"{name}[{index}]"):
            settings.append(Setting(own.effect, tuple(own.values)))
    with _within(name):
        return Faded(tuple(zip(settings, amounts, strict=True)))


def _node(node: NodeContent, name: str) -> Node:
    parts = []
    for index, part in enumerate(node.blend):
        with _within(f"{name}.blend[{index}]"):
            own = part.own
        parts.append((_on_the_way(own, f"{name}.blend[{index}]"), part.share))
    with _within(name):
        return Node(node.position, Blend(tuple(parts)))


def _text(value: str, name: str) -> str:
    if not 0 < len(value) <= MAX_TEXT or not value.isprintable():
        _refuse(name, f"must be a text of 1 to {MAX_TEXT} printable characters")
    return value
