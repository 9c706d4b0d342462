"""The chosen point of a recording's map: the recording through its setting, at its own rate and in its own channels."""

import random

import streamlit as st

from core.own_map.own_map import OwnMap
from pages.shared import choices, controls, notes, player, recordings
from pages.shared.choices import get, put
from pages.shared.figures import spectrograms, theme
from pages.shared.messages import verbatim
from pages.shared.own_maps import Held
from pages.shared.results import checkpoints, sounds


def pick(index: int) -> None:
    """Choose a point by a click on it."""
    put("o_point", index)
    put("o_clicked", index)


def show(name: str, held: Held) -> int | None:
    """The chosen point, heard and seen; which one the map has to circle, None where a click has marked it."""
    own_map, own = held.own_map, held.own_map.own
    count, shown = len(own_map), _picker(len(own_map))
    if shown >= count:  # of a map before
        shown = 0
    played = own_map.played(shown)
    chosen = get("o_point") is not None and notes.is_new("o_heard", (own_map.fingerprint, held.clip, shown))
    st.markdown(f"**{played.text}**  \n{verbatim(own_map.name)} · {own.text}")
    wet = sounds.wet(own.audio, played, own.rate)
    player.sound("Wet", wet, f"map-{shown}-wet", autoplay=chosen, rate=own.rate)
    player.sound("Dry", own.audio, "map-dry", rate=own.rate)
    if held.clip in controls.CLIP_LABELS or held.clip in recordings.shelf():
        controls.send_buttons(held.clip, played, start_s=held.start_s)
    else:
        st.caption("The recording itself is no longer here; bring it once more to send its points to Interpolate.")
    heard = wet if own.plain else sounds.wet(own.heard, played)
    magnitudes = sounds.spectrogram(name, own.heard, heard)[:, None]
    figure = spectrograms.spectrogram_grid(magnitudes, ("Dry", "Wet"), (), **checkpoints.axes(name), row_height=130)
    st.plotly_chart(figure, config=theme.CONFIG, alt=f"Spectrograms of dry and wet, {played.text}")
    return None if shown == get("o_clicked") and get("dimensions") != 3 else shown


def _picker(count: int) -> int:
    """Number of the point; a field and a button beside the map, for keyboards."""

    def draw() -> None:
        put("o_point", random.randrange(count))

    with st.container(horizontal=True, vertical_alignment="bottom"):
        index = st.number_input(
            "Point", 0, None, None, 1, placeholder="0", help="Number of the point.", **choices.bound("o_point")
        )
        st.button("Random point", key="o_random", on_click=draw, help="Choose any point of the map and play it.")
    return index or 0


def played_text(own_map: OwnMap, point: int) -> str:
    """A point's setting as `latentfx apply` takes it: "overdrive:0.6,0.5,0.5 | delay:0.5,0.3,0.4"."""
    chain = own_map.played(point).settings
    return " | ".join(f"{own.effect}:{','.join(f'{value:.6g}' for value in own.values)}" for own in chain)
