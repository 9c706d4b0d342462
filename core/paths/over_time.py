"""A morph over time: one recording of any length, its effect moving from A's to B's along a curve that is drawn."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from core.audio import SAMPLE_RATE
from core.audio.measure import FLOOR_DB, gain_to
from core.audio.spectrogram import fit
from core.effects import Setting, render
from core.effects.automation import Node
from core.paths.interpolation import interpolate, mean_setting
from core.paths.route import Route
from core.paths.space import Space, points
from core.paths.voices import blends

NODES = 17
"""Points of the path that a morph is made of; between them it is mixed."""
_OVERLAP = SAMPLE_RATE // 4

Curve = Sequence[tuple[float, float]]
"""(time in s, position): straight between, held before the first and after the last; 0 is A, 1 is B."""


def nodes(space: Space, dry: np.ndarray, settings: Sequence[Setting], route: Route, voice: str) -> list[Node]:
    """What real effects play along the way, for `core.effects.automation.automate`.

    voice: "re-rendered": as the controller reads it off the path over the loudest stretch of dry (time,);
    "parameter line": the settings of A and B interpolated.
    """
    route = replace(route, steps=NODES)
    if voice == "parameter line":
        at = np.clip(route.positions, 0.0, 1.0)
        return [Node(float(p), mean_setting(settings, np.array([1 - p, p]))) for p in np.unique(at)]
    samples = space.spectrogram_config.samples
    starts = range(0, max(1, len(dry) - samples // 2), samples // 2)
    start = max(starts, key=lambda start: float(np.square(dry[start : start + samples]).sum()))
    heard = fit(dry[start:], samples)
    path = interpolate(space, [(heard, render(heard, setting)) for setting in settings], route)
    return [Node(float(p), blend) for p, blend in zip(path.position, blends(space, path, settings), strict=True)]


def decoded(
    space: Space, dry: np.ndarray, settings: Sequence[Setting], route: Route, curve: Curve
) -> Iterator[np.ndarray]:
    """Yield the morph in the decoded voice, stretch by stretch (time,): together as long as dry (time,).

    Each 5.46 s are encoded under both settings, the path between is decoded at some points, and each frame of the
    spectrogram is taken at the position that the curve has then; neighbouring stretches overlap by 0.25 s.
    """
    samples, times = space.spectrogram_config.samples, np.array(curve, dtype=np.float64)
    wets = [render(dry, setting) for setting in settings]
    hop, tail = samples - _OVERLAP, np.zeros(0, dtype=np.float32)
    rise = np.linspace(0.0, 1.0, _OVERLAP, dtype=np.float32)
    for start in range(0, max(1, len(dry) - _OVERLAP), hop):
        own, *cut = (fit(sound[start:], samples) for sound in (dry, *wets))
        sound = _stretch(space, own, cut, route, times - [start / SAMPLE_RATE, 0])
        if len(tail):
            sound[:_OVERLAP] = tail + rise * (sound[:_OVERLAP] - tail)
        last = start + samples >= len(dry)
        yield sound[: len(dry) - start] if last else sound[:hop]
        tail = sound[hop:]


def _stretch(space: Space, dry: np.ndarray, wets: list[np.ndarray], route: Route, curve: np.ndarray) -> np.ndarray:
    """One segment (time,) of `decoded`, at the level of dry; curve (point, 2): its times count from the segment."""
    if np.abs(dry).max() < 1e-5:
        return dry.copy()  # silence has no latent vector worth the name
    config = space.spectrogram_config
    frames = np.arange(config.frames) * config.frame_s
    position = np.clip(np.interp(frames, curve[:, 0], curve[:, 1]), route.low, route.high)
    z = space.encode(np.stack([dry, dry]), np.stack(wets))
    grid = np.linspace(position.min(), position.max(), NODES if np.ptp(position) > 1e-6 else 1)
    level = np.log10(np.maximum(space.decode(points(space, z[0], z[1], route, grid)), 10 ** (FLOOR_DB / 20)))
    place = np.interp(position, grid, np.arange(len(grid)))
    below = np.minimum(place.astype(int), max(0, len(grid) - 2))
    above = np.minimum(below + 1, len(grid) - 1)
    frame = np.arange(config.frames)
    low, high = level[below, :, :, frame], level[above, :, :, frame]  # (frame, channel, bin)
    moving = 10 ** (low + (place - below)[:, None, None] * (high - low)).transpose(1, 2, 0)
    gain = np.float32(gain_to(dry))
    return space.step_sound(moving.astype(np.float32), dry * gain, 1, same_audio=True) / gain
