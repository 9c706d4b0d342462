"""Sounds that a visitor brings: uploaded or recorded, kept while he stays."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.audio import SAMPLE_RATE, SEGMENT
from core.audio.io import FORMATS, check
from pages.shared import choices
from pages.shared.choices import get, put
from pages.shared.results import sounds


@dataclass(frozen=True)
class Recording:
    """A sound the visitor brought, as the encoded bytes of a file."""

    name: str
    data: bytes


def keep_recording(prefix: str, kind: str) -> None:
    """Callback of an uploader or recorder: remember its file (or that it was removed) across page changes."""
    file = get(f"{prefix}_{kind}_file")
    put(f"{prefix}_{kind}_kept", None if file is None else Recording(file.name, file.getvalue()))


def recording(prefix: str, kind: str) -> Recording | None:
    """What `keep_recording` remembers, kind UPLOAD or RECORD."""
    return get(f"{prefix}_{kind}_kept")


def excerpt(audio: np.ndarray, start: int, name: str) -> np.ndarray:
    """The segment of audio (time,) a model sees, from sample `start`; AudioError where it is silent or too short."""
    return check(audio[start : start + SEGMENT], name)


OWN_LABELS = {choices.UPLOAD: "Upload a file", choices.RECORD: "Record now"}


def own_sound(key: str, kind: str, whole: bool = False, label: str = "") -> tuple[np.ndarray | None, str]:
    """A sound the visitor brings (time,) and its name; None until there is one; AudioError where it cannot be used.

    key: prefix of the widgets' keys. kind: UPLOAD or RECORD. whole: all of it, not a segment. label: of the widget.
    """
    remember = {"key": f"{key}_{kind}_file", "on_change": keep_recording, "args": (key, kind)}
    if kind == choices.UPLOAD:
        text = label or "A recording"
        st.file_uploader(f"{text} ({FORMATS}, up to 25 MB)", help="It stays on this server's memory.", **remember)
    else:
        text = "All of it is used, up to 10 minutes." if whole else "The first 5.5 seconds are used."
        st.audio_input(label or "Your sound", sample_rate=SAMPLE_RATE, help=text, **remember)
    kept = recording(key, kind)
    if kept is None:
        st.caption("Waiting for a sound.")
        return None, ""
    sound = sounds.recording(kept.data, kept.name)
    start = 0
    if len(sound) > SEGMENT and not whole:
        last = (len(sound) - SEGMENT) // SAMPLE_RATE
        start = SAMPLE_RATE * st.slider(
            "Start (s)", 0, last + 1, 0, help="The model hears 5.46 s: from here on.", **choices.bound(f"{key}_start_s")
        )
    st.caption(f"{kept.name}, {len(sound) / SAMPLE_RATE:.1f} s")
    return (sound if whole else excerpt(sound, start, kept.name)), kept.name
