"""What pages say where something cannot be used."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from core.audio.io import AudioError
from core.models.limits import CheckpointError
from core.paths.route import PathError


@contextmanager
def plain_errors() -> Iterator[None]:
    """Show a checkpoint, a recording or a path that cannot be used as one sentence; the rest of the page goes on."""
    try:
        yield
    except ValueError as error:
        if not isinstance(error, AudioError | CheckpointError | PathError):
            raise
        st.error(str(error))
