"""A morph over time: effects whose knobs, shares and levels follow a position that moves while the sound plays.

Nodes say what is heard at some positions, a curve says when the position is where. Both, and the levels, are written
down as a score, plain data that `core.effects.live` plays; so an exported script plays the same lines.

Which effects play live, tried with all knobs swept from 0.1 to 0.9 in 3 s:

- Seven of eight take new knobs between blocks without a reset and without a click. With knobs that rest they are, bit
  for bit, what `render` plays. Bitcrush's Resample keeps up to 9 samples (0.4 ms) back while its rate moves.
- Delay jumps to a new time at once and clicks. It plays static (Effect.way): one delay for each node, faded one into
  the next with the position, which is what dragging along the path sounds like.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isclose

import numpy as np

from core.audio import SAMPLE_RATE
from core.audio.given import checked_rate, checked_sound
from core.audio.measure import gain_to
from core.effects import live
from core.effects.blend import Blend
from core.effects.chain import Setting
from core.effects.fade import Faded, Played, plugins_at, stages
from core.effects.rack import effect_named
from core.effects.render import make_up, through
from core.effects.score import REACH, check, moves, properties


@dataclass(frozen=True)
class Node:
    """What is heard at a position (0 at A, 1 at B, from -0.3 to 1.3)."""

    position: float
    blend: Blend

    def __post_init__(self) -> None:
        if not -REACH - 1e-6 <= self.position <= 1 + REACH + 1e-6:  # single precision
            raise ValueError(f"a node lies between {-REACH} and {1 + REACH}, not at {self.position}")
        object.__setattr__(self, "position", float(min(1 + REACH, max(-REACH, self.position))))


def automate(
    dry: np.ndarray | tuple[np.ndarray, np.ndarray],
    nodes: Sequence[Node],
    curve: Sequence[tuple[float, float]],
    rate: int = SAMPLE_RATE,
) -> np.ndarray:
    """Wet of dry, (time,) or (channel, time), at `rate` Hz while the position follows a curve; any length.

    dry: one sound for all positions, or those of A and B, of one length, mixed as the position says.
    nodes: at rising positions. Between them knobs turn evenly, shares move evenly, levels move evenly in dB; beyond the
    first and last all hold. An effect that a node lacks has no share there, its knobs go on to the next that has it.
    Levels are exact at nodes only: swept from 0.1 to 0.9, overdrive swells by 2.6 dB with two nodes, 0.2 with eleven.
    curve: (time in s, position), times rising: straight between, held before the first and after the last.
    Resting at a node's position gives `render_blend` of its blend, bit for bit where it has two effects or fewer (more
    are added up in another order). Raises ValueError where nodes or curve do not rise, or the sounds' lengths differ.
    """
    drys = _given(dry)
    return live.play(write_score(drys, nodes, curve, rate), drys, rate=checked_rate(rate))


def _given(dry: np.ndarray | tuple[np.ndarray, ...]) -> tuple[np.ndarray, ...]:
    """One dry sound, or those of A and B, as float32; AudioError for what is none."""
    return tuple(checked_sound(one) for one in (dry if isinstance(dry, tuple) else (dry,)))


def write_score(
    dry: np.ndarray | tuple[np.ndarray, ...],
    nodes: Sequence[Node],
    curve: Sequence[tuple[float, float]],
    rate: int = SAMPLE_RATE,
) -> dict:
    """The score of `automate`: lists, dicts, numbers and words, ready for JSON; see `core.effects.score`.

    Levels are those of `render`: each node's settings are played once on the dry sound of its position.
    """
    drys, rate = _given(dry), checked_rate(rate)
    if len({sound.shape for sound in drys}) > 1:
        raise ValueError(f"the dry sounds last differently long: {' and '.join(map(str, map(len, drys)))} samples")
    orders = dict.fromkeys(own.effects for node in nodes for own, _ in node.blend.parts)
    parts: dict[tuple[str, ...], list[_Part]] = {order: [] for order in orders}
    into: list[float] = []
    for number, node in enumerate(nodes):
        sound = live.mixed(drys, node.position)
        into.append(into[-1] if number and len(drys) == 1 else gain_to(sound, sample_rate=rate))
        for own, share in node.blend.parts:
            parts[own.effects].append(_Part.of(number, own, share, sound * np.float32(into[-1]), into[-1], rate))
    score = {
        "drys": [live.fingerprint(sound) for sound in drys],
        "curve": [[float(time), float(position)] for time, position in curve],
        "positions": [node.position for node in nodes],
        "into": into,
        "effects": [_write_parts(order, own, len(nodes)) for order, own in parts.items()],
    }
    check(score)
    return score


@dataclass(frozen=True)
class _Part:
    """What plays at the node of that number, and its share.

    level: brings what the plugins make of a sound, raised by `into`, to where `render` brings it. mix: of a chain that
    fades, each part's shares, see core.effects.fade.
    """

    node: int
    own: Played
    share: float
    level: float
    mix: tuple[tuple[float, float], ...] | None

    @classmethod
    def of(cls, node: int, own: Played, share: float, heard: np.ndarray, into: float, rate: int) -> "_Part":
        """heard: the dry sound of the node, raised."""
        level = make_up(heard, through(heard, own, rate), own, rate) / into
        mix = tuple(by for _, by in stages(heard, own, rate)) if isinstance(own, Faded) else None
        return cls(node, own, float(share), level, mix)

    def at(self, place: int) -> tuple[tuple[float, ...], float, tuple[float, float]]:
        """Knobs of the setting in that place of the signal's way, its amount, and its shares."""
        amount = self.own.parts[place][1] if isinstance(self.own, Faded) else 1.0
        return self.own.settings[place].values, amount, self.mix[place] if self.mix else (0.0, 1.0)


