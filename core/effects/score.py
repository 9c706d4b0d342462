"""A score: what is played while knobs move, as plain data that may come from a stranger, and is checked for it.

All numbers are finite; lists "by node" have one entry for each of `positions`:

    drys        `fingerprint` of the dry sound, or of A's and B's: tells whether levels are those of another recording
    curve       [[time in s, position], ...], times rising: straight between, held before the first and after the last
    positions   of the nodes, rising; 0 is A, 1 is B
    into        by node: gain that brings the dry sound to the level at which effects hear it
    effects     in the order in which they are added up, each a setting or a chain that moves:
      name        what messages call it
      share       by node: its share of the sound, 0 ... 1
      nodes       numbers of the nodes at which its knobs are known
      level       gain of its sound out, one for each of those nodes
      way         "live" or "static", see `core.effects.live`
      plugins     in signal order, each: kind, an effect of pedalboard (no foreign code, no file); fixed, properties
                  that stay, by name: number, true or false, or the name of a choice; knobs, those that move, by name:
                  law, "linear" or "log", and values, one for each of those nodes
      stages      of a chain, instead of way and plugins: those of each of its effects, in signal order, 0 to 16; where
                  one comes or goes also mix: heard and made, one share for each of those nodes: how much of what it
                  hears, and of what its plugins make, is in what it plays
"""

from functools import lru_cache
from itertools import pairwise
from typing import Any

import pedalboard

REACH = 0.3  # how far positions may lie beyond A and B
MOST = 4_000  # points of a curve
STAGES = 16

RANGES = {
    "_hz": (0.01, 11_900), "_sample_rate": (1000, 96_000), "_seconds": (0, 5), "_ms": (0, 5000), "_db": (-100, 100),
    "semitones": (-24, 24), "bit_depth": (1, 32), "feedback": (-1, 1), "ratio": (1, 100), "drive": (1, 100),
    "q": (0.01, 100), "quality": (0, 10),
}  # fmt: skip
"""Values that a score may give a property that is a number, by the end of its name, which says its unit; others are
shares, from 0 to 1. Some plugins take less, and say so when they are made."""


class ScoreError(ValueError):
    """A score that cannot be played; the sentence names the place."""


@lru_cache(64)
def properties(kind: str) -> dict[str, Any]:
    """Properties of a class of pedalboard, by name, as they stand in a fresh plugin: float, bool or a choice (an enum).

    ScoreError where a score may not name it: it hosts foreign code (VST, AU), holds other plugins, or has a property
    that is anything else, such as a file.
    """
    refusal = ScoreError(f"The score names a plugin {kind!r:.40}, which is no effect of pedalboard that it may use.")
    found = None if kind.startswith("_") else vars(pedalboard).get(kind)
    kept_out = pedalboard.ExternalPlugin | pedalboard.PluginContainer
    if not isinstance(found, type) or not issubclass(found, pedalboard.Plugin) or issubclass(found, kept_out):
        raise refusal
    own = {name: value for name in dir(found) if isinstance(value := getattr(found, name), property)}
    try:
        fresh = found()
    except (RuntimeError, TypeError) as error:  # abstract, or nothing without a file
        raise refusal from error
    stands = {name: getattr(fresh, name) for name in own if name not in ("is_effect", "is_instrument")}
    for name, value in stands.items():
        if own[name].fset is None or not (isinstance(value, bool | float) or hasattr(value, "__members__")):
            raise refusal
    return stands


def moves(kind: str, name: str) -> bool:
    """Whether a property of a class of pedalboard is a number, which a knob can move."""
    return isinstance(properties(kind).get(name), float)


def made(plugin: dict, stand: dict[str, float]) -> pedalboard.Plugin:
    """A fresh plugin with its fixed properties, and those that move as they `stand`."""
    fresh = properties(plugin["kind"])
    fixed = {
        name: type(fresh[name]).__members__[value] if isinstance(value, str) else value
        for name, value in plugin["fixed"].items()
    }
    return getattr(pedalboard, plugin["kind"])(**fixed, **stand)


def check(score: object) -> None:
    """Raise ScoreError, in one sentence, where this is not a score that can be played."""
    drys, curve, at, into, effects = _fields(score, "score", ("drys", "curve", "positions", "into", "effects"))
    if not all(isinstance(dry, str) and len(dry) == 64 for dry in _list(drys, "drys", 1, 2)):
        raise ScoreError("The drys must be SHA-256 sums of 64 digits.")
    check_curve(curve)
    _rising(at, "positions", -REACH, 1 + REACH)
    _numbers(into, "into", 1e-9, 1e9, len(at))
    stages = [stage for effect in _list(effects, "effects", 1, 64) for stage in _check_effect(effect, len(at))]
    for plugin in (plugin for stage in stages for plugin in stage["plugins"]):  # all is checked: now it is tried
        _try_plugin(plugin)


def check_curve(curve: object) -> None:
    """Raise ScoreError where this is no curve: 1 to 4,000 pairs of a time from 0 s on, rising, and a position."""
    for point in _list(curve, "curve", 1, MOST):
        _numbers(point, "curve's points", -REACH, 1e6, 2)
    times, positions = zip(*_list(curve, "curve", 1, MOST), strict=True)
    _rising(times, "curve's times", 0, 1e6)
    _numbers(positions, "curve's positions", -REACH, 1 + REACH)


