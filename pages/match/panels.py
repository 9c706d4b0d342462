"""The panels of the page Match: what is asked, what was found, the search that refines it."""

import hashlib
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.audio import SAMPLE_RATE
from core.audio.clips import load_clip
from core.audio.io import AudioError, encode
from core.effects import Setting, effect_named
from pages.match import figures as match_plots
from pages.shared import choices, controls, figures, queue, results
from pages.widgets.ab import ab

if TYPE_CHECKING:
    from core.match.match import Candidate, Match, Refinement

SOURCES = {"surprise": "Surprise me", "pair": "Clip and effect", "files": "Two recordings"}
ANSWERS = {"estimate": "Estimate", "polished": "Polished", "refined": "Refined"}
BASELINES = {"nearest neighbour": "Nearest neighbour", "random": "Random", "always 0.5": "Always 0.5",
             "nothing": "Do nothing"}  # fmt: skip
LABELS = ANSWERS | BASELINES
PLAYER_S = 20
"""Seconds that the player holds at most: with nine sounds the page stays below 4 MB."""
REFINE_S = 20
"""Seconds from the beginning that a search listens to: it hears hundreds of settings."""
ROUNDS, ALL_ROUNDS = 15, 60
"""Iterations of a search for one press of the button; after so many in all, the next press starts a new search."""


@dataclass(frozen=True)
class Question:
    """Two sounds (time,), and what made the second out of the first, where that is known.

    clip: a shipped clip's name, "" for a visitor's own. truth: None: nobody knows. riddle: whether the truth is hidden
    until the visitor asks for it. seed: of the random setting among the baselines.
    """

    dry: np.ndarray
    wet: np.ndarray
    clip: str = ""
    truth: Setting | None = None
    riddle: bool = False
    seed: int = 0


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
        return hashlib.sha256(results.revision(self.checkpoint).encode() + sounds).hexdigest()[:16]

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
    match = results.match(name, question.dry, question.wet, question.seed)
    first = Found(name, question, match)
    search = current_search(first)
    candidates = dict(match.candidates)
    if search and search.shown:
        candidates["refined"] = results.candidate(search.shown, match.dry, match.wet)
    ordered = {key: candidates[key] for key in LABELS if key in candidates}
    return Found(name, question, match, ordered)


def source() -> str:
    """Where the sounds come from, a key of SOURCES."""
    return st.segmented_control(
        "Sounds",
        list(SOURCES),
        default="surprise",
        required=True,
        format_func=SOURCES.__getitem__,
        help="**Surprise me**: one of our clips through a hidden effect. **Clip and effect**: your choice of both. "
        "**Two recordings**: a dry and a wet sound of yours.",
        **choices.bound("m_source"),
    )


def question(source: str) -> Question | None:
    """Controls of the two sounds; None, with a sentence why, while there are none."""
    if source == "surprise":
        return _riddle()
    if source == "files":
        return _two_recordings()
    pair = controls.pair_picker("m", "", choices.Match.m_clip, choices.Match.m_effect, whole=True)
    if pair is None:
        return None
    return Question(pair.dry, pair.wet, "" if pair.clip in controls.OWN_LABELS else pair.clip, pair.setting)


def _riddle() -> Question:
    def hide() -> None:
        choices.put("m_reveal", False)

    def draw() -> None:
        choices.put("m_seed", random.randint(1, 9999))
        hide()

    with st.container(horizontal=True, vertical_alignment="bottom"):
        seed = st.number_input(
            "Riddle", 1, 9999, 1, 1, help="The same number is the same riddle, also for whom you send the link to.",
            width=105, on_change=hide, **choices.bound("m_seed"),
        )  # fmt: skip
        st.button("Another", on_click=draw, help="Draw another clip, effect and setting.")
    clip, setting = results.riddle(int(seed))
    st.caption(f"{controls.CLIP_LABELS[clip]}, through one of the eight effects, with knobs turned at random.")
    # Not in the address: a link would give the answer away.
    reveal = st.toggle("Reveal", key="m_reveal", help="Show the true effect and setting beside the estimate.")
    dry = load_clip(clip)
    return Question(dry, results.wet(dry, setting), clip, setting, not reveal, int(seed))


