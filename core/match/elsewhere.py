"""A knob that small steps led to the wrong end of a plain."""

from dataclasses import replace

import numpy as np

from core.effects import Chain, Setting, effect_named
from core.match.at_once import at_once
from core.match.pair import CLEARLY, Candidate, Ear
from core.match.polish import polish

_PLACES = np.linspace(0, 1, 9)


def elsewhere(ear: Ear, best: Candidate, spread: tuple[float, ...], known: frozenset[str] = frozenset()) -> Candidate:
    """The best, or what polish makes of it with one knob in quite another place, whichever is nearer to wet.

    A Compressor's threshold that hardly anything in a recording lies below changes no band, and may have been led
    anywhere; the distance hears what is softer than bands do. spread, known: see `polish`. Enough: see Watch.
    """
    others = [replace(best, chain=chain) for chain in _moved(best.chain)]
    if not others:
        return best

    def distance(one: Candidate) -> float:
        ear.watch.check()
        return ear.distance(one)

    other = others[int(np.argmin(at_once(distance, others)))]
    if other.distance >= CLEARLY * ear.distance(best):
        return best
    return min(best, other, polish(ear, other, spread, known), key=ear.distance)


def _moved(chain: Chain) -> list[Chain]:
    """The chain with one knob somewhere else, of those that small steps lead."""
    found = []
    for at, setting in enumerate(chain.settings):
        for number, parameter in enumerate(effect_named(setting.effect).parameters):
            for place in () if parameter.role else _PLACES:
                values = (*setting.values[:number], float(place), *setting.values[number + 1 :])
                moved = Setting(setting.effect, values)
                found.append(Chain((*chain.settings[:at], moved, *chain.settings[at + 1 :])))
    return found
