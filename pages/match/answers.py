"""What was found: the answers, the headline, and what had to be done to the sounds."""

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import streamlit as st

from core.audio.own import quality
from core.effects import Chain, effect_named
from core.match.estimate import LONGEST
from pages.match import rack, search
from pages.match.question import Question
from pages.shared import errand, memory
from pages.shared.messages import milliseconds
from pages.shared.results import checkpoints, sounds

if TYPE_CHECKING:
    from core.match.match import Candidate, Match

ANSWERS = {"estimate": "Estimate", "polished": "Polished", "refined": "Refined", "edited": "Edited"}
BASELINES = {
    "second": "Second-best chain", "one effect": "Best single effect", "nearest neighbour": "Nearest neighbour",
    "random": "Random", "always 0.5": "Always 0.5", "nothing": "Do nothing",
}  # fmt: skip
LABELS = ANSWERS | BASELINES
_UNTOLD = 0.1  # how far off a knob may be of an effect that the network did not name


@dataclass(frozen=True)
class Found:
    """A question and all answers to it. checkpoint: its name."""

    checkpoint: str
    question: Question
    match: "Match"
    candidates: "dict[str, Candidate]" = field(default_factory=dict)

    @cached_property
    def version(self) -> str:
        """Changes with the two sounds and the checkpoint."""
        return memory.digest((checkpoints.revision(self.checkpoint), self.match.dry, self.match.wet)).hex()[:16]

    @cached_property
    def key(self) -> str:
        """Names the question and the weights that answer it, here and elsewhere."""
        return memory.digest((checkpoints.fingerprint(self.checkpoint), self.question.key)).hex()[:16]

    @property
    def rate(self) -> int:
        """Sample rate of both sounds and of every answer in Hz."""
        return self.match.pair.sample_rate

    @property
    def seconds(self) -> float:
        """How long both sounds last, once they are aligned."""
        return self.match.dry.shape[-1] / self.rate

    @property
    def answer(self) -> "tuple[str, Candidate]":
        """The answer of the match, or what a search made of it, and its label."""
        candidates = self.candidates
        refined, own = candidates.get("refined"), self.match.answer
        if refined is not None and self.distance("refined") < sounds.distance(own):
            return LABELS["refined"], refined
        return LABELS["polished" if own == candidates["polished"] else "estimate"], own

    def distance(self, name: str) -> float:
        """That of a candidate from the wet sound."""
        return sounds.distance(self.candidates[name])

    @property
    def leftover(self) -> float:
        """Share of the distance between dry and wet that the answer leaves."""
        return self.match.share(self.answer[1])

    @property
    def chain(self) -> Chain:
        """That of the answer."""
        return self.answer[1].chain

    @property
    def shown(self) -> "Candidate":
        """What is taken home: the answer, or what the boxes play instead."""
        return self.candidates.get("edited", self.answer[1])

    @property
    def spread(self) -> tuple[float, ...]:
        """Of each knob of the answer, one effect's behind the other's: how far off it may be."""
        estimate = self.match.estimate
        told = [
            (estimate.of_effect(own.effect) or (own, (_UNTOLD,) * len(own.values)))[1] for own in self.chain.settings
        ]
        return tuple(off for own in told for off in own)


def find(name: str, question: Question) -> Found:
    """The match, and beside it what a search has refined so far."""
    match = sounds.match(name, question.dry, question.wet, question.seed, question.rate)
    found = Found(name, question, match)
    candidates = dict(match.candidates)
    if chain := search.refined(found.version):
        candidates["refined"] = match.candidate(chain)
    found = replace(found, candidates={key: candidates[key] for key in LABELS if key in candidates})
    now = rack.played(rack.boxes_of(found.key, found.chain))
    if now == found.chain:
        return found
    candidates["edited"] = match.candidate(now)
    return replace(found, candidates={key: candidates[key] for key in LABELS if key in candidates})


