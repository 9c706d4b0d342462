"""What is played: a setting, or a chain of them, one behind the other as in a rack.

    Setting("overdrive", (0.6, 0.5, 0.5)) | Setting("delay", (0.5, 0.3, 0.4))

is the chain that drives first and repeats then. Whoever takes a chain takes a setting: both have `settings`, `effects`,
`level_db`, `plugins` and `text`, and `|` joins any two of them.
"""

from dataclasses import dataclass
from itertools import permutations
from typing import TypeVar, Union

import numpy as np
from pedalboard import Plugin

from core.effects.parameter import ROUNDING
from core.effects.rack import EFFECTS, effect_named

MOST = 4
"""Settings in a chain, at most."""

COMMUTING = frozenset(map(frozenset, (("delay", "reverb"), ("delay", "lowpass"), ("reverb", "lowpass"))))
"""Effects that may change places where they stand side by side: in 95 of 100 draws the other order of the two is less
than a tenth as far away as the dry sound is (MR-STFT above -70 dB).

By `python -m training commuting --out runs/commuting`, 48 draws of random settings on all 16 shipped clips, speech and
music; that 95th percentile of the two alone, and amid two others:

               overdrive  reverb     chorus     phaser     compressor bitcrush   lowpass
    delay      .58 .47    .00 .00    .65 .51    .63 .43    .66 .54    .54 .52    .06 .07
    overdrive             .59 .42    .58 .45    .50 .37    .54 .43    .76 .71    .61 .54
    reverb                           .53 .47    .65 .48    .59 .42    .86 .66    .08 .09
    chorus                                      .47 .32    .49 .50    .58 .57    .12 .16
    phaser                                                 .52 .49    .68 .62    .11 .13
    compressor                                                        1.13 1.04  .43 .38
    bitcrush                                                                     2.52 1.79

Delay and reverb are linear and stand still, so their order is none at all. The ladder bends what is loud, a little:
with --seed 1 .03, .11 and .10, .08. Chorus and phaser move: what is repeated behind them is not what they make of
repeats.
"""

Own = TypeVar("Own")

_RANK = {effect.name: number for number, effect in enumerate(EFFECTS)}


@dataclass(frozen=True)
class Setting:
    """An effect and a knob position in [0, 1] for each of its parameters; a chain of one.

    Raises KeyError for an unknown effect, ValueError for a wrong number of values or one outside [0, 1]; what rounding
    led out of it (see ROUNDING in core.effects.parameter) is at its end.
    """

    effect: str
    values: tuple[float, ...]

    def __post_init__(self) -> None:
        parameters = effect_named(self.effect).parameters
        object.__setattr__(self, "values", tuple(map(_position, self.values)))
        if len(self.values) != len(parameters):
            raise ValueError(f"{self.effect} has {len(parameters)} parameters, got {len(self.values)} values")
        for parameter, value in zip(parameters, self.values, strict=True):
            parameter.to_value(value)

    def __or__(self, other: Union["Setting", "Chain"]) -> "Chain":
        """This one, and the other behind it."""
        return Chain((self,)) | other

    @classmethod
    def all_at(cls, effect: str, position: float) -> "Setting":
        """The setting of an effect with all knobs at one position in [0, 1]."""
        return cls(effect, (position,) * len(effect_named(effect).parameters))

    @property
    def settings(self) -> tuple["Setting", ...]:
        """Itself: all there is in this chain."""
        return (self,)

    @property
    def effects(self) -> tuple[str, ...]:
        """The name of its effect."""
        return (self.effect,)

    @property
    def physical(self) -> dict[str, float]:
        """Value of each parameter in its own unit, by name."""
        parameters = effect_named(self.effect).parameters
        return {p.name: p.to_value(value) for p, value in zip(parameters, self.values, strict=True)}

    @property
    def level_db(self) -> float:
        """Loudness of the wet sound against the dry one: what the knobs of the role "level" say, else 0."""
        values = self.physical
        return sum((values[p.name] for p in effect_named(self.effect).parameters if p.role == "level"), 0.0)

    def plugins(self) -> list[Plugin]:
        """Fresh pedalboard plugins in signal order; they carry state and must not be shared by threads."""
        effect, values = effect_named(self.effect), self.physical
        return effect.build(**{p.name: values[p.name] for p in effect.parameters if p.role != "level"})

    @property
    def text(self) -> str:
        """For people: "Delay · time 0.25 s · feedback 0.35 · mix 0.4"."""
        effect = effect_named(self.effect)
        knobs = (f"{p.label.lower()} {p.text(value)}" for p, value in zip(effect.parameters, self.values, strict=True))
        return " · ".join((effect.label, *knobs))


