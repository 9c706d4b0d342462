"""The rate of an oscillator that began with the recording, as that of a plugin does that was just loaded.

There its phase is known, so a second from the beginning tells rates apart that differ by a hundredth or so, however far
off the knobs of other effects still are, and ever longer excerpts tell ever finer ones. One in a cut from a longer take
stands anywhere: core.match.oscillator.
"""

from itertools import product

import numpy as np

from core.audio import SAMPLE_RATE
from core.match.descent import Began, Excerpt, descend

CLEARLY = 0.3
"""Of what most rates leave: what leaves less is the one."""

_HOPELESS = 0.9  # of the same: the oscillator did not begin with the recording, or is not there
_LONGEST_S = 2.0  # before what is heard: after that, rates that differ by too little are not the same any more
_FIRST = 32_768  # samples on which rates are tried
_TURN = 1 / 32  # cycles at the end of an excerpt, by which an oscillator may be off to be found there
_BESIDE = (-3, -2, -1, 0, 1, 2, 3)  # of what a turn is: how far off a shorter excerpt may have been
_WITHIN, _LEAST = 2.5, 0.06  # how far a rate is looked for, of how far off it may be, and at least
_KEPT, _CLIMBED, _TURNS, _ROUNDS = 3, 2, 2, 6
_TIMES, _ELSEWHERE = (1 / 3, 1 / 2, 2 / 3, 1, 3 / 2, 2, 3), (0.15, 0.4, 0.65, 0.9)
_ASIDE = np.linspace(-0.3, 0.3, 31)