def _two_recordings() -> Question | None:
    sounds = []
    for part, text in (("dry", "the sound before the effect"), ("wet", "the same sound after it")):
        kind = st.segmented_control(
            f"{part.capitalize()}: {text}",
            list(controls.OWN_LABELS),
            default=choices.UPLOAD,
            required=True,
            format_func=controls.OWN_LABELS.__getitem__,
            help="Up to 10 minutes; channels are averaged. The two may differ in length, and one may begin up to 2 s "
            "before the other.",
            **choices.bound(f"m_{part}_from"),
        )
        try:
            sounds.append(controls.own_sound(f"m_{part}", kind, True, f"{part.capitalize()} sound")[0])
        except AudioError as error:
            st.error(str(error))
            sounds.append(None)
    dry, wet = sounds
    return None if dry is None or wet is None else Question(dry, wet)


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
        {label: results.track(sound[shown]) for label, sound in sounds.items()},
        texts,
        held.get("ids", []) if held.get("version") == version else [],
        version=version,
        rate=SAMPLE_RATE,
        seconds=len(match.dry[shown]) / SAMPLE_RATE,
        start_s=start,
        ticks_hz=match_plots.frequency_ticks(results.track_hz()),
        colours=match_plots.colour_stops(),
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
    figure = match_plots.knobs([p.label for p in parameters], estimate.setting.values, estimate.spread, others, texts)
    st.plotly_chart(figure, config=figures.CONFIG, alt="Knob positions with their uncertainty")
    error = f" Beside the truth: how far {label.lower()} is from it, in % of the knob's way." if comparable else ""
    st.caption(f"Uncertainty: the error that the network expects of its estimate, on average, to either side.{error}")


def current_search(found: Found) -> Search | None:
    """The search for this question in the visitor's session, None where there is none."""
    version, search = choices.get("m_search", (None, None))
    return search if version == found.version else None


def refine_controls(found: Found) -> DeltaGenerator:
    """Buttons that start and stop the search, and a place for its progress; `run_search` does the work."""
    match = found.match
    cut = slice(REFINE_S * SAMPLE_RATE)

    def begin() -> None:
        search = current_search(found)
        if search is None or search.rounds >= ALL_ROUNDS:
            shown = search.shown if search else None
            dry, wet, spread = match.dry[cut], match.wet[cut], match.estimate.spread
            search = Search(results.refinement(dry, wet, found.setting, spread, ALL_ROUNDS), shown=shown)
        search.until = search.rounds + ROUNDS
        choices.put("m_search", (found.version, search))
        choices.put("m_refining", found.version)

    def stop() -> None:
        finish(found)

    running = choices.get("m_refining") == found.version
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Refine", on_click=begin, disabled=running, type="primary", key="refine",
            help=f"Try settings around the answer by CMA-ES, {ROUNDS} iterations of 8, and keep the nearest.",
        )  # fmt: skip
        st.button("Stop", on_click=stop, disabled=not running, key="stop", help="Stop, and keep the best so far.")
    place = st.empty()
    search = current_search(found)
    if search and search.best and not running:
        place.caption(f"{search.text}. Press Refine to search on.")
    elif not running:
        much = f"the first {REFINE_S} s" if _seconds(match.dry) > REFINE_S else "them"
        place.caption(f"A search that starts from the answer above, tries settings around it, and listens to {much}.")
    return place


