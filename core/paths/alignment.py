"""Chains side by side: which effect of one end is which of another, and the one chain that leads between them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from heapq import merge

import numpy as np

from core.effects import EFFECTS, Chain, Faded, Setting

_RANK = {effect.name: number for number, effect in enumerate(EFFECTS)}


@dataclass(frozen=True)
class Column:
    """An effect at its place in the one chain.

    here: whether each end has it there. settings: what each end has of it, there or elsewhere, None where it has none.
    """

    effect: str
    here: tuple[bool, ...]
    settings: tuple[Setting | None, ...]

    def values(self, shares: np.ndarray) -> tuple[float, ...]:
        """Its knobs: the mean of the ends that have it, by their shares (end,); of all alike where those are 0."""
        known = [(share, own.values) for share, own in zip(shares, self.settings, strict=True) if own is not None]
        weights, values = np.array([share for share, _ in known]), np.array([values for _, values in known])
        if weights.sum() <= 0:
            weights = np.ones(len(known))
        return tuple(np.clip(weights @ values / weights.sum(), 0, 1))

    def amount(self, shares: np.ndarray) -> float:
        """How much of it there is: the shares of the ends that have it there."""
        return float(np.clip(shares[list(self.here)].sum(), 0, 1)) if not all(self.here) else 1.0


@dataclass(frozen=True)
class Alignment:
    """The one chain that leads between ends, its effects in signal order."""

    columns: tuple[Column, ...]

    @property
    def fades(self) -> bool:
        """Whether an effect comes or goes on the way."""
        return not all(all(column.here) for column in self.columns)

    def chain(self, settings: Sequence[Setting], amounts: Sequence[float]) -> Chain | Faded:
        """The columns as they stand somewhere: their settings and amounts."""
        return Faded(tuple(zip(settings, amounts, strict=True))) if self.fades else Chain(tuple(settings))

    def mean(self, shares: np.ndarray, power: float = 1.0) -> Chain | Faded:
        """Between the ends by their shares (end,), in sum 1: knobs evenly, what an end lacks faded; power: of the
        shares from which amounts are made."""
        settings = [Setting(column.effect, column.values(shares)) for column in self.columns]
        return self.chain(settings, [column.amount(shares) ** power for column in self.columns])


@lru_cache(256)
def aligned(*ends: Setting | Chain) -> Alignment:
    """As many effects of the ends as can be are paired, same with same, so that as few as can be come and go.

    Orders that sound alike (see core.effects.chain.COMMUTING) are one: each end may stand in any of its own, as it was
    brought before others. Where orders differ audibly the effect fades out at its one place and in at its other. What
    stands at the same place of different ends goes by the order of EFFECTS, so the way back is the way reversed.
    """
    orders = [[order.effects for order in Chain(end.settings).orders] for end in ends]
    found = min((_together(first, orders[1:]) for first in orders[0]), key=len)
    by_end = [{setting.effect: setting for setting in end.settings} for end in ends]
    return Alignment(
        tuple(
            Column(place.effect, tuple(end in place.ends for end in range(len(ends))), tuple(map(place.of, by_end)))
            for place in found
        )
    )


@dataclass(frozen=True)
class _Place:
    """An effect in signal order, and the numbers of the ends that have it there."""

    effect: str
    ends: frozenset[int]

    def of(self, settings: dict[str, Setting]) -> Setting | None:
        return settings.get(self.effect)


def _together(first: Sequence[str], others: Sequence[Sequence[Sequence[str]]]) -> list[_Place]:
    """The places of the first end, in this order, and all others, each in that of its orders that adds the fewest."""
    places = [_Place(effect, frozenset([0])) for effect in first]
    for end, orders in enumerate(others, 1):
        places = min((_with(places, order, end) for order in orders), key=len)
    return places


def _with(places: Sequence[_Place], order: Sequence[str], end: int) -> list[_Place]:
    """The places, and those of one more end in an order: at the longest row of effects that both have they are one."""
    found: list[_Place] = []
    here = there = 0
    for place, other in [*_paired([place.effect for place in places], order), (len(places), len(order))]:
        between = [_Place(effect, frozenset([end])) for effect in order[there:other]]
        found += merge(places[here:place], between, key=lambda one: _RANK[one.effect])
        if place < len(places):
            found.append(_Place(order[other], places[place].ends | {end}))
        here, there = place + 1, other + 1
    return found


def _paired(one: Sequence[str], other: Sequence[str]) -> list[tuple[int, int]]:
    """The longest row of names that both have in this order: its numbers in the one and in the other."""
    ways = [(a, b) for a, name in enumerate(one) for b, same in enumerate(other) if name == same]
    rows: list[list[tuple[int, int]]] = [[]]
    for a, b in ways:  # the places in `one` rise
        before = (row for row in rows if not row or (row[-1][0] < a and row[-1][1] < b))
        rows.append([*max(before, key=len), (a, b)])
    return max(rows, key=len)
