"""One sound with a label, a player and its download."""

import numpy as np
import streamlit as st

from core.audio import SAMPLE_RATE
from core.audio.io import encode, encode_exactly
from core.audio.own import quality
from core.audio.rate import playable
from pages.shared.messages import read_out


def sound(label: str, audio: np.ndarray, file: str, autoplay: bool = False, rate: int = SAMPLE_RATE) -> None:
    """A labelled player for audio, (time,) or (channel, time), at `rate` Hz and its own level, with a download.

    The browser gets what it can play, the file all of it. file: name without suffix.
    """
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", gap="small"):
        st.markdown(label, width="content")
        st.download_button(
            "WAV",
            lambda: encode_exactly(audio, rate),
            f"{file}.wav",
            "audio/wav",
            key=f"save_{file}",
            help=f"Download {file}.wav: {quality(audio, rate)}, 32-bit float",
            type="tertiary",
            icon=":material/download:",
            on_click="ignore",
        )
    played, played_rate = playable(audio, rate)
    st.audio(encode(played, rate=played_rate), format="audio/wav", autoplay=autoplay, alt=read_out(label))
