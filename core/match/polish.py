"""From a setting that is nearly right to one that sounds right: a few steps downhill through the real effect.

Where CMA-ES asks thousands of sounds, this asks some twenty: near the answer, the spectrum of a wet sound changes
almost in proportion to the knobs (Gauss-Newton within a trust region: SciPy's least squares). What it cannot reach by
small steps is measured (see core.match.telltale) or tried: the rate of an oscillator and where it stood, see
core.match.oscillator.
"""

import numpy as np

from core.match.descent import Excerpt, descend
from core.match.fresh import Fresh, near
from core.match.held import exact, sampled, sharp
from core.match.oscillator import Oscillator
from core.match.pair import Candidate, Ear
from core.match.telltale import repeat
from core.match.together import together

_FOUND = 0.2  # of what doing nothing leaves


def polish(
    ear: Ear, start: Candidate, spread: tuple[float, ...], known: frozenset[str] = frozenset(), patient: bool = True
) -> Candidate:
    """The chain near that of `start` whose sound is nearest to wet in the dB of 64 bands; at the same studio's rate.

    spread: how far off each knob may be, one effect's behind the other's. The level stays as it is: it can be measured.
    Deterministic; of a setting some 15 renderings, and some 200 short ones where there is an oscillator (patient: see
    there). Of a longer chain see core.match.together; known: effects of it whose repeats, oscillators and held samples
    were found before.
    """
    excerpt = Excerpt(ear, start.chain.effects, start.studio_rate, 0, len(ear.wet))
    values = np.array([value for setting in start.chain.settings for value in setting.values])
    reach = np.clip(np.array(spread), 0.01, 0.1)
    reach[[parameter.role == "level" for parameter in excerpt.parameters]] = 0.0
    if start.setting is None or known:
        began_s = start.began_s or (0.0,) * len(excerpt.effects)
        return together(excerpt, values, np.array(spread), reach, began_s, known)
    roles = {parameter.role: number for number, parameter in enumerate(excerpt.parameters)}
    if (number := roles.get("repeat")) is not None:
        place = values[number], reach[number]
        values[number], reach[number] = repeat(excerpt.dry, excerpt.wet, excerpt.parameters[number], *place)
    if (rate := roles.get("rate")) is not None:
        return _turning(excerpt, values, np.array(spread), reach, rate, patient)
    if "hold" in roles and (held := sampled(excerpt, values, roles["hold"])):
        values, began_s = held
        values, _ = descend(lambda at: excerpt.left(at, began_s), values, sharp(values))
        return excerpt.candidate(*exact(excerpt, values, roles["hold"], began_s))
    return excerpt.candidate(descend(excerpt.left, values, reach)[0])


def _turning(
    excerpt: Excerpt, values: np.ndarray, spread: np.ndarray, reach: np.ndarray, rate: int, patient: bool
) -> Candidate:
    """An effect with an oscillator: begun with the recording, or else anywhere, which takes its time."""
    fresh = Fresh(excerpt, rate, reach, (0.0,))
    if fresh.possible:
        row, left = fresh.find(values, within=1.0 if patient else near(spread[rate]))
        if left <= _FOUND * excerpt.nothing or not patient:
            return excerpt.candidate(row, (0.0,))
    return excerpt.candidate(*Oscillator(excerpt, rate, spread, reach, patient=patient).find(values))
