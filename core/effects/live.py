"""Plays effects whose knobs move while they sound: a score (see `core.effects.score`) and dry sounds in, one wet sound
out.

It needs numpy and pedalboard alone: exported scripts carry this file's source and the score's, so they run the same
lines as the app.
"""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pedalboard

from core.effects.score import ScoreError, check, made

RATE = 24_000
BLOCK = 64  # samples, 2.7 ms: knobs turned that often add 0.4 dB at most where blocks join; at 512 it is 2 dB
_LEAST = 3  # samples: a shorter sound's shape tells no channels from time
STRETCH = 65_536  # samples mixed at once, which bounds memory


def play(score: dict, drys: Sequence[np.ndarray], block: int = BLOCK, rate: int = RATE) -> np.ndarray:
    """Wet float32 of a score and dry sounds, (time,) or (channel, time), float32 at `rate` Hz: one, or A's and B's.

    The dry sound moves with the position (held at A and B beyond them). Each effect hears all of it, each effect of a
    chain all that the one before it plays; gains and shares move with every sample. live: its plugins play from start
    to end, their knobs are turned every `block` samples. static: plugins for each node play with knobs that rest, and
    with the position one sound is faded into the next. Raises ScoreError for what `check` finds, for dry sounds of
    different lengths, and where plugins make NaN or infinity.
    """
    check(score)
    count, shapes = len(score["drys"]), {dry.shape for dry in drys}
    if len(drys) != count or len(shapes) != 1 or drys[0].ndim not in (1, 2) or not drys[0].size:
        raise ScoreError(f"This morph plays on {count} dry sounds of one length and as many channels, not on {shapes}.")
    if drys[0].ndim == 2 and len(drys[0]) > 2:  # of more than two channels, some plugins leave all as they are
        return np.stack([play(score, channels, block, rate) for channels in zip(*drys, strict=True)])
    at = np.array(score["positions"], dtype=np.float64)
    heard, wet = np.zeros((2, *drys[0].shape), dtype=np.float32)
    for where, position in _stretches(score, wet, rate):
        dry = mixed([sound[..., where] for sound in drys], position)
        heard[..., where] = dry * between(position, at, score["into"], "log").astype(np.float32)
    for effect in score["effects"]:
        own = at[effect["nodes"]]
        for raw, level, fade in _voices(score, effect, own, heard, block, rate):
            if not np.isfinite(raw).all():
                raise ScoreError(
                    f"The {effect['name']} of this morph makes samples that are no sound: NaN or infinity."
                )
            for where, position in _stretches(score, heard, rate):
                loud = raw[..., where] * between(position, own, level, "log").astype(np.float32)
                share = between(position, at, effect["share"], "linear") * between(position, own, fade, "linear")
                wet[..., where] += share.astype(np.float32) * loud
    return wet


def played_on(board: Any, heard: np.ndarray, rate: int) -> np.ndarray:
    """What a fresh board plays, float32, of a sound, (time,) or (channel, time), of two channels at most."""
    longer = np.pad(heard, [*[(0, 0)] * (heard.ndim - 1), (0, max(0, _LEAST - heard.shape[-1]))])
    wet = np.asarray(board(longer, rate, reset=True), dtype=np.float32).reshape(longer.shape)
    return wet[..., : heard.shape[-1]]


def fingerprint(dry: np.ndarray) -> str:
    """SHA-256 of a dry sound's samples, (time,) or (channel, time), as float32: tells whether another has the same
    audio."""
    return hashlib.sha256(np.ascontiguousarray(dry, dtype="<f4").tobytes()).hexdigest()


def mixed(drys: Sequence[np.ndarray], position: np.ndarray | float) -> np.ndarray:
    """The dry sound (..., time) at positions (time,), or at one; of two sounds A is held below 0 and B above 1."""
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


def _stretches(score: dict, sound: np.ndarray, rate: int) -> Iterator[tuple[slice, np.ndarray]]:
    """Stretches of a sound (..., time) and the position at each of their samples."""
    samples = sound.shape[-1]
    for start in range(0, samples, STRETCH):
        where = slice(start, min(start + STRETCH, samples))
        yield where, _position(score, np.arange(where.start, where.stop), rate)


def _position(score: dict, sample: np.ndarray, rate: int) -> np.ndarray:
    times, positions = np.array(score["curve"], dtype=np.float64).T
    return np.interp(sample / rate, times, positions)


