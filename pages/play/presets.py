"""Presets on the page Play: kept under a name, taken again, taken elsewhere as a file and back."""

from time import monotonic

import streamlit as st

from core.effects import chain_file
from core.effects.amount import MOST
from pages.play import point
from pages.shared import choices, controls, messages, notes, player
from pages.shared import presets as kept
from pages.shared.messages import sentence, verbatim
from pages.shared.presets import Preset, PresetsError
from pages.shared.results import sounds

NAME, FILE = "p_preset_name", "p_presets_file"
"""Session keys: the field for the next preset's name; a file of presets."""
_REMOVED_S = "p_removed_s"
"""Session key: when a preset was last removed."""
DOUBLE_S = 0.7
"""The second click of a double one comes within so many seconds; by then another row may lie under the pointer."""


def save() -> None:
    """Callback: keep what is heard now, under the name in the field or a number."""
    played = point.last()
    assert played is not None, "the button is shown beside what is played"
    name = kept.free_name((choices.get(NAME) or "").strip(), [one.name for one in kept.presets()])
    notes.forget(FILE)
    try:
        kept.keep([Preset(name, played.setting, played)])
    except PresetsError as error:
        notes.note(FILE, {"refused": True, "text": sentence(error)})
        return
    choices.put(NAME, "")


def save_button() -> None:
    """A name and a button to keep what is heard."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(
            "Name of the preset", key=NAME, placeholder="Preset", max_chars=80, help="Empty: the next number."
        )
        help_text = "Keep this point and setting for this visit."
        pressed = st.button("Save preset", key="p_save", on_click=save, help=help_text)
        if refused := [one["text"] for one in notes.noted(FILE) if pressed and one["refused"]]:
            st.error(refused[0])
        elif pressed:
            st.toast(f"{verbatim(kept.presets()[-1].name)} is kept in the tab Presets.")


def shelf(name: str) -> None:
    """The presets of this visit: go there, remove, download, open. name: of the checkpoint in use."""
    own = kept.presets()
    if not own:
        st.info("No presets yet. The button “Save preset” keeps the point and its setting for this visit.")
    for preset in own:
        _row(name, preset)
    with st.container(horizontal=True):
        if own:
            st.download_button(
                "Presets (JSON)", lambda: kept.to_json(own), "presets.json", "application/json",
                help="All presets of this visit.", on_click="ignore",
            )  # fmt: skip
        with st.popover("Open presets", help="Choose a file of presets, or of a chain of effects."):
            st.file_uploader(
                "Presets or a chain (JSON, up to 1 MB)", ["json"], key=choices.uploader(FILE), on_change=_open,
                help="A file of “Presets (JSON)”, or a chain of effects in the format of MultiAFx.",
            )  # fmt: skip
    for one in notes.noted(FILE):
        (st.error if one["refused"] else st.info)(one["text"])
    if own:
        _tried(own)


def _tried(own: list[Preset]) -> None:
    """Any preset on any recording, from nothing of it to half as much again."""
    st.subheader("Play a preset on a recording")
    which, dry_place, amount_place = st.columns([2, 2, 3], gap="medium")
    by_name = {one.name: one for one in own}
    with which:
        name_of = st.selectbox("Preset", list(by_name), key="k_preset", help="Which one is played.")
    with dry_place:
        _, dry, name = controls.dry_picker("k", choices.Play.k_clip)
    with amount_place:
        percent = st.slider(
            "Amount (%)", 0, round(100 * MOST), 100, 5, **choices.bound("k_amount"),
            help="0: the dry sound. 100: the preset as it is. Beyond, the knobs that are its strength go on, out of "
            "their range if need be. It stays as loud as the dry sound.",
        )  # fmt: skip
    if dry is None:
        return
    preset = by_name[name_of]
    with messages.plain_errors():
        made = sounds.some(dry.audio, preset.setting, percent / 100, dry.rate)
        player.sound(f"**{percent} % of {verbatim(preset.name)}** on {verbatim(name)}", made, "preset", rate=dry.rate)
    st.download_button(
        "Chain (JSON)", lambda: chain_file.to_json(preset.setting), "chain.json", "application/json", on_click="ignore",
        help="The preset's effects and their knobs in the format of MultiAFx, as latentfx apply reads it.",
    )  # fmt: skip


def _row(name: str, preset: Preset) -> None:
    text, buttons = st.columns([3, 2], vertical_alignment="center")
    text.markdown(f"**{verbatim(preset.name)}** · {preset.setting.text}  \n{_place(preset)}")
    with buttons.container(horizontal=True):
        if point.playable(name, preset.setting, choices.read(choices.Play).p_dimensions):
            st.button(
                "Go there", key=f"p_go_{preset.name}", on_click=point.preset_taken,
                args=(name, preset.setting, preset.played), help="Play this preset again.",
            )  # fmt: skip
        st.button("Remove", key=f"p_remove_{preset.name}", on_click=_remove, args=(preset,), help="Forget this preset.")


def _remove(preset: Preset) -> None:
    """Callback: forget a preset, unless this is a click too many."""
    if monotonic() - choices.get(_REMOVED_S, -DOUBLE_S) < DOUBLE_S:
        return
    choices.put(_REMOVED_S, monotonic())
    kept.remove(preset)


def _place(preset: Preset) -> str:
    """Where on the pad a preset was kept, for people."""
    if (played := preset.played) is None:
        return "From a file"
    place = ", ".join(f"{value:.2f}" for value in played.w)
    return f"{verbatim(played.checkpoint)}, {len(played.w)}-D at ({place})"


def _open() -> None:
    """Callback: keep the presets in a file beside those that are there, or say why not."""
    notes.forget(FILE)
    if (brought := choices.get(choices.uploader(FILE))) is None:
        return
    try:
        found = kept.from_json(brought.getvalue(), brought.name.rpartition(".")[0][:80])
        kept.keep(found)
    except PresetsError as error:
        notes.note(FILE, {"refused": True, "text": sentence(error)})
        return
    count = f"{len(found)} presets" if len(found) != 1 else "1 preset"
    notes.note(FILE, {"refused": False, "text": f"{count} of {verbatim(brought.name)} here."})
