"""What stands before an effect that holds and rounds samples, told by the samples themselves.

Rounding makes another error of every sound that is nearly right, so levels of bands tell little of the effects before
it. But what comes out lies on a lattice, so each sample that was held tells where the one that went in lay, to half a
step: what the effects before it make must be that, at one scale.
"""

from functools import cached_property

import numpy as np
import scipy.signal
from scipy.optimize import minimize_scalar

from core.audio import SAMPLE_RATE
from core.effects.render import NoSound
from core.match.descent import Began, Excerpt
from core.match.pair import Candidate
from core.match.telltale import holds

_CLEAR = 0.9  # of a lattice, see `_lattice`: noise, codecs and effects behind it leave less
_FINEST = 2**10  # steps up to the loudest sample
_SEEN, _SCALED = 2000, 4096  # samples on which the lattice and the scale are looked for
_PERIOD = 64  # samples after which the ramp begins anew, by which is told which sample is held
_SCALES, _WIDTHS = 25, 4000  # places where a scale and a step's width are looked for at first
_ROUNDS = 5  # in which a width gets exact
_WIDTHS_HZ, _SIDES = (0.3, 0.03, 0.004), np.linspace(-1, 1, 25)  # how far off a rate may be, in turn
_SILENT = 1e-3  # of the loudest sample
_CHANGED = 0.02  # of wet's changes may come while the same sample is held


