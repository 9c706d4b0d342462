"""A player for comparing sounds: all run in a loop together, one is heard, and its spectrogram has a cursor.

The browser holds every sound and only moves gains, so switching costs no server round trip and leaves no gap. It
reports which sounds it holds; the caller sends the others, and none twice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pages.widgets.shared import bytes as packed
from pages.widgets.shared import component

_mount = component("ab")


@dataclass(frozen=True)
class Track:
    """A sound as the player wants it.

    id: changes with the sound. flac: its samples, lossless. picture: its spectrogram, a byte a cell, row by row from
    the lowest band, 0 at the floor and 255 at 0 dB. columns: cells in a row. loudness_lufs, peak: of the samples.
    """

    id: str
    flac: bytes
    picture: bytes
    columns: int
    loudness_lufs: float
    peak: float


def ab(key: str, tracks: Mapping[str, Track], texts: Sequence[str], held: Sequence[str], **fixed: Any) -> None:
    """Show the player.

    tracks: label -> sound, all equally long; the second one is the reference whose loudness the others can be given.
    texts: what to say of each. held: ids that the browser said it has of this version.
    fixed: version (another one lets all sounds go), rate (Hz), seconds, start_s (what time the beginning is called),
    ticks_hz ([[label, share of the height]]), colours (hex, from the floor to 0 dB), follow (label of the sound that is
    chosen whenever it becomes another one; "": none).
    The component's state under `key` then has `held`: {"version": str, "ids": [str]}.
    """
    _mount(key=key, data=pack(tracks, texts, held, **fixed), on_held_change=lambda: None)


def pack(tracks: Mapping[str, Track], texts: Sequence[str], held: Sequence[str] = (), **fixed: Any) -> bytes:
    """What the browser is sent: a header, then FLAC and picture of each sound that it lacks. Arguments as of `ab`."""
    loudness = [track.loudness_lufs for track in tracks.values()]
    match = [_gain(loudness[1] - one) for one in loudness]
    loudest = max(track.peak * max(1.0, gain) for track, gain in zip(tracks.values(), match, strict=True))
    new = {track.id: track for track in tracks.values() if track.id not in held}
    header = fixed | {
        "sounds": [
            {"id": track.id, "label": label, "text": text, "gain": gain}
            for (label, track), text, gain in zip(tracks.items(), texts, match, strict=True)
        ],
        "headroom": min(1.0, 0.98 / max(loudest, 1e-6)),  # one factor for all, so that none clips
        "held": sorted(held),
        "sent": [{"id": one.id, "columns": one.columns} for one in new.values()],
    }
    files = [part for track in new.values() for part in (track.flac, track.picture)]
    return packed.pack(header, files)


def _gain(change_db: float) -> float:
    """Linear gain for a change in dB; 1 where a sound has no loudness."""
    return 10 ** (change_db / 20) if abs(change_db) < 60 else 1.0
