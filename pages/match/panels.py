"""The panels of the page Match: the player, the knobs, the honest comparison, the downloads."""

import numpy as np
import streamlit as st

from core.audio import SAMPLE_RATE
from core.audio.io import AudioError, encode_exactly
from core.audio.measure import FLOOR_DB
from core.audio.own import quality
from core.effects import Chain, Setting, effect_named
from core.effects.chain import plainest
from core.effects.chain_file import to_json
from core.effects.code import as_code, file_name
from core.effects.render import NoSound
from core.paths import path_file
from pages.match import figures, path
from pages.match.answers import ANSWERS, LABELS, Found
from pages.shared import ab_player, choices, controls, downloads
from pages.shared.figures.chart import chart
from pages.shared.messages import sentence
from pages.shared.results import sounds
from pages.shared.visit import kept

PLAYER_S, LEAST_PLAYER_S = 20, 8
"""Seconds that the player holds at most of one channel at 24 kHz, and of any sound: with nine sounds the page stays
below 4 MB, and below 8 MB where they are stereo at 48 kHz."""

_LAST = ("refined", "edited")


def player_s(found: Found) -> int:
    """Seconds that the player holds at most: fewer of more than the nine sounds that a single effect has."""
    most = PLAYER_S * SAMPLE_RATE // (found.rate * np.atleast_2d(found.match.dry).shape[0])
    return max(LEAST_PLAYER_S, most * 9 // max(9, len(found.candidates) + 1))


def heard(found: Found, start_s: float, stop_s: float) -> dict[str, np.ndarray]:
    """What there is to hear in some of the recording, label -> sound, in the pair's shape: dry and wet, then each
    candidate that does something; a sentence for one that makes no sound.

    What a search finds, and what the boxes play, comes last: the others keep their numbers, keys of the player.
    """
    names = sorted((name for name in found.candidates if name != "nothing"), key=lambda name: name in _LAST)
    own = {}
    for name in names:
        try:
            own[LABELS[name]] = sounds.part(found.candidates[name], start_s, stop_s)
        except NoSound as error:
            st.info(f"{LABELS[name]}: {sentence(error)}")
    cut = slice(round(start_s * found.rate), round(stop_s * found.rate))
    return {"Dry": found.match.dry[..., cut], "Wet (reference)": found.match.wet[..., cut]} | own


@kept.fragment
def player(found: Found) -> None:
    """All sounds beside each other, switched while they play."""
    length, most, start = found.seconds, player_s(found), 0
    if length > most:
        choices.hold("m_from_s", int(length - most) + 1)
        start = st.slider(
            "Listen from (s)", 0, int(length - most) + 1, 0,
            help=f"The player holds {most} s of {length:.1f} s; “All sounds” has everything.",
            **choices.bound("m_from_s"),
        )  # fmt: skip
    texts = {
        "Dry": "the sound before the effect, as if nothing was done",
        "Wet (reference)": "the sound to come near to",
    }
    texts |= {LABELS[name]: one.chain.text for name, one in found.candidates.items()}
    shown = heard(found, start, min(start + most, length))
    ab_player.ab_player("ab", shown, texts, f"{found.version} {start}", start, found.rate, LABELS["edited"])


def knobs(found: Found) -> None:
    """Each knob with its uncertainty, in its unit; the truth beside it where it is known and no riddle."""
    truth = None if found.question.riddle else found.question.truth
    label, answer = found.answer
    rows = [(own, knob) for own in answer.chain.settings for knob in effect_named(own.effect).parameters]
    single = len(answer.chain.settings) == 1
    labels = [knob.label if single else f"{effect_named(own.effect).label}: {knob.label}" for own, knob in rows]
    read = _values(answer.chain, found.match.estimate.chain)
    others = {} if label == "Estimate" else {label: _values(answer.chain, answer.chain)}
    comparable = truth is not None and set(truth.effects) == set(answer.chain.effects)
    if truth is not None:
        other = "" if comparable else " Those are other effects: not all knobs can be compared."
        st.markdown(f"In truth: **{truth.text}**.{other}")
        others["Truth"] = _values(answer.chain, Chain(truth.settings))
    shown = {"Estimate": read} | others
    texts = {
        name: ["" if np.isnan(at) else knob.text(at) for (_, knob), at in zip(rows, values, strict=True)]
        for name, values in shown.items()
    }
    table = {"Knob": [f"**{text}**" for text in labels], "Estimate": texts["Estimate"]}
    table["Uncertainty"] = [
        "" if np.isnan(at) else f"{p.text(max(0.0, at - s)).removesuffix(p.unit).strip()} to {p.text(min(1.0, at + s))}"
        for (_, p), at, s in zip(rows, read, found.spread, strict=True)
    ]
    table |= {name: texts[name] for name in others}
    if truth is not None:
        off = np.abs(np.subtract(_values(answer.chain, answer.chain), others["Truth"]))
        table["Truth"] = [
            f"{text} ({100 * one:.0f} %)" if text else "" for text, one in zip(texts["Truth"], off, strict=True)
        ]
    st.table(table, **controls.TABLE, alt="Knobs with their uncertainty")
    figure, alt = figures.knobs(labels, read, found.spread, others, texts), "Knob positions with their uncertainty"
    said = f"{alt}. Estimate: {found.match.estimate.chain.text}; {label.lower()}: {answer.chain.text}."
    chart(figure, alt, f"{found.checkpoint} match knobs {file_name(answer.chain)}", said, found.checkpoint)
    error = f" Beside the truth: how far {label.lower()} is from it, in % of the knob's way." if comparable else ""
    st.caption(f"Uncertainty: the error that the network expects of its estimate, on average, to either side.{error}")


def _values(rows: Chain, chain: Chain) -> list[float]:
    """Knob positions of a chain for all knobs of the effects of another, NaN where it has no such effect."""
    own = {setting.effect: setting.values for setting in chain.settings}
    return [at for one in rows.settings for at in own.get(one.effect, (np.nan,) * len(one.values))]


def baselines(found: Found) -> None:
    """Every candidate's setting and distance: the honest comparison."""
    labels = [LABELS[name] for name in found.candidates]
    values = [found.distance(name) for name in found.candidates]
    st.table(
        {
            "": [f"**{label}**" for label in labels],
            "Distance": [f"{value:.3f}" if np.isfinite(value) else "no sound" for value in values],
            "Setting": [one.chain.text if one.chain.settings else "the dry sound" for one in found.candidates.values()],
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
    said = f"{alt} (MR-STFT above {FLOOR_DB:.0f} dB). {found.answer[0]}: {found.chain.text}."
    chart(figure, alt, f"{found.checkpoint} match distances {file_name(found.chain)}", said, found.checkpoint)
    one = len(found.chain.settings) == 1
    what = f"{effect_named(found.chain.effects[0]).label} does leaves" if one else "chains do leaves"
    known = f"what {what} at most {100 * limit:.0f} % of the distance between dry and wet"
    st.caption(
        "MR-STFT distance (spectral convergence and log magnitudes at three resolutions, what lies below "
        f"{FLOOR_DB:.0f} dB left aside) of each sound from the wet one, all at its level; lower is better, 0 is the "
        f"same sound. Explained: {known}. Always 0.5 and random turn the knobs of the answer's effects; nearest "
        "neighbour is the nearest point of the map."
    )


def downloads_row(found: Found) -> None:
    """The answer, or what the boxes play, to take away: as a file, as code, as sound; and to the page Interpolate."""
    chain, length = found.shown.chain, found.seconds
    name, only = file_name(chain), plainest(chain)
    with st.container(horizontal=True):
        if isinstance(only, Setting):
            st.download_button(
                "Setting (JSON)", lambda: downloads.setting_json(found.checkpoint, (), only), "setting.json",
                "application/json", help="Effect, knob positions, and values in their units.", on_click="ignore",
            )  # fmt: skip
        st.download_button(
            "Chain (JSON)", lambda: to_json(chain).encode(), "chain.json", "application/json", on_click="ignore",
            help="Effects in signal order with values in their units, in the format of MultiAFx.",
        )  # fmt: skip
        st.download_button(
            "Code (Python)", lambda: as_code(chain).encode(), f"{name}.py", "text/x-python",
            help="A program that makes this sound with pedalboard, without LatentFX.", on_click="ignore",
        )  # fmt: skip
        st.download_button(
            "Sound (WAV)", downloads.later(lambda: encode_exactly(sounds.part(found.shown, 0, length), found.rate)),
            f"{name}.wav", "audio/wav", on_click="ignore",
            help=f"All of the dry sound through this setting: {quality(found.match.dry, found.rate)}, 32-bit float.",
        )  # fmt: skip
        if chain.settings:
            _path_button(found)
    ab_player.all_sounds("m_sounds", lambda: heard(found, 0, length), "match", found.rate)
    if chain.settings:
        clip, start_s = found.question.clip, path.start_s(found.question)
        controls.send_buttons(clip, only, **{"offset_s" if clip in controls.CLIP_LABELS else "start_s": start_s})


def _path_button(found: Found) -> None:
    """The path from the dry sound to the answer, or to what the boxes play."""
    try:
        dry, name = path.dry_of(found.question).heard, path.name_of(found.question)
    except AudioError as error:
        st.caption(f"There is no path to it: {sentence(error)}")
        return
    st.download_button(
        "Path (JSON)", downloads.later(lambda: path_file.to_json(path.file(found, dry, name))), "path.json",
        "application/json", on_click="ignore",
        help="From the dry sound, to which nothing is done, to this chain: the page Interpolate opens it by “Open a "
        "path”, latentfx apply plays it on any recording.",
    )  # fmt: skip
