"""Controls built from what core declares: clips, effects, parameters. Each owns its keys (see choices.py)."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from core.audio import SAMPLE_RATE
from core.audio.clips import clips
from core.audio.io import AudioError
from core.audio.own import Own
from core.effects import EFFECTS, Chain, Parameter, Setting, effect_named
from pages.shared import choices, recordings
from pages.shared.figures import theme
from pages.shared.messages import sentence
from pages.shared.results import checkpoints, sounds

CLIP_LABELS = {clip.name: clip.label for clip in clips()}
EFFECT_LABELS = theme.EFFECT_LABELS
TABLE: dict[str, Any] = {"border": "horizontal", "hide_index": True, "hide_header": False}
"""For st.table with columns of Markdown, name: cells."""


@dataclass(frozen=True)
class Pair:
    """What a pair picker holds: the dry sound, the clip's name, the setting, one line that says both.

    wet (time,): as models hear it. ready_wet: the wet sound that was brought as it is, at the rate and in the channels
    of own.audio; the setting is then the nearest one. start: where in its recording the dry sound begins, in samples at
    24 kHz. name: of the recording, where a visitor brought it.
    """

    clip: str
    setting: Setting | Chain
    label: str
    own: Own
    wet: np.ndarray
    ready_wet: np.ndarray | None = None
    start: int = 0
    name: str = ""

    @property
    def dry(self) -> np.ndarray:
        """(time,) as models hear it."""
        return self.own.heard

    @property
    def ready(self) -> bool:
        """Whether the wet sound was brought, too."""
        return self.ready_wet is not None

    @property
    def own_wet(self) -> np.ndarray:
        """The wet sound at the rate and in the channels of own.audio."""
        if self.own.plain and self.ready_wet is None:
            return self.wet
        return sounds.wet(self.own.audio, self.setting, self.own.rate) if self.ready_wet is None else self.ready_wet


def clip_picker(key: str, default: str, own: bool = False) -> str:
    """Name of a shipped clip; with own also UPLOAD, RECORD or the key of a recording on the shelf."""
    labels = CLIP_LABELS | recordings.labels() if own else CLIP_LABELS
    names = list(labels)
    text = "The dry sound." + (" The last two entries take your own recording; it is then offered here." if own else "")
    if choices.get(key) not in (None, *names):  # a recording that is gone
        choices.put(key, default)
    return st.selectbox("Clip", names, names.index(default), labels.__getitem__, help=text, **choices.bound(key))


def effect_picker(key: str, default: str) -> str:
    """Name of an effect."""
    names = list(EFFECT_LABELS)
    lines = "  \n".join(f"**{effect.label}**: {effect.description}" for effect in EFFECTS)
    return st.selectbox(
        "Effect", names, names.index(default), EFFECT_LABELS.__getitem__, help=lines, **choices.bound(key)
    )


def other_checkpoint(key: str) -> str:
    """Name of a checkpoint beside the one in use; "" while none is chosen."""
    others = [name for name in checkpoints.checkpoints() if name != choices.checkpoint()]
    if choices.get(key) not in (None, "", *others):  # it is the one in use now, or gone
        choices.put(key, "")
    return st.selectbox(
        "Beside checkpoint", ["", *others], format_func=lambda name: name or "None", width=240,
        help="Another trained model, to hear what both make of the same sounds.", **choices.bound(key),
    )  # fmt: skip


def knob(key: str, parameter: Parameter, **events: Any) -> float:
    """A slider for one parameter: shows values in its unit, returns the knob position in [0, 1].

    events: what to call when it is moved, as st.select_slider takes it (on_change, args).
    """
    return st.select_slider(
        parameter.title,
        choices.positions(parameter),
        parameter.to_unit(parameter.default),
        parameter.text,
        help=f"{parameter.description} From {parameter.text(0.0)} to {parameter.text(1.0)}.",
        **events,
        **choices.bound(key),
    )


def dry_picker(key: str, default: str, whole: bool = False) -> tuple[str, Own | None, str]:
    """A clip (shipped, uploaded or recorded), its sound, and its name for people.

    key: prefix of the widgets' keys, see state.PairState. The sound is None, with a sentence why, while there is none.
    whole: as in `own_sound`.
    """
    clip = clip_picker(choices.PairState(key).clip, default, own=True)
    try:
        if clip in CLIP_LABELS:
            return clip, Own.of(shipped(key, clip)), CLIP_LABELS[clip]
        return clip, *recordings.own_sound(key, clip, whole)
    except AudioError as error:
        st.error(sentence(error))
        return clip, None, ""


def shipped(key: str, clip: str) -> np.ndarray:
    """A shipped clip (time,): all of it, or what is heard of it at the point of the map that was sent here."""
    place = choices.PairState(key).offset_s
    if not choices.get(place) and place not in st.query_params:
        return sounds.clip(clip)
    offset_s = st.number_input(
        "Start (s)", 0.0, 60.0, 0.0, 0.1, "%.3f", **choices.bound(place),
        help="The point of the map begins here in the clip, which is played in a loop. 0: all of the clip.",
    )  # fmt: skip
    return sounds.clip_segment(clip, round(offset_s * SAMPLE_RATE)) if offset_s else sounds.clip(clip)


def pair_picker(
    key: str, label: str, default_clip: str, default_effect: str, whole: bool = False
) -> Pair | None:  # fmt: skip
    """Controls of one pair: a clip (shipped, uploaded or recorded), an effect, and a slider for each parameter.

    key: prefix of the widgets' keys, see state.PairState. Returns None, with a sentence why, while there is no sound.
    whole: as in `own_sound`.
    """
    keys = choices.PairState(key)
    if label:
        st.markdown(f"**{label}**")
    clip, dry, name = dry_picker(key, default_clip, whole)
    effect = effect_picker(keys.effect, default_effect)
    values = [knob(keys.knob(effect, parameter.name), parameter) for parameter in effect_named(effect).parameters]
    if dry is None:
        return None
    setting = Setting(effect, tuple(values))
    return Pair(clip, setting, f"{name} · {setting.text}", dry, sounds.wet(dry.heard, setting))


COLOURS = {
    "effect": "Effect",
    "loudness": "Loudness (LUFS)",
    "brightness": "Brightness (Hz)",
    **{
        f"{effect.name}.{parameter.name}": f"{effect.label}: {parameter.title[0].lower()}{parameter.title[1:]}"
        for effect in EFFECTS
        for parameter in effect.parameters
    },
}


def send_buttons(clip: str, setting: Setting | Chain, offset_s: float = 0.0, start_s: float = 0.0) -> None:
    """Make this pair A or B of the interpolation; offset_s: where in the clip, played in a loop, it begins; start_s:
    where in a recording of the visitor's."""
    with st.container(horizontal=True, vertical_alignment="center"):
        for slot in ("a", "b"):
            if st.button(
                f"Send to {slot.upper()}",
                key=f"send_{slot}",
                on_click=choices.send,
                args=(slot, clip, setting, offset_s, start_s),
                help=f"Make this clip and setting the {'start' if slot == 'a' else 'end'} of the path on Interpolate.",
            ):
                st.toast(f"{setting.text} is now {slot.upper()} on the page Interpolate.")
        st.page_link("pages/interpolate/page.py", label="Interpolate", icon=":material/arrow_forward:")
