"""What is applied: a setting or a chain as it is typed, or a file of a chain, of presets or of a path."""

import itertools
import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from msgspec import Meta

from core.effects import EFFECTS, Blend, Chain, Effect, Faded, Parameter, Setting, chain_file, effect_named
from core.effects.automation import Node
from core.effects.chain import plainest
from core.effects.chain_file import ChainFileError
from core.effects.code import file_name
from core.effects.fade import Played
from core.effects.live import between
from core.effects.parameter import SECONDS
from core.effects.score import REACH
from core.folder.items import FolderError
from core.paths.path_file import MAX_BYTES, PathFile, PathFileError, from_json
from core.strict_json import Finite, JsonError, parse, plain, read

_NUMBER = re.compile(r"(?P<number>[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?)\s*(?P<unit>[a-z:1]*)", re.IGNORECASE)
_EXAMPLES = "delay:0.5,0.3,0.4 (positions of the knobs, 0 to 1) or delay:time=0.25s,mix=0.4 (in their units)"
_Text = Annotated[str, Meta(max_length=200)]
_LONGEST = 80  # bytes of a preset's name that become part of the name of a file


@dataclass(frozen=True)
class Applied:
    """What one sound is made with. label: as it is written in the sound's name. name: in the table. position: on a
    path, None elsewhere."""

    label: str
    name: str
    blend: Blend
    position: float | None = None


def read_settings(what: str, positions: Sequence[float] = (), preset: str = "") -> tuple[Applied, ...]:
    """What a setting, or the file of presets or of a path that is so called, stands for.

    positions: on the path, 0 at A and 1 at B; default: each of its steps. preset: the one of that name alone.
    Raises FolderError, or PathFileError for a path.
    """
    file = Path(what)
    if file.suffix.lower() != ".json" and not os.path.isfile(file):
        found: tuple[Applied, ...] = (_applied(parse_chain(what)),)
        kind = "setting"
    else:
        kind, found = _of_file(file, positions)
    if positions and kind != "path":
        raise FolderError(f"{what} is no path: --position goes with the path file that the page Interpolate exports.")
    if preset and kind != "presets":
        raise FolderError(f"{what} holds no presets: --preset goes with the file that the page Play exports.")
    chosen = tuple(one for one in found if not preset or one.name == preset)
    if not chosen:
        which, known = preset and f" {preset!r}", ", ".join(one.name for one in found) or "none"
        raise FolderError(f"{what} has no preset{which}. Known: {known}.")
    return chosen


def parse_chain(text: str) -> Setting | Chain:
    """Of settings as `parse_setting` takes them, in signal order, "|" between them."""
    chain = Chain()
    for part in text.split("|"):
        try:
            chain = chain | parse_setting(part)
        except ValueError as error:
            if isinstance(error, FolderError):
                raise
            raise FolderError(f"{text} cannot be played: {error}. Please leave some out.") from error
    return plainest(chain)


def parse_setting(text: str) -> Setting:
    """Of "delay:0.5,0.3,0.4", knob positions, or "delay:time=0.25s,mix=0.4", values in the knobs' units, where knobs
    that are not named stay at their defaults, or "delay" alone."""
    name, _, rest = text.partition(":")
    try:
        effect = effect_named(name.strip().lower())
    except KeyError:
        known = ", ".join(effect.name for effect in EFFECTS)
        raise FolderError(
            f"There is no effect or file {plain(name)!r}. Effects: {known}. A setting is written {_EXAMPLES}."
        ) from None
    parts = [part.strip() for part in rest.split(",")] if rest.strip() else []
    if any("=" in part for part in parts):
        return Setting(effect.name, _by_name(effect, parts))
    if not parts:
        return Setting(effect.name, effect.defaults)
    if len(parts) != len(effect.parameters):
        raise FolderError(f"{effect.label} has {len(effect.parameters)} knobs ({_knobs(effect)}), not {len(parts)}.")
    return Setting(
        effect.name, tuple(_position(effect, knob, part) for knob, part in zip(effect.parameters, parts, strict=True))
    )