def run_search(found: Found, place: DeltaGenerator) -> None:
    """Go on with the search where one was begun, and show it. To be called last: everything else is drawn by then.

    The visitor's click on Stop, or on anything else, is heard at each report of progress; what was found so far is in
    the session by then. After another click the search goes on; after Stop it does not.
    """
    search = current_search(found)
    if choices.get("m_refining") != found.version or search is None:
        return
    while search.rounds < search.until:
        place.progress(max(0.0, 1 - (search.until - search.rounds) / ROUNDS), search.text)
        with queue.turn():
            search.step()
    place.progress(1.0, search.text)
    finish(found)
    st.rerun()


def finish(found: Found) -> None:
    """Let the search rest, and its best be shown beside the other answers."""
    choices.put("m_refining", None)
    search = current_search(found)
    if search and search.best:
        search.shown = search.best.setting


def baselines(found: Found) -> None:
    """Every candidate's setting and distance: the honest comparison."""
    labels = [LABELS[name] for name in found.candidates]
    values = [one.distance for one in found.candidates.values()]
    st.table(
        {
            "": [f"**{label}**" for label in labels],
            "Distance": [f"{value:.3f}" for value in values],
            "Setting": [one.setting.text if one.setting else "the dry sound" for one in found.candidates.values()],
        },
        **controls.TABLE,
        alt="Setting and distance of every candidate",
    )
    answers = sum(name in ANSWERS for name in found.candidates)
    figure = match_plots.distances(labels, values, answers, found.match.limit)
    st.plotly_chart(figure, config=figures.CONFIG, alt="Distance of every candidate from the wet sound")
    limit = found.match.limit
    known = f"here below {limit:.2f}: 99 of 100 true pairs are nearer" if np.isfinite(limit) else "not measured yet"
    st.caption(
        "MR-STFT distance (spectral convergence and log magnitudes at three resolutions) of each sound from the wet "
        f"one; lower is better, 0 is the same sound. Explained, for this checkpoint: {known}. Always 0.5 and random "
        "turn the knobs of the effect that the network named; nearest neighbour is the nearest point of the map."
    )


def all_sounds(found: Found) -> None:
    """A plain player for every sound, and for its download. Encoded only while it is open: they may be long."""
    with st.expander("All sounds", key="m_sounds", on_change="rerun") as box:
        if not box.open:
            return
        sounds = {"Dry": found.match.dry, "Wet": found.match.wet}
        sounds |= {LABELS[name]: one.sound for name, one in found.candidates.items() if name != "nothing"}
        for column, part in zip(st.columns(2), (slice(0, None, 2), slice(1, None, 2)), strict=True):
            with column:
                for label, sound in list(sounds.items())[part]:
                    controls.sound(f"**{label}**", sound, f"match-{label.lower().replace(' ', '-')}")


def export(found: Found) -> None:
    """The answer to take along: setting, code, sound; and to the path of Interpolate."""
    setting = found.setting

    def as_json() -> bytes:
        from pages.shared import downloads

        return downloads.setting_json(found.checkpoint, (), setting)

    def code() -> bytes:
        from core.effects.code import as_code

        return as_code(setting).encode()

    with st.container(horizontal=True):
        st.download_button(
            "Setting (JSON)", as_json, "setting.json", "application/json",
            help="Effect, knob positions, and values in their units.", on_click="ignore",
        )  # fmt: skip
        st.download_button(
            "Code (Python)", code, f"{setting.effect}.py", "text/x-python",
            help="A program that makes this sound with pedalboard, without LatentFX.", on_click="ignore",
        )  # fmt: skip
        st.download_button(
            "Sound (WAV)", lambda: encode(found.answer[1].sound), f"{setting.effect}.wav", "audio/wav",
            help="The dry sound through this setting.", on_click="ignore",
        )  # fmt: skip
    if found.question.clip:
        controls.send_buttons(found.question.clip, setting)


def percent(share: float) -> str:
    """A probability for people: never 0 or 100 %."""
    return "over 99 %" if share > 0.995 else "under 1 %" if share < 0.005 else f"{100 * share:.0f} %"


def _seconds(audio: np.ndarray) -> float:
    return len(audio) / SAMPLE_RATE
