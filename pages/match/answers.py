"""What was found: the answers, the headline, and what had to be done to the sounds."""

import hashlib
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from core.audio import SAMPLE_RATE
from core.effects import Setting, effect_named
from pages.match import search
from pages.match.question import Question
from pages.shared.results import checkpoints, sounds

if TYPE_CHECKING:
    from core.match.match import Candidate, Match

ANSWERS = {"estimate": "Estimate", "polished": "Polished", "refined": "Refined"}
BASELINES = {"nearest neighbour": "Nearest neighbour", "random": "Random", "always 0.5": "Always 0.5",
             "nothing": "Do nothing"}  # fmt: skip
LABELS = ANSWERS | BASELINES


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
        heard = self.match.dry.tobytes() + self.match.wet.tobytes()
        return hashlib.sha256(checkpoints.revision(self.checkpoint).encode() + heard).hexdigest()[:16]

    @property
    def answer(self) -> "tuple[str, Candidate]":
        """The nearest of the answers, and its label."""
        name = min((name for name in self.candidates if name in ANSWERS), key=lambda one: self.candidates[one].distance)
        return LABELS[name], self.candidates[name]

    @property
    def setting(self) -> Setting:
        """That of the answer."""
        setting = self.answer[1].setting
        assert setting is not None, "only the baseline `nothing` has no setting"
        return setting


def find(name: str, question: Question) -> Found:
    """The match, and beside it what a search has refined so far."""
    match = sounds.match(name, question.dry, question.wet, question.seed)
    found = Found(name, question, match)
    candidates = dict(match.candidates)
    if setting := search.refined(found.version):
        candidates["refined"] = sounds.candidate(setting, match.dry, match.wet)
    return replace(found, candidates={key: candidates[key] for key in LABELS if key in candidates})


def headline(found: Found) -> None:
    """Effect, probability, setting; what had to be done to the sounds; whether the answer explains them."""
    match, setting = found.match, found.setting
    (effect, probability), (second, less) = list(match.estimate.probabilities.items())[:2]
    st.header(f"{effect_named(effect).label}, {percent(probability)} likely")
    label, answer = found.answer
    st.markdown(f"**{setting.text}**")
    st.caption(
        f"{label}, at a distance of {answer.distance:.3f} from the wet sound (do nothing: "
        f"{found.candidates['nothing'].distance:.3f}). Next likely: {effect_named(second).label}, {percent(less)}. "
        f"{seconds(match.dry):.2f} s were compared."
    )
    for sentence in adjustments(found.question, match):
        st.markdown(sentence)
    if answer.distance > match.limit:
        st.warning(
            f"None of the effects explains this sound: the nearest is {setting.text}, at a distance of "
            f"{answer.distance:.2f}; explained sounds stay below {match.limit:.2f}."
        )
    if found.candidates["nothing"].distance < answer.distance:
        st.info("Doing nothing comes nearer to the wet sound than this answer: perhaps none of the effects was used.")


def adjustments(question: Question, match: "Match") -> list[str]:
    """A sentence for each thing that was done to the sounds before they were compared."""
    sentences = []
    if match.lag:
        way = "later" if match.lag > 0 else "earlier"
        sentences.append(
            f"The wet sound comes {abs(match.lag) / SAMPLE_RATE * 1000:,.1f} ms {way} than the dry one; this lag was "
            "taken out."
        )
    if match.gain_db:
        way = "up" if match.gain_db > 0 else "down"
        sentences.append(
            f"The wet sound was turned {way} by {abs(match.gain_db):.1f} dB, to be as loud as the dry one."
        )
    if len(question.dry) != len(question.wet):
        sentences.append(
            f"The dry sound lasts {seconds(question.dry):.2f} s, the wet one {seconds(question.wet):.2f} s; "
            f"the {seconds(match.dry):.2f} s that they have in common count."
        )
    return sentences


def percent(share: float) -> str:
    """A probability for people: never 0 or 100 %."""
    return "over 99 %" if share > 0.995 else "under 1 %" if share < 0.005 else f"{100 * share:.0f} %"


def seconds(audio: np.ndarray) -> float:
    """How long a sound (time,) lasts."""
    return len(audio) / SAMPLE_RATE
