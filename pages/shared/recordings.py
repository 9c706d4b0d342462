"""The shelf: sounds that a visitor brings, uploaded or recorded, kept while he stays and offered wherever a clip is."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import streamlit as st

from core.audio import SAMPLE_RATE, SEGMENT
from core.audio.io import ENDINGS, FORMATS, LATEST_S, MAX_SECONDS, MIN_SECONDS, AudioError, TooLong, check, length_s
from core.audio.own import MOST_SAMPLES, Own, load_own
from pages.shared import choices, names
from pages.shared.memory import kept
from pages.shared.messages import sentence, verbatim

OWN_LABELS = {choices.UPLOAD: "Upload a file", choices.RECORD: "Record now"}
SEGMENT_S = SEGMENT / SAMPLE_RATE
RECORDED_HZ = 48_000
SHELF_BYTES = 100 * 2**20
"""So much a visitor may have on the shelf; a file has 25 MB at most."""

_SHELF, _TAKEN = "shelf", "shelf_taken"
"""Session keys: the recordings; what was removed last, and from which uploader: a browser reports a file in another's
place as a removal first, and the file after that."""
_NO_ROOM = (
    f"Your recordings would fill more than {SHELF_BYTES // 2**20} MB on this server. Please remove one of them first, "
    "where you brought it, or cut this one."
)
_HEARD = f"The model hears {SEGMENT_S:.2f} s: from here on."
_FROM = "Where in the recording the stretch that is used begins."
_LENGTH = f"How much is used from there on: all of it, at most {MAX_SECONDS / 60:.0f} minutes, unless you say less."


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


def beside(more: Iterable[Recording]) -> dict[str, Recording]:
    """The shelf with more recordings on it; AudioError where it has no room for them. Changes nothing."""
    held = shelf() | {one.key: one for one in more}
    if sum(len(one.data) for one in held.values()) > SHELF_BYTES:
        raise AudioError(_NO_ROOM)
    return held


def lay_out(held: dict[str, Recording]) -> None:
    """Make these recordings, by their keys, the shelf."""
    choices.put(_SHELF, held)


def labels() -> dict[str, str]:
    """What a visitor can choose of his own: what lies on the shelf, and the two ways to bring more."""
    found: dict[str, str] = {}
    for key, one in shelf().items():  # of two that are called the same, a picker knows the last alone
        found[key] = names.free(f"{one.name} (yours)", set(found.values()))
    return found | OWN_LABELS


def put_on_shelf(new: Recording) -> str:
    """Put a recording on the shelf that came another way; returns why it cannot lie there, for Markdown, or ""."""
    refused = "" if new.key in shelf() else _refusal(new, shelf())
    if not refused:
        choices.put(_SHELF, shelf() | {new.key: new})
    return refused


def keep_recording(prefix: str, kind: str) -> None:
    """Callback of an uploader or recorder: put its file on the shelf, or take it off where it was removed.

    A file that cannot be used, or that the shelf has no room for, changes nothing; `own_sound` says why.
    """
    file = choices.get(choices.uploader(f"{prefix}_{kind}_file"))
    _keep(prefix, kind, file)
    choices.put(f"{prefix}_{kind}_seen", file and file.file_id)


def _keep(prefix: str, kind: str, file: Any) -> None:
    held = shelf()
    taken: tuple[str, Recording] | None = choices.get(_TAKEN)
    choices.put(_TAKEN, None)
    if file is None and choices.get(f"{prefix}_{kind}_refused"):
        choices.put(f"{prefix}_{kind}_refused", "")
        return
    before = choices.get(f"{prefix}_{kind}_kept")
    others = [getattr(value, "clip", value) for key, value in choices.everything() if key != f"{prefix}_{kind}_kept"]
    if before and before not in [one for one in others if isinstance(one, str)]:
        held.pop(before, None)
    new = None if file is None else Recording(file.name, file.getvalue())
    refused = _refusal(new, held) if new else ""
    choices.put(f"{prefix}_{kind}_refused", refused)
    if refused:
        if taken and taken[0] == f"{prefix}_{kind}" and not put_on_shelf(taken[1]):
            choices.put(f"{prefix}_{kind}_kept", taken[1].key)
        return
    if new:
        held[new.key] = new
    elif before in shelf():
        choices.put(_TAKEN, (f"{prefix}_{kind}", shelf()[before]))
    choices.put(_SHELF, held)
    choices.put(f"{prefix}_{kind}_kept", new.key if new else None)


def _refusal(new: Recording, held: dict[str, Recording]) -> str:
    """Why a file cannot lie on the shelf beside these, for Markdown; "" where it can."""
    if sum(len(one.data) for one in held.values()) + len(new.data) > SHELF_BYTES:
        return _NO_ROOM
    try:
        _all_of(new)
    except AudioError as error:
        return sentence(error)
    return ""


@kept(visitor=True)
def decoded(data: bytes, name: str, start_s: float = 0.0, seconds: float | None = None) -> Own:
    """A visitor's file, or a stretch of it, as what models hear and as it was brought; AudioError where it cannot be
    used."""
    return load_own(data, name, start_s, seconds, MOST_SAMPLES)


@kept(visitor=True)
def lasts_s(data: bytes) -> float | None:
    """How long a visitor's file says that it is; None where that is told by decoding it."""
    return length_s(data)


