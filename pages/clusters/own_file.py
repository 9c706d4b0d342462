"""A map as a file: taken home, and opened again."""

import re
from functools import partial

import streamlit as st

from core.audio.io import encode_exactly
from core.own_map.file import ENDING, MapFileError, to_bytes
from core.own_map.own_map import OwnMap
from pages.shared import choices, downloads, messages, own_maps, recordings

_FILE, _REFUSED = "o_map_file", "o_map_refused"


def download(own_map: OwnMap) -> None:
    """A button: the map with its recording, made when it is pressed."""
    stem = re.sub(r"\W+", "-", own_map.name).strip("-")[:40] or "recording"
    st.download_button(
        "Download the map", downloads.later(partial(to_bytes, own_map)), f"{stem}.map.{ENDING}",
        "application/octet-stream", on_click="ignore", icon=":material/download:",
        help="One file with the recording and all points; it opens again here, or where this checkpoint is.",
    )  # fmt: skip


def opener(name: str) -> None:
    """Where a map file is brought; one that cannot be used changes nothing."""

    def bring() -> None:
        file = choices.get(choices.uploader(_FILE))
        choices.put(_REFUSED, "")
        if file is None:
            return
        try:
            own_map = own_maps.opened(name, file.getvalue())
        except MapFileError as error:
            choices.put(_REFUSED, messages.sentence(error))
            return
        own = own_map.own
        recording = recordings.Recording(own_map.name, encode_exactly(own.audio, own.rate))
        choices.put(_REFUSED, recordings.put_on_shelf(recording))
        own_maps.keep(own_map, recording.key, 0.0)

    st.file_uploader(
        "A map from before", [ENDING], key=choices.uploader(_FILE), on_change=bring,
        help="A file that was downloaded here as a map, of the checkpoint that is chosen.",
    )  # fmt: skip
    if refused := choices.get(_REFUSED):
        st.error(refused)
