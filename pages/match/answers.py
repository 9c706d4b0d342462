"""What was found: the answer in words, the player, the knobs."""

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from core.audio import SAMPLE_RATE
from core.effects import Setting, effect_named
from pages.match import figures
from pages.shared import choices, controls
from pages.shared.figures import theme
from pages.shared.results import checkpoints
from pages.shared.results import sounds as shared_sounds
from pages.widgets.ab import ab

if TYPE_CHECKING:
    from core.match.match import Candidate, Match
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pages.match.question import Question

if TYPE_CHECKING:
    from core.match.match import Candidate, Refinement

ANSWERS = {"estimate": "Estimate", "polished": "Polished", "refined": "Refined"}
BASELINES = {"nearest neighbour": "Nearest neighbour", "random": "Random", "always 0.5": "Always 0.5",
             "nothing": "Do nothing"}  # fmt: skip


LABELS = ANSWERS | BASELINES
PLAYER_S = 20
"""Seconds that the player holds at most: with nine sounds the page stays below 4 MB."""


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
        sounds = self.match.dry.tobytes() + self.match.wet.tobytes()
        return hashlib.sha256(checkpoints.revision(self.checkpoint).encode() + sounds).hexdigest()[:16]

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
    match = shared_sounds.match(name, question.dry, question.wet, question.seed)
    first = Found(name, question, match)
    search = current_search(first)
    candidates = dict(match.candidates)
    if search and search.shown:
        candidates["refined"] = shared_sounds.candidate(search.shown, match.dry, match.wet)
    ordered = {key: candidates[key] for key in LABELS if key in candidates}
    return Found(name, question, match, ordered)


def headline(found: Found) -> None:
    """Effect, probability, setting; what had to be done to the sounds; whether the answer explains them."""
    match, setting = found.match, found.setting
    (effect, probability), (second, less) = list(match.estimate.probabilities.items())[:2]
    st.subheader(f"{effect_named(effect).label}, {percent(probability)} likely")
    label, answer = found.answer
    st.markdown(f"**{setting.text}**")
    st.caption(
        f"{label}, at a distance of {answer.distance:.3f} from the wet sound (do nothing: "
        f"{found.candidates['nothing'].distance:.3f}). Next likely: {effect_named(second).label}, {percent(less)}. "
        f"{_seconds(match.dry):.2f} s were compared."
    )
    for sentence in adjustments(found.question, match):
        st.markdown(sentence)
    if answer.distance > match.limit:
        st.warning(
            f"None of the eight effects explains this sound: the nearest is {setting.text}, at a distance of "
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
            f"The dry sound lasts {_seconds(question.dry):.2f} s, the wet one {_seconds(question.wet):.2f} s; "
            f"the {_seconds(match.dry):.2f} s that they have in common count."
        )
    return sentences


@st.fragment
def player(found: Found) -> None:
    """All sounds beside each other, switched while they play."""
    match, start = found.match, 0
    seconds = _seconds(match.dry)
    if seconds > PLAYER_S:
        start = st.slider(
            "Listen from (s)", 0, int(seconds - PLAYER_S) + 1, 0,
            help=f"The player holds {PLAYER_S} s of {seconds:.1f} s; “All sounds” has everything.",
            **choices.bound("m_from_s"),
        )  # fmt: skip
    shown = slice(start * SAMPLE_RATE, (start + PLAYER_S) * SAMPLE_RATE)
    heard = {name: one for name, one in found.candidates.items() if name != "nothing"}
    texts = ["the sound before the effect, as if nothing was done", "the sound to come near to"]
    texts += [one.setting.text for one in heard.values() if one.setting]
    sounds = {"Dry": match.dry, "Wet (reference)": match.wet} | {LABELS[name]: one.sound for name, one in heard.items()}
    version = f"{found.version} {start}"
    held = choices.get("ab", {}).get("held") or {}
    ab(
        "ab",
        {label: shared_sounds.track(sound[shown]) for label, sound in sounds.items()},
        texts,
        held.get("ids", []) if held.get("version") == version else [],
        version=version,
        rate=SAMPLE_RATE,
        seconds=len(match.dry[shown]) / SAMPLE_RATE,
        start_s=start,
        ticks_hz=figures.frequency_ticks(shared_sounds.track_hz()),
        colours=figures.colour_stops(),
    )