def _check_effect(effect: Any, positions: int) -> list[dict]:
    """The stages of an effect of a score at so many positions: of a setting itself alone."""
    chain = isinstance(effect, dict) and "stages" in effect
    own = ("stages",) if chain else ("way", "plugins")
    name, share, nodes, level, *_ = _fields(effect, "effect", ("name", "share", "nodes", "level", *own))
    if not isinstance(name, str):
        raise ScoreError("An effect of the score needs a name.")
    _numbers(share, f"share of {name}", 0, 1 + 1e-5, positions)
    _rising(nodes, f"nodes of {name}", 0, positions - 1)
    if not all(isinstance(node, int) for node in nodes):
        raise ScoreError(f"The nodes of {name} must be whole numbers.")
    _numbers(level, f"level of {name}", 1e-9, 1e9, len(nodes))
    stages = _list(effect["stages"], f"stages of {name}", 0, STAGES) if chain else [effect]
    for stage in stages:
        if chain:
            mixes = isinstance(stage, dict) and "mix" in stage
            _fields(stage, f"stage of {name}", ("way", "plugins", "mix") if mixes else ("way", "plugins"))
        if "mix" in stage:
            for shares in _fields(stage["mix"], f"mix of {name}", ("heard", "made")):
                _numbers(shares, f"mix of {name}", 0, 1e9, len(nodes))
        if stage["way"] not in ("live", "static"):
            raise ScoreError(f"The way of {name} must be 'live' or 'static'.")
        for plugin in _list(stage["plugins"], f"plugins of {name}", 1, 8):
            _check_plugin(plugin, len(nodes))
    return [*stages]


def _check_plugin(plugin: object, nodes: int) -> None:
    kind, fixed, knobs = _fields(plugin, "plugin", ("kind", "fixed", "knobs"))
    fresh = properties(str(kind))
    if not isinstance(fixed, dict) or not isinstance(knobs, dict) or {*fixed, *knobs} - set(fresh):
        raise ScoreError(f"The properties of {kind} in the score must be of these: {', '.join(fresh)}.")
    if twice := sorted({*fixed} & {*knobs}):
        raise ScoreError(f"The {kind}.{twice[0]} cannot both stay and move.")
    for name, value in fixed.items():
        if moves(kind, name):
            _numbers([value], f"{kind}.{name}", *_range(name))
        elif isinstance(fresh[name], bool):
            if not isinstance(value, bool):
                raise ScoreError(f"The {kind}.{name} must be true or false.")
        elif not isinstance(value, str) or value not in type(fresh[name]).__members__:
            raise ScoreError(f"The {kind}.{name} must be one of {', '.join(type(fresh[name]).__members__)}.")
    for name, knob in knobs.items():
        law, values = _fields(knob, f"{kind}.{name}", ("law", "values"))
        if not moves(kind, name) or law not in ("linear", "log"):
            raise ScoreError(f"The {kind}.{name} cannot move, or moves by no known law.")
        _numbers(values, f"{kind}.{name}", *_range(name), nodes)
        if law == "log" and min(values) <= 0:
            raise ScoreError(f"The {kind}.{name} must be above 0 where it moves by the law 'log'.")


def _range(name: str) -> tuple[float, float]:
    return next((ends for end, ends in RANGES.items() if name.endswith(end)), (0, 1))


def _try_plugin(plugin: dict) -> None:
    """Raise ScoreError where pedalboard refuses to make a plugin as its knobs stand at their lowest, or highest."""
    try:
        for most in (min, max):
            made(plugin, {name: most(knob["values"]) for name, knob in plugin["knobs"].items()})
    except (TypeError, ValueError) as error:
        raise ScoreError(f"The {plugin['kind']} of the score cannot be made: {error}") from error


def _fields(value: Any, name: str, fields: tuple[str, ...]) -> list:
    if not isinstance(value, dict) or set(value) != set(fields):
        raise ScoreError(f"The {name} needs exactly these fields: {', '.join(fields)}.")
    return [value[field] for field in fields]


def _rising(values: Any, name: str, low: float, high: float) -> None:
    _numbers(values, name, low, high)
    if not values or any(b <= a for a, b in pairwise(values)):
        raise ScoreError(f"The {name} must rise from one to the next.")


def _list(value: object, name: str, least: int, most: int) -> list | tuple:
    if not isinstance(value, list | tuple) or not least <= len(value) <= most:
        raise ScoreError(f"The {name} must be a list of {least} to {most} entries.")
    return value


def _numbers(values: Any, name: str, low: float, high: float, count: int | None = None) -> None:
    if not isinstance(values, list | tuple) or (count is not None and len(values) != count):
        raise ScoreError(f"The {name} must be a list of {count or 'some'} numbers.")
    for number in values:
        if isinstance(number, bool) or not isinstance(number, int | float) or not low <= number <= high:
            raise ScoreError(f"The {name} must be numbers from {low:g} to {high:g}.")  # NaN fails here, too
