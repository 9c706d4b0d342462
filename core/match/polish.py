"""From a setting that is nearly right to one that sounds right: a few steps downhill through the real effect.

Where CMA-ES asks thousands of sounds, this asks some twenty: near the answer, the spectrum of a wet sound changes
almost in proportion to the knobs (Gauss-Newton within a trust region: SciPy's least squares). What it cannot reach by
small steps is measured (see core.match.telltale) or tried: the rate of an oscillator and where it stood, see
core.match.oscillator.
"""

from collections.abc import Callable, Mapping

import numpy as np

from core.effects import effect_named
from core.effects.parameter import Role
from core.effects.render import NoSound
from core.match.descent import Excerpt, descend
from core.match.oscillator import Oscillator
from core.match.pair import Candidate, Ear
from core.match.telltale import CLEAR, LATTICE, holds, repeat, steps

_SHARP = 5e-4


def polish(ear: Ear, start: Candidate, spread: tuple[float, ...]) -> Candidate:
    """The setting near that of `start` whose sound is nearest to wet in the dB of 64 bands; at the same studio's rate.

    spread: how far off each knob may be. The level stays as it is: it can be measured. Deterministic; some 15
    renderings, and some 200 short ones where there is an oscillator.
    """
    assert start.setting is not None
    excerpt = Excerpt(ear, start.setting.effect, start.studio_rate, 0, len(ear.wet))
    values, reach = np.array(start.setting.values), np.clip(np.array(spread), 0.01, 0.1)
    parameters = effect_named(excerpt.effect).parameters
    roles = {parameter.role: number for number, parameter in enumerate(parameters)}
    if "level" in roles:
        reach[roles["level"]] = 0.0
    if (number := roles.get("repeat")) is not None:
        place = values[number], reach[number]
        values[number], reach[number] = repeat(excerpt.dry, excerpt.wet, parameters[number], *place)
    if "rate" in roles:
        return excerpt.candidate(*Oscillator(excerpt, roles["rate"], np.array(spread), reach).find(values))
    if "hold" in roles and (sampled := _sampled(excerpt, values, roles)):
        return excerpt.candidate(*sampled)
    return excerpt.candidate(descend(excerpt.left, values, reach)[0])


def _sampled(excerpt: Excerpt, values: np.ndarray, roles: Mapping[Role, int]) -> tuple[np.ndarray, float] | None:
    """values with what the wet sound's samples tell, and how long they had been taken when the recording began; None
    where they tell nothing.

    They are hardly polished: a step that is a hundredth too wide makes other errors than the right one everywhere.
    """
    parameters, wet = effect_named(excerpt.effect).parameters, excerpt.ear.samples()
    places, clearly = holds(wet, parameters[roles["hold"]], excerpt.ear.pair.sample_rate)
    if clearly < CLEAR:
        return None
    found = []
    for place in places:
        row = values.copy()
        row[roles["hold"]] = place
        if "step" in roles:
            width, lattice = steps(wet, parameters[roles["step"]], _power(excerpt, row, roles["step"]))
            row[roles["step"]] = width if lattice >= LATTICE else row[roles["step"]]
        begins = np.arange(0, 1 / parameters[roles["hold"]].to_value(place), 1 / excerpt.studio_rate)
        found += [(row, float(began_s)) for began_s in begins]
    row, began_s = min(found, key=lambda one: excerpt.error(*one))
    return descend(lambda at: excerpt.left(at, began_s), row, np.full(len(row), _SHARP))[0], began_s


def _power(excerpt: Excerpt, values: np.ndarray, number: int) -> Callable[[float], float]:
    """Mean square of what the effect makes of an excerpt with one knob at a place, 0 where that is no sound."""

    def power(place: float) -> float:
        try:
            sound = excerpt.hear(np.where(np.arange(len(values)) == number, place, values))
        except NoSound:
            return 0.0
        return float(np.square(sound).mean())

    return power
