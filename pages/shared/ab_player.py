"""Sounds beside each other in the player that switches between them, and each of them alone with its download."""

from collections.abc import Callable, Mapping

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from plotly.colors import get_colorscale

from core.audio import SAMPLE_RATE
from core.audio.measure import FLOOR_DB
from pages.shared import choices, player
from pages.shared.figures import spectrograms
from pages.shared.figures.chart import take
from pages.shared.figures.theme import COLOUR_MAP
from pages.shared.messages import verbatim
from pages.shared.results.sounds import played, track, track_hz
from pages.widgets.ab import ab

MARKS_HZ = (200, 500, 1000, 2000, 5000, 10000)


def ab_player(
    key: str, sounds: Mapping[str, np.ndarray], texts: Mapping[str, str], version: str, start_s: int = 0,
    rate: int = SAMPLE_RATE, follow: str = "",
) -> None:  # fmt: skip
    """The player: all sounds run together and one is heard, over its spectrogram.

    sounds: label -> sound, (time,) or (channel, time), at `rate` Hz, all equally long; the second one is the reference
    for loudness. texts: what to say of each, by label. version: names what the sounds are about; of another one the
    player begins anew. start_s: what time their beginning is called. follow: label of the sound that is heard as soon
    as it becomes another one.
    """
    held = (choices.get(key) or {}).get("held") or {}
    heard = {label: played(sound, rate) for label, sound in sounds.items()}
    ab(
        key,
        {label: track(*sound) for label, sound in heard.items()},
        [texts[label] for label in sounds],
        held.get("ids", []) if held.get("version") == version else [],
        version=version,
        rate=next(iter(heard.values()))[1],
        seconds=next(iter(sounds.values())).shape[-1] / rate,
        start_s=start_s,
        ticks_hz=frequency_ticks(track_hz()),
        colours=colour_stops(),
        follow=follow,
    )


def all_sounds(key: str, sounds: Callable[[], Mapping[str, np.ndarray]], file: str, rate: int = SAMPLE_RATE) -> None:
    """A plain player and a download for every sound, label -> (time,) or (channel, time) at `rate` Hz. Made only while
    it is open: they may be long.

    file: what the names of the files begin with.
    """
    with st.expander("All sounds", key=key, on_change="rerun") as box:
        if not box.open:
            return
        made = sounds()
        take(
            lambda: _spectrograms(made, rate), f"{file} spectrograms",
            f"Spectrograms of {', '.join(made).lower()}: {file}, at their own levels.",
        )  # fmt: skip
        for column, part in zip(st.columns(2), (slice(0, None, 2), slice(1, None, 2)), strict=True):
            with column:
                for label, sound in list(made.items())[part]:
                    name = f"{file}-{label.lower().replace(',', '').replace(' ', '-')}"
                    player.sound(f"**{verbatim(label)}**", sound, name, rate=rate)


def _spectrograms(sounds: Mapping[str, np.ndarray], rate: int) -> go.Figure:
    """What the player shows of each sound, one below the other."""
    tracks = [track(*played(sound, rate)) for sound in sounds.values()]
    cells = np.stack([np.frombuffer(one.picture, np.uint8).reshape(-1, one.columns) for one in tracks])
    seconds = next(iter(sounds.values())).shape[-1] / rate
    level = FLOOR_DB * (1 - cells[:, None] / 255)
    return spectrograms.level_grid(level, list(sounds), (), track_hz(), seconds / cells.shape[-1], 150)


def colour_stops() -> list[str]:
    """Hex colours of the colour map of all spectrograms, from the floor to 0 dB, in even steps."""
    return [colour for _, colour in get_colorscale(COLOUR_MAP)]


def frequency_ticks(bin_hz: np.ndarray) -> list[list]:
    """Marks of a frequency axis whose bands have these centres: [label, share of its height]."""
    shares = np.interp(MARKS_HZ, bin_hz, np.arange(len(bin_hz)) + 0.5) / len(bin_hz)
    return [
        [f"{hz // 1000}k" if hz >= 1000 else str(hz), float(share)] for hz, share in zip(MARKS_HZ, shares, strict=True)
    ]
