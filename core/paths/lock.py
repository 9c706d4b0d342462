"""Knobs locked out of a morph: wherever their effect plays they stay at A's value, to the bit, at every end, too.

The law holds for what plays knobs. What a network decodes between ends that obey it has no knobs to hold.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.effects import EFFECTS, Blend, Chain, Faded, Setting, effect_named
from core.effects.fade import Played

KNOBS = tuple(f"{effect.name}.{knob.name}" for effect in EFFECTS for knob in effect.parameters)
"""What can be named in core.paths.route.Route.locked."""


@dataclass(frozen=True)
class Lock:
    """values: A's position in [0, 1] of each knob that is held, by "effect.knob"."""

    values: Mapping[str, float]

    @classmethod
    def of(cls, locked: Sequence[str], ends: Sequence[Setting | Chain]) -> "Lock":
        """What names of knobs hold between these ends, A first: nothing of an effect that A, or all others, lack."""
        shared = lockable(ends)
        held = [name for name in locked if name in shared]
        return cls({name: value for own in ends[0].settings for name, value in _knobs(own).items() if name in held})

    def ends(self, ends: Sequence[Setting | Chain]) -> list[Setting | Chain]:
        """The ends as they are played."""
        return [self._end(own) for own in ends]

    def blend(self, blend: Blend) -> Blend:
        """What plays somewhere on the way, its locked knobs held."""
        return Blend(tuple((self._played(own), share) for own, share in blend.parts))

    def _played(self, own: Played) -> Played:
        if isinstance(own, Faded):
            return Faded(tuple((self._setting(setting), amount) for setting, amount in own.parts))
        return self._end(own)

    def _end(self, own: Setting | Chain) -> Setting | Chain:
        return self._setting(own) if isinstance(own, Setting) else Chain(tuple(map(self._setting, own.settings)))

    def _setting(self, own: Setting) -> Setting:
        return Setting(own.effect, tuple(self.values.get(name, value) for name, value in _knobs(own).items()))


def lockable(ends: Sequence[Setting | Chain]) -> list[str]:
    """Names of the knobs that can be held between these ends, A first: of effects that A and another of them have."""
    others = {effect for end in ends[1:] for effect in end.effects}
    return [name for end in ends[:1] for own in end.settings if own.effect in others for name in _knobs(own)]


def _knobs(own: Setting) -> dict[str, float]:
    """A setting's values by "effect.knob"."""
    knobs = effect_named(own.effect).parameters
    return {f"{own.effect}.{knob.name}": value for knob, value in zip(knobs, own.values, strict=True)}
