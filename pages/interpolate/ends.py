"""The sounds that a path joins: for each end one line with its clip, its effect, and its knobs behind a button."""

import streamlit as st

from core.audio.io import AudioError
from core.audio.own import Own
from core.effects import Setting, effect_named
from pages.shared import choices, controls, recordings
from pages.shared.controls import CLIP_LABELS, EFFECT_LABELS, Pair
from pages.shared.messages import sentence, verbatim
from pages.shared.recordings import own_sound
from pages.shared.results import sounds

DEFAULTS = {
    "a": ("speech_en_f_allison", "delay"), "b": ("speech_en_f_allison", "overdrive"),
    "c": ("speech_en_f_allison", "reverb"), "d": ("speech_en_f_allison", "phaser"),
}  # fmt: skip


def ends(kind: str, loop: bool) -> list[Pair] | None:
    """The sounds that the path joins, two or four; None, with a sentence why, while one is missing.

    loop: short sounds are repeated, not ended in silence.
    """
    columns = st.columns(2, gap="medium")
    found = []
    for number, key in enumerate(DEFAULTS if kind == "corners" else ("a", "b")):
        with columns[number % 2]:
            found.append(end(key, loop))
    pairs = [pair for pair in found if pair is not None]
    if len(pairs) < len(found):
        st.info("Choose a sound for each end to walk between them.")
        return None
    return pairs


def end(key: str, loop: bool) -> Pair | None:
    """Controls of one end; None, with a sentence why, while it has no sound. key: "a" ... "d"."""
    keys, (default_clip, default_effect) = choices.PairState(key), DEFAULTS[key]
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key=f"end_{key}"):
        st.markdown(f"**{key.upper()}**", width="content")
        clip = _picker(
            f"Clip of {key.upper()}", _clips(keys.clip, default_clip), default_clip, keys.clip, 195, _CLIP_HELP
        )
        labels = EFFECT_LABELS | {choices.READY: "None: upload the wet sound"}
        effect = _picker(f"Effect of {key.upper()}", labels, default_effect, keys.effect, 145, _EFFECT_HELP)
        setting = _knobs(key, effect) if effect != choices.READY else None
    try:
        shipped = clip in CLIP_LABELS
        dry, name = (Own.of(controls.shipped(key, clip)), CLIP_LABELS[clip]) if shipped else own_sound(key, clip)
        wet, _ = own_sound(f"{key}_wet", choices.UPLOAD, label="The wet sound") if setting is None else (None, "")
    except AudioError as error:
        st.error(sentence(error))
        return None
    if setting is None:
        return _ready_pair(clip, dry, wet, name, loop)
    if dry is None:
        return None
    dry = sounds.stretched(dry, loop)
    return Pair(clip, setting, f"{name} · {setting.text}", dry, sounds.wet(dry.heard, setting))


_CLIP_HELP = "The dry sound. The last two entries take your own recording; it is then offered here."
_EFFECT_HELP = "The effect that makes the wet sound of the dry one; its knobs are beside it."


def _clips(key: str, default: str) -> dict[str, str]:
    """What can be chosen as a clip; a recording that is gone is chosen no more. key: of the picker."""
    known = CLIP_LABELS | recordings.labels()
    if choices.get(key) not in (None, *known):
        choices.put(key, default)
    return known


def _picker(label: str, labels: dict[str, str], default: str, key: str, width: int, text: str) -> str:
    names = list(labels)
    return st.selectbox(
        label, names, names.index(default), labels.__getitem__, help=text, label_visibility="collapsed", width=width,
        **choices.bound(key),
    )  # fmt: skip


def _knobs(key: str, effect: str) -> Setting:
    """The knobs of an effect, behind a button."""
    with st.popover("Knobs", key=f"{key}_knobs", help=f"The knobs of {EFFECT_LABELS[effect]} at {key.upper()}."):
        return Setting(
            effect,
            tuple(
                controls.knob(choices.PairState(key).knob(effect, parameter.name), parameter)
                for parameter in effect_named(effect).parameters
            ),
        )


def _ready_pair(clip: str, dry: Own | None, wet: Own | None, name: str, loop: bool) -> Pair | None:
    """A pair whose wet sound the visitor brings; its setting is the nearest one, see Explorer.match."""
    if dry is None or wet is None:
        return None
    dry_sound, wet_sound, rate = sounds.together(dry, wet)
    found = sounds.match(choices.checkpoint(), dry_sound, wet_sound, 0, rate)
    setting = found.answer.setting or found.estimate.setting
    moved = f"{abs(found.lag) / rate * 1000:.1f} ms {'late' if found.lag > 0 else 'early'}; moved. "
    turned = f"The wet sound is {abs(found.gain_db):.1f} dB {'louder' if found.gain_db > 0 else 'softer'} than this. "
    st.caption(
        f"{'The wet sound came ' + moved if found.lag else ''}{turned if found.gain_db else ''}"
        f"Nearest setting: {verbatim(setting.text)}"
        + ("" if found.explained else ". No effect here explains the sound well; re-rendered, it will differ.")
    )
    dry, wet = (sounds.stretched(sounds.as_own(sound, rate), loop) for sound in (found.dry, found.wet))
    return Pair(clip, setting, f"{name} · a ready pair, near {setting.text}", dry, wet.heard, wet.audio)
