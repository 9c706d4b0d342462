"""The knobs of an effect that holds samples, read off the wet sound's own, or tried one by one amid other effects."""

from collections.abc import Callable

import numpy as np

from core.effects.render import NoSound
from core.match.at_once import at_once
from core.match.descent import Began, Excerpt
from core.match.telltale import CLEAR, LATTICE, holds, steps

AMID = 10.0
"""How clearly held samples must be seen where the network hears other effects, too; see telltale.CLEAR."""

_SHARP = 5e-4
_SHORT = 32_768  # samples, on which the fineness is tried
_WIDTHS, _WIDTHS_HZ = (0.05, 0.004, 0.0004), (0.3, 0.03, 0.004)  # how far from where they stand, in turn
_SIDES, _FEWER, _ANYWHERE = np.linspace(-1, 1, 25), np.linspace(-1, 1, 13), np.linspace(0, 1, 201)
_LIKELIER = 1.1  # what a plugin that was just loaded may leave, of what another leaves


def sharp(values: np.ndarray) -> np.ndarray:
    """The reach (knob,) of what was read off: a step that is a hundredth too wide makes other errors than the right one
    everywhere."""
    return np.full(len(values), _SHARP)


def sampled(
    excerpt: Excerpt, values: np.ndarray, hold: int, began_s: Began = (0.0,), clear: float = CLEAR
) -> tuple[np.ndarray, Began] | None:
    """The row values (knob,) with what the wet sound's samples tell, and how long the effects had been at work when the
    recording began; None where they tell nothing.

    hold: number of the knob in the row. began_s: of all effects, its own aside. The width of a step shows in samples
    that no other effect has changed since.
    """
    wet, number, parameters = excerpt.ear.samples(), int(excerpt.owner[hold]), excerpt.parameters
    places, clearly = holds(wet, parameters[hold], excerpt.ear.pair.sample_rate)
    if clearly < clear:
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
    return found[int(np.argmin(at_once(lambda one: excerpt.error(*one), found)))]


def exact(
    whole: Excerpt, values: np.ndarray, hold: int, began_s: Began, anywhere: bool = False
) -> tuple[np.ndarray, Began]:
    """The row values (knob,) with the fineness and the rate of held samples where they stand best, and when they began.

    hold: number of the rate's knob. Only where both are nearly exact a sound is nearer to wet, and no slope leads
    there. anywhere: the fineness is looked for all over its knob, else nearby.
    """
    part, number, parameter = whole.part(_SHORT), int(whole.owner[hold]), whole.parameters[hold]
    own = np.flatnonzero(whole.owner == number).tolist()
    for knob in [one for one in own if whole.parameters[one].role == "step"]:
        for width in _WIDTHS:
            places = _ANYWHERE if anywhere and width == _WIDTHS[0] else (values[knob] + width * _SIDES).clip(0, 1)
            values = _best(part, values, knob, places, began_s)
    for width_hz, sides in zip(_WIDTHS_HZ, (_SIDES, _FEWER, _FEWER), strict=True):
        hz = parameter.to_value(float(values[hold])) + width_hz * sides
        places = [parameter.to_unit(float(one)) for one in hz.clip(parameter.low, parameter.high)]
        values = _best(whole, values, hold, np.array(places), began_s)
    loaded_s = (*began_s[:number], 0.0, *began_s[number + 1 :])
    likely = whole.error(values, loaded_s) < _LIKELIER * whole.error(values, began_s)
    return values, loaded_s if likely else began_s


def _best(excerpt: Excerpt, values: np.ndarray, knob: int, places: np.ndarray, began_s: Began) -> np.ndarray:
    """The row as it is, or with a knob at one of some places, whichever leaves least."""
    rows = [values, *(np.where(np.arange(len(values)) == knob, place, values) for place in places)]
    return rows[int(excerpt.errors(rows, began_s).argmin())]


def _power(excerpt: Excerpt, values: np.ndarray, number: int) -> Callable[[float], float]:
    """Mean square of what the effects make of an excerpt with one knob at a place, 0 where that is no sound."""

    def power(place: float) -> float:
        try:
            sound = excerpt.hear(np.where(np.arange(len(values)) == number, place, values))
        except NoSound:
            return 0.0
        return float(np.square(sound).mean())

    return power
