"""The shelf: sounds that a visitor brings, uploaded or recorded, kept while he stays and offered wherever a clip is."""

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from core.audio import SAMPLE_RATE, SEGMENT
from core.audio.io import FORMATS, check, read
from pages.shared import choices
from pages.shared.memory import kept
from pages.shared.messages import verbatim

OWN_LABELS = {choices.UPLOAD: "Upload a file", choices.RECORD: "Record now"}
SHELF_BYTES = 100 * 2**20
"""So much a visitor may have on the shelf; a file has 25 MB at most."""

_SHELF = "shelf"


@dataclass(frozen=True)
class Recording:
    """A sound the visitor brought, as the encoded bytes of a file."""

    name: str
    data: bytes

    @property
    def key(self) -> str:
        """What it is called where clips are chosen: the same for the same bytes."""
        return f"own-{hashlib.blake2b(self.data, digest_size=6).hexdigest()}"


def shelf() -> dict[str, Recording]:
    """The visitor's recordings by their keys, oldest first."""
    return dict(choices.get(_SHELF, {}))


def labels() -> dict[str, str]:
    """What a visitor can choose of his own: what lies on the shelf, and the two ways to bring more."""
    return {key: f"{one.name} (yours)" for key, one in shelf().items()} | OWN_LABELS


def keep_recording(prefix: str, kind: str) -> None:
    """Callback of an uploader or recorder: put its file on the shelf, or take it off where it was removed.

    Where the shelf would hold too much, the file stays off it, and `own_sound` says so.
    """
    file, held = choices.get(f"{prefix}_{kind}_file"), shelf()
    before = choices.get(f"{prefix}_{kind}_kept")
    others = [value for key, value in choices.everything() if key != f"{prefix}_{kind}_kept" and isinstance(value, str)]
    if before and before not in others:
        held.pop(before, None)
    new = None if file is None else Recording(file.name, file.getvalue())
    full = new is not None and sum(len(one.data) for one in held.values()) + len(new.data) > SHELF_BYTES
    if new and not full:
        held[new.key] = new
    choices.put(_SHELF, held)
    choices.put(f"{prefix}_{kind}_kept", new.key if new and not full else None)
    choices.put(f"{prefix}_{kind}_full", full)


@kept(visitor=True)
def decoded(data: bytes, name: str) -> np.ndarray:
    """A visitor's file as sound (time,) at 24 kHz; AudioError where it cannot be used."""
    return read(data, name)


def excerpt(audio: np.ndarray, start: int, name: str) -> np.ndarray:
    """The segment of audio (time,) a model sees, from sample `start`; AudioError where it is silent or too short."""
    return check(audio[start : start + SEGMENT], name)


def own_sound(key: str, kind: str, whole: bool = False, label: str = "") -> tuple[np.ndarray | None, str]:
    """A sound the visitor brings (time,) and its name; None until there is one; AudioError where it cannot be used.

    key: prefix of the widgets' keys. kind: UPLOAD, RECORD or the key of a recording on the shelf. whole: all of it, not
    a segment. label: of the widget.
    """
    brought = shelf().get(kind) or _bring(key, kind, whole, label)
    if brought is None:
        return None, ""
    sound = decoded(brought.data, brought.name)
    start = 0
    if len(sound) > SEGMENT and not whole:
        last = (len(sound) - SEGMENT) // SAMPLE_RATE
        start = SAMPLE_RATE * st.slider(
            "Start (s)", 0, last + 1, 0, help="The model hears 5.46 s: from here on.", **choices.bound(f"{key}_start_s")
        )
    st.caption(f"{verbatim(brought.name)}, {len(sound) / SAMPLE_RATE:.1f} s")
    return (sound if whole else excerpt(sound, start, brought.name)), brought.name


def _bring(key: str, kind: str, whole: bool, label: str) -> Recording | None:
    """The uploader or recorder, and what it brought; None, with a sentence why, while there is nothing."""
    remember: dict[str, Any] = {"key": f"{key}_{kind}_file", "on_change": keep_recording, "args": (key, kind)}
    if kind == choices.UPLOAD:
        text = label or "A recording"
        st.file_uploader(f"{text} ({FORMATS}, up to 25 MB)", help="It stays on this server's memory.", **remember)
    else:
        text = "All of it is used, up to 10 minutes." if whole else "The first 5.5 seconds are used."
        st.audio_input(label or "Your sound", sample_rate=SAMPLE_RATE, help=text, **remember)
    brought = shelf().get(choices.get(f"{key}_{kind}_kept") or "")
    if choices.get(f"{key}_{kind}_full"):
        st.error(
            f"Your recordings would fill more than {SHELF_BYTES // 2**20} MB on this server. Please remove one of them "
            "first, where you brought it, or cut this one."
        )
    elif brought is None:
        st.caption("Waiting for a sound.")
    return brought
