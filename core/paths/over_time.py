"""A morph over time: one recording of any length, its effect moving from A's to B's along a curve that is drawn."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from core.audio import SAMPLE_RATE
from core.audio.io import is_silent
from core.audio.measure import FLOOR_DB, gain_to
from core.audio.own import Own
from core.audio.spectrogram import fit
from core.effects import Chain, Setting, render
from core.effects.automation import Node
from core.paths.arithmetic import moved
from core.paths.interpolation import interpolate, mean_setting
from core.paths.lock import Lock
from core.paths.route import Route
from core.paths.space import Space, points
from core.paths.voices import blends

NODES = 17
"""Points of the path that a morph is made of; between them it is mixed."""
_OVERLAP = SAMPLE_RATE // 4

Curve = Sequence[tuple[float, float]]
"""(time in s, position): straight between, held before the first and after the last; 0 is A, 1 is B."""


def nodes(space: Space, dry: np.ndarray, settings: Sequence[Setting | Chain], route: Route, voice: str) -> list[Node]:
    """What real effects play along the way, for `core.effects.automation.automate`.

    settings: of A and B; by a difference of A, B and C, and what the rule makes of C, as in interpolation.interpolate.
    voice: "re-rendered": as the controller reads it off the path over the loudest stretch of dry (time,);
    "parameter line": the settings of A and B interpolated; by a difference those of C and of the rule.
    """
    route, lock = replace(route, steps=NODES), Lock.of(route.locked, settings)
    ends = lock.ends(settings)
    if voice == "parameter line":
        at = np.clip(route.positions, 0.0, 1.0)
        return [Node(float(p), lock.blend(mean_setting(ends[-2:], np.array([1 - p, p])))) for p in np.unique(at)]
    samples = space.spectrogram_config.samples
    starts = range(0, max(1, len(dry) - samples // 2), samples // 2)
    start = max(starts, key=lambda start: float(np.square(dry[start : start + samples]).sum()))
    heard = fit(dry[start:], samples)
    path = interpolate(space, [(heard, render(heard, setting)) for setting in ends], route)
    return [Node(float(p), blend) for p, blend in zip(path.position, blends(space, path, settings[-2:]), strict=True)]


def decoded(
    space: Space, dry: np.ndarray | Own, settings: Sequence[Setting | Chain], route: Route, curve: Curve
) -> Iterator[np.ndarray]:
    """Yield the morph in the decoded voice, stretch by stretch: together as long as dry, at its rate, in its channels.

    dry: (time,) at 24 kHz, or a recording as it was brought. settings: see `nodes`. Each 5.46 s of what is heard are
    encoded under the settings, the path between is decoded at some points, and each frame of the spectrogram is taken
    at the position that the curve has then; neighbouring stretches overlap by 0.25 s.
    """
    own = dry if isinstance(dry, Own) else Own.of(dry)
    samples, times = space.spectrogram_config.samples, np.array(curve, dtype=np.float64)
    encoded = settings[:3] if route.kind == "difference" else settings
    wets = [render(own.heard, setting) for setting in Lock.of(route.locked, encoded).ends(encoded)]
    hop, tail = samples - _OVERLAP, own.audio[..., :0]
    for start in range(0, max(1, len(own.heard) - _OVERLAP), hop):
        begin, after = (round(at * own.rate / SAMPLE_RATE) for at in (start, start + hop))
        cut = [fit(wet[start:], samples) for wet in wets]
        part = own.part(start, start + samples).lasting(samples, loop=False)
        sound = _stretch(space, part, cut, route, times - [start / SAMPLE_RATE, 0])
        faded = tail.shape[-1]
        rise = np.linspace(0.0, 1.0, faded, dtype=np.float32)
        sound[..., :faded] = tail + rise * (sound[..., :faded] - tail)
        last = start + samples >= len(own.heard)
        yield sound[..., : own.audio.shape[-1] - begin] if last else sound[..., : after - begin]
        tail = sound[..., after - begin :]


def _stretch(space: Space, own: Own, wets: list[np.ndarray], route: Route, curve: np.ndarray) -> np.ndarray:
    """One segment of `decoded`, at its own level; curve (point, 2): its times count from the segment."""
    dry = own.heard
    if is_silent(dry):
        return own.audio.copy()  # silence has no latent vector worth the name
    config = space.spectrogram_config
    frames = np.arange(config.frames) * config.frame_s
    position = np.clip(np.interp(frames, curve[:, 0], curve[:, 1]), route.low, route.high)
    z = space.encode(np.stack([dry] * len(wets)), np.stack(wets))
    if route.kind == "difference":
        z = np.stack([z[2], moved(space, z)])
    grid = np.linspace(position.min(), position.max(), NODES if np.ptp(position) > 1e-6 else 1)
    level = np.log10(np.maximum(space.decode(points(space, z[0], z[1], route, grid)), 10 ** (FLOOR_DB / 20)))
    place = np.interp(position, grid, np.arange(len(grid)))
    below = np.minimum(place.astype(int), max(0, len(grid) - 2))
    above = np.minimum(below + 1, len(grid) - 1)
    frame = np.arange(config.frames)
    low, high = level[below, :, :, frame], level[above, :, :, frame]  # (frame, channel, bin)
    moving = 10 ** (low + (place - below)[:, None, None] * (high - low)).transpose(1, 2, 0)
    moving, loud = moving.astype(np.float32), dry * np.float32(gain_to(dry))
    if own.plain:
        return space.step_sound(moving, loud, 1, same_audio=True) / np.float32(gain_to(dry))
    return space.transfer_to(own.audio, own.rate, moving, loud)
