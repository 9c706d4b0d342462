"""Paths and the sounds along them, cached."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from core.audio.measure import gain_to
from core.effects import Blend, Setting
from core.paths.route import Route

if TYPE_CHECKING:
    from core.paths.interpolation import Interpolation
from pages.shared.results.checkpoints import explorer, revision

VOICES_KEPT = 192
"""Sounds of paths that are kept, 0.5 MB each."""


def interpolation(name: str, pairs: Sequence[tuple[np.ndarray, np.ndarray]], route: Route) -> "Interpolation":
    """A path between two pairs (dry, wet), or a square between four, each (time,); see Explorer.interpolate."""
    return _interpolation(name, revision(name), tuple(pairs), route)


@st.cache_data(max_entries=8, show_spinner=False)
def _interpolation(
    name: str, revision: str, pairs: tuple[tuple[np.ndarray, np.ndarray], ...], route: Route
) -> "Interpolation":
    return explorer(name).interpolate(pairs, route)


@st.cache_data(max_entries=VOICES_KEPT, show_spinner=False)
def voice(
    name: str, key: str, step: int, voice: str, _path: "Interpolation", _settings: Sequence[Setting],
    _blends: Sequence[Blend],
) -> tuple[np.ndarray, float]:  # fmt: skip
    """Sound (time,) of one step of a path, see Explorer.voice, and the gain that brings it to the reference loudness.

    key: names the checkpoint's revision, the path and its settings, which are too long to compare.
    """
    sound = explorer(name).voice(_path, step, voice, _settings, _blends)
    return sound, gain_to(sound)
