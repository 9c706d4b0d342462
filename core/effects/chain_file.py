"""A chain as a file: JSON in the format of MultiAFx, a list of steps in signal order.

    [{"effect": "overdrive", "params": {"drive": 27.6, "tone": 2509.98007962, "level": -3.0}},
     {"effect": "delay", "params": {"time": 0.25, "feedback": 0.35, "mix": 0.4}}]

The format is that of FXChain.to_json and from_json in multiafx 0.1.1; effects and their
params are ours: names of core.effects.rack, values in each knob's unit. As there, params that are not named stay at
their defaults, and an object with the list as its "chain" or "steps" is read, too. Not read: YAML, and pickles, which
run what is in them.

Values have twelve digits, so a file that is read and written again is the same, and knobs come back within 1e-9 of
their range.
"""

import json
from dataclasses import dataclass, field
from typing import Any, NoReturn

from core.effects.chain import MOST, Chain, Setting
from core.effects.rack import EFFECTS, effect_named
from core.strict_json import Finite, JsonError, parse, plain, read

MAX_BYTES = 100_000
_DIGITS = 12


class ChainFileError(ValueError):
    """A file that is no chain of ours: one sentence names the place, one the remedy."""


@dataclass(frozen=True)
class _Step:
    effect: str
    params: dict[str, Any] = field(default_factory=dict)


def to_json(chain: Setting | Chain) -> str:
    """The chain's file."""
    steps = [
        {
            "effect": own.effect,
            "params": {name: float(f"{value:.{_DIGITS}g}") for name, value in own.physical.items()},
        }
        for own in chain.settings
    ]
    return json.dumps(steps, indent=2) + "\n"


def from_json(text: str | bytes) -> Chain:
    """The chain in a file's text or bytes. Raises ChainFileError, in plain words, for all that is none."""
    if len(text) > MAX_BYTES:
        raise ChainFileError(f"The chain file is longer than {MAX_BYTES // 1000} kB. Please choose another.")
    try:
        steps = _steps(parse(text))
        found = [read(_Step, step, f"step {number}") for number, step in enumerate(steps, 1)]
        return Chain(tuple(_setting(step, f"step {number}") for number, step in enumerate(found, 1)))
    except JsonError as error:
        _refuse(error.place, error.why, "mend it, or export the chain again")
    except ValueError as error:  # an effect that comes twice
        if isinstance(error, ChainFileError):
            raise
        _refuse("", f"cannot be played: {error}", "leave that out")


def _steps(raw: Any) -> list:
    if isinstance(raw, dict) and len(raw) == 1 and {*raw} < {"chain", "steps"}:
        (raw,) = raw.values()
    if not isinstance(raw, list):
        _refuse("", "is no list of steps, each an effect and its params", "choose a chain's file")
    if len(raw) > MOST:
        _refuse("", f"has {len(raw)} steps, and a chain has {MOST} at most", "leave some out")
    return raw


def _setting(step: _Step, place: str) -> Setting:
    known = [effect.name for effect in EFFECTS]
    if step.effect not in known:
        _refuse(place, f"names the effect {plain(step.effect)}, which is not here", f"use one of {', '.join(known)}")
    effect = effect_named(step.effect)
    knobs = {knob.name: knob for knob in effect.parameters}
    positions = dict(zip(knobs, effect.defaults, strict=True))
    for name, raw in step.params.items():
        if name not in knobs:
            _refuse(place, f"gives {effect.name} the param {plain(name)}", f"use those it has: {', '.join(knobs)}")
        value = read(Finite, raw, f"{place}.params.{name}")  # type: ignore[type-var]
        try:
            positions[name] = knobs[name].to_unit(value)
        except ValueError as error:
            _refuse(place, f"cannot be played: {effect.name}'s {error}", "choose a value within that range")
    return Setting(effect.name, tuple(positions.values()))


def _refuse(place: str, why: str, remedy: str) -> NoReturn:
    whose = f"The chain file's {place}" if place else "The chain file"
    raise ChainFileError(f"{whose} {why}. Please {remedy}.")
