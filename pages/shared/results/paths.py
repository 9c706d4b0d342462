"""Paths and the sounds along them, cached."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from core.effects import Blend, Chain, Setting
from core.paths.route import Route
from core.paths.voices import Takes

if TYPE_CHECKING:
    from core.paths.interpolation import Interpolation
from pages.shared.memory import kept
from pages.shared.results.checkpoints import explorer, revision


def interpolation(name: str, pairs: Sequence[tuple[np.ndarray, np.ndarray]], route: Route) -> "Interpolation":
    """A path between two pairs (dry, wet), or a square between four, each (time,); see Explorer.interpolate."""
    return _interpolation(name, revision(name), tuple(pairs), route)


@kept("Decoding the path")
def _interpolation(
    name: str, revision: str, pairs: tuple[tuple[np.ndarray, np.ndarray], ...], route: Route
) -> "Interpolation":
    return explorer(name).interpolate(pairs, route, np.stack([_encoded(name, revision, *pair) for pair in pairs]))


@kept()
def _encoded(name: str, revision: str, dry: np.ndarray, wet: np.ndarray) -> np.ndarray:
    """z (latent,) of a pair: an end that stays where the other changes is heard once."""
    from core.paths.interpolation import encoded  # torch

    return encoded(explorer(name), dry, wet)


@kept()
def voice(
    name: str, key: str, step: int, voice: str, _path: "Interpolation", _settings: Sequence[Setting | Chain],
    _blends: Sequence[Blend], _takes: Takes | None,
) -> np.ndarray:  # fmt: skip
    """Sound of one step of a path, see Explorer.voice.

    key: names the checkpoint's revision, the path, its settings and its takes, which are too long to compare.
    """
    return explorer(name).voice(_path, step, voice, _settings, _blends, _takes)


@kept()
def takes(pairs: tuple[tuple[np.ndarray, np.ndarray, int], ...], same_audio: bool) -> Takes:
    """The recordings at a path's ends, as they were brought; see core.paths.voices.Takes.of."""
    return Takes.of(pairs, same_audio)
