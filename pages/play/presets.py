"""Presets: points and settings that a visitor keeps under a name."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

import streamlit as st

from pages.play import point
from pages.play.point import Played
from pages.shared import choices
from pages.shared.downloads import setting_dict
from pages.shared.messages import verbatim

PRESETS, NAME = "p_presets", "p_preset_name"
"""Session keys: the presets of this visit, the oldest first; the field for the next one's name."""


@dataclass(frozen=True)
class Preset:
    """What was played, under a name."""

    name: str
    played: Played


def presets() -> list[Preset]:
    """What was saved in this session, the oldest first."""
    return choices.get(PRESETS, [])


def save() -> None:
    """Keep what is heard now, under the name in the field or a number."""
    played = point.last()
    assert played is not None, "the button is shown beside what is played"
    taken = {preset.name for preset in presets()}
    free = next(f"Preset {number}" for number in range(1, len(taken) + 2) if f"Preset {number}" not in taken)
    name = (choices.get(NAME) or "").strip()
    name = name if name and name not in taken else f"{name} ({free})" if name else free
    choices.put(PRESETS, [*presets(), Preset(name, played)])
    choices.put(NAME, "")


def remove(preset: Preset) -> None:
    """Forget a preset."""
    choices.put(PRESETS, [other for other in presets() if other != preset])


def save_button() -> None:
    """A name and a button to keep what is heard."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(
            "Name of the preset", key=NAME, placeholder="Preset", max_chars=80, help="Empty: the next number."
        )
        help_text = "Keep this point and setting for this visit."
        if st.button("Save preset", key="p_save", on_click=save, help=help_text):
            st.toast(f"{verbatim(presets()[-1].name)} is kept in the tab Presets.")


def shelf(name: str) -> None:
    """The presets of this visit: go there, remove, download. name: of the checkpoint in use."""
    kept = presets()
    if not kept:
        st.info("No presets yet. The button “Save preset” keeps the point and its setting for this visit.")
        return
    for number, preset in enumerate(kept):
        text, buttons = st.columns([3, 2], vertical_alignment="center")
        played = preset.played
        place = ", ".join(f"{value:.2f}" for value in played.w)
        text.markdown(
            f"**{verbatim(preset.name)}** · {played.setting.text}  \n"
            f"{verbatim(played.checkpoint)}, {len(played.w)}-D at ({place})"
        )
        with buttons.container(horizontal=True):
            st.button(
                "Go there", key=f"p_go_{number}", on_click=point.preset_taken, args=(name, played),
                help="Play this preset again.",
            )  # fmt: skip
            st.button("Remove", key=f"p_remove_{number}", on_click=remove, args=(preset,), help="Forget this preset.")
    st.download_button(
        "Presets (JSON)", lambda: presets_json(kept), "presets.json", "application/json",
        help="All presets of this visit.", on_click="ignore",
    )  # fmt: skip


def presets_json(kept: Iterable[Preset]) -> bytes:
    """Presets as JSON: name, only ("all", or the one effect that the pad played), and all of `setting_dict`."""
    rows = [
        {"name": one.name, "only": one.played.only}
        | setting_dict(one.played.checkpoint, one.played.w, one.played.setting)
        for one in kept
    ]
    return json.dumps({"format": "latentfx-presets/1", "presets": rows}, indent=1).encode()
