"""Knobs locked out of the morph: which, what that makes of the ends, and which voices cannot hold them."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from core.effects import EFFECTS, Chain, Setting
from core.paths.lock import Lock, lockable
from pages.interpolate.controls import VOICES
from pages.shared import choices
from pages.shared.controls import Pair
from pages.shared.results import sounds

LABELS = {
    f"{effect.name}.{knob.name}": f"{effect.label} · {knob.label.lower()}"
    for effect in EFFECTS
    for knob in effect.parameters
}
EXACT = ("re-rendered", "parameter line")
"""Voices that play knobs."""


def picker(pairs: Sequence[Pair]) -> tuple[str, ...]:
    """Which knobs stay at A's value, of those that the ends share."""
    offered = lockable([pair.setting for pair in pairs])
    return tuple(
        st.multiselect(
            "Lock knobs", offered, format_func=LABELS.__getitem__, width=480,
            placeholder="None: all knobs move" if offered else "None: A shares no effect with another end",
            help="A locked knob stays at A's value all along the path, at the other ends, too, while everything else "
            "morphs. Offered are the knobs of effects that A and another end have.",
            **choices.bound("locked"),
        )
    )  # fmt: skip


def held(pairs: Sequence[Pair], locked: Sequence[str]) -> list[Pair]:
    """The pairs as they are played, locked knobs at A's value. A wet sound that was brought stays as it is."""
    settings = [pair.setting for pair in pairs]
    played = Lock.of(locked, settings).ends(settings)
    return [pair if own == pair.setting else _with(pair, own) for pair, own in zip(pairs, played, strict=True)]


def _with(pair: Pair, setting: Setting | Chain) -> Pair:
    if pair.ready:
        return replace(pair, setting=setting)
    label = pair.label.removesuffix(pair.setting.text) + setting.text
    return replace(pair, setting=setting, label=label, wet=sounds.wet(pair.dry, setting))


def told(chosen: Sequence[Pair], ends: Sequence[Pair], locked: Sequence[str]) -> None:
    """Say which ends are played otherwise than they were chosen. ends: as they are played."""
    others = [
        (letter, pair) for letter, pair, end in zip("ABCD", chosen, ends, strict=False) if pair.setting != end.setting
    ]
    if others:
        letters, knobs = " and ".join(letter for letter, _ in others), ", ".join(LABELS[name] for name in locked)
        st.caption(
            f"Locked: {knobs}. So {letters} {'is' if len(others) == 1 else 'are'} played with A's value there"
            + (", but for wet sounds that were brought." if any(pair.ready for _, pair in others) else ".")
        )


def told_of_voice(voice: str, locked: Sequence[str]) -> None:
    """Say where a voice plays no knobs that could be held."""
    if locked and voice not in EXACT:
        exact = " and ".join(f"“{VOICES[name]}”" for name in EXACT)
        st.caption(
            f"“{VOICES[voice]}” plays no knobs: between the ends a locked one only stays about where it is. {exact} "
            "hold it exactly."
        )
