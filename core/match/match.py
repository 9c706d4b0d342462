"""From a dry and a wet sound to the chain between them: the network's answer, polished, beside baselines."""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from core.audio import SAMPLE_RATE
from core.audio.channels import heard_alike, heard_in_one
from core.audio.given import checked_rate, checked_sound
from core.audio.rate import as_heard
from core.effects import Chain, Setting, random_setting
from core.match.align import alignment, begin_together
from core.match.chains import Chains
from core.match.estimate import Estimate
from core.match.pair import CLEARLY, Candidate, Pair, checked
from core.match.reading import FILTER, Reader, Reading, read, realigned, settled
from core.match.single import GOOD, one_effect
from core.match.watch import Enough

_LOOKS_LATE = 720  # samples that what moves or echoes may look late by
_UNMEASURED = 0.5  # a limit, where a checkpoint has none
_CHAINED = 0.15
_FOUND = 0.06  # of what doing nothing leaves: no other lag is tried
_SURE = 0.9
_SAME = 0.01  # distance below which wet is the dry sound


@dataclass(frozen=True)
class Match:
    """What turned dry into wet.

    pair: both sounds, without the lag in samples that wet came later than dry (negative: earlier). aligned: whether
    they have anything in common by which that could be told; if not, lag is 0.
    estimate: the network's answer. candidates: "estimate", "polished" (see core.match.polish), where chains were looked
    for "second", the best of the others, and "one effect"; and what to compare them with ("nothing", "always 0.5",
    "random", "nearest neighbour"). limits: see Reader. stopped: whether somebody had enough of it.
    """

    pair: Pair
    lag: int
    aligned: bool
    estimate: Estimate
    candidates: dict[str, Candidate]
    limits: dict[str, float]
    stopped: bool = False

    @property
    def dry(self) -> np.ndarray:
        """See Pair."""
        return self.pair.dry

    @property
    def wet(self) -> np.ndarray:
        """See Pair."""
        return self.pair.wet

    @property
    def answer(self) -> Candidate:
        """The polished chain where it is clearly nearer to wet than the estimate."""
        polished, estimate = self.candidates["polished"], self.candidates["estimate"]
        return polished if polished.distance < CLEARLY * estimate.distance else estimate

    @property
    def one_effect(self) -> Setting:
        """The answer where it is one effect, or else the best of those."""
        some = (self.answer, self.candidates["polished"], self.candidates.get("one effect"))
        return next(one.setting for one in some if one is not None and one.setting is not None)

    @property
    def gain_db(self) -> float:
        """How much louder wet is than the answer leaves dry, in dB."""
        gain_db = self.pair.level_db - self.answer.chain.level_db
        return 0.0 if abs(gain_db) < 0.1 else gain_db

    def candidate(self, chain: Setting | Chain) -> Candidate:
        """Another chain, at the studio's rate of the answer; effects that are in it, too, had begun as there."""
        answer = self.answer
        began = dict(zip(answer.chain.effects, answer.began_s, strict=False))
        began_s = tuple(began.get(effect, 0.0) for effect in chain.effects)
        return replace(answer, chain=Chain(chain.settings), began_s=began_s)

    @property
    def leftover(self) -> float:
        """See `share`: of the answer."""
        return self.share(self.answer)

    def share(self, candidate: Candidate) -> float:
        """Share of the distance between dry and wet that a candidate leaves; 1 where the two hardly differ."""
        nothing = self.candidates["nothing"].distance
        return 1.0 if nothing < _SAME else candidate.distance / nothing

    @property
    def limit(self) -> float:
        """See Reader.limits: of the answer's effect, or of chains."""
        return _limit(self.limits, self.answer)

    @property
    def explained(self) -> bool:
        """Whether the answer leaves as little over as those of nearly all true pairs."""
        return self.aligned and self.leftover <= self.limit