def own_sound(key: str, kind: str, whole: bool = False, label: str = "") -> tuple[Own | None, str]:
    """A sound the visitor brings and its name; None until there is one; AudioError where it cannot be used.

    key: prefix of the widgets' keys. kind: UPLOAD, RECORD or the key of a recording on the shelf. whole: all of it, or
    the stretch that is chosen, not a segment. label: of the widget.
    """
    brought = shelf().get(kind) or _bring(key, kind, whole, label)
    if brought is None:
        return None, ""
    _, seconds = _all_of(brought)
    start_s, wanted_s = _stretch(key, seconds, whole)
    found = _part_of(brought, start_s, wanted_s)
    of = f" of {seconds:,.1f} s" if np.isfinite(seconds) else ""
    part = f"{len(found.heard) / SAMPLE_RATE:.1f} s{of}, from {start_s:g} s on"
    is_part = start_s or len(found.heard) < (seconds - 0.05) * SAMPLE_RATE
    st.caption(f"{verbatim(brought.name)}, {part if is_part else f'{seconds:.1f} s'}; {found.text}")
    for note in found.notes:
        st.info(sentence(note))
    return found, brought.name


def begun_s(key: str, kind: str, whole: bool = False) -> float:
    """Where in that recording its stretch begins, as the controls stand, in s; whole: as in `own_sound`."""
    brought = chosen(key, kind)
    if brought is None or _all_of(brought)[1] <= SEGMENT_S:  # then there is no control, whatever it was left at
        return 0.0
    return float(choices.get(f"{key}_begin_s" if whole else f"{key}_start_s") or 0.0)


def chosen(key: str, kind: str) -> Recording | None:
    """The recording that `own_sound` takes its stretch from; None where there is none."""
    return shelf().get(kind) or shelf().get(choices.get(f"{key}_{kind}_kept") or "")


def whole(key: str, kind: str) -> Own | None:
    """All of it; None where there is none, or it is too long."""
    brought = chosen(key, kind)
    return None if brought is None else _all_of(brought)[0]


def segment(brought: Recording, start_s: float) -> Own:
    """What `own_sound` takes for a model, from `segment_start_s` on; AudioError where it cannot be used."""
    _, seconds = _all_of(brought)
    return _part_of(brought, float(segment_start_s(brought, start_s)), min(seconds, SEGMENT_S))


def segment_start_s(brought: Recording, start_s: float) -> int:
    """The whole second from which a model hears a recording that is wanted from start_s on: not so late that little is
    left of it."""
    _, seconds = _all_of(brought)
    return min(int(start_s), _last_s(seconds)) if seconds > SEGMENT_S else 0


def _last_s(seconds: float) -> int:
    """The last whole second from which a model may hear a recording of so many."""
    return int(min(seconds, LATEST_S) - SEGMENT_S) + 1


