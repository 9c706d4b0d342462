"""What a path runs through, and the points along it."""

from typing import TYPE_CHECKING, Protocol

import numpy as np

from core.effects import KnobLayout
from core.latent.layout import Layout
from core.paths.route import PathError, Route, arc, line, polyline, spline, square

if TYPE_CHECKING:  # torch, and scipy's trees: not on the way to first paint
    from core.audio.spectrogram import SpectrogramConfig
    from core.latent.latent_map import LatentMap


class Space(Protocol):
    """What paths need of a checkpoint, numpy in, numpy out; core.explorer.Explorer offers it."""

    name: str
    layout: Layout
    map_part: slice

    @property
    def spectrogram_config(self) -> "SpectrogramConfig": ...
    @property
    def knobs(self) -> KnobLayout: ...
    @property
    def map(self) -> "LatentMap": ...
    def encode(self, dry: np.ndarray, wet: np.ndarray) -> np.ndarray: ...
    def decode(self, z: np.ndarray) -> np.ndarray: ...
    def spectrogram(self, dry: np.ndarray, wet: np.ndarray) -> np.ndarray: ...
    def transfer(self, spectrograms: np.ndarray, dry: np.ndarray) -> np.ndarray: ...
    def transfer_to(self, audio: np.ndarray, rate: int, spectrogram: np.ndarray, dry: np.ndarray) -> np.ndarray: ...
    def step_sound(self, spectrogram: np.ndarray, dry: np.ndarray, channel: int, same_audio: bool) -> np.ndarray: ...
    def read(self, z: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Probabilities (batch, effect), knob positions and their spread (batch, knob) of z (batch, latent)."""


def points(
    space: Space, z_a: np.ndarray, z_b: np.ndarray, route: Route, positions: np.ndarray | None = None
) -> np.ndarray:
    """Points (step, latent) from z_a to z_b, each part of z by itself; see Route.

    positions: instead of the route's. Splines and walks along the data bend what the atlas maps; what it does not
    know goes straight. PathError for a part or a waypoint that is not there.
    """
    z_a, z_b = np.asarray(z_a, dtype=np.float32), np.asarray(z_b, dtype=np.float32)
    positions = route.positions if positions is None else positions
    found = np.repeat(z_a[None], len(positions), axis=0)
    for where in _moving(space, route):
        found[:, where] = (arc if route.kind == "spherical" else line)(z_a[where], z_b[where], positions)
        if where == space.map_part and route.kind in ("spline", "manifold"):
            found[:, where] += _bend(space.map, np.stack([z_a, z_b]), route, positions)
    return found


def grid(space: Space, corners: np.ndarray, route: Route) -> np.ndarray:
    """Points (point, latent) of the square between four corners (4, latent)."""
    found = np.repeat(corners[:1], len(route.positions), axis=0)
    for where in _moving(space, route):
        found[:, where] = square(corners[:, where], route.positions)
    return found


def _moving(space: Space, route: Route) -> list[slice]:
    """Where in z the parts lie that a route moves."""
    if route.part is None:
        return [space.layout.part(name) for name in space.layout.names]
    if route.part not in space.layout.names:
        raise PathError(f"{space.name} has no part {route.part!r}; known: {', '.join(space.layout.names)}.")
    return [space.layout.part(route.part)]


def _bend(latent_map: "LatentMap", ends: np.ndarray, route: Route, positions: np.ndarray) -> np.ndarray:
    """How far (step, part) a route through the atlas lies from the straight line between ends (2, latent); nothing at
    the ends."""
    a, b = own = latent_map.project(ends)
    if route.kind == "spline":
        atlas = latent_map.atlas
        if any(not 0 <= index < len(atlas) for index in route.via):
            raise PathError(f"A waypoint is not on the map: it has points 0 to {len(atlas) - 1:,}.")
        curve = spline(np.concatenate([own[:1], atlas.pca[list(route.via)], own[1:]]), positions)
    else:
        curve = polyline(latent_map.neighbours.walk(a, b), positions)
    return ((curve - line(a, b, positions)) @ latent_map.pca.basis).astype(np.float32)