def blend_at(nodes: Sequence[Node], position: float) -> Blend:
    """What sounds at a position of a path: between nodes knobs and shares move evenly, beyond them all hold.

    As in core.effects.automation, an order of effects that a node lacks has no share there.
    """
    at, here = np.array([node.position for node in nodes]), np.array(position)
    heard = [{own.effects: (own, share) for own, share in node.blend.parts} for node in nodes]
    parts = []
    for order in dict.fromkeys(effects for own in heard for effects in own):
        share = float(between(here, at, [own[order][1] if order in own else 0.0 for own in heard], "linear"))
        known = [number for number, own in enumerate(heard) if order in own]
        if share > 0:
            parts.append((_chain_at(here, at[known], [heard[number][order][0] for number in known]), share))
    return Blend(tuple(parts))


def _chain_at(position: np.ndarray, at: np.ndarray, known: Sequence[Played]) -> Played:
    """The chain at a position between those of one order at positions `at`; amounts move evenly as its knobs do."""
    settings = [_between(position, at, own) for own in zip(*(chain.settings for chain in known), strict=True)]
    if not any(isinstance(chain, Faded) for chain in known):
        return Chain(tuple(settings))
    rows = [
        [amount for _, amount in chain.parts] if isinstance(chain, Faded) else [1.0] * len(settings) for chain in known
    ]
    amounts = [float(between(position, at, column, "linear")) for column in zip(*rows, strict=True)]
    return Faded(tuple(zip(settings, np.clip(amounts, 0, 1), strict=True)))


def _between(position: np.ndarray, at: np.ndarray, settings: Sequence[Setting]) -> Setting:
    """The setting at a position between those of one effect at positions `at`."""
    columns = np.array([setting.values for setting in settings]).T
    values = [float(between(position, at, column, "linear")) for column in columns]
    return Setting(settings[0].effect, tuple(np.clip(values, 0, 1)))


def _applied(own: Setting | Chain) -> Applied:
    return Applied(file_name(own), own.text, Blend.of(own))


def _position(effect: Effect, knob: Parameter, text: str) -> float:
    """The position in [0, 1] that is written there."""
    found = _NUMBER.fullmatch(text)
    if not found or found["unit"] or not 0 <= float(found["number"]) <= 1:
        raise FolderError(
            f"{effect.label}'s {knob.name} stands between 0 and 1, not at {plain(text)!r}. A setting is written "
            f"{_EXAMPLES}."
        )
    return float(found["number"])


def _by_name(effect: Effect, parts: Sequence[str]) -> tuple[float, ...]:
    """Positions of the knobs, of "time=0.25s" and the like; the others at their defaults."""
    knobs = {knob.name: knob for knob in effect.parameters}
    positions = dict(zip(knobs, effect.defaults, strict=True))
    texts = {name.strip(): text.strip() for name, _, text in (part.partition("=") for part in parts)}
    if len(texts) < len(parts):
        raise FolderError(f"{effect.label} has a knob that is given twice. Please leave one out.")
    for name, text in texts.items():
        if name not in knobs:
            raise FolderError(f"{effect.label} has no knob {plain(name)!r}. Known: {_knobs(effect)}.")
        try:
            positions[name] = knobs[name].to_unit(_value(knobs[name], text))
        except ValueError as error:
            raise FolderError(f"{effect.label}'s {str(error).rstrip('.')}. A setting is written {_EXAMPLES}.") from None
    return tuple(positions.values())


def _value(knob: Parameter, text: str) -> float:
    """A number in the knob's unit; ValueError, in words that follow the effect's name, where it is none."""
    found = _NUMBER.fullmatch(text)
    if not found:
        raise ValueError(f"{knob.name} is a number, not {plain(text)!r}")
    value, unit = float(found["number"]), found["unit"]
    if unit.lower() in SECONDS and knob.unit in SECONDS:
        return value * SECONDS[unit.lower()] / SECONDS[knob.unit]
    if unit and unit.lower() != knob.unit.lower():
        raise ValueError(f"{knob.name} is given {f'in {knob.unit}' if knob.unit else 'without a unit'}, not in {unit}")
    return value


def _knobs(effect: Effect) -> str:
    return ", ".join(knob.name for knob in effect.parameters)


@dataclass(frozen=True)
class _Value:
    value: Finite
    unit: str


@dataclass(frozen=True)
class _Setting:
    """A setting as the pages export it; its values are those of `parameters` again, as positions of the knobs."""

    checkpoint: _Text
    w: list[Finite]
    effect: _Text
    values: list[Finite]
    parameters: dict[str, _Value]


