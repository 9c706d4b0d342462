"""From a chain that is nearly right to one that sounds right: all its knobs together, and what no slope leads to.

First what can be measured or tried effect by effect, given the others as they are: where repeats stand, the rate of an
oscillator and where it stood, how samples were held. Then all knobs and phases at once, as core.match.polish does it.
"""

import numpy as np

from core.match.descent import Began, Excerpt, descend
from core.match.held import sampled, sharp
from core.match.oscillator import REACH, Oscillator, began_s, phase, step_hz
from core.match.pair import Candidate
from core.match.telltale import repeats

_PART = 65_536  # samples, on which the first steps are made
_ECHOES = 4
_FIRST, _LAST = 4, 6  # rounds downhill


def together(
    whole: Excerpt, values: np.ndarray, spread: np.ndarray, reach: np.ndarray, began: Began,
    known: frozenset[str] = frozenset(),
) -> Candidate:  # fmt: skip
    """The chain near the row values (knob,) that sounds nearest to wet; see `polish`."""
    part = whole.part(_PART)
    values, reach = values.copy(), reach.copy()
    new = [whole.effects[owner] not in known for owner in whole.owner]
    roles = [parameter.role for parameter in whole.parameters]
    for knob, role in enumerate(roles):
        if role == "repeat" and new[knob]:
            values[knob], reach[knob] = _echo(whole, part, values, knob, reach[knob])
    still = np.isin(roles, ("rate", "hold", "step"))
    values, _ = descend(lambda at: part.left(at, began), values, np.where(still, 0.0, reach), rounds=_FIRST)
    for knob, role in enumerate(roles):
        own = np.where(whole.owner == whole.owner[knob], reach, 0.0)
        if role == "rate" and new[knob]:
            values, began = Oscillator(whole, knob, spread, own, began, patient=False).find(values)
        if role == "hold" and new[knob] and (held := sampled(whole, values, knob, began)):
            values, began = held
            reach = np.where(own > 0, sharp(values), reach)
        elif role == "hold":  # levels of bands lead away from what is true
            reach = np.where(own > 0, 0.0, reach)
    return _all_knobs(whole, values, reach, began)


def _echo(whole: Excerpt, part: Excerpt, values: np.ndarray, knob: int, reach: float) -> tuple[float, float]:
    """Where the knob of a repeat stands best among the strongest ones between what its effect hears and wet."""
    number = int(whole.owner[knob])
    before = Excerpt(whole.ear, whole.effects[:number], whole.studio_rate, whole.start, whole.stop)
    heard = before.hear(values[whole.owner < number]) if number else whole.dry
    places = [(float(values[knob]), reach), *repeats(heard, whole.wet, whole.parameters[knob], _ECHOES)]

    def error(place: tuple[float, float]) -> float:
        row = values.copy()
        row[knob] = place[0]
        return part.error(row)

    return min(places, key=error)


def _all_knobs(whole: Excerpt, values: np.ndarray, reach: np.ndarray, began: Began) -> Candidate:
    """Downhill from there with every knob, and the phase of every oscillator."""
    rates = [knob for knob, parameter in enumerate(whole.parameters) if parameter.role == "rate"]
    owners = [int(whole.owner[knob]) for knob in rates]
    phases = [phase(whole, owner, values, began[owner]) for owner in owners]
    reach = reach.copy()
    for knob in rates:
        parameter, at = whole.parameters[knob], float(values[knob].clip(0, 1))
        top_hz = min(parameter.to_value(at) + step_hz(whole), parameter.high)
        reach[knob] = abs(parameter.to_unit(top_hz) - at) or 0.01

    def began_at(row: np.ndarray) -> Began:
        all_s = list(began)
        for owner, own in zip(owners, row[len(values) :], strict=True):
            all_s[owner] = began_s(whole, owner, row[: len(values)], float(own))
        return tuple(all_s)

    row, _ = descend(
        lambda at: whole.left(at[: len(values)], began_at(at)),
        np.append(values, phases), np.append(reach, [REACH] * len(phases)), knobs=len(values), rounds=_LAST,
    )  # fmt: skip
    return whole.candidate(row[: len(values)], began_at(row))