def _plugins(stage: dict, node: int) -> list[Any]:
    """Fresh plugins of a stage as they stand at one of the nodes where it is known."""
    return [
        made(plugin, {name: knob["values"][node] for name, knob in plugin["knobs"].items()})
        for plugin in stage["plugins"]
    ]


def _voices(
    score: dict, effect: dict, own: np.ndarray, heard: np.ndarray, block: int, rate: int
) -> Iterator[tuple[np.ndarray, Sequence[float], np.ndarray]]:
    """The plugins that make an effect's sound: what each plays (..., time), its level and how much it is heard.

    Of a chain each stage hears what the one before it plays, all of it; its level is one, behind the last.
    """
    stages = effect.get("stages", [effect])
    for stage in stages[:-1]:
        heard = _mixed(score, stage, own, heard, _through(score, stage, own, heard, block, rate), rate)
    if not stages:
        yield heard, effect["level"], np.ones(len(own))
    elif stages[-1]["way"] == "live":
        made = _live(score, stages[-1], own, heard, block, rate)
        yield _mixed(score, stages[-1], own, heard, made, rate), effect["level"], np.ones(len(own))
    else:
        for node, fade in enumerate(np.eye(len(own))):
            made = _mixed(score, stages[-1], own, heard, _static(stages[-1], node, heard, rate), rate)
            yield made, [effect["level"][node]] * len(own), fade


def _through(score: dict, stage: dict, own: np.ndarray, heard: np.ndarray, block: int, rate: int) -> np.ndarray:
    """What a stage that is not the last plays (..., time)."""
    if stage["way"] == "live":
        return _live(score, stage, own, heard, block, rate)
    sound = np.zeros_like(heard)
    for node, fade in enumerate(np.eye(len(own))):
        raw = _static(stage, node, heard, rate)
        for where, position in _stretches(score, heard, rate):
            sound[..., where] += between(position, own, fade, "linear").astype(np.float32) * raw[..., where]
    return sound


def _mixed(
    score: dict, stage: dict, own: np.ndarray, heard: np.ndarray, made: np.ndarray, rate: int
) -> np.ndarray:  # fmt: skip
    """What a stage plays (..., time) of what it hears and what its plugins make: the latter, or both by its mix."""
    if "mix" not in stage:
        return made
    sound = np.zeros_like(heard)
    for where, position in _stretches(score, heard, rate):
        for part, shares in ((heard, stage["mix"]["heard"]), (made, stage["mix"]["made"])):
            sound[..., where] += between(position, own, shares, "linear").astype(np.float32) * part[..., where]
    return sound


def _static(stage: dict, node: int, heard: np.ndarray, rate: int) -> np.ndarray:
    return played_on(pedalboard.Pedalboard(_plugins(stage, node)), heard, rate)


def _live(score: dict, stage: dict, own: np.ndarray, heard: np.ndarray, block: int, rate: int) -> np.ndarray:
    """The sound of plugins whose knobs stand, during each block, where the position at its middle wants them."""
    length = heard.shape[-1]
    rows = np.pad(np.atleast_2d(heard), ((0, 0), (0, -length % block)))  # a short block's shape tells no channels
    starts = range(0, length, block)
    position = _position(score, np.array(starts) + block / 2, rate)
    plugins = _plugins(stage, 0)
    board = pedalboard.Pedalboard(plugins)
    knobs = [
        (plugin, name, between(position, own, knob["values"], knob["law"]).tolist())
        for plugin, written in zip(plugins, stage["plugins"], strict=True)
        for name, knob in written["knobs"].items()
    ]
    stands: list[float | None] = [None] * len(knobs)
    sound = []
    for number, start in enumerate(starts):
        for index, (plugin, name, values) in enumerate(knobs):
            if values[number] != stands[index]:
                stands[index] = values[number]
                setattr(plugin, name, values[number])
        sound.append(board.process(rows[:, start : start + block], rate, buffer_size=block, reset=False))
    missing = length - sum(part.shape[1] for part in sound)
    silence = np.zeros((len(rows), block), dtype=np.float32)
    while missing > 0:  # Resample keeps a few samples back
        sound.append(board.process(silence, rate, buffer_size=block, reset=False)[:, :missing])
        missing -= sound[-1].shape[1]
    return np.concatenate(sound, axis=1)[:, :length].reshape(heard.shape)
