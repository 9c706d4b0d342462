"""The sounds that a path joins: for each end a line with its clip, its effects in signal order, and their knobs."""

from typing import Any

import streamlit as st

from core.audio import SAMPLE_RATE
from core.audio.io import AudioError
from core.audio.own import Own
from core.effects import Chain, Setting, effect_named
from core.effects.chain import plainest
from core.paths import arithmetic
from core.paths.route import PathError
from pages.shared import choices, controls, recordings
from pages.shared.controls import CLIP_LABELS, EFFECT_LABELS, Pair
from pages.shared.messages import milliseconds, sentence, verbatim
from pages.shared.recordings import own_sound
from pages.shared.results import sounds

DEFAULTS = {
    "a": ("speech_en_f_allison", "delay"), "b": ("speech_en_f_allison", "overdrive"),
    "c": ("speech_en_f_allison", "reverb"), "d": ("speech_en_f_allison", "phaser"),
}  # fmt: skip


def ends(kind: str, loop: bool) -> list[Pair] | None:
    """The sounds that the path joins, two or four; None, with a sentence why, while one is missing.

    By a difference A, B and C, and D, what the knobs' rule makes of C.

    loop: short sounds are repeated, not ended in silence.
    """
    found = []
    keys = list(DEFAULTS)[: {"corners": 4, "difference": 3}.get(kind, 2)]
    for row in (keys[:2], keys[2:]):  # below each other, too, they are read from A to D
        for key, column in zip(row, st.columns(2, gap="medium") if row else (), strict=False):
            with column:
                found.append(end(key, loop))
    pairs = [pair for pair in found if pair is not None]
    if len(pairs) < len(found):
        st.info("Choose a sound for each end to walk between them.")
        return None
    return [*pairs, by_rule(pairs)] if kind == "difference" else pairs


def by_rule(pairs: list[Pair]) -> Pair:
    """What the difference of the settings of A and B makes of C, to compare with."""
    c = pairs[2]
    chain = arithmetic.by_rule(*(pair.setting for pair in pairs[:3]))
    return Pair(c.clip, chain, f"by the knobs: {chain.text}", c.own, sounds.wet(c.dry, chain))


def end(key: str, loop: bool) -> Pair | None:
    """Controls of one end; None, with a sentence why, while it has no sound. key: "a" ... "d"."""
    keys, (default_clip, default_effect) = choices.PairState(key), DEFAULTS[key]
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key=f"end_{key}"):
        st.markdown(f"**{key.upper()}**", width="content")
        clip = _picker(
            f"Clip of {key.upper()}", _clips(keys.clip, default_clip), default_clip, keys.clip, 156, _CLIP_HELP
        )
        chain = _chain(key, default_effect)
    try:
        shipped = clip in CLIP_LABELS
        dry, name = (Own.of(controls.shipped(key, clip)), CLIP_LABELS[clip]) if shipped else own_sound(key, clip)
        wet, _ = own_sound(f"{key}_wet", choices.UPLOAD, label="The wet sound") if chain is None else (None, "")
    except AudioError as error:
        st.error(sentence(error))
        return None
    start = round(SAMPLE_RATE * (choices.get(keys.offset_s) or 0 if shipped else recordings.begun_s(key, clip)))
    if chain is None:
        return _ready_pair(clip, dry, wet, name, start, loop)
    if dry is None:
        return None
    dry = sounds.stretched(dry, loop)
    return Pair(clip, chain, f"{name} · {chain.text}", dry, sounds.wet(dry.heard, chain), None, start, name)


_CLIP_HELP = "The dry sound. The last two entries take your own recording; it is then offered here."
_EFFECT_HELP = "The effect that makes the wet sound of the dry one; its knobs are beside it."
_NEXT_HELP = "One more effect behind it, up to four. Choosing one that is there already makes the two change places."


def _clips(key: str, default: str) -> dict[str, str]:
    """What can be chosen as a clip; a recording that is gone is chosen no more. key: of the picker."""
    known = CLIP_LABELS | recordings.labels()
    if choices.get(key) not in (None, *known):
        choices.put(key, default)
    return known