class Fresh:
    """The search for an oscillator's rate over an excerpt: number `rate` in a row of knobs. reach: see `descend`; knobs
    of other effects have none. began_s: of all effects, its own 0.

    clearly: what the rate that was found leaves, of what most rates leave, at most 1; see CLEARLY.
    """

    def __init__(self, whole: Excerpt, rate: int, reach: np.ndarray, began_s: Began) -> None:
        self.rate, self.reach, self.began_s = rate, reach, began_s
        self.parameter, self.clearly = whole.parameters[rate], 1.0
        self.before_s = whole.ear.begin_s + whole.ear.pair.before_s
        lengths = [_FIRST]
        while 2.5 * lengths[-1] <= len(whole.dry):
            lengths.append(2 * lengths[-1])
        self.parts = [whole.first(length) for length in lengths] + [whole]

    @property
    def possible(self) -> bool:
        """Whether what is heard begins early enough in the recording."""
        return self.before_s <= _LONGEST_S

    def find(self, values: np.ndarray, within: float) -> tuple[np.ndarray, float]:
        """The row values (knob,) with the best rate whose knob is off by so much at most, and the best of its own other
        knobs; and what it leaves of the whole."""
        rows, usual = self._rates(values, within)
        for number, part in enumerate(self.parts[1:]):
            nearer = [self._turned(row, by * self._hz(part)) for row in rows for by in _BESIDE]
            kept = self._lowest(part, nearer)[:_CLIMBED]
            if not number and part.error(kept[0], self.began_s) > CLEARLY * usual:
                kept = self._lowest(part, [self._swept(row, part) for row in kept])
            found = sorted((self._down(part, row) for row in kept), key=lambda one: one[1])
            rows = [row for row, _ in found]
        return found[0]

    def _rates(self, values: np.ndarray, within: float) -> tuple[list[np.ndarray], float]:
        """Rows with the best rates on the first excerpt, and what most leave there; where none is clearly the one, its
        own other knobs may have hidden it, so once more."""
        part, rows = self.parts[0], [values]
        for _ in range(_TURNS):
            valleys, usual = self._valleys(part, rows[0], self._places(values, within))
            rows = self._lowest(part, [self._swept(row, part) for row in valleys])
            self.clearly = min(part.error(rows[0], self.began_s) / max(usual, 1e-9), 1.0)
            if not CLEARLY <= self.clearly < _HOPELESS:
                break
        if self.clearly < CLEARLY:
            rows[0] = self._swept(rows[0], part)
        else:
            multiples = [other for row in rows[:_CLIMBED] for other in self._multiples(row)]
            rows = self._lowest(self.parts[1], rows + self._lowest(self.parts[1], multiples)[:_KEPT])
        return rows, usual

    def _multiples(self, row: np.ndarray) -> list[np.ndarray]:
        """The row with its rate, twice that, half of it ..., each with the other knobs of its own anywhere: with wrong
        ones, a multiple of the right rate may leave less than the right one."""
        others = [knob for knob in np.flatnonzero(self.reach).tolist() if knob != self.rate]
        hz, found = self.parameter.to_value(float(row[self.rate].clip(0, 1))), []
        for times in _TIMES:
            if self.parameter.low <= times * hz <= self.parameter.high:
                turned = self._turned(row, (times - 1) * hz)
                for places in product(_ELSEWHERE, repeat=len(others)):
                    found.append(turned.copy())
                    found[-1][others] = places
        return found

    def _hz(self, part: Excerpt) -> float:
        """How far off a rate may be to be found on an excerpt."""
        return _TURN / (self.before_s + part.stop / SAMPLE_RATE)

    def _places(self, values: np.ndarray, within: float) -> np.ndarray:
        """Places on the knob that can be told apart at first, the nearest one at least."""
        hz = np.arange(self.parameter.low, self.parameter.high, 2 * self._hz(self.parts[0]))
        places = np.array([self.parameter.to_unit(one) for one in hz])
        off = np.abs(places - values[self.rate])
        return places[off <= max(within, float(off.min()))]

    def _valleys(self, part: Excerpt, values: np.ndarray, places: np.ndarray) -> tuple[list[np.ndarray], float]:
        """Rows with the places that leave less than those beside them, the best of them, and what most places leave."""
        rows = _turned_to(values, self.rate, places)
        errors = part.errors(rows, self.began_s)
        around = np.pad(errors, 1, constant_values=np.inf)
        valleys = np.flatnonzero((errors <= around[:-2]) & (errors <= around[2:]))
        return [rows[at] for at in sorted(valleys, key=lambda at: errors[at])[:_KEPT]], float(np.median(errors))

    def _swept(self, row: np.ndarray, part: Excerpt) -> np.ndarray:
        """A row with each other knob of its own where it stands best nearby: how deep an oscillator goes hides in a
        valley as narrow as its rate's."""
        for knob in np.flatnonzero(self.reach).tolist():
            if knob != self.rate:
                row = self._lowest(part, _turned_to(row, knob, np.unique((row[knob] + _ASIDE).clip(0, 1))))[0]
        return row

    def _lowest(self, part: Excerpt, rows: list[np.ndarray]) -> list[np.ndarray]:
        return [rows[place] for place in np.argsort(part.errors(rows, self.began_s), kind="stable")]

    def _turned(self, row: np.ndarray, by_hz: float) -> np.ndarray:
        """A row with another rate."""
        hz = self.parameter.to_value(float(row[self.rate].clip(0, 1))) + by_hz
        place = self.parameter.to_unit(float(np.clip(hz, self.parameter.low, self.parameter.high)))
        return _turned_to(row, self.rate, np.array([place]))[0]

    def _down(self, part: Excerpt, row: np.ndarray) -> tuple[np.ndarray, float]:
        reach = self.reach.copy()
        reach[self.rate] = abs(self._turned(row, self._hz(part))[self.rate] - row[self.rate]) or 0.01
        return descend(lambda at: part.left(at, self.began_s), row, reach, rounds=_ROUNDS)


def near(spread: float) -> float:
    """How far from where it stands a rate is looked for that may be off by `spread`, on its knob."""
    return max(_WITHIN * spread, _LEAST)


def _turned_to(row: np.ndarray, knob: int, places: np.ndarray) -> list[np.ndarray]:
    """The row with a knob at each of some places."""
    return [np.where(np.arange(len(row)) == knob, place, row) for place in places]
