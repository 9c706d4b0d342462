"""The panels of the page Match: the player, the knobs, the honest comparison, the downloads."""

import numpy as np
import streamlit as st

from core.audio import SAMPLE_RATE
from core.audio.io import encode_exactly
from core.audio.measure import FLOOR_DB
from core.audio.own import quality
from core.effects import effect_named
from core.effects.code import as_code
from core.effects.render import NoSound
from pages.match import figures
from pages.match.answers import ANSWERS, LABELS, Found
from pages.shared import ab_player, choices, controls, downloads
from pages.shared.figures.chart import chart
from pages.shared.messages import sentence
from pages.shared.results import sounds

PLAYER_S, LEAST_PLAYER_S = 20, 8
"""Seconds that the player holds at most of one channel at 24 kHz, and of any sound: with nine sounds the page stays
below 4 MB, and below 8 MB where they are stereo at 48 kHz."""


def player_s(found: Found) -> int:
    """Seconds that the player holds at most."""
    return max(LEAST_PLAYER_S, PLAYER_S * SAMPLE_RATE // (found.rate * np.atleast_2d(found.match.dry).shape[0]))


def heard(found: Found, start_s: float, stop_s: float) -> dict[str, np.ndarray]:
    """What there is to hear in some of the recording, label -> sound, in the pair's shape: dry and wet, then each
    candidate that does something; a sentence for one that makes no sound.

    What a search finds comes last: the others keep their numbers, which are keys of the player.
    """
    names = sorted((name for name in found.candidates if name != "nothing"), key=lambda name: name == "refined")
    own = {}
    for name in names:
        try:
            own[LABELS[name]] = sounds.part(found.candidates[name], start_s, stop_s)
        except NoSound as error:
            st.info(f"{LABELS[name]}: {sentence(error)}")
    cut = slice(round(start_s * found.rate), round(stop_s * found.rate))
    return {"Dry": found.match.dry[..., cut], "Wet (reference)": found.match.wet[..., cut]} | own


@st.fragment
def player(found: Found) -> None:
    """All sounds beside each other, switched while they play."""
    length, most, start = found.seconds, player_s(found), 0
    if length > most:
        start = st.slider(
            "Listen from (s)", 0, int(length - most) + 1, 0,
            help=f"The player holds {most} s of {length:.1f} s; “All sounds” has everything.",
            **choices.bound("m_from_s"),
        )  # fmt: skip
    texts = {
        "Dry": "the sound before the effect, as if nothing was done",
        "Wet (reference)": "the sound to come near to",
    }
    texts |= {LABELS[name]: one.setting.text for name, one in found.candidates.items() if one.setting}
    shown = heard(found, start, min(start + most, length))
    ab_player.ab_player("ab", shown, texts, f"{found.version} {start}", start, found.rate)


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
    alt = "Knob positions with their uncertainty"
    said = f"{alt}. Estimate: {estimate.setting.text}; {label.lower()}: {found.setting.text}."
    chart(figure, alt, f"{found.checkpoint} match knobs {found.setting.effect}", said, found.checkpoint)
    error = f" Beside the truth: how far {label.lower()} is from it, in % of the knob's way." if comparable else ""
    st.caption(f"Uncertainty: the error that the network expects of its estimate, on average, to either side.{error}")


def baselines(found: Found) -> None:
    """Every candidate's setting and distance: the honest comparison."""
    labels = [LABELS[name] for name in found.candidates]
    values = [found.distance(name) for name in found.candidates]
    st.table(
        {
            "": [f"**{label}**" for label in labels],
            "Distance": [f"{value:.3f}" if np.isfinite(value) else "no sound" for value in values],
            "Setting": [one.setting.text if one.setting else "the dry sound" for one in found.candidates.values()],
        },
        **controls.TABLE,
        alt="Setting and distance of every candidate",
    )
    there, limit = [name for name in found.candidates if np.isfinite(found.distance(name))], found.match.limit
    figure = figures.distances(
        [LABELS[name] for name in there],
        [found.distance(name) for name in there],
        sum(name in ANSWERS for name in there),
        limit * found.distance("nothing"),
    )
    alt = "Distance of every candidate from the wet sound"
    said = f"{alt} (MR-STFT above {FLOOR_DB:.0f} dB). {found.answer[0]}: {found.setting.text}."
    chart(figure, alt, f"{found.checkpoint} match distances {found.setting.effect}", said, found.checkpoint)
    known = (
        f"what {effect_named(found.setting.effect).label} does leaves at most {100 * limit:.0f} % of the distance "
        "between dry and wet"
    )
    st.caption(
        "MR-STFT distance (spectral convergence and log magnitudes at three resolutions, what lies below "
        f"{FLOOR_DB:.0f} dB left aside) of each sound from the wet one, all at its level; lower is better, 0 is the "
        f"same sound. Explained: {known}. Always 0.5 and random turn the knobs of the answer's effect; nearest "
        "neighbour is the nearest point of the map."
    )


def downloads_row(found: Found) -> None:
    """The answer to take away: setting, code, sound; and to the path of Interpolate."""
    setting, length = found.setting, found.seconds
    with st.container(horizontal=True):
        st.download_button(
            "Setting (JSON)", lambda: downloads.setting_json(found.checkpoint, (), setting), "setting.json",
            "application/json", help="Effect, knob positions, and values in their units.", on_click="ignore",
        )  # fmt: skip
        st.download_button(
            "Code (Python)", lambda: as_code(setting).encode(), f"{setting.effect}.py", "text/x-python",
            help="A program that makes this sound with pedalboard, without LatentFX.", on_click="ignore",
        )  # fmt: skip
        st.download_button(
            "Sound (WAV)", downloads.later(lambda: encode_exactly(sounds.part(found.answer[1], 0, length), found.rate)),
            f"{setting.effect}.wav", "audio/wav", on_click="ignore",
            help=f"All of the dry sound through this setting: {quality(found.match.dry, found.rate)}, 32-bit float.",
        )  # fmt: skip
    ab_player.all_sounds("m_sounds", lambda: heard(found, 0, length), "match", found.rate)
    if found.question.clip:
        controls.send_buttons(found.question.clip, setting)
