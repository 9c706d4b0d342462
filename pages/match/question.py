"""What is to be matched."""

import random
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import streamlit as st

from core.audio import SAMPLE_RATE
from core.audio.clips import clips
from core.audio.io import AudioError
from core.effects import EFFECTS, Chain, Setting, random_setting
from pages.shared import choices, controls, memory, recordings
from pages.shared.messages import sentence
from pages.shared.results import sounds


def riddle(seed: int, length: int = 1) -> tuple[str, Setting | Chain]:
    """Name of a shipped clip and a chain of so many effects, drawn evenly; the same ones for the same seed."""
    generator = np.random.default_rng(seed)
    clip = clips()[generator.integers(len(clips()))]
    if length == 1:
        return clip.name, random_setting(seed=generator)
    effects = generator.permutation([effect.name for effect in EFFECTS])[:length]
    return clip.name, Chain(tuple(random_setting(str(effect), generator) for effect in effects)).canonical


LENGTHS = (1, 2, 3)
"""Effects that a riddle may hide."""
SOURCES = {"surprise": "Surprise me", "pair": "Clip and effect", "files": "Two recordings"}


@dataclass(frozen=True)
class Question:
    """Two sounds, (time,) or (channel, time), at `rate` Hz, and what made the second out of the first, where that is
    known.

    clip: where the dry sound is among the clips, a shipped one's name or a recording's key on the shelf; start_s: where
    in it it begins. truth: None: nobody knows. riddle: whether the truth is hidden until the visitor asks for it.
    seed: of the random setting among the baselines.
    """

    dry: np.ndarray
    wet: np.ndarray
    rate: int
    clip: str
    start_s: float = 0.0
    truth: Setting | Chain | None = None
    riddle: bool = False
    seed: int = 0

    @cached_property
    def key(self) -> str:
        """Names the two sounds, the same wherever they are asked about: 16 hexadecimal digits."""
        shipped = self.clip in controls.CLIP_LABELS and self.truth is not None
        sounds_of = (self.clip, float(self.start_s), self.truth) if shipped else (self.dry, self.wet, self.rate)
        return memory.digest(sounds_of).hex()[:16]


def pick_source() -> str:
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


def pick_question(source: str) -> Question | None:
    """Controls of the two sounds; None, with a sentence why, while there are none."""
    if source == "surprise":
        return _riddle()
    if source == "files":
        return _two_recordings()
    pair = controls.pair_picker("m", "", choices.Match.m_clip, choices.Match.m_effect, whole=True)
    if pair is None:
        return None
    return Question(
        pair.own.audio, pair.own_wet, pair.own.rate, *_place("m", pair.clip), truth=pair.setting.settings[0]
    )


def _place(key: str, kind: str) -> tuple[str, float]:
    """Where a sound is found among the clips, and where in it it begins; key, kind: see recordings.own_sound."""
    if kind in controls.CLIP_LABELS:
        return kind, choices.get(choices.PairState(key).offset_s) or 0.0
    brought = recordings.chosen(key, kind)
    assert brought is not None, "the sound is there"
    return brought.key, recordings.begun_s(key, kind, whole=True)


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
    length = st.segmented_control(
        "Effects", LENGTHS, default=1, required=True, help="How many effects, one behind the other, the riddle hides.",
        on_change=hide, **choices.bound("m_length"),
    )  # fmt: skip
    clip, setting = riddle(int(seed), length)
    hidden = "one of the effects" if length == 1 else f"{length} of the effects, one behind the other"
    st.caption(f"{controls.CLIP_LABELS[clip]}, through {hidden}, with knobs turned at random.")
    # Not in the address: a link would give the answer away.
    reveal = st.toggle("Reveal", key="m_reveal", help="Show the true effect and setting beside the estimate.")
    dry = sounds.clip(clip)
    wet = sounds.wet(dry, setting)
    return Question(dry, wet, SAMPLE_RATE, clip, truth=setting, riddle=not reveal, seed=int(seed))


def _two_recordings() -> Question | None:
    brought = []
    for part, text in (("dry", "the sound before the effect"), ("wet", "the same sound after it")):
        labels, key = recordings.labels(), f"m_{part}_from"
        if choices.get(key) not in (None, *labels):  # a recording that is gone
            choices.put(key, choices.UPLOAD)
        kind = st.selectbox(  # buttons of many or long names would not fit the column
            f"{part.capitalize()}: {text}",
            list(labels),
            list(labels).index(choices.UPLOAD),
            labels.__getitem__,
            help="Up to 10 minutes. Answers have the dry sound's channels and sample rate; where only one of the two "
            "has 44.1 kHz or more, both are used at 24 kHz, mono. The two may differ in length, and one may begin any "
            "time before the other.",
            **choices.bound(key),
        )
        try:
            brought.append(recordings.own_sound(f"m_{part}", kind, True, f"{part.capitalize()} sound")[0])
        except AudioError as error:
            st.error(sentence(error))
            brought.append(None)
    dry, wet = brought
    if dry is None or wet is None:
        return None
    return Question(*sounds.together(dry, wet), *_place("m_dry", choices.get("m_dry_from")))