def _write_parts(order: tuple[str, ...], parts: list[_Part], nodes: int) -> dict:
    """One effect of a score: a setting, or a chain of that order, at those of so many nodes where it is heard."""
    shares = {part.node: part.share for part in parts}
    written = {
        "name": " → ".join(order) or "bypass",
        "share": [shares.get(node, 0.0) for node in range(nodes)],
        "nodes": [part.node for part in parts],
        "level": [part.level for part in parts],
    }
    found = [_write_stage(name, [part.at(place) for part in parts]) for place, name in enumerate(order)]
    return written | (found[0] if len(found) == 1 and "mix" not in found[0] else {"stages": found})


def _write_stage(effect: str, stands: list[tuple[tuple[float, ...], float, tuple[float, float]]]) -> dict:
    """One effect of a chain, as it stands at each of some nodes; see `_Part.at`."""
    plugins = _write_plugins(effect, [(values, amount) for values, amount, _ in stands])
    stage = {"way": effect_named(effect).way, "plugins": plugins}
    heard, made = ([by[number] for *_, by in stands] for number in (0, 1))
    return stage if not any(heard) else stage | {"mix": {"heard": heard, "made": made}}


def _write_plugins(effect: str, stood: list[tuple[tuple[float, ...], float]]) -> list[dict]:
    """Plugins of an effect with each property's value at each of some knob positions and amounts.

    A property that no knob moves is fixed. One that halfway up is the geometric mean of its ends follows a "log" knob.
    ValueError where a knob moves a choice, or changes which plugins there are: nothing lies between.
    """
    low, middle, high = (Setting.all_at(effect, position).plugins() for position in (0.0, 0.5, 1.0))
    alone = [Setting(effect, tuple(own)).plugins() for own in np.eye(len(effect_named(effect).parameters))]
    if len({tuple(type(plugin) for plugin in plugins) for plugins in (low, middle, high, *alone)}) > 1:
        raise ValueError(f"{effect}: its knobs change which plugins it has, so it has no morph.")
    stands = [plugins_at(Setting(effect, values), amount) for values, amount in stood]
    written = []
    for index, plugin in enumerate(low):
        kind = type(plugin).__name__
        knobs: dict[str, dict] = {}
        fixed: dict[str, float | bool | str] = {}
        for name in properties(kind):
            bottom, mean, top, *others = (getattr(plugins[index], name) for plugins in (low, middle, high, *alone))
            if all(value == bottom for value in (mean, top, *others)):
                fixed[name] = bottom if isinstance(bottom, float | bool) else bottom.name
            elif not moves(kind, name):
                raise ValueError(f"{effect}: a knob changes the {name} of {kind}, a choice, so it has no morph.")
            else:
                even = min(bottom, top) > 0 and isclose(mean * mean, bottom * top, rel_tol=1e-4)
                values_by_node = [getattr(plugins[index], name) for plugins in stands]
                knobs[name] = {"law": "log" if even else "linear", "values": values_by_node}
        written.append({"kind": kind, "fixed": fixed, "knobs": knobs})
    return written