def _picker(
    label: str, labels: dict[str, str], default: str, key: str, width: int, text: str, **events: Any
) -> str:  # fmt: skip
    names = list(labels)
    return st.selectbox(
        label, names, names.index(default), labels.__getitem__, help=text, label_visibility="collapsed", width=width,
        **events, **choices.bound(key),
    )  # fmt: skip


def _chain(key: str, default: str) -> Setting | Chain | None:
    """Controls of an end's effects; None where the wet sound is brought. PathError where one comes twice."""
    first, *others = choices.PairState(key).slots
    labels = EFFECT_LABELS | {choices.NONE: "No effect", choices.READY: "None: upload the wet sound"}
    arrange: dict[str, Any] = {"on_change": _arrange, "args": (key,)}
    effect: str | None = _picker(f"Effect of {key.upper()}", labels, default, first, 130, _EFFECT_HELP, **arrange)
    names: list[str] = []
    if effect == choices.READY:
        return None
    settings: list[Setting] = []
    while effect is not None and effect != choices.NONE:
        if effect in names:
            raise PathError(f"{EFFECT_LABELS[effect]} is twice in {key.upper()}: each effect comes once in a chain. "
                            "Please choose another for one of them.")  # fmt: skip
        names.append(effect)
        settings.append(_knobs(key, effect, len(names)))
        if len(names) > len(others):
            break
        slot = others[len(names) - 1]
        effect = st.selectbox(
            f"Effect {len(names) + 1} of {key.upper()}", list(EFFECT_LABELS), None, EFFECT_LABELS.__getitem__,
            placeholder="+", help=_NEXT_HELP, label_visibility="collapsed",
            width=165 if choices.get(slot) or slot in st.query_params else 60, **arrange, **choices.bound(slot),
        )  # fmt: skip
    choices.put(f"{key}_names", tuple(names))
    return plainest(Chain(tuple(settings)))


def _arrange(key: str) -> None:
    """Callback: an effect that is chosen again changes places with the one it replaces; none leaves a gap."""
    before = choices.get(f"{key}_names", ())
    now = [choices.get(slot) for slot in choices.PairState(key).slots]
    if now[0] == choices.READY:
        return
    for place, name in enumerate(now):
        twice = [other for other in range(len(now)) if other != place and now[other] == name and name in EFFECT_LABELS]
        if twice and before[place : place + 1] != (name,):
            now[twice[0]] = before[place] if place < len(before) else None
    choices.set_slots(key, [name for name in now if name in EFFECT_LABELS])


def _knobs(key: str, effect: str, place: int) -> Setting:
    """The knobs of an effect, behind a button; place: of the effect in its chain, from 1 on."""
    label = EFFECT_LABELS[effect]
    with st.popover("Knobs", key=f"{key}_knobs{place}", help=f"The knobs of {label} at {key.upper()}."):
        st.markdown(f"**{label}**")
        return Setting(
            effect,
            tuple(
                controls.knob(choices.PairState(key).knob(effect, parameter.name), parameter)
                for parameter in effect_named(effect).parameters
            ),
        )


def _ready_pair(clip: str, dry: Own | None, wet: Own | None, name: str, start: int, loop: bool) -> Pair | None:
    """A pair whose wet sound the visitor brings; its setting is the nearest one, see Explorer.match."""
    if dry is None or wet is None:
        return None
    dry_sound, wet_sound, rate = sounds.together(dry, wet)
    found = sounds.match(choices.checkpoint(), dry_sound, wet_sound, 0, rate)
    setting = found.one_effect
    moved = f"{milliseconds(found.lag, rate)} {'late' if found.lag > 0 else 'early'}; moved. "
    turned = f"The wet sound is {abs(found.gain_db):.1f} dB {'louder' if found.gain_db > 0 else 'softer'} than this. "
    st.caption(
        f"{'The wet sound came ' + moved if found.lag else ''}{turned if found.gain_db else ''}"
        f"Nearest setting: {verbatim(setting.text)}"
        + ("" if found.explained else ". No effect here explains the sound well; re-rendered, it will differ.")
    )
    dry, wet = (sounds.stretched(sounds.as_own(sound, rate), loop) for sound in (found.dry, found.wet))
    return Pair(clip, setting, f"{name} · a ready pair, near {setting.text}", dry, wet.heard, wet.audio, start, name)
