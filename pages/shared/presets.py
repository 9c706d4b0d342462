"""Presets: what a visitor keeps under a name, a setting or a chain, and the file that takes them elsewhere.

    {"format": "latentfx-presets/2", "presets": [
      {"name": "Hall", "chain": [{"effect": "reverb", "params": {"room_size": 0.8, "damping": 0.4, "mix": 0.35}}],
       "place": {"checkpoint": "factor", "w": [0.31, -1.2], "only": "all"}}]}

A chain is written as in core.effects.chain_file; place is null where the preset comes from no pad.
"""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Annotated, Any

from msgspec import Meta

from core.effects import Chain, Setting, chain_file
from core.effects.chain import plainest
from core.effects.chain_file import ChainFileError
from core.strict_json import Finite, JsonError, parse, plain, read
from pages.shared import choices, names

PRESETS = "p_presets"
"""Session key of the presets of this visit, the oldest first."""
MOST, MAX_BYTES = 500, 1_000_000
_LONGEST = 190  # letters of a name, so that a file has room for a number behind it
FORMAT, BEFORE, ALONE = "latentfx-presets/2", "latentfx-presets/1", "latentfx-setting/1"


class PresetsError(ValueError):
    """A file that holds no presets of ours: a sentence names what is wrong, one the remedy."""


@dataclass(frozen=True)
class Played:
    """A setting or a chain and the point w that it belongs to, in a checkpoint's map; only: "all", or the one effect
    played."""

    checkpoint: str
    w: tuple[float, ...]
    only: str
    setting: Setting | Chain

    def at(self, checkpoint: str, w: tuple[float, ...], only: str) -> bool:
        """Whether this is the place, whatever its setting."""
        return (self.checkpoint, self.w, self.only) == (checkpoint, w, only)


@dataclass(frozen=True)
class Preset:
    """A setting or a chain under a name; played: where on the pad it was kept, None where it comes from elsewhere."""

    name: str
    setting: Setting | Chain
    played: Played | None = None


def presets() -> list[Preset]:
    """What this visit has, the oldest first."""
    return list(choices.get(PRESETS, ()))


def keep(more: Iterable[Preset]) -> None:
    """Add presets; one whose name is taken gets a number behind it, one that is there already is not added.

    Raises PresetsError, and keeps none, where they would be more than MOST.
    """
    found = presets()
    for one in more:
        if one not in found:
            found.append(Preset(free_name(one.name, [other.name for other in found]), one.setting, one.played))
    if len(found) > MOST:
        raise PresetsError(f"A visit has {MOST} presets at most. Please remove some first.")
    choices.put(PRESETS, tuple(found))


def free_name(name: str, taken: Collection[str]) -> str:
    """The name, or with the next free number behind it; "": "Preset" and a number."""
    if not name:
        return next(f"Preset {number}" for number in range(1, len(taken) + 2) if f"Preset {number}" not in taken)
    return names.free(name[:_LONGEST], taken)


def remove(preset: Preset) -> None:
    """Forget a preset."""
    choices.put(PRESETS, tuple(other for other in presets() if other != preset))


def to_json(kept: Iterable[Preset]) -> bytes:
    """The file of presets."""
    rows = [{"name": one.name, "chain": json.loads(chain_file.to_json(one.setting)), "place": _place(one)}
            for one in kept]  # fmt: skip
    return json.dumps({"format": FORMAT, "presets": rows}, indent=1).encode()


def _place(preset: Preset) -> dict[str, Any] | None:
    if (played := preset.played) is None:
        return None
    return {"checkpoint": played.checkpoint, "w": list(played.w), "only": played.only}


Name = Annotated[str, Meta(max_length=200)]


@dataclass(frozen=True)
class _Place:
    checkpoint: Name
    w: Annotated[list[Finite], Meta(min_length=1, max_length=16)]
    only: Name


@dataclass(frozen=True)
class _Row:
    name: Name
    chain: list[Any]
    place: _Place | None = None


@dataclass(frozen=True)
class _RowBefore:
    """A row of the first format; parameters: what its values say, for people."""

    name: Name
    only: Name
    checkpoint: Name
    w: Annotated[list[Finite], Meta(min_length=1, max_length=16)]
    effect: Name
    values: list[Finite]
    parameters: dict[str, Any]


@dataclass(frozen=True)
class _Alone:
    """The file of one setting, see pages.shared.downloads."""

    format: Name
    checkpoint: Name
    w: list[Finite]
    effect: Name
    values: list[Finite]
    parameters: dict[str, Any]


@dataclass(frozen=True)
class _File:
    format: str
    presets: Annotated[list[Any], Meta(max_length=MOST)]


def from_json(data: bytes, name: str = "Preset") -> list[Preset]:
    """The presets in a file: ours, or one setting or chain (see core.effects.chain_file), which is then called `name`.

    Raises PresetsError, in plain words, for all that is none of them.
    """
    if len(data) > MAX_BYTES:
        raise PresetsError(f"The file of presets is longer than {MAX_BYTES // 1_000_000} MB. Please choose another.")
    try:
        raw = parse(data)
        if isinstance(raw, list) or not {"format", "presets"} & set(raw if isinstance(raw, dict) else ()):
            return [Preset(name, plainest(chain_file.from_json(data)))]
        said = raw.get("format")
        if said == ALONE:
            alone = read(_Alone, raw)
            return [Preset(name, setting_of(alone.effect, alone.values, "values"))]
        if isinstance(said, str) and said not in (FORMAT, BEFORE):
            raise PresetsError(
                f"The file is of the format {said[:60]}, and presets are {FORMAT}. Please choose another, or open it "
                "with the LatentFX that wrote it."
            )
        file = read(_File, raw)
        own = _preset if file.format == FORMAT else _preset_before
        return [own(row, f"presets[{number}]") for number, row in enumerate(file.presets)]
    except ChainFileError as error:
        raise PresetsError(str(error)) from error
    except JsonError as error:
        raise PresetsError(f"The file of presets {error}. Please mend it, or download the presets again.") from error


def _preset(raw: Any, place: str) -> Preset:
    row = read(_Row, raw, place)
    try:
        chain = plainest(chain_file.from_json(json.dumps(row.chain)))
    except ChainFileError as error:
        raise PresetsError(f"{place}: {error}") from error
    known = row.place if chain.settings else None
    return Preset(row.name, chain, known and Played(known.checkpoint, tuple(known.w), known.only, chain))  # type: ignore[arg-type]


def _preset_before(raw: Any, place: str) -> Preset:
    row = read(_RowBefore, raw, place)
    setting = setting_of(row.effect, row.values, place)
    return Preset(row.name, setting, Played(row.checkpoint, tuple(row.w), row.only, setting))


def setting_of(effect: str, values: Iterable[float], place: str) -> Setting:
    """A stranger's setting; JsonError with the place where there is no such effect, or it has other knobs."""
    try:
        return Setting(effect, tuple(values))
    except (KeyError, ValueError) as error:
        raise JsonError(place, f"is no setting: {plain(error.args[0], 100)}") from error
