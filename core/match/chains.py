"""Which chain it is: those that the network suspects and those that the best one asks for, polished while it pays."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import permutations

import numpy as np

from core.audio import SAMPLE_RATE
from core.effects import Chain, effect_named
from core.effects.render import NoSound
from core.match.at_once import at_once
from core.match.descent import Excerpt
from core.match.elsewhere import elsewhere
from core.match.estimate import LONGEST, canonical
from core.match.pair import CLEARLY, Candidate
from core.match.polish import polish
from core.match.reading import Reader, Reading
from core.match.single import STUDIO_RATE
from core.match.watch import Enough, Progress

_PART = 65_536  # samples on which chains are ranked
_SUSPECTED, _POLISHED, _AT_ONCE = 10, 8, 2  # chains that are ranked, polished at most, and polished in one round
_ELSEWHERE = 4  # chains of which a knob is tried in other places, where none fits
_EFFECT = 0.3  # what one more effect costs, as a share of what is left over
_LIKELY = 0.06  # what a natural logarithm of probability is worth, so
_LEAST = 0.01
_FOUND, _DOUBTFUL, _FAR = 0.06, 0.15, 0.5
_KNOWN = 0.02  # how far off a knob may be that was polished amid other effects
_ASKED = 3


@dataclass(frozen=True)
class Start:
    """A chain to polish. spread: see `polish`. known: effects of which it is known what no slope leads to."""

    candidate: Candidate
    spread: tuple[float, ...]
    known: frozenset[str] = frozenset()

    @property
    def effects(self) -> tuple[str, ...]:
        return canonical(self.candidate.chain.effects)


class Chains:
    """The search for the chain behind a pair. polished: by effects in signal order, what was polished so far."""

    def __init__(self, reading: Reading, reader: Reader, begun: Iterable[Candidate] = ()) -> None:
        self.reading, self.reader, self.ear = reading, reader, reading.ear
        self.polished = {canonical(one.chain.effects): one for one in begun}
        self.studio_rate = reading.pair.sample_rate
        self._missing: dict[Chain, dict[str, Chain]] = {}

    def search(self) -> list[Candidate]:
        """All chains that were polished, the one that costs least first; so many as there are when somebody has
        enough."""
        with suppress(Enough):
            self._search()
        return sorted(self.polished.values(), key=self.cost)

    def _search(self) -> None:
        self._tell()
        if self.reading.guess.tells_chains:
            self._try(self._ranked(self._start(order) for order in self.reading.guess.likeliest(_SUSPECTED)))
        self._listen_elsewhere()
        while len(self.polished) < _POLISHED and not self.found:
            before = len(self.polished)
            self._try(self._next())
            if len(self.polished) == before:
                break
        for effects, one in sorted(self.polished.items(), key=lambda item: self.cost(item[1]))[:_ELSEWHERE]:
            if not self.found and self.share(one) < _FAR:
                self.polished[effects] = elsewhere(self.ear, one, self._near(one), frozenset(effects))
        self._shorten()

    @property
    def best(self) -> Candidate:
        return min(self.polished.values(), key=self.cost)

    @property
    def found(self) -> bool:
        return bool(self.polished) and self.share(self.best) <= _FOUND

    def share(self, candidate: Candidate) -> float:
        """Of the distance between dry and wet that a candidate leaves."""
        return self.ear.distance(candidate) / max(self.reading.nothing, 1e-9)

    def cost(self, candidate: Candidate) -> float:
        """What speaks against a candidate: what it leaves, its length, and what the network says."""
        left = float(np.log(min(self.share(candidate), 10.0) + _LEAST))
        unlikely = -self.reading.guess.log_probability(candidate.chain.effects)
        return left + _EFFECT * len(candidate.chain.settings) + _LIKELY * unlikely

    def _next(self) -> list[Start]:
        """Beside the most promising of the best one's neighbours the likeliest chain that was not tried: which of the
        neighbours fits shows late, where an oscillator's rate or a set of knobs is still far off."""
        beside = [one for one in self._ranked(self._moved(self.best)) if one.effects not in self.polished]
        tried, guess = {*self.polished, *(one.effects for one in beside[:1])}, self.reading.guess
        likely = guess.likeliest(_SUSPECTED + _POLISHED) if guess.tells_chains else []
        return [*beside[:1], *(self._start(order) for order in likely if order not in tried), *beside[1:]]

    def _try(self, starts: Sequence[Start]) -> None:
        """Polish some of what was not tried; where something is left, the best of them once more, if it is the best of
        all: what hid amid the others when they were far off now shows."""
        spreads = {}
        for start in [one for one in starts if one.effects not in self.polished][:_AT_ONCE]:
            if self.found or len(self.polished) >= _POLISHED:
                break
            self.polished[start.effects] = polish(self.ear, start.candidate, start.spread, start.known)
            self._tell()
            spreads[start.effects] = start.spread
        best = self.best
        effects = canonical(best.chain.effects)
        if effects in spreads and not self.found:
            spread = self._near(best) if self.share(best) < _FAR else spreads[effects]
            more = polish(self.ear, replace(best, began_s=()), spread)
            self.polished[effects] = min(best, more, key=self.ear.distance)

    def _tell(self) -> None:
        if self.polished:
            self.reader.watch.tell(Progress(len(self.polished), _POLISHED, self.share(self.best)))

    def _ranked(self, starts: Iterable[Start]) -> list[Start]:
        """Starts by what their sounds leave as they are and by what the network says, the most promising first."""
        some, costs = list(starts), []
        for start, error in zip(some, at_once(self._error, some), strict=True):
            chain = start.candidate.chain
            unlikely = -self.reading.guess.log_probability(chain.effects)
            likely = (1.0 if not start.known else _LIKELY) * unlikely
            costs.append(np.log(error + 1e-6) + _EFFECT * len(chain.settings) + likely)
        return [some[place] for place in np.argsort(costs, kind="stable")]

    def _error(self, start: Start) -> float:
        """What the sound of a start leaves as it is, in dB squared, of its most telling part."""
        chain, rate = start.candidate.chain, start.candidate.studio_rate
        part = Excerpt(self.ear, chain.effects, rate, 0, len(self.ear.wet)).part(_PART)
        values = np.array([value for setting in chain.settings for value in setting.values])
        return part.error(values, start.candidate.began_s)

    def _start(self, effects: tuple[str, ...]) -> Start:
        estimate = self.reading.of(effects)
        return Start(self.reading.candidate(estimate.chain, self.studio_rate), estimate.spread)

    def _listen_elsewhere(self) -> None:
        """Go on at the studio's rate where the best is clearly nearer there."""
        best = self.best
        if self.reading.pair.sample_rate != SAMPLE_RATE or self.share(best) <= _DOUBTFUL:
            return
        turning = frozenset(name for name in best.chain.effects if _has(name, "rate"))
        there = polish(self.ear, replace(best, studio_rate=STUDIO_RATE), self._near(best), turning)
        if self.ear.distance(there) < CLEARLY * self.ear.distance(best):
            self.studio_rate = STUDIO_RATE
            self.polished[canonical(best.chain.effects)] = there

    def _near(self, candidate: Candidate) -> tuple[float, ...]:
        return (_KNOWN,) * sum(len(setting.values) for setting in candidate.chain.settings)

    def _moved(self, best: Candidate) -> list[Start]:
        """Chains beside the best one: other orders, an effect less, another or one more."""
        effects = best.chain.effects
        found = {canonical(order) for order in permutations(effects)}
        found |= {canonical(effects[:at] + effects[at + 1 :]) for at in range(len(effects)) if len(effects) > 1}
        starts = [self._with(best, order) for order in sorted(found - {*self.polished})]
        asked = self._asked(best)
        for effect, own in asked.items():
            orders = set()
            for at in range(len(effects) + 1):
                orders.add(canonical((*effects[:at], effect, *effects[at:])) if len(effects) < LONGEST else ())
                orders |= {canonical((*effects[:at], effect, *effects[at + 1 :]))} if at < len(effects) else set()
            starts += [self._with(best, order, effect, own) for order in sorted(orders - {*self.polished, ()})]
        return starts

    def _asked(self, best: Candidate) -> dict[str, Chain]:
        """Effects that may be missing, with knobs: those that the network suspects in the pair, and between what the
        best leaves and wet."""
        if best.chain in self._missing:
            return self._missing[best.chain]
        own = self.reading.guess
        suspected = [effect for effect in own.probabilities if effect not in best.chain.effects][:_ASKED]
        asked = {effect: self.reading.of((effect,)).chain for effect in suspected}
        try:
            left = self.reader.guess(self.reader.encode(self.ear.hear(best), self.ear.wet))
        except NoSound:  # then nothing is between what it makes and wet
            return self._missing.setdefault(best.chain, asked)
        likeliest = [effect for effect in left.probabilities if effect not in best.chain.effects][:2]
        level_db = self.reading.pair.level_db
        asked |= {effect: left.estimate((effect,)).at_level(level_db).chain for effect in likeliest}
        return self._missing.setdefault(best.chain, asked)

    def _with(self, best: Candidate, effects: tuple[str, ...], new: str = "", own: Chain | None = None) -> Start:
        """A chain of the best one's settings, and of a new one, in this order."""
        known = dict(zip(best.chain.effects, best.chain.settings, strict=True))
        began = dict(zip(best.chain.effects, best.began_s or (0.0,) * len(known), strict=True))
        settings, spread = [], []
        for effect in effects:
            setting = own.settings[0] if effect == new and own else known[effect]
            settings.append(setting)
            spread += [_KNOWN if effect != new else 0.1] * len(effect_named(effect).parameters)
        candidate = self.reading.candidate(Chain(tuple(settings)), self.studio_rate)
        began_s = tuple(began.get(effect, 0.0) for effect in effects)
        settled = {name for name in known if name in effects and not _has(name, "hold")}  # what comes before counts
        return Start(replace(candidate, began_s=began_s), tuple(spread), frozenset(settled))

    def _shorten(self) -> None:
        """Try without each effect that hardly shows in the best chain."""
        best = self.best
        for effect in best.chain.effects if len(best.chain.settings) > 1 else ():
            order = canonical(tuple(other for other in best.chain.effects if other != effect))
            start = self._with(best, order)
            before, so = self.polished.get(order, start.candidate), self.share(start.candidate)
            if so < 2 * self.share(best) + _DOUBTFUL and so <= self.share(before):  # else it was found to be no better
                found = polish(self.ear, start.candidate, start.spread, start.known)
                self.polished[order] = min(found, before, key=self.ear.distance)


def _has(effect: str, role: str) -> bool:
    """Whether an effect has a knob of this role."""
    return any(parameter.role == role for parameter in effect_named(effect).parameters)
