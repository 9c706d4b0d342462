"""Which single effect it is: what the network suspects and what shows in the samples, polished in turn."""

from dataclasses import replace

from core.audio import SAMPLE_RATE
from core.effects import effect_named
from core.match.elsewhere import elsewhere
from core.match.estimate import Estimate
from core.match.pair import CLEARLY, Candidate
from core.match.polish import polish
from core.match.reading import Reading
from core.match.telltale import CLEAR, holds

STUDIO_RATE = 44_100
"""Where a pair comes at the models' rate, its effects were often at work at this one."""
GOOD = 0.03
"""Of what doing nothing leaves: nothing else is tried any more."""

_DOUBTFUL = 0.25  # of doing nothing: up to there no other effect is tried
_TRIED, _POSSIBLE, _LIKELY, _OTHERS = 3, 0.02, 0.2, 0.5


def one_effect(reading: Reading) -> Candidate:
    """The best that polish finds: from the likeliest effect, or, if that explains little, from the next ones; where the
    network hears a chain, from its likeliest effect alone."""
    probabilities, chained = reading.guess.probabilities, len(reading.estimate.chain.settings) > 1
    seen, best = "" if chained else seen_in(reading), None
    suspects = [effect for effect, likely in probabilities.items() if likely >= _POSSIBLE and effect != seen]
    suspects = suspects or list(probabilities)[:1]
    for effect in [*([seen] if seen else []), *suspects][: 1 if chained else _TRIED]:
        found = _polished(reading, reading.of((effect,)), not chained and probabilities[effect] >= _LIKELY)
        # Of two that explain little the likelier one: it hears what distances do not.
        if best is None or found.distance < _OTHERS * best.distance:
            best = found
        if best.distance <= _DOUBTFUL * reading.nothing:
            break
    assert best is not None
    return best


def seen_in(reading: Reading) -> str:
    """The effect whose held samples show in wet and not in dry, "" where there is none."""
    wet, dry, rate = reading.ear.samples(), reading.ear.samples(of_dry=True), reading.pair.sample_rate
    for effect in reading.guess.probabilities:
        for parameter in effect_named(effect).parameters:
            if parameter.role == "hold":
                clearly = holds(wet, parameter, rate)[1]
                if clearly >= max(CLEAR, 2 * holds(dry, parameter, rate)[1]):
                    return effect
    return ""


def _polished(reading: Reading, begin: Estimate, patient: bool) -> Candidate:
    """The best that polish finds from an estimate: at the pair's own rate, then at the studio's."""
    ear, start, spread = reading.ear, reading.candidate(begin.chain), begin.spread
    best = polish(ear, start, spread, patient=patient)
    if patient and reading.pair.sample_rate == SAMPLE_RATE and ear.distance(best) > GOOD * reading.nothing:
        if best.distance < CLEARLY * ear.distance(start):  # at the other studio it is not far
            start, spread = best, tuple(off / 4 for off in spread)
        other = polish(ear, replace(start, studio_rate=STUDIO_RATE, began_s=()), spread)
        best = other if ear.distance(other) < CLEARLY * best.distance else best
    if patient and GOOD * reading.nothing < ear.distance(best) <= _DOUBTFUL * reading.nothing:
        best = elsewhere(ear, best, tuple(off / 4 for off in begin.spread))
    return best
