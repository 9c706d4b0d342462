"""What the sidebar offers for a visit: undo and redo, and the session as a file, out and in."""

from collections.abc import Mapping
from dataclasses import replace

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from core.audio.io import AudioError
from core.checkpoints.limits import CheckpointError
from core.own_map.file import MapFileError
from pages.shared import choices, own_maps, queue
from pages.shared.memory import size_of
from pages.shared.messages import sentence, verbatim
from pages.shared.presets import PresetsError
from pages.shared.recordings import shelf
from pages.shared.results import checkpoints
from pages.shared.visit import contents, file, history, kept
from pages.widgets.visit import visit as tab

OPENED = "session_file"
_TOLD, _MOVES, _RECORDINGS = "visit_told", "visit_moves", "session_recordings"
UPLOAD_MB = 25
"""A page takes files up to this size back, see .streamlit/config.toml."""


def follow(pages: Mapping[str, StreamlitPage]) -> None:
    """Show the page where what was taken back or done again is seen. pages: by their paths."""
    page = choices.get(history.GO)
    choices.put(history.GO, None)
    if page in pages and page != choices.get("page"):
        st.switch_page(pages[page])


def mount() -> None:
    """The browser's side, in the page itself: a sidebar may be closed. Before what takes time: it may bring a visit."""
    tab("visit", kept.key(), kept.settled(), _claimed, _moved)


def controls() -> None:
    """Undo, redo, download and open; what there is to say of the last of them."""
    with st.container(horizontal=True, gap="xsmall"):
        st.button("Undo", icon=":material/undo:", on_click=_undone, key="undo",
                  help="Take back what you chose last (Ctrl or Cmd and Z).")  # fmt: skip
        st.button("Redo", icon=":material/redo:", on_click=_redone, key="redo",
                  help="Do it again (Ctrl or Cmd, Shift and Z).")  # fmt: skip
    with st.popover("Session", icon=":material/save:", help="Everything of this visit as one file."):
        _download()
        st.file_uploader(
            f"Open a session (up to {UPLOAD_MB} MB)", ["zip"], key=choices.uploader(OPENED), on_change=_open,
            help="A file of “Download the session”. Its choices take the place of yours, which Undo brings back; its "
            "recordings, presets and tables come beside yours.",
        )  # fmt: skip
    for refused, text in choices.get(_TOLD, ()):
        (st.error if refused else st.info)(text)
    choices.put(_TOLD, ())


def _download() -> None:
    st.caption("Choices, curves, presets, measurements and answers of this visit, to open again here or elsewhere.")
    own, mapped = shelf(), choices.get(own_maps.KEY)
    size_mb = (sum(len(one.data) for one in own.values()) + size_of(mapped)) / 2**20
    held = " and ".join(what for what, there in (("your recordings", own), ("your map", mapped)) if there)
    along = bool(held) and st.checkbox(
        f"With {held} ({size_mb:.1f} MB)", value=size_mb < UPLOAD_MB, key=_RECORDINGS,
        help=f"Without them, the session opens with ours in their place. A page takes up to {UPLOAD_MB} MB back.",
    )  # fmt: skip
    key, name, drawn = kept.key(), choices.checkpoint(), contents.gathered()
    st.download_button(
        "Download the session", lambda: made(key, name, along, drawn), "session.latentfx.zip", "application/zip",
        on_click="ignore", help="One file, made when you press this.",
    )  # fmt: skip


def made(key: str, name: str, along: bool, drawn: contents.Visit) -> bytes:
    """The file of the visit under a key, as it is kept now, or where it had to give way, as the page was drawn. along:
    with its recordings."""
    found = kept.vault().get(key)
    visit = found.visit if found else drawn
    with queue.turn():
        return file.to_bytes(
            visit if along else replace(visit, recordings=(), brought={}, own_map=None), name, _revision(name)
        )


def _revision(name: str) -> str:
    """Of a checkpoint that is whole; else "", as the page says what is wrong with it."""
    try:
        return checkpoints.fingerprint(name)
    except (CheckpointError, OSError):
        return ""


def _map(opened: file.Opened) -> None:
    """Keep the map in a session, or say why it cannot be used."""
    if opened.map is None:
        return
    data, clip, start_s = opened.map
    if choices.get(own_maps.KEY):
        _tell("Your own map stays; the session's is left out.")
        return
    try:
        own_maps.keep(own_maps.opened(opened.checkpoint, data), clip, start_s)
    except (MapFileError, CheckpointError) as error:
        _tell(sentence(error), refused=True)


def _tell(text: str, refused: bool = False) -> None:
    choices.put(_TOLD, (*choices.get(_TOLD, ()), (refused, text)))


def _claimed(shown: str) -> None:
    if said := kept.claim(shown):
        _tell(sentence(ValueError(said)))


def _moved(count: int) -> None:
    """Keys were pressed: as often as redo more than undo, since the page was opened."""
    before = choices.get(_MOVES, 0)
    choices.put(_MOVES, count)
    for _ in range(abs(count - before)):
        _redone() if count > before else _undone()


def _undone() -> None:
    if not history.undo():
        _tell("There is nothing to undo.")


def _redone() -> None:
    if not history.redo():
        _tell("There is nothing to redo.")


def _open() -> None:
    """Callback: put a session into this visit, or say why not."""
    if (brought := choices.get(choices.uploader(OPENED))) is None:
        return
    try:
        opened = file.from_bytes(brought.getvalue())
        if opened.checkpoint not in checkpoints.checkpoints():
            raise file.SessionFileError(
                f"The session was made with the checkpoint {opened.checkpoint}, which is not here. Please fetch it on "
                "the page Models, and open the session again."
            )
        contents.put_back(opened.visit)
        _map(opened)
    except (file.SessionFileError, AudioError, PresetsError) as error:
        _tell(sentence(error), refused=True)
        return
    _tell(f"The session {verbatim(brought.name)} is open. Undo brings back what you had chosen.")
    if opened.revision != _revision(opened.checkpoint):
        _tell(f"{verbatim(opened.checkpoint)} has changed since this session was made; it may sound different.")
