"""A player that moves along a path of sounds, or over a square of them, while they play: drag, and hear it at once.

The browser holds every sound and only moves gains, so a drag costs no server round trip. It reports which sounds it
holds; the caller sends the others, a few at a time, and none twice. Releasing the handle reports the position.
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from pages.widgets.shared import bytes as packed
from pages.widgets.shared import component

_mount = component("morph")


def morph(
    key: str,
    sounds: Mapping[str, np.ndarray],
    held: Sequence[str],
    *,
    version: str,
    voice: str,
    labels: Sequence[str],
    samples: int,
    rate: int,
    position: float | tuple[float, float],
    moves: int = 0,
    gains: Mapping[str, float] = MappingProxyType({}),
    side: int = 0,
    strip: str | None = None,
    letters: Sequence[str] = ("A", "B"),
    on_release: Callable[[], None],
) -> None:
    """Show the player.

    sounds: "voice/step" (step 0, 1, ...) -> sound (samples,) in [-1, 1] to send now, the ends or corners first. held:
    the keys that the browser said it has of this version. version: names the path; sounds of another version are let
    go once the first new one is there. voice: the one to be heard; until one of its sounds is there the former goes on.
    gains: linear gain of each key, to match loudness; 1 where there is none. rate: of the sounds in Hz.
    side: 0 for a line of len(labels) steps; n for a square of n x n, step = row * n + column, row 0 at the top.
    labels: one a step; those of the ends, or of the corners A, B (top) and C, D (bottom), are shown.
    letters: what the ends of a line are called.
    position: where a player that has just appeared starts, 0 (first step) ... 1 (last), or (right, down), each 0 ... 1.
    moves: another number than before puts the handle of a player that is already there at position, too.
    strip: key of the st.container that shows the film strip, for the playhead: any element in it with data-step="3" is
    a panel of step 3, as long as the sounds from its left edge to its right.
    on_release: called before the rerun that a release makes. The component's state under `key` then has `position`:
    {"at": number or [right, down], "when_ms": by the browser's clock}, and `held`: {"version": str, "keys": [str]};
    each arrival makes one rerun of its own.

    ValueError where a square has not n x n labels, or a sound not as many samples as the others.
    """
    data = pack(
        sounds, held, version=version, voice=voice, labels=labels, samples=samples, rate=rate, position=position,
        moves=moves, gains=gains, side=side, strip=strip, letters=list(letters),
    )  # fmt: skip
    _mount(key=key, data=data, on_position_change=on_release, on_held_change=lambda: None)


def pack(sounds: Mapping[str, np.ndarray], held: Sequence[str] = (), **header: Any) -> bytes:
    """What the browser is sent: a header, then the sounds as Int16. Arguments as of `morph`."""
    side, labels, samples = header.get("side", 0), list(header["labels"]), header["samples"]
    if side and len(labels) != side * side:
        raise ValueError(f"A square of side {side} needs {side * side} labels, not {len(labels)}.")
    if wrong := {name: np.shape(sound) for name, sound in sounds.items() if np.shape(sound) != (samples,)}:
        raise ValueError(f"Every sound needs the shape ({samples},); these have others: {wrong}.")
    header |= {"labels": labels, "gains": dict(header.get("gains", {})), "side": side}
    header |= {"held": sorted(held), "sent": list(sounds)}
    return packed.pack(header, map(packed.int16, sounds.values()))
