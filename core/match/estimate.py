"""What the network reads off a pair."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import combinations, permutations

import numpy as np

from core.effects import Chain, KnobLayout, Setting, effect_named

LONGEST = 3
"""Effects in a chain that is looked for."""

_MEASURED = 0.005
_LEAST = 1e-4  # a probability that a network means


@dataclass(frozen=True)
class Estimate:
    """A chain read off a pair.

    spread: expected absolute error of each knob position, one effect's behind the other's. probabilities: of each
    effect, the likeliest first; of a network of chains that it is in the chain, of others that it is the one.
    """

    chain: Chain
    spread: tuple[float, ...]
    probabilities: dict[str, float]

    @classmethod
    def of(cls, knobs: KnobLayout, read: tuple[np.ndarray, ...], effect: str | None = None) -> "Estimate":
        """What a controller says, as a setting.

        read: probabilities (1, effect), then positions and spread (1, knob) in the row of all knobs. effect: that one's
        knobs, whichever is likeliest.
        """
        (probabilities,), (positions,), (spread,) = read
        guess = Guess(knobs, probabilities, positions, spread)
        return guess.estimate((effect or knobs.effects[int(probabilities.argmax())],))

    @property
    def probability(self) -> float:
        """That all effects of its chain are in it, as if they did not hang together."""
        return math.prod(self.probabilities[effect] for effect in self.chain.effects)

    @property
    def setting(self) -> Setting:
        """All there is in its chain; ValueError where that is more."""
        (only,) = self.chain.settings
        return only

    def of_effect(self, effect: str) -> tuple[Setting, tuple[float, ...]] | None:
        """The setting of an effect in its chain, and the spread of its knobs; None where it is not in it."""
        begin = 0
        for setting in self.chain.settings:
            end = begin + len(setting.values)
            if setting.effect == effect:
                return setting, self.spread[begin:end]
            begin = end
        return None

    def at_level(self, level_db: float) -> "Estimate":
        """The same, but for knobs of the role "level": they stand where wet is so much louder than dry."""
        spread = list(self.spread)
        settings: list[Setting] = []
        for setting in self.chain.settings:
            values, before = list(setting.values), sum(len(one.values) for one in settings)
            for number, parameter in enumerate(effect_named(setting.effect).parameters):
                if parameter.role == "level":
                    values[number] = parameter.to_unit(float(np.clip(level_db, parameter.low, parameter.high)))
                    spread[before + number] = min(spread[before + number], _MEASURED)
            settings.append(Setting(setting.effect, tuple(values)))
        return replace(self, chain=Chain(tuple(settings)), spread=tuple(spread))


@dataclass(frozen=True)
class Guess:
    """All that a network says of a pair.

    presence (effect,): probability that each effect is in the chain; where earlier is None, that it is the only one, in
    sum 1. positions, spread (knob,): in the row of all knobs, of each effect if it is there. earlier (pair,):
    probability that of two effects the first comes first, pairs as np.triu_indices has them.
    """

    knobs: KnobLayout
    presence: np.ndarray
    positions: np.ndarray
    spread: np.ndarray
    earlier: np.ndarray | None = None

    @property
    def tells_chains(self) -> bool:
        """Whether the network knows more than one effect at a time."""
        return self.earlier is not None

    @property
    def probabilities(self) -> dict[str, float]:
        """See Estimate."""
        return dict(sorted(zip(self.knobs.effects, self.presence.tolist(), strict=True), key=lambda pair: -pair[1]))

    @property
    def present(self) -> tuple[str, ...]:
        """The effects that are likelier in the chain than not, at most LONGEST, in their likeliest order; of orders
        that sound alike one."""
        sure = [effect for effect, likely in list(self.probabilities.items())[:LONGEST] if likely > 0.5]
        orders = sorted({canonical(order) for order in permutations(sure)})
        return max(orders, key=self.log_probability) if len(orders) > 1 else orders[0]

    def estimate(self, effects: Sequence[str]) -> Estimate:
        """These effects in this order with the knobs that the network gives them."""
        numbers = [self.knobs.number(effect) for effect in effects]
        settings = tuple(self.knobs.setting(number, self.positions) for number in numbers)
        spread = [off for number in numbers for off in self.spread[self.knobs.own(number)].tolist()]
        return Estimate(Chain(settings), tuple(spread), self.probabilities)

    def log_probability(self, effects: Sequence[str]) -> float:
        """Of exactly these effects, less what speaks for their likeliest order against this one.

        Orders that sound alike are one. (The probability of one order among many speaks against every longer chain.)
        """
        numbers = [self.knobs.number(effect) for effect in effects]
        there = np.isin(np.arange(len(self.presence)), numbers)
        if self.earlier is None:
            alone = float(self.presence[there].sum()) if len(numbers) == 1 else 0.0
            return float(np.log(max(alone, _LEAST)))
        sure = self.presence.clip(_LEAST, 1 - _LEAST)
        found = float(np.log(np.where(there, sure, 1 - sure)).sum())
        orders: dict[tuple[str, ...], float] = {}
        for order in permutations(effects):
            one = canonical(order)
            orders[one] = float(np.logaddexp(orders.get(one, -np.inf), self._order(order)))
        return found + orders[canonical(tuple(effects))] - max(orders.values())

    def _order(self, effects: Sequence[str]) -> float:
        """Log probability of an order, as if those of its pairs did not hang together."""
        assert self.earlier is not None
        number = {effect: place for place, effect in enumerate(self.knobs.effects)}
        first, second = np.triu_indices(len(number), 1)
        told, found = {(int(a), int(b)): p for a, b, p in zip(first, second, self.earlier, strict=True)}, 0.0
        for before, behind in combinations(effects, 2):
            a, b = number[before], number[behind]
            found += float(np.log(max(told[a, b] if a < b else 1 - told[b, a], _LEAST)))
        return found

    def likeliest(self, most: int) -> list[tuple[str, ...]]:
        """The likeliest chains of up to three effects, one of those that sound alike; of a network of single effects
        those alone."""
        longest = LONGEST if self.tells_chains else 1
        sure = sorted(self.knobs.effects, key=lambda effect: -self.probabilities[effect])[: longest + 2]
        orders = {
            canonical(order)
            for length in range(1, longest + 1)
            for some in combinations(sure if self.tells_chains else self.knobs.effects, length)
            for order in permutations(some)
        }
        return sorted(orders, key=lambda order: (-self.log_probability(order), order))[:most]


@cache
def canonical(effects: tuple[str, ...]) -> tuple[str, ...]:
    """The order that stands for all that sound like this one; see Chain.canonical."""
    return Chain(tuple(Setting.all_at(effect, 0.5) for effect in effects)).canonical.effects