def match(dry: np.ndarray, wet: np.ndarray, reader: Reader, seed: int = 0, sample_rate: int = SAMPLE_RATE) -> Match:
    """Which chain turned dry into wet, both (time,) or (channel, time), of any length; see Match.

    sample_rate: of both, in Hz; candidates are rendered at it. seed: of the random knobs. The sounds are aligned; the
    level of wet is measured, and the network hears it as loud as dry. Raises AudioError where a sound is silent, not
    finite or shorter than 0.1 s, by itself or in what both have in common, or of another shape.
    """
    dry, wet = _comparable(dry, wet, checked_rate(sample_rate))
    dry, wet = checked(dry, "The dry sound", sample_rate), checked(wet, "The wet sound", sample_rate)
    heard = as_heard(dry, sample_rate), as_heard(wet, sample_rate)
    found = alignment(*heard)
    late = abs(found.lag) > FILTER
    readings = [read((dry, wet), sample_rate, found.lag if late else 0, found.inverted, reader)]
    if found.sure and late and (abs(found.lag) <= _LOOKS_LATE or begin_together(*heard)):
        readings = sorted([*readings, read((dry, wet), sample_rate, 0, False, reader)], key=_left)
    # Against a guess that is wrong, a pair is moved away: so each is tried as it was, too.
    nearer = (realigned((dry, wet), own, reader) for own in readings if found.sure)
    first, one = _likelier(itertools.chain(nearer, readings))
    reading = first
    if found.sure:
        reading, one = settled((dry, wet), first, one)
    ranked = [one]
    if found.sure and _may_be_longer(reading, one, reader):
        still = next((own for own in (first, *readings) if not own.lag), None)
        if still and abs(reading.lag) <= FILTER:  # an effect that is not there looks like a lag, too
            reading, one = still, replace(one, pair=still.pair)
        ranked = Chains(reading, reader, [one]).search()
        moved, ranked[0] = settled((dry, wet), reading, ranked[0])
        if moved is not reading:  # where the answer fits, another may fit better
            reading = moved
            ranked = sorted((replace(one, pair=moved.pair) for one in ranked), key=Chains(moved, reader).cost)
    candidates = _candidates(reading, ranked, reader.nearest(reading.z.mean(axis=0)), seed)
    lag = round(reading.lag * sample_rate / SAMPLE_RATE)
    stopped = not reader.watch.going()
    return Match(reading.pair, lag, found.sure, reading.estimate, candidates, reader.limits, stopped)


def _likelier(readings: Iterable[Reading]) -> tuple[Reading, Candidate]:
    """The reading, with one effect, that leaves least; where one leaves little, none behind it is asked."""
    found: dict[tuple[int, bool], tuple[Reading, Candidate]] = {}
    for reading in readings:
        if (place := (reading.lag, reading.pair.inverted)) not in found:
            try:
                found[place] = reading, one_effect(reading)
            except Enough:
                found[place] = reading, reading.estimated
                break
            if reading.ear.distance(found[place][1]) <= _FOUND * reading.nothing:
                break
    return min(found.values(), key=lambda one: min(one[0].ear.distance(one[1]), _left(one[0])))


def _left(reading: Reading) -> float:
    return reading.ear.distance(reading.estimated)


def _comparable(dry: np.ndarray, wet: np.ndarray, rate: int) -> tuple[np.ndarray, np.ndarray]:
    """Both mono where one of them has other channels than the other, else in channels whose mean tells of both."""
    dry, wet = checked_sound(dry, "The dry sound"), checked_sound(wet, "The wet sound")
    if dry.shape[:-1] == wet.shape[:-1]:
        return (dry, wet) if dry.ndim == 1 else heard_alike(dry, wet, rate)
    return heard_in_one(np.atleast_2d(dry), rate), heard_in_one(np.atleast_2d(wet), rate)


def _limit(limits: dict[str, float], answer: Candidate) -> float:
    effects = answer.chain.effects
    return limits.get(effects[0], _UNMEASURED) if len(effects) == 1 else limits.get("chain", _CHAINED)


def _may_be_longer(reading: Reading, one: Candidate, reader: Reader) -> bool:
    """Whether one effect leaves more than nothing, and more than it may or than a network of chains believes."""
    share = reading.ear.distance(one) / max(reading.nothing, 1e-9)
    if share <= GOOD or reading.nothing < _SAME:
        return False
    limit = _limit(reader.limits, one)
    if not reading.guess.tells_chains:
        return share > limit
    sure = np.exp(reading.guess.log_probability(one.chain.effects))
    return sure < _SURE or share > min(limit, _CHAINED)


def _candidates(reading: Reading, ranked: list[Candidate], nearest: Setting, seed: int) -> dict[str, Candidate]:
    """See Match.candidates. ranked: the polished chains, the answer first."""
    best, generator = ranked[0], np.random.default_rng(seed)
    chains = {"estimate": reading.estimate.chain, "polished": best.chain, "nothing": Chain()}
    chains["always 0.5"] = Chain(tuple(Setting.all_at(effect, 0.5) for effect in best.chain.effects))
    chains["random"] = Chain(tuple(random_setting(effect, generator) for effect in best.chain.effects))
    chains["nearest neighbour"] = Chain(nearest.settings)
    candidates = {name: reading.candidate(chain, best.studio_rate) for name, chain in chains.items()}
    candidates["polished"] = best
    alone = [one for one in ranked[1:] if one.setting]
    candidates |= {"second": ranked[1]} if len(ranked) > 1 else {}
    candidates |= {"one effect": alone[0]} if alone else {}
    candidates = {name: replace(one, pair=reading.pair) for name, one in candidates.items()}
    for name in candidates.keys() - {"always 0.5", "random", "nearest neighbour"}:
        reading.ear.distance(candidates[name])
    return candidates
