"""What the checkpoint and the effects make of sounds, cached."""

import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from core.audio.io import check, encode, read
from core.audio.measure import FLOOR_DB, loudness_lufs, to_db
from core.effects import Setting, render

if TYPE_CHECKING:
    from core.explorer import Reconstruction
    from core.match.match import Candidate, Match, Refinement
    from pages.widgets.ab import Track
from pages.shared.results.checkpoints import explorer, revision


@st.cache_data(max_entries=16, show_spinner=False)
def recording(data: bytes, name: str) -> np.ndarray:
    """A visitor's file as sound (time,) at 24 kHz; AudioError where it cannot be used."""
    return read(data, name)


@st.cache_data(max_entries=64, show_spinner=False)
def wet(dry: np.ndarray, setting: Setting) -> np.ndarray:
    """dry (time,) through an effect, (time,)."""
    return render(dry, setting)


def spectrogram(name: str, dry: np.ndarray, wet: np.ndarray) -> np.ndarray:
    """Joint spectrogram (2, bin, frame), magnitudes, of a pair (time,), (time,)."""
    return explorer(name).spectrogram(dry, wet)[0]


def reconstruction(name: str, dry: np.ndarray, wet: np.ndarray) -> "Reconstruction":
    """A pair through the checkpoint's encoder and decoder, and how close it came."""
    return _reconstruction(name, revision(name), dry, wet)


@st.cache_data(max_entries=16, show_spinner=False)
def _reconstruction(name: str, revision: str, dry: np.ndarray, wet: np.ndarray) -> "Reconstruction":
    return explorer(name).reconstruct(dry, wet)


def match(name: str, dry: np.ndarray, wet: np.ndarray, seed: int = 0) -> "Match":
    """Which setting turned dry into wet, both (time,) of any length; see Explorer.match.

    AudioError where nothing is left to compare once both are aligned.
    """
    found = _match(name, revision(name), dry, wet, seed)
    check(found.dry, "The dry sound, in what both sounds have in common,")
    check(found.wet, "The wet sound, in what both sounds have in common,")
    return found


@st.cache_resource(max_entries=8, show_spinner=False)  # cache_data would copy the sounds, up to 400 MB, at every click
def _match(name: str, revision: str, dry: np.ndarray, wet: np.ndarray, seed: int) -> "Match":
    return explorer(name).match(dry, wet, seed=seed)


@st.cache_data(max_entries=16, show_spinner=False)
def candidate(setting: Setting, dry: np.ndarray, wet: np.ndarray) -> "Candidate":
    """How near dry through a setting comes to wet, both (time,) as `match` returns them."""
    from core.match.match import try_setting

    return try_setting(setting, dry, wet)


def refinement(
    dry: np.ndarray, wet: np.ndarray, setting: Setting, spread: tuple[float, ...], iterations: int
) -> "Iterator[Refinement]":
    """A search that starts at a setting, see core.match.match.refine; each step takes its time when asked for."""
    from core.match.match import refine

    return refine(dry, wet, setting, spread, iterations)


TRACK_BANDS, TRACK_COLUMNS = 96, 400
"""Size of the spectrogram in the A/B player: mel bands, and at most so many columns."""


def track_hz() -> np.ndarray:
    """Centre of each band of a track's picture in Hz (band,)."""
    from core.audio.spectrogram import SpectrogramConfig

    return SpectrogramConfig(bands=TRACK_BANDS).bin_hz()


@st.cache_data(max_entries=64, show_spinner=False)
def track(sound: np.ndarray) -> "Track":
    """A sound (time,) as the A/B player wants it."""
    import torch

    from core.audio.spectrogram import Spectrogram, SpectrogramConfig, fit
    from pages.widgets.ab import Track

    config = SpectrogramConfig(samples=-(-len(sound) // 512) * 512, bands=TRACK_BANDS)
    spectrogram = Spectrogram(config)
    magnitude = spectrogram.magnitude(spectrogram.stft(torch.from_numpy(fit(sound, config.samples)))).numpy()
    together = -(-config.frames // TRACK_COLUMNS)
    columns = np.maximum.reduceat(magnitude, np.arange(0, config.frames, together), axis=1)
    cells = np.round(255 * (1 - to_db(columns) / FLOOR_DB)).clip(0, 255).astype(np.uint8)
    return Track(
        id=hashlib.sha256(sound.tobytes()).hexdigest()[:16],
        flac=encode(sound, "flac"),
        picture=cells.tobytes(),
        columns=cells.shape[1],
        loudness_lufs=loudness_lufs(sound),
        peak=float(np.abs(sound).max()),
    )
