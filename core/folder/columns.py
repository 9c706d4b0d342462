"""The columns of a row: numbers of z and w, probabilities, knobs.

A knob of an effect has its position in [0, 1], the range of positions that by the network alone holds it in 80 % of
cases, and its value in its unit: delay_time_position, delay_time_low, delay_time_high, delay_time_s. They are empty
where the row is of another effect.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from core.effects import EFFECTS, Blend, Parameter, Setting, effect_named
from core.folder.journal import Row
from core.folder.table import Columns
from core.paths.measures import share_curves

PAIR: Columns = {"file": "text", "wet": "text"}
TOLD: Columns = {"version": "text", "reason": "text", "note": "text"}
"""The program's version, why a row is empty, and what there is to say of its recordings."""
MADE: Columns = {"checkpoint": "text", "revision": "text"} | TOLD

RANGE = ("low", "high")
_DIGITS = 9  # what single precision holds


def probabilities(effects: Iterable[str]) -> Columns:
    return {f"probability_{effect}": "number" for effect in effects}


def knobs(effects: Iterable[str], of_each: Sequence[str] = RANGE) -> Columns:
    """Of each effect's knobs. of_each: what is told beside its position and its value."""
    names = [
        name
        for effect in effects
        for knob in effect_named(effect).parameters
        for name in (*(f"{effect}_{knob.name}_{own}" for own in ("position", *of_each)), value_name(effect, knob))
    ]
    return dict.fromkeys(names, "number")


def value_name(effect: str, knob: Parameter) -> str:
    """The column of a knob's value: its unit is in its name, where it has one that is a word."""
    unit = knob.unit.lower() if knob.unit.isalpha() else ""
    return "_".join(filter(None, (effect, knob.name, unit)))


def numbers(names: Iterable[str], values: Iterable[float] | np.ndarray) -> Row:
    """Columns with their numbers; what is no number, as a distance from nothing to nothing, is left out."""
    return {
        name: float(f"{value:.{_DIGITS}g}") for name, value in zip(names, values, strict=True) if np.isfinite(value)
    }


def knob_values(setting: Setting, low: Sequence[float] = (), high: Sequence[float] = ()) -> Row:
    """What a row says of a setting's knobs. low, high: ranges of their positions, where they are known."""
    row: Row = {}
    for number, knob in enumerate(effect_named(setting.effect).parameters):
        own = {"position": setting.values[number]}
        if len(low):
            own |= {"low": low[number], "high": high[number]}
        named = {f"{setting.effect}_{knob.name}_{name}": value for name, value in own.items()}
        named[value_name(setting.effect, knob)] = knob.to_value(setting.values[number])
        row |= numbers(named, named.values())
    return row


def z(parts: Sequence[tuple[str, int]]) -> Columns:
    """Of z, by its named parts: z_effect_0, z_effect_1, ..."""
    return {f"z_{part}_{number}": "number" for part, size in parts for number in range(size)}


def w(dimensions: Iterable[int]) -> Columns:
    """Of w, for each number of dimensions that the checkpoint has: w2_0, w2_1, w3_0, ..."""
    return {f"w{size}_{number}": "number" for size in dimensions for number in range(size)}


def shares() -> Columns:
    """Of the effects that sound at once."""
    return {f"{effect.name}_share": "number" for effect in EFFECTS}


def blend_values(blend: Blend) -> Row:
    """What a row says of what sounds at once: how much of the sound each effect has a part in, and its knobs; of two
    chains that have an effect those in the louder one."""
    row: Row = {f"{effect}_share": float(share) for effect, (share,) in share_curves([blend]).items()}
    for own, _ in sorted(blend.parts, key=lambda part: part[1]):
        for setting in own.settings:
            row |= knob_values(setting)
    return row