@dataclass(frozen=True)
class _One(_Setting):
    format: str


@dataclass(frozen=True)
class _Preset(_Setting):
    name: _Text
    only: _Text


@dataclass(frozen=True)
class _Presets:
    format: str
    presets: list[_Preset]


@dataclass(frozen=True)
class _Chained:
    """A preset with a chain, as chain_file reads it; place: on the pad."""

    name: _Text
    chain: list[Any]
    place: Any = None


@dataclass(frozen=True)
class _Chains:
    format: str
    presets: list[_Chained]


def _of_file(file: Path, positions: Sequence[float]) -> tuple[str, tuple[Applied, ...]]:
    """What kind of file it is, "setting", "chain", "presets" or "path", and what it holds."""
    try:
        with file.open("rb") as handle:
            text = handle.read(MAX_BYTES + 1)
    except OSError as error:
        raise FolderError(f"{file} cannot be read ({error.strerror}). Please check its name.") from error
    try:
        raw = parse(text) if len(text) <= MAX_BYTES else None
        if isinstance(raw, list) or (isinstance(raw, dict) and {*raw} & {"chain", "steps"}):
            return "chain", (_applied(chain_file.from_json(text)),)
        said = raw.get("format") if isinstance(raw, dict) else None
        if said == "latentfx-setting/1":
            return "setting", (_applied(_setting(read(_One, raw))),)
        if said == "latentfx-presets/1":
            return "presets", _presets([(one.name, _setting(one)) for one in read(_Presets, raw).presets])
        if said == "latentfx-presets/2":
            return "presets", _presets([_chained(*one) for one in enumerate(read(_Chains, raw).presets)])
        if isinstance(said, str) and said.startswith("latentfx-path/"):
            return "path", _steps(file, from_json(text), positions)
    except (ChainFileError, JsonError, PathFileError) as error:
        remedy = ". Please mend it, or export it again." if isinstance(error, JsonError) else ""
        raise FolderError(f"{file}: {error}{remedy}") from error
    except (KeyError, ValueError) as error:
        raise FolderError(f"{file} cannot be used: {str(error.args[0]).rstrip('.')}.") from error
    raise FolderError(f"{file} is none of LatentFX's files: a setting, a chain, presets or a path.")


def _setting(found: _Setting) -> Setting:
    return Setting(found.effect, tuple(found.values))


def _chained(number: int, found: _Chained) -> tuple[str, Setting | Chain]:
    try:
        return found.name, plainest(chain_file.from_json(json.dumps(found.chain)))
    except ChainFileError as error:
        raise ChainFileError(f"presets[{number}]: {error}") from error


def _presets(found: Sequence[tuple[str, Setting | Chain]]) -> tuple[Applied, ...]:
    """Of names and what they stand for; each with a label of its own, short enough for the name of a file."""
    labels: list[str] = []
    for name, _ in found:
        plain_name = re.sub(r"[^\w.+-]+", "-", name).encode()[:_LONGEST].decode(errors="ignore").strip("-.") or "preset"
        tried = itertools.chain([plain_name], (f"{plain_name}-{number}" for number in itertools.count(2)))
        taken = {label.casefold() for label in labels}  # on some disks, names do not differ by capitals
        labels.append(next(label for label in tried if label.casefold() not in taken))
    return tuple(Applied(label, name, Blend.of(own)) for label, (name, own) in zip(labels, found, strict=True))


def _steps(file: Path, path: PathFile, positions: Sequence[float]) -> tuple[Applied, ...]:
    """The blends of a path at positions, or at each of its steps."""
    if not path.nodes:
        raise FolderError(f"{file} holds no settings: a square has none. Please export a path between two sounds.")
    if not positions:
        named = [(f"step-{number:02d}", node.position) for number, node in enumerate(path.nodes, 1)]
    else:
        named = [(f"at-{position:.12g}", position) for position in dict.fromkeys(positions)]
    for _, position in named:
        if not -REACH <= position <= 1 + REACH:
            raise FolderError(f"A path goes from {-REACH:g} to {1 + REACH:g}, A is 0 and B is 1; not to {position:g}.")
    return tuple(
        Applied(label, (blend := blend_at(path.nodes, position)).text, blend, position) for label, position in named
    )