class Lattice(Excerpt):
    """An excerpt whose last effect holds and rounds: what is left is how far what the others make lies beyond half a
    step from where it has to lie, in steps of their root mean square. The fineness in a row of knobs does not count:
    it is the scale that fits best, which `answer` has.

    held: samples at the studio's rate that begin another value, the samples that went in there, and the value in steps.
    """

    def __init__(self, like: Excerpt, step: int, held: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
        super().__init__(like.ear, like.effects, like.studio_rate, like.start, like.stop)
        self.step, self.all_held = step, held
        first, last = (round(at * self.studio_rate / SAMPLE_RATE) for at in (self.start, self.stop))
        at, heard, steps = held
        within = (heard >= first) & (at < last - 1)  # rates round differently
        self.heard, self.steps = heard[within] - first, steps[within]

    def cut(self, start: int, stop: int) -> "Lattice":
        return Lattice(Excerpt(self.ear, self.effects, self.studio_rate, start, stop), self.step, self.all_held)

    @cached_property
    def nothing(self) -> float:
        dry = self.ear.behind(self.candidate(np.zeros(len(self.owner))), 0, self.start, self.stop)
        return float(np.square(self._beyond(dry)[0]).mean())

    def left(self, values: np.ndarray, began_s: Began = ()) -> np.ndarray:
        try:
            return self._beyond(self._before(values, began_s))[0]
        except NoSound:
            return np.ones(len(self.steps))

    def answer(self, values: np.ndarray, began_s: Began = ()) -> Candidate:
        row = values.copy()
        row[self.step] = self.parameters[self.step].to_unit(self._beyond(self._before(values, began_s))[1])
        return self.candidate(row, began_s)

    def _before(self, values: np.ndarray, began_s: Began) -> np.ndarray:
        """What all effects but the last make, (time,) at the studio's rate."""
        whole = self.candidate(values, began_s)
        return self.ear.behind(whole, len(self.effects) - 1, self.start, self.stop)

    def _beyond(self, sound: np.ndarray) -> tuple[np.ndarray, float]:
        """What lies beyond half a step, (sample,), and the bits at which that is least."""
        heard = self.ear.told(sound)[self.heard].astype(np.float64)
        knob = self.parameters[self.step]
        few = slice(None, None, max(1, len(heard) // _SCALED))

        def off(bits: float) -> float:
            return float(np.square(_beyond(heard[few] * 2**bits, self.steps[few])).sum())

        grid = np.linspace(knob.low, knob.high, _SCALES)
        best = float(grid[int(np.argmin([off(bits) for bits in grid]))])
        near = (max(knob.low, best - (grid[1] - grid[0])), min(knob.high, best + (grid[1] - grid[0])))
        bits = float(minimize_scalar(off, bounds=near, method="bounded", options={"xatol": 1e-4}).x)
        strong = np.sqrt(max(float(np.square(self.steps).mean()), 1e-12)) if len(self.steps) else 1.0
        return _beyond(heard * 2**bits, self.steps) / strong, bits


def on_lattice(
    whole: Excerpt, values: np.ndarray, hold: int, began_s: Began
) -> tuple[Lattice, np.ndarray, Began] | None:
    """The same where its last effect is the one that holds, and rounds, and wet shows both; with the row of knobs and
    when effects began, as wet's samples show of that one. None where they do not.

    hold: number of the rate's knob in the row values (knob,). began_s: of all effects, its own aside.
    """
    number, ear = int(whole.owner[hold]), whole.ear
    step = [knob for knob in np.flatnonzero(whole.owner == number) if whole.parameters[knob].role == "step"]
    at_end = 0 < number == len(whole.effects) - 1
    if not step or not at_end or whole.studio_rate != ear.pair.sample_rate:
        return None
    wet = ear.samples()
    width, clearly = _lattice(wet)
    if clearly < _CLEAR:
        return None
    held = _Held(whole, np.where(np.isin(np.arange(len(values)), step), 1.0, values), hold, began_s)
    try:
        found = held.find(wet)
        sources = held.sources(*found) if found else None
    except NoSound:
        return None
    if found is None or sources is None:
        return None
    place, began_s = found
    at = np.flatnonzero(np.diff(sources, prepend=-1))
    at = at[sources[at] >= 0]
    steps = np.round(wet[at] / width) * (-1 if ear.pair.inverted else 1)
    values = np.where(np.arange(len(values)) == hold, place, values)
    return Lattice(whole, int(step[0]), (at, sources[at], steps)), values, began_s


class _Held:
    """Which samples are held by the last effect of an excerpt, whose rate is number `hold` of the row values (knob,).

    The other knobs of that effect are so fine that a ramp tells where each sample comes from.
    """

    def __init__(self, whole: Excerpt, values: np.ndarray, hold: int, began_s: Began) -> None:
        self.whole, self.values, self.hold, self.began_s = whole, values, hold, began_s
        self.parameter, self.number = whole.parameters[hold], len(whole.effects) - 1
        at = np.arange(len(whole.ear.samples()))
        self.ramp = ((at % _PERIOD) / _PERIOD - 0.5).astype(np.float32)

    def sources(self, place: float, began_s: Began) -> np.ndarray:
        """Which sample (time,) of what comes in each sample of what comes out is, below 0 where none is."""
        row = np.where(np.arange(len(self.values)) == self.hold, place, self.values)
        played = self.whole.candidate(row, began_s).through(self.number, self.ramp, self.whole.ear.begin_s)
        at = np.arange(len(played))
        return at - (at - np.round((played + 0.5) * _PERIOD).astype(int)) % _PERIOD

    def find(self, wet: np.ndarray) -> tuple[float, Began] | None:
        """Place of the slowest rate at which wet (time,) changes only where another sample is held, and when effects
        began; None where there is none."""
        rate = self.whole.studio_rate
        changed = np.abs(np.diff(wet)) > _SILENT * np.abs(wet).max(initial=0.0)

        def changes(one: tuple[float, Began]) -> float:
            return float((changed & (np.diff(self.sources(*one)) == 0)).sum() / max(changed.sum(), 1))

        found = []
        for place in holds(wet, self.parameter, rate)[0]:
            begun = np.arange(0, 1 / self.parameter.to_value(place), 1 / rate)
            one = min(((place, (*self.began_s[: self.number], float(own_s))) for own_s in begun), key=changes)
            for width_hz in _WIDTHS_HZ:
                hz = self.parameter.to_value(one[0]) + width_hz * _SIDES
                beside = [
                    self.parameter.to_unit(float(near)) for near in hz.clip(self.parameter.low, self.parameter.high)
                ]
                one = min(one, *((near, one[1]) for near in beside), key=changes)
            found += [one] if changes(one) <= _CHANGED else []
        return min(found, default=None)


def _lattice(wet: np.ndarray) -> tuple[float, float]:
    """The widest step on whose multiples the samples of wet (time,) lie, and how clearly; 1 is exactly."""
    size = np.abs(wet)
    sounding = np.flatnonzero(size > _SILENT * size.max(initial=0.0))
    if not size[sounding].any():
        return 1.0, 0.0
    some = wet[sounding[:: max(1, len(sounding) // _SEEN)]].astype(np.float64)
    turns = np.geomspace(0.5, _FINEST, _WIDTHS) / size.max()
    clearly = np.array([np.cos(2 * np.pi * turn * some).mean() for turn in turns])
    tops, _ = scipy.signal.find_peaks(clearly, height=0.8 * max(clearly.max(), 1e-3))
    width = 1 / turns[int(tops[0]) if len(tops) else int(clearly.argmax())]
    for _ in range(_ROUNDS):
        steps = np.round(some / width)
        if not steps.any():
            return 1.0, 0.0
        width = float(some @ steps / (steps @ steps))
    return width, float(np.cos(2 * np.pi * some / width).mean())


def _beyond(sound: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """How far a sound in steps lies from them, beyond the half that rounding takes."""
    off = sound - steps
    return np.sign(off) * np.maximum(np.abs(off) - 0.5, 0.0)
