"""The knobs of an effect with an oscillator: its rate, and where in its round it stood, among many wrong answers."""

from itertools import product

import numpy as np

from core.audio import SAMPLE_RATE
from core.effects import Setting
from core.match.at_once import at_once
from core.match.descent import ROUNDS, Began, Excerpt, descend
from core.match.pair import period_s

_LENGTHS = (16_384, 32_768, 65_536, 131_072)  # found on a short excerpt, then sharpened on more
_PHASES = 12
_HASTY = 6  # rounds downhill
REACH = 0.5 / _PHASES
"""Of a phase, see `descend`."""
_CLIMBED = 3
_FAILED, _NOTHING = 0.3, 0.5  # of what doing nothing leaves
_ELSEWHERE = np.linspace(0.05, 0.95, 6)


class Oscillator:
    """The search for the knobs of an effect over an excerpt. What is sought is a row: the knobs of all its effects, and
    the phase in the middle of what is heard, in cycles.

    rate: number of the oscillator's knob in the row. spread: how far off each knob may be. reach: see `descend`; knobs
    of other effects without a reach stay. began_s: of all the effects, its own aside. patient: where nothing is found
    near `values` it is looked for everywhere.
    """

    def __init__(
        self, whole: Excerpt, rate: int, spread: np.ndarray, reach: np.ndarray, began_s: Began = (0.0,),
        patient: bool = True,
    ) -> None:  # fmt: skip
        self.whole, self.rate, self.spread, self.began_s = whole, rate, spread, began_s
        self.patient = patient
        self.parameter, self.number = whole.parameters[rate], int(whole.owner[rate])
        self._is_rate = np.arange(len(spread)) == rate
        self._is_own = whole.owner == self.number
        lengths = [length for length in _LENGTHS if length < len(whole.dry)]
        self.short = whole.part(lengths[0]) if lengths else whole
        self.longer = [whole.around(self.short, length) for length in lengths[1:]] + [whole] * bool(lengths)
        self.reach = np.append(reach, REACH)

    def find(self, values: np.ndarray) -> tuple[np.ndarray, Began]:
        """Knobs (knob,) near `values`, and how long the effects had been at work when the recording began, in seconds.

        An oscillator of a plugin that was just loaded starts with the recording; one in a cut from a longer take stands
        anywhere. Rates are looked for where `spread` says, and everywhere if that fails.
        """
        rates = np.arange(self.parameter.low, self.parameter.high, step_hz(self.short))
        places = np.array([self.parameter.to_unit(hz) for hz in rates])
        off = np.abs(places - values[self.rate])
        near = off <= max(2 * self.spread[self.rate], 0.05, off.min())
        row, left = self._climb(values, places[near])
        if self.patient and left > _NOTHING * self.whole.nothing and not near.all():
            row, left = min((row, left), self._climb(values, places[~near]), key=_left_of)
        return row[:-1], self._began_s(self.whole, row)

    def _climb(self, values: np.ndarray, rates: np.ndarray) -> tuple[np.ndarray, float]:
        """The best row with one of these rates, sharpened on ever longer excerpts, and what it leaves."""
        rows = [
            np.append(np.where(self._is_rate, rate, values), phase)
            for rate in rates
            for phase in np.arange(_PHASES) / _PHASES
        ]
        ranked = self._ranked(rows)
        row, left = self._best(ranked[:_CLIMBED])
        if self.patient and left > _FAILED * self.short.nothing:  # the rate may be right, and the other knobs far off
            nearer = [
                moved for other in self._ranked(self._others(ranked[0]))[:3] for moved in self._moved(other, self.short)
            ]
            row, left = min((row, left), self._best(self._ranked(nearer)[:2]), key=_left_of)
        before = self.short
        for excerpt in self.longer:
            # The oscillator goes on turning from one middle to the other.
            row[-1] += (_middle_s(excerpt) - _middle_s(before)) / self._period_s(row)
            row, left = self._descend(excerpt, self._ranked(self._moved(row, excerpt), excerpt)[0])
            before = excerpt
        return row, left

    def _others(self, row: np.ndarray) -> list[np.ndarray]:
        """A row with all its own knobs but the rate anywhere."""
        others = np.flatnonzero(self._is_own & ~self._is_rate)
        rows = []
        for places in product(_ELSEWHERE, repeat=len(others)):
            rows.append(row.copy())
            rows[-1][others] = places
        return rows

    def _moved(self, row: np.ndarray, excerpt: Excerpt) -> list[np.ndarray]:
        """A row, and its rate and phase half a step up and down."""
        hz, step = self.parameter.to_value(float(row[self.rate].clip(0, 1))), step_hz(excerpt)
        rows = []
        for steps, turn in product((-0.5, 0.0, 0.5), repeat=2):
            rows.append(row.copy())
            near_hz = float(np.clip(hz + steps * step, self.parameter.low, self.parameter.high))
            rows[-1][self.rate], rows[-1][-1] = self.parameter.to_unit(near_hz), row[-1] + turn / _PHASES
        return rows

    def _ranked(self, rows: list[np.ndarray], excerpt: Excerpt | None = None) -> list[np.ndarray]:
        """Rows by what they leave of an excerpt, or of the short one, the least first."""
        errors = at_once(lambda row: float(np.square(self._left(excerpt or self.short, row)).mean()), rows)
        return [rows[place] for place in np.argsort(errors)]

    def _best(self, starts: list[np.ndarray]) -> tuple[np.ndarray, float]:
        return min((self._descend(self.short, start) for start in starts), key=_left_of)

    def _descend(self, excerpt: Excerpt, row: np.ndarray) -> tuple[np.ndarray, float]:
        reach = self.reach.copy()
        hz = self.parameter.to_value(float(np.clip(row[self.rate], 0, 1)))
        top_hz = min(hz + step_hz(excerpt), self.parameter.high)
        reach[self.rate] = abs(self.parameter.to_unit(top_hz) - row[self.rate]) or 0.01
        rounds = ROUNDS if self.patient else _HASTY
        return descend(lambda at: self._left(excerpt, at), row, reach, knobs=len(row) - 1, rounds=rounds)

    def _left(self, excerpt: Excerpt, row: np.ndarray) -> np.ndarray:
        return excerpt.left(row[:-1], self._began_s(excerpt, row))

    def _began_s(self, excerpt: Excerpt, row: np.ndarray) -> Began:
        own_s = began_s(excerpt, self.number, row[:-1], float(row[-1]))
        return (*self.began_s[: self.number], own_s, *self.began_s[self.number + 1 :])

    def _period_s(self, row: np.ndarray) -> float:
        return _period_s(self.whole, self.number, row[:-1])


