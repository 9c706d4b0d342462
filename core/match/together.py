"""From a chain that is nearly right to one that sounds right: all its knobs together, and what no slope leads to.

First what can be measured or tried effect by effect, given the others as they are: where repeats stand, how samples
were held, the rate of an oscillator. Then all knobs and phases at once, as core.match.polish does it.
"""

from collections.abc import Sequence

import numpy as np

from core.effects.render import NoSound
from core.match.descent import ROUNDS, Began, Excerpt, descend
from core.match.fresh import CLEARLY, Fresh, near
from core.match.held import AMID, exact, sampled
from core.match.lattice import on_lattice
from core.match.oscillator import REACH, Oscillator, began_s, phase, step_hz
from core.match.pair import Candidate
from core.match.telltale import repeats

_PART = 65_536  # samples, on which the first steps are made
_ECHOES = 4
_FIRST, _LAST, _TURNS = 4, 6, 3  # rounds downhill, and how often on a lattice
_WIDER = 3  # of a repeat's reach there


def together(
    whole: Excerpt, values: np.ndarray, spread: np.ndarray, reach: np.ndarray, began: Began,
    known: frozenset[str] = frozenset(),
) -> Candidate:  # fmt: skip
    """The chain near the row values (knob,) that sounds nearest to wet; see `polish`."""
    roles = [parameter.role for parameter in whole.parameters]
    values, reach = values.copy(), reach.copy()
    new = [whole.effects[owner] not in known for owner in whole.owner]
    holds, first, turns = _having(roles, "hold", new), _FIRST, 1
    for knob in holds:
        if seen := on_lattice(whole, values, knob, began):
            (whole, values, began), holds, first, turns = seen, [], ROUNDS, _TURNS
    part = whole.part(_PART)
    for knob in _having(roles, "repeat", new):
        values[knob], reach[knob] = _echo(whole, part, values, knob, reach[knob], began)
    for knob in holds:
        if held := sampled(whole, values, knob, began, AMID):
            values, began = exact(whole, held[0], knob, held[1], anywhere=True)
    holding = np.isin(whole.owner, whole.owner[_having(roles, "hold")])
    reach[holding] = 0.0  # levels of bands lead away from what is true
    values, began = _turning(whole, values, spread, reach, began, _having(roles, "rate", new))
    still = np.isin(roles, ("rate", "hold", "step"))
    values, _ = descend(lambda at: part.left(at, began), values, np.where(still, 0.0, reach), rounds=first)
    for knob in _having(roles, "repeat", new):  # once more: the nearer the others are, the better it shows
        values[knob], reach[knob] = _echo(whole, part, values, knob, reach[knob], began)
    for knob in holds:
        values, began = _all_knobs(whole, values, began, reach)
        values, began = exact(whole, values, knob, began)
    if turns > 1:  # samples tell a time more sharply than levels did that led to it
        reach[_having(roles, "repeat")] *= _WIDER
    for _ in range(turns):
        values, began = _all_knobs(whole, values, began, reach)
    return whole.answer(values, began)


def _having(roles: Sequence[str], role: str, among: list[bool] | None = None) -> list[int]:
    """Numbers of the knobs of a role, of all or of some."""
    return [knob for knob, own in enumerate(roles) if own == role and (among is None or among[knob])]


def _turning(
    whole: Excerpt, values: np.ndarray, spread: np.ndarray, reach: np.ndarray, began: Began, rates: list[int]
) -> tuple[np.ndarray, Began]:
    """The row with the rates of oscillators, one after the other, and when they began; the first of some once more amid
    the others, where the last is clear."""
    fresh = None
    for knob in rates:
        values, began, fresh = _turned(whole, values, spread, reach, began, knob)
    if fresh and len(rates) > 1 and fresh.clearly < CLEARLY:
        values, began, _ = _turned(whole, values, spread, reach, began, rates[0])
    return values, began


def _turned(
    whole: Excerpt, values: np.ndarray, spread: np.ndarray, reach: np.ndarray, began: Began, rate: int
) -> tuple[np.ndarray, Began, Fresh]:
    """The row with one oscillator's rate, and the search that tells how clearly it is the one."""
    own = np.where(whole.owner == whole.owner[rate], reach, 0.0)
    fresh = Fresh(whole, rate, own, began)
    if fresh.possible:
        values, _ = fresh.find(values, within=near(spread[rate]))
    else:
        values, began = Oscillator(whole, rate, spread, own, began, patient=False).find(values)
    return values, began, fresh


def _echo(
    whole: Excerpt, part: Excerpt, values: np.ndarray, knob: int, reach: float, began: Began
) -> tuple[float, float]:
    """Where the knob of a repeat stands best among the strongest ones between what its effect hears and wet, or between
    what all others make and wet."""
    number, places = int(whole.owner[knob]), [(float(values[knob]), reach)]
    all_effects = range(len(whole.effects))
    for others in ([one for one in all_effects if one < number], [one for one in all_effects if one != number]):
        try:
            heard = _by(whole, others, values, began)
        except NoSound:  # then no place is better than another
            continue
        places += repeats(heard, whole.wet, whole.parameters[knob], _ECHOES)
    rows = [np.where(np.arange(len(values)) == knob, place, values) for place, _ in places]
    return places[int(part.errors(rows, began).argmin())]


def _by(whole: Excerpt, some: list[int], values: np.ndarray, began: Began) -> np.ndarray:
    """What some of the effects make of dry, (time,)."""
    effects = tuple(whole.effects[number] for number in some)
    excerpt = Excerpt(whole.ear, effects, whole.studio_rate, whole.start, whole.stop)
    return excerpt.hear(values[np.isin(whole.owner, some)], tuple(began[number] for number in some))


def _all_knobs(whole: Excerpt, values: np.ndarray, began: Began, reach: np.ndarray) -> tuple[np.ndarray, Began]:
    """Downhill from there with every knob, and the phase of every oscillator that did not begin with the recording."""
    turning = [knob for knob, parameter in enumerate(whole.parameters) if parameter.role == "rate"]
    rates = [knob for knob in turning if began[int(whole.owner[knob])]]
    owners = [int(whole.owner[knob]) for knob in rates]
    phases = [phase(whole, owner, values, began[owner]) for owner in owners]
    reach = reach.copy()
    for knob in turning:
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
    return row[: len(values)], began_at(row)
