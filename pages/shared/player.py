"""One sound with a label, a player and its download."""

import numpy as np
import streamlit as st

from core.audio.io import encode


def sound(label: str, audio: np.ndarray, file: str, autoplay: bool = False) -> None:
    """A labelled player for audio (time,) at 24 kHz, at its own level, with a download. file: name without suffix."""
    data = encode(audio)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", gap="small"):
        st.markdown(label, width="content")
        st.download_button(
            "WAV",
            data,
            f"{file}.wav",
            "audio/wav",
            key=f"save_{file}",
            help=f"Download {file}.wav",
            type="tertiary",
            icon=":material/download:",
            on_click="ignore",
        )
    st.audio(data, format="audio/wav", autoplay=autoplay, alt=label)
