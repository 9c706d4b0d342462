"""The row of all knobs of some effects: where in it each effect's own stand, and settings to and from it."""

from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

import numpy as np

from core.effects.chain import Setting
from core.effects.rack import effect_named


@dataclass(frozen=True)
class KnobLayout:
    """The knobs of some effects, side by side in one row (knob,): all of the first effect's, then the second's, ...

    effects: names, in the order of the row; an effect is spoken of by its number in it. Positions lie in [0, 1]; NaN
    stands where a knob is another effect's. Where rows would be wasteful, as in an atlas, a point has its own effect's
    knobs alone, padded with NaN to the most that an effect has.
    Raises KeyError for an effect that is not known.
    """

    effects: tuple[str, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "effects", tuple(str(name) for name in self.effects))
        self.names  # noqa: B018 - a KeyError belongs here, not where a row is first asked for

    @cached_property
    def names(self) -> tuple[tuple[str, str], ...]:
        """Of each knob in the row: its effect and its own name."""
        return tuple((name, knob.name) for name in self.effects for knob in effect_named(name).parameters)

    @cached_property
    def counts(self) -> tuple[int, ...]:
        """How many knobs each effect has."""
        return tuple(len(effect_named(name).parameters) for name in self.effects)

    @property
    def size(self) -> int:
        """How many knobs there are in the row."""
        return len(self.names)

    @property
    def most(self) -> int:
        """How many knobs the effect with the most of them has."""
        return max(self.counts)

    @cached_property
    def slices(self) -> tuple[slice, ...]:
        """Where the knobs of each effect stand in the row."""
        ends = accumulate(self.counts)
        return tuple(slice(end - count, end) for end, count in zip(ends, self.counts, strict=True))

    def number(self, effect: str) -> int:
        """The number of an effect; ValueError where it is none of these."""
        if effect not in self.effects:
            raise ValueError(f"no effect {effect!r}; known: {', '.join(self.effects)}")
        return self.effects.index(effect)

    def own(self, effect: int) -> slice:
        """Where the knobs of effect number `effect` stand in the row."""
        return self.slices[effect]

    def row(self, setting: Setting) -> np.ndarray:
        """The row (knob,), float32, of a setting of one of the effects."""
        row = np.full(self.size, np.nan, dtype=np.float32)
        row[self.own(self.number(setting.effect))] = setting.values
        return row

    def rows(self, effect: np.ndarray, values: np.ndarray) -> np.ndarray:
        """Rows (batch, knob) of points: effect (batch,) their numbers, values (batch, most) their own knobs, padded."""
        rows = np.full((len(effect), self.size), np.nan, dtype=values.dtype)
        for number, (own, count) in enumerate(zip(self.slices, self.counts, strict=True)):
            rows[effect == number, own] = values[effect == number, :count]
        return rows

    def setting(self, effect: int, row: np.ndarray) -> Setting:
        """The setting of effect number `effect` in a row (knob,); positions beyond 0 or 1 are held there."""
        return Setting(self.effects[effect], tuple(np.clip(row[self.own(effect)], 0, 1)))

    def setting_of_point(self, effect: int, values: np.ndarray) -> Setting:
        """The setting of a point: the number of its effect, and its own knobs, padded."""
        return Setting(self.effects[effect], tuple(values[: self.counts[effect]]))