def headline(found: Found) -> None:
    """Effects, probabilities, knobs; what had to be done to the sounds; whether the answer explains them."""
    st.header(_title(found))
    label, answer = found.answer
    for number, setting in enumerate(answer.chain.settings, 1):
        st.markdown(f"**{setting.text}**" if len(answer.chain.settings) == 1 else f"{number}. **{setting.text}**")
    st.caption(
        f"{label}, at a distance of {sounds.distance(answer):.3f} from the wet sound (do nothing: "
        f"{found.distance('nothing'):.3f}). {_also(found)} {found.seconds:.2f} s were compared. All sounds are "
        f"{quality(found.match.dry, found.rate)}."
    )
    for sentence in adjustments(found):
        st.markdown(sentence)
    if found.match.stopped:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.info("You stopped the search: this is the nearest that was heard so far.", width="stretch")
            st.button("Listen again", on_click=errand.again, help="Search from the beginning, to the end.")
    elif not found.match.explained:
        st.warning(unexplained(found))


def _title(found: Found) -> str:
    """The effects in signal order; of one how likely it is, or that it was found by listening."""
    effects, estimate = found.chain.effects, found.match.estimate
    names = " → ".join(effect_named(effect).label for effect in effects)
    if effects != estimate.chain.effects:
        return f"{names}, found by listening"
    return f"{names}, {percent(estimate.probability)} likely"


def _also(found: Found) -> str:
    """What else the network heard."""
    estimate, effects = found.match.estimate, found.chain.effects
    probabilities = estimate.probabilities
    if effects == estimate.chain.effects:
        named = [effect for effect in probabilities if effect not in effects][:1]
        also = "Perhaps in it, too" if checkpoints.explorer(found.checkpoint).tells_chains else "Next likely"
        return "".join(f"{also}: {effect_named(one).label}, {percent(probabilities[one])}." for one in named)
    heard = (f"{effect_named(one).label}, {percent(probabilities[one])} likely" for one in estimate.chain.effects)
    return f"The network named {'; '.join(heard)}."


def unexplained(found: Found) -> str:
    """Why the answer does not explain the wet sound."""
    match, text = found.match, found.chain.text
    if not match.aligned:
        return (
            "The two recordings have nothing in common by which they could be aligned, so no effect explains the one "
            "by the other. Please check that both are of the same performance."
        )
    if found.leftover >= 1:
        return (
            "Doing nothing comes nearer to the wet sound than any answer: perhaps none of the effects was used, or the "
            f"sound was left as it is. The nearest setting is {text}."
        )
    what = "what this effect does leaves" if len(found.chain.settings) == 1 else "what chains do leaves"
    return (
        f"None of the effects explains this sound, nor does any chain of up to {LONGEST} that was tried: the nearest "
        f"is {text}, which leaves {100 * found.leftover:.0f} % of the difference between dry and wet; {what} "
        f"{100 * match.limit:.0f} % at most."
    )


def adjustments(found: Found) -> list[str]:
    """A sentence for each thing that was done to the sounds before they were compared, or was found out on the way."""
    question, match, (_, answer) = found.question, found.match, found.answer
    rate, sentences = match.pair.sample_rate, []
    if match.lag:
        late = f"{milliseconds(match.lag, rate)} {'later' if match.lag > 0 else 'earlier'}"
        sentences.append(f"The wet sound comes {late} than the dry one; this lag was taken out.")
    if match.pair.inverted:
        sentences.append("The wet sound's polarity is turned; that was taken into account.")
    if match.gain_db:
        way = "louder" if match.gain_db > 0 else "softer"
        sentences.append(
            f"The wet sound is {abs(match.gain_db):.1f} dB {way} than this effect leaves it; all sounds were compared "
            "at its level."
        )
    if answer.studio_rate != rate:
        sentences.append(f"The effect was heard to work at {answer.studio_rate:,} Hz.")
    dry_s, wet_s = (sound.shape[-1] / rate for sound in (question.dry, question.wet))
    if dry_s != wet_s:
        sentences.append(
            f"The dry sound lasts {dry_s:.2f} s, the wet one {wet_s:.2f} s; "
            f"the {found.seconds:.2f} s that they have in common count."
        )
    return sentences


def percent(share: float) -> str:
    """A probability for people: never 0 or 100 %."""
    return "over 99 %" if share > 0.995 else "under 1 %" if share < 0.005 else f"{100 * share:.0f} %"
