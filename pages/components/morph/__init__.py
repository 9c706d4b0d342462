"""A player that moves along a path of sounds while they play: drag, and hear it at once.

The browser holds every sound and only moves gains, so a drag costs no server round trip. It reports which sounds it
holds; the caller sends the others, a few at a time, and none twice. Releasing the handle reports the position.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import streamlit as st

_HERE = Path(__file__).parent
_mount = st.components.v2.component(
    "latentfx.morph",
    html=(_HERE / "morph.html").read_text(encoding="utf-8"),
    css=(_HERE / "morph.css").read_text(encoding="utf-8"),
    js=(_HERE / "morph.js").read_text(encoding="utf-8"),
)


def morph(
    key: str,
    sounds: Mapping[int, np.ndarray],
    held: Sequence[int],
    *,
    version: str,
    labels: Sequence[str],
    samples: int,
    rate: int,
    position: float,
    on_release: Callable[[], None],
) -> None:
    """Show the player.

    sounds: step -> sound (samples,) to send now; held: the steps that the browser said it has of this version.
    version: names the path; sounds of another version are let go. labels: one a step, the ends' are shown.
    position: where a player that has just appeared starts, 0 (first step) ... 1 (last step).
    on_release: called before the rerun that a release makes. The component's state under `key` then has `position`
    and `held`: {"version": str, "steps": [int]}; each sound that arrives makes one rerun of its own.
    """
    header = {
        "version": version,
        "labels": list(labels),
        "samples": samples,
        "rate": rate,
        "position": position,
        "held": sorted(held),
        "sent": list(sounds),
    }
    # Streamlit passes bytes on untouched only where they are the whole of the data: one line of JSON, then Int16.
    waves = [(np.clip(sound, -1.0, 1.0) * 32767).astype("<i2").tobytes() for sound in sounds.values()]
    data = json.dumps(header).encode() + b"\n" + b"".join(waves)
    _mount(key=key, data=data, on_position_change=on_release, on_held_change=lambda: None)