def knobs(found: Found) -> None:
    """Each knob with its uncertainty, in its unit; the truth beside it where it is known and no riddle."""
    estimate, truth = found.match.estimate, None if found.question.riddle else found.question.truth
    parameters = effect_named(estimate.setting.effect).parameters
    label, _ = found.answer
    comparable = truth is not None and truth.effect == estimate.setting.effect
    if truth is not None:
        other = "" if comparable else " That is another effect: its knobs cannot be compared."
        st.markdown(f"In truth: **{truth.text}**.{other}")
    others = {} if label == "Estimate" else {label: found.setting.values}
    if truth is not None and comparable:
        others["Truth"] = truth.values
    texts = {"Estimate": [p.text(v) for p, v in zip(parameters, estimate.setting.values, strict=True)]}
    texts |= {name: [p.text(v) for p, v in zip(parameters, values, strict=True)] for name, values in others.items()}
    table = {"Knob": [f"**{p.label}**" for p in parameters], "Estimate": texts["Estimate"]}
    table["Uncertainty"] = [
        f"{p.text(max(0.0, v - s)).removesuffix(p.unit).strip()} to {p.text(min(1.0, v + s))}"
        for p, v, s in zip(parameters, estimate.setting.values, estimate.spread, strict=True)
    ]
    table |= {name: texts[name] for name in others}
    if truth is not None and comparable:
        off = np.abs(np.subtract(found.setting.values, truth.values))
        table["Truth"] = [f"{text} ({100 * one:.0f} %)" for text, one in zip(texts["Truth"], off, strict=True)]
    st.table(table, **controls.TABLE, alt="Knobs with their uncertainty")
    figure = figures.knobs([p.label for p in parameters], estimate.setting.values, estimate.spread, others, texts)
    st.plotly_chart(figure, config=theme.CONFIG, alt="Knob positions with their uncertainty")
    error = f" Beside the truth: how far {label.lower()} is from it, in % of the knob's way." if comparable else ""
    st.caption(f"Uncertainty: the error that the network expects of its estimate, on average, to either side.{error}")


def percent(share: float) -> str:
    """A probability for people: never 0 or 100 %."""
    return "over 99 %" if share > 0.995 else "under 1 %" if share < 0.005 else f"{100 * share:.0f} %"


def _seconds(audio: np.ndarray) -> float:
    return len(audio) / SAMPLE_RATE


@dataclass
class Search:
    """A search under way or at rest, in the visitor's session: stopping it loses nothing."""

    steps: "Iterator[Refinement]"
    rounds: int = 0
    until: int = 0
    heard: int = 0
    seconds: float = 0.0
    best: "Candidate | None" = None
    shown: Setting | None = None

    def step(self) -> None:
        """One iteration."""
        started = time.monotonic()
        found = next(self.steps)
        self.rounds, self.heard, self.best = self.rounds + 1, found.heard, found.best
        self.seconds += time.monotonic() - started

    @property
    def text(self) -> str:
        """How far it is, for people."""
        if self.best is None:
            return f"Iteration 1 of {self.until}"
        return (
            f"Iteration {self.rounds} of {self.until} · {self.heard} settings heard · "
            f"best distance {self.best.distance:.3f} · {self.seconds:.1f} s"
        )


def current_search(found: Found) -> Search | None:
    """The search for this question in the visitor's session, None where there is none."""
    version, search = choices.get("m_search", (None, None))
    return search if version == found.version else None
