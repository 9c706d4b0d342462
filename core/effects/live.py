"""Plays effects whose knobs move while they sound: a score, which is plain data, and dry sounds in; one wet sound out.

It needs numpy and pedalboard alone: exported scripts carry this file's source, so they run the same lines as the app.

A score (all numbers finite; lists "by node" have one entry for each of `positions`):

    drys        `fingerprint` of the dry sound, or of A's and B's: tells whether levels are those of another recording
    curve       [[time in s, position], ...], times rising: straight between, held before the first and after the last
    positions   of the nodes, rising; 0 is A, 1 is B
    into        by node: gain that brings the dry sound to the level at which effects hear it
    effects     in the order in which they are added up, each:
      name, way   the effect; "live" or "static", see `play`
      share       by node: its share of the sound, 0 ... 1
      nodes       numbers of the nodes at which its knobs are known
      level       gain of its sound out, one for each of those nodes
      plugins     in signal order, each: kind, an effect of pedalboard (no foreign code, no file); fixed, properties
                  that stay, by name: number, true or false, or the name of a choice; knobs, those that move, by name:
                  law, "linear" or "log", and values, one for each of those nodes
"""

import hashlib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
import pedalboard

RATE = 24_000
BLOCK = 64  # samples, 2.7 ms: knobs turned that often add 0.4 dB at most where blocks join; at 512 it is 2 dB
STRETCH = 65_536  # samples mixed at once, which bounds memory
REACH = 0.3  # how far positions may lie beyond A and B
MOST = 4_000  # points of a curve

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


def play(score: dict, drys: Sequence[np.ndarray], block: int = BLOCK) -> np.ndarray:
    """Wet (time,) float32 of a score and dry sounds (time,) float32 at 24 kHz: one, or A's and B's.

    The dry sound moves with the position (held at A and B beyond them). Each effect hears all of it, gains and shares
    move with every sample. live: one chain of plugins plays from start to end; its knobs are turned every `block`
    samples. static: one chain for each node plays with knobs that rest, and with the position one is faded into the
    next. Raises ScoreError for what `check` finds and for dry sounds of different lengths.
    """
    check(score)
    count, shapes = len(score["drys"]), {dry.shape for dry in drys}
    if len(drys) != count or len(shapes) != 1 or drys[0].ndim != 1 or not drys[0].size:
        raise ScoreError(f"This morph plays on {count} dry sounds of one length, each one channel, not on {shapes}.")
    at = np.array(score["positions"], dtype=np.float64)
    heard, wet = np.zeros((2, len(drys[0])), dtype=np.float32)
    for where, position in _stretches(score, len(wet)):
        dry = mixed([sound[where] for sound in drys], position)
        heard[where] = dry * between(position, at, score["into"], "log").astype(np.float32)
    for effect in score["effects"]:
        own = at[effect["nodes"]]
        for raw, level, fade in _voices(score, effect, own, heard, block):
            for where, position in _stretches(score, len(heard)):
                loud = raw[where] * between(position, own, level, "log").astype(np.float32)
                share = between(position, at, effect["share"], "linear") * between(position, own, fade, "linear")
                wet[where] += share.astype(np.float32) * loud
    return wet


def fingerprint(dry: np.ndarray) -> str:
    """SHA-256 of a dry sound's samples (time,) as float32: tells whether another has the same audio."""
    return hashlib.sha256(np.ascontiguousarray(dry, dtype="<f4").tobytes()).hexdigest()


def mixed(drys: Sequence[np.ndarray], position: np.ndarray | float) -> np.ndarray:
    """The dry sound (time,) at positions (time,), or at one; of two sounds A is held below 0 and B above 1."""
    if len(drys) == 1:
        return drys[0]
    b = np.asarray(np.clip(position, 0.0, 1.0), dtype=np.float32)
    return (1 - b) * drys[0] + b * drys[1]


def between(position: np.ndarray, at: np.ndarray, values: Sequence[float] | np.ndarray, law: str) -> np.ndarray:
    """Values at positions, between those known at rising positions `at`; held beyond them. Exact where one is known.

    law: "linear": straight lines; "log": equal ways multiply the value (all must be above 0).
    """
    known = np.array(values, dtype=np.float64)
    low = np.clip(np.searchsorted(at, position, "right") - 1, 0, len(at) - 1)
    high = np.minimum(low + 1, len(at) - 1)
    share = np.interp(position, at, np.arange(len(at))) - low
    share = np.maximum(share, 0.0)  # rounding
    if law == "log":
        return known[low] * (known[high] / known[low]) ** share
    return known[low] + share * (known[high] - known[low])


def _stretches(score: dict, samples: int) -> Iterator[tuple[slice, np.ndarray]]:
    """Stretches of the sound and the position at each of their samples."""
    for start in range(0, samples, STRETCH):
        where = slice(start, min(start + STRETCH, samples))
        yield where, _position(score, np.arange(where.start, where.stop))


def _position(score: dict, sample: np.ndarray) -> np.ndarray:
    times, positions = np.array(score["curve"], dtype=np.float64).T
    return np.interp(sample / RATE, times, positions)


