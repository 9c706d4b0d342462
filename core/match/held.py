"""The knobs of an effect that holds samples, read off the wet sound's own."""

from collections.abc import Callable

import numpy as np

from core.effects.render import NoSound
from core.match.descent import Began, Excerpt
from core.match.telltale import CLEAR, LATTICE, holds, steps

_SHARP = 5e-4


def sharp(values: np.ndarray) -> np.ndarray:
    """The reach (knob,) of what was read off: a step that is a hundredth too wide makes other errors than the right one
    everywhere."""
    return np.full(len(values), _SHARP)


def sampled(
    excerpt: Excerpt, values: np.ndarray, hold: int, began_s: Began = (0.0,)
) -> tuple[np.ndarray, Began] | None:
    """The row values (knob,) with what the wet sound's samples tell, and how long the effects had been at work when the
    recording began; None where they tell nothing.

    hold: number of the knob in the row. began_s: of all effects, its own aside. The width of a step shows in samples
    that no other effect has changed since.
    """
    wet, number, parameters = excerpt.ear.samples(), int(excerpt.owner[hold]), excerpt.parameters
    places, clearly = holds(wet, parameters[hold], excerpt.ear.pair.sample_rate)
    if clearly < CLEAR:
        return None
    step = [knob for knob in np.flatnonzero(excerpt.owner == number) if parameters[knob].role == "step"]
    found = []
    for place in places:
        row = values.copy()
        row[hold] = place
        for knob in step if number == len(excerpt.effects) - 1 else []:
            width, lattice = steps(wet, parameters[knob], _power(excerpt, row, int(knob)))
            row[knob] = width if lattice >= LATTICE else row[knob]
        for own_s in np.arange(0, 1 / parameters[hold].to_value(place), 1 / excerpt.studio_rate):
            found.append((row, (*began_s[:number], float(own_s), *began_s[number + 1 :])))
    return min(found, key=lambda one: excerpt.error(*one))


def _power(excerpt: Excerpt, values: np.ndarray, number: int) -> Callable[[float], float]:
    """Mean square of what the effects make of an excerpt with one knob at a place, 0 where that is no sound."""

    def power(place: float) -> float:
        try:
            sound = excerpt.hear(np.where(np.arange(len(values)) == number, place, values))
        except NoSound:
            return 0.0
        return float(np.square(sound).mean())

    return power