@dataclass(frozen=True)
class Chain:
    """Settings in signal order; none: bypass. Where a chain is taken a setting is, too: it is a chain of one.

    What a setting hears is what the one before it made, as loud as it came; loudness is matched once, behind the last
    one (see `render`), and knobs of the role "level" are applied there.
    Raises ValueError for more than MOST settings, or an effect that comes twice.
    """

    settings: tuple[Setting, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "settings", tuple(self.settings))
        if len(self.settings) > MOST:
            raise ValueError(f"a chain has {MOST} settings at most, got {len(self.settings)}")
        if len(set(self.effects)) < len(self.effects):
            raise ValueError(f"each effect comes once in a chain, got {', '.join(self.effects)}")

    def __or__(self, other: "Setting | Chain") -> "Chain":
        """This chain, and the other behind it."""
        if not isinstance(other, Setting | Chain):
            return NotImplemented
        return Chain((*self.settings, *other.settings))

    @property
    def canonical(self) -> "Chain":
        """The one that stands for all orders that sound like it (see COMMUTING): of the effects that may go first
        always the one that comes first in EFFECTS."""
        left, found = list(self.settings), []
        while left:
            free = [own for at, own in enumerate(left) if all(commute(own, other) for other in left[:at])]
            found.append(min(free, key=lambda own: _RANK[own.effect]))
            left.remove(found[-1])
        return Chain(tuple(found))

    @property
    def orders(self) -> list["Chain"]:
        """All orders that sound like this one, this one first."""
        same = self.canonical
        return [chain for chain in map(Chain, permutations(self.settings)) if chain.canonical == same]

    @property
    def effects(self) -> tuple[str, ...]:
        """Names of the effects, in signal order."""
        return tuple(setting.effect for setting in self.settings)

    @property
    def level_db(self) -> float:
        """See Setting.level_db: of all settings together."""
        return sum((setting.level_db for setting in self.settings), 0.0)

    def plugins(self) -> list[Plugin]:
        """Fresh pedalboard plugins in signal order; they carry state and must not be shared by threads."""
        return [plugin for setting in self.settings for plugin in setting.plugins()]

    @property
    def text(self) -> str:
        """For people: settings in signal order, an arrow between them."""
        return " → ".join(setting.text for setting in self.settings) or "No effect"


def _position(value: float) -> float:
    """A knob's position as it is given, or the end that rounding led it beyond."""
    own = float(value)
    return min(1.0, max(0.0, own)) if -ROUNDING <= own <= 1 + ROUNDING else own


def commute(a: Setting, b: Setting) -> bool:
    """Whether two settings, one right behind the other, sound alike in either order."""
    return frozenset((a.effect, b.effect)) in COMMUTING


def check_kind(given: object, *kinds: type) -> None:
    """Raise TypeError unless what is given to play is of one of these kinds."""
    if not isinstance(given, kinds):
        names = " or a ".join(kind.__name__ for kind in kinds)
        raise TypeError(f"a {names} is needed, got {given!r:.80}")


def plainest(own: Own) -> Own | Setting:
    """A chain of one as its setting, all else as it is: where two things are compared, one thing has one form."""
    return own.settings[0] if isinstance(own, Chain) and len(own.settings) == 1 else own


def random_setting(effect: str | None = None, seed: int | np.random.Generator = 0) -> Setting:
    """A setting with knob positions drawn evenly from [0, 1], of the named effect or of one drawn evenly."""
    generator = np.random.default_rng(seed)
    chosen = effect_named(effect) if effect else EFFECTS[generator.integers(len(EFFECTS))]
    return Setting(chosen.name, tuple(generator.random(len(chosen.parameters))))