def _chain(effect: dict, node: int) -> list[pedalboard.Plugin]:
    """Fresh plugins of an effect as they stand at one of the nodes where it is known."""
    return [
        _made(plugin, {name: knob["values"][node] for name, knob in plugin["knobs"].items()})
        for plugin in effect["plugins"]
    ]


def _made(plugin: dict, stand: dict[str, float]) -> pedalboard.Plugin:
    """A fresh plugin with its fixed properties, and those that move as they `stand`."""
    fresh = properties(plugin["kind"])
    fixed = {
        name: type(fresh[name]).__members__[value] if isinstance(value, str) else value
        for name, value in plugin["fixed"].items()
    }
    return getattr(pedalboard, plugin["kind"])(**fixed, **stand)


def _voices(
    score: dict, effect: dict, own: np.ndarray, heard: np.ndarray, block: int
) -> Iterator[tuple[np.ndarray, Sequence[float], np.ndarray]]:
    """The chains that make an effect's sound: what each plays (time,), its level and how much it is heard, by node."""
    if effect["way"] == "live":
        yield _live(score, effect, own, heard, block), effect["level"], np.ones(len(own))
        return
    for node, fade in enumerate(np.eye(len(own))):
        yield _static(effect, node, heard), [effect["level"][node]] * len(own), fade


def _static(effect: dict, node: int, heard: np.ndarray) -> np.ndarray:
    board = pedalboard.Pedalboard(_chain(effect, node))
    return np.nan_to_num(board.process(heard, RATE, reset=True).reshape(heard.shape))


def _live(score: dict, effect: dict, own: np.ndarray, heard: np.ndarray, block: int) -> np.ndarray:
    """The sound of one chain whose knobs stand, during each block, where the position at its middle wants them."""
    starts = range(0, len(heard), block)
    position = _position(score, np.array(starts) + block / 2)
    chain = _chain(effect, 0)
    board = pedalboard.Pedalboard(chain)
    knobs = [
        (plugin, name, between(position, own, knob["values"], knob["law"]).tolist())
        for plugin, written in zip(chain, effect["plugins"], strict=True)
        for name, knob in written["knobs"].items()
    ]
    stands: list[float | None] = [None] * len(knobs)
    sound = []
    for number, start in enumerate(starts):
        for index, (plugin, name, values) in enumerate(knobs):
            if values[number] != stands[index]:
                stands[index] = values[number]
                setattr(plugin, name, values[number])
        sound.append(board.process(heard[start : start + block], RATE, buffer_size=block, reset=False))
    missing = len(heard) - sum(map(len, sound))
    silence = np.zeros(block, dtype=np.float32)
    while missing > 0:  # Resample keeps a few samples back
        sound.append(board.process(silence, RATE, buffer_size=block, reset=False)[:missing])
        missing -= len(sound[-1])
    return np.nan_to_num(np.concatenate(sound))


def check(score: object) -> None:
    """Raise ScoreError, in one sentence, where this is not a score that can be played."""
    drys, curve, at, into, effects = _fields(score, "score", ("drys", "curve", "positions", "into", "effects"))
    if not all(isinstance(dry, str) and len(dry) == 64 for dry in _list(drys, "drys", 1, 2)):
        raise ScoreError("The drys must be SHA-256 sums of 64 digits.")
    check_curve(curve)
    _rising(at, "positions", -REACH, 1 + REACH)
    _numbers(into, "into", 1e-9, 1e9, len(at))
    for effect in _list(effects, "effects", 1, 64):
        name, way, share, nodes, level, plugins = _fields(
            effect, "effect", ("name", "way", "share", "nodes", "level", "plugins")
        )
        if not isinstance(name, str) or way not in ("live", "static"):
            raise ScoreError("An effect of the score needs a name and a way, 'live' or 'static'.")
        _numbers(share, f"share of {name}", 0, 1 + 1e-5, len(at))
        _rising(nodes, f"nodes of {name}", 0, len(at) - 1)
        if not all(isinstance(node, int) for node in nodes):
            raise ScoreError(f"The nodes of {name} must be whole numbers.")
        _numbers(level, f"level of {name}", 1e-9, 1e9, len(nodes))
        for plugin in _list(plugins, f"plugins of {name}", 1, 8):
            _check_plugin(plugin, len(nodes))
    for plugin in (plugin for effect in effects for plugin in effect["plugins"]):  # all is checked: now it is tried
        _try_plugin(plugin)


def check_curve(curve: object) -> None:
    """Raise ScoreError where this is no curve: 1 to 4,000 pairs of a time from 0 s on, rising, and a position."""
    for point in _list(curve, "curve", 1, MOST):
        _numbers(point, "curve's points", -REACH, 1e6, 2)
    times, positions = zip(*_list(curve, "curve", 1, MOST), strict=True)
    _rising(times, "curve's times", 0, 1e6)
    _numbers(positions, "curve's positions", -REACH, 1 + REACH)


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
            _made(plugin, {name: most(knob["values"]) for name, knob in plugin["knobs"].items()})
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