def step_hz(excerpt: Excerpt) -> float:
    """What two rates differ by that are an eighth of a round apart at the ends of an excerpt."""
    return SAMPLE_RATE / (4 * len(excerpt.dry))


def began_s(excerpt: Excerpt, number: int, values: np.ndarray, phase: float) -> float:
    """How long effect `number` had been at work when the recording began, if its oscillator stands at a phase, in
    cycles, in the middle of an excerpt. values (knob,): the row of all knobs."""
    period, before_s = _period_s(excerpt, number, values), excerpt.ear.begin_s + excerpt.ear.pair.before_s
    return float((phase * period - _middle_s(excerpt) - before_s) % period)


def phase(excerpt: Excerpt, number: int, values: np.ndarray, at_work_s: float) -> float:
    """The other way round, in [0, 1)."""
    period, before_s = _period_s(excerpt, number, values), excerpt.ear.begin_s + excerpt.ear.pair.before_s
    return float((at_work_s + _middle_s(excerpt) + before_s) / period % 1)


def _period_s(excerpt: Excerpt, number: int, values: np.ndarray) -> float:
    return period_s(Setting(excerpt.effects[number], tuple(values[excerpt.owner == number].clip(0, 1))))


def _left_of(found: tuple[np.ndarray, float]) -> float:
    return found[1]


def _middle_s(excerpt: Excerpt) -> float:
    return (excerpt.start + excerpt.stop) / 2 / SAMPLE_RATE