@kept(visitor=True)
def stretch(sound: Own, start: int, stop: int, name: str) -> Own:
    """The samples start ... stop, at 24 kHz, of a sound; AudioError where that is silent or too short."""
    if not start and stop >= len(sound.heard):
        return sound
    part = sound.part(start, stop)
    heard = check(part.heard, name)
    return replace(Own.of(heard), notes=part.notes) if part.plain else replace(part, heard=heard)


def _part_of(brought: Recording, start_s: float, wanted_s: float) -> Own:
    """A stretch of a recording; AudioError where it cannot be used."""
    whole_sound, seconds = _all_of(brought)
    is_whole = not start_s and wanted_s > seconds - 0.05
    if whole_sound is None or (whole_sound.limited and not is_whole):
        return decoded(brought.data, brought.name, start_s, wanted_s)
    start = round(start_s * SAMPLE_RATE)
    return stretch(whole_sound, start, start + round(wanted_s * SAMPLE_RATE), brought.name)


def _all_of(brought: Recording) -> tuple[Own | None, float]:
    """A whole recording, None where that is too long; and how long it lasts in seconds, infinite where nobody knows."""
    said_s = lasts_s(brought.data)
    if said_s is None or said_s <= MAX_SECONDS:
        try:
            sound = decoded(brought.data, brought.name)
        except TooLong:
            said_s = None
        else:
            return sound, len(sound.heard) / SAMPLE_RATE
    return None, said_s or np.inf


def _stretch(key: str, seconds: float, whole: bool) -> tuple[float, float]:
    """Where a stretch of a sound of so many seconds begins, and how long it is; all of it where it is short."""
    if seconds <= SEGMENT_S:
        return 0.0, seconds
    if not whole:
        choices.hold(f"{key}_start_s", _last_s(seconds))
        bound = choices.bound(f"{key}_start_s")
        return float(st.slider("Start (s)", 0, _last_s(seconds), 0, help=_HEARD, **bound)), SEGMENT_S
    last_s = int(10 * (min(seconds, LATEST_S) - MIN_SECONDS)) / 10
    with st.container(horizontal=True):
        choices.hold(f"{key}_begin_s", last_s)
        bound = choices.bound(f"{key}_begin_s")
        start_s = st.number_input("Start (s)", 0.0, last_s, 0.0, 1.0, "%.1f", help=_FROM, width=150, **bound)
        most_s = max(MIN_SECONDS, min(seconds - start_s, MAX_SECONDS))
        choices.hold(f"{key}_length_s", most_s)
        bound = choices.bound(f"{key}_length_s")
        length_s = st.number_input(
            "Length (s)", MIN_SECONDS, most_s, None, 1.0, "%.1f", help=_LENGTH, width=150,
            placeholder="to its end" if most_s < MAX_SECONDS else f"{MAX_SECONDS:.0f}", **bound,
        )  # fmt: skip
    return start_s, length_s or most_s


def _bring(key: str, kind: str, whole: bool, label: str) -> Recording | None:
    """The uploader or recorder, and what it brought; None, with a sentence why, while there is nothing."""
    widget = choices.uploader(f"{key}_{kind}_file")
    remember: dict[str, Any] = {"key": widget, "on_change": keep_recording, "args": (key, kind)}
    if kind == choices.UPLOAD:
        text = label or "A recording"
        about = "It stays in this server's memory."
        st.file_uploader(f"{text} ({FORMATS}, up to 25 MB)", [end[1:] for end in ENDINGS], help=about, **remember)
    else:
        text = "All of it, or a stretch of it, is used." if whole else f"{SEGMENT_S:.1f} seconds of it are used."
        st.audio_input(label or "Your sound", sample_rate=RECORDED_HZ, help=text, **remember)
    file = choices.get(widget)
    if file and file.file_id != choices.get(f"{key}_{kind}_seen"):  # a second file came and cut its callback short
        keep_recording(key, kind)
    brought = shelf().get(choices.get(f"{key}_{kind}_kept") or "")
    refused = choices.get(f"{key}_{kind}_refused")
    if refused and file:  # no more once another page has emptied the uploader
        st.error(refused)
    elif brought is None:
        st.caption("Waiting for a sound.")
    return brought
