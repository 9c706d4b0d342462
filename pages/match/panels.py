"""The panels of the page Match: what is asked, what was found, the search that refines it."""

import numpy as np
import streamlit as st

from core.audio.io import encode
from pages.match import figures
from pages.match.answers import ANSWERS, LABELS, Found
from pages.shared import controls
from pages.shared import player as shared_player
from pages.shared.figures import theme


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
    figure = figures.distances(labels, values, answers, found.match.limit)
    st.plotly_chart(figure, config=theme.CONFIG, alt="Distance of every candidate from the wet sound")
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
                    shared_player.sound(f"**{label}**", sound, f"match-{label.lower().replace(' ', '-')}")


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
