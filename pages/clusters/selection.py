"""Points that were lassoed or boxed: a table that plays, and its files."""

import csv
import io
import zipfile
from functools import partial

import numpy as np
import streamlit as st

from core.audio.io import encode_exactly
from core.effects import render
from core.own_map.own_map import OwnMap
from pages.clusters.own_figure import places_of
from pages.clusters.own_point import played_text
from pages.shared import choices, downloads
from pages.shared.memory import digest
from pages.shared.own_maps import Held
from pages.shared.results import checkpoints

_SELECTED = "o_selected"
ZIP_BYTES = 96 * 2**20
"""So large a ZIP may become, as it is made in memory; of more sounds the first ones are in it."""


def choose(points: list[int]) -> None:
    """Points of the map were lassoed or boxed."""
    choices.put(_SELECTED, sorted(set(points)))


def table(held: Held, choice: choices.Clusters) -> None:
    """The selected points; a row that is chosen plays."""
    own_map = held.own_map
    selected = [point for point in choices.get(_SELECTED, []) if point < len(own_map)]
    st.header("Selection")
    if not selected:
        st.caption(
            "Draw around points with the lasso or the box in the corner of the map: they come into a table here."
        )
        return
    made = own_map.made

    rows = {
        "Point": selected,
        "Setting": [own_map.played(point).text for point in selected],
        "Loudness (LUFS)": made.loudness_lufs[selected].round(1),
        "Brightness (Hz)": made.brightness_hz[selected].round(),
    }
    key = f"o_table_{digest(rows).hex()}"  # by its key a browser marks the place of the row that was chosen

    def play() -> None:
        if chosen := choices.get(key)["selection"]["rows"]:
            choices.put("o_point", selected[chosen[0]])

    st.dataframe(
        rows, key=key, on_select=play, selection_mode="single-row", hide_index=True, height=260,
        alt="The selected points; choose a row to hear it",
    )  # fmt: skip
    st.caption("Choose a row, at its left end, to hear it.")
    count = min(len(selected), max(1, ZIP_BYTES // (own_map.own.audio.nbytes + 1024)))
    with st.container(horizontal=True):
        st.download_button(
            "CSV", downloads.later(partial(as_csv, choices.checkpoint(), own_map, selected, choice)), "map.csv",
            "text/csv", on_click="ignore", icon=":material/download:",
            help="Point, setting as `latentfx apply` takes it, loudness, brightness and place on the map.",
        )  # fmt: skip
        st.download_button(
            f"WAVs of {count:,}", downloads.later(partial(as_zip, own_map, selected[:count])), "map.zip",
            "application/zip", on_click="ignore", icon=":material/download:",
            help=f"The recording through each setting, {own_map.own.text}, 32-bit float; in one ZIP, "
            f"{ZIP_BYTES // 2**20} MB at most.",
        )  # fmt: skip


def as_csv(name: str, own_map: OwnMap, points: list[int], choice: choices.Clusters) -> bytes:
    """A row a point."""
    places = places_of(checkpoints.explorer(name).atlas, own_map, choice.projection, choice.dimensions)
    axes = [f"{choice.projection}_{axis}" for axis in "xyz"[: choice.dimensions]]
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["point", "setting", "loudness_lufs", "brightness_hz", *axes])
    for point in points:
        facts = np.array([own_map.made.loudness_lufs[point], own_map.made.brightness_hz[point], *places[point]])
        rows.writerow([point, played_text(own_map, point), *(f"{fact:.6g}" for fact in facts)])
    return text.getvalue().encode()


def as_zip(own_map: OwnMap, points: list[int]) -> bytes:
    """The recording through each setting as point-0001.wav ..."""
    own, buffer = own_map.own, io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for point in points:
            sound = render(own.audio, own_map.played(point), own.rate)
            archive.writestr(f"point-{point:04d}.wav", encode_exactly(sound, own.rate))
    return buffer.getvalue()
