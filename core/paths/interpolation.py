"""A path between sounds, decoded."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from core.audio.measure import rmse_db
from core.effects import Blend, Chain, Setting
from core.effects.fade import TAPER
from core.paths.alignment import aligned
from core.paths.arithmetic import moved
from core.paths.lock import Lock
from core.paths.route import PathError, Route, spread
from core.paths.space import Space, grid, points


@dataclass(frozen=True)
class Interpolation:
    """A path between the pairs of two ends, A and B, or a square between four, decoded.

    By a difference the ends are C and what the rule makes of it (see core.paths.arithmetic), to compare with; z_ends
    are z(C) and z(C) + z(B) - z(A).

    position (step,): 0 at A, 1 at B; of a square (step, 2), see Route. z (step, latent), z_ends (end, latent).
    spectrograms (step, channel, bin, frame), see core.models.codec. drys, wets (end, time): the pairs.
    originals (end, 2, bin, frame): their magnitudes.
    drift_db (step,): how far the decoded dry spectrogram has moved from that of the first step.
    """

    route: Route
    position: np.ndarray
    z: np.ndarray
    z_ends: np.ndarray
    spectrograms: np.ndarray
    drys: np.ndarray
    wets: np.ndarray
    originals: np.ndarray
    drift_db: np.ndarray

    @property
    def mean_drift_db(self) -> float:
        return float(self.drift_db.mean())

    @property
    def same_audio(self) -> bool:
        """Whether one dry sound is heard all the way: the ends share it, or the words do not move."""
        return self.route.part == "effect" or all(np.array_equal(dry, self.drys[0]) for dry in self.drys[1:])

    @property
    def shares(self) -> np.ndarray:
        """How much of each end there is at each step (step, end), 0 ... 1, in sum 1."""
        at = np.clip(self.position, 0.0, 1.0)
        if at.ndim == 1:
            return np.stack([1 - at, at], axis=1)
        right, down = at.T
        return np.stack([(1 - down) * (1 - right), (1 - down) * right, down * (1 - right), down * right], axis=1)

    @property
    def effect_shares(self) -> np.ndarray:
        """How much of the effect of each end there is at each step (step, end); all A's where effects do not move."""
        return self.shares if self.route.part != "content" else np.eye(len(self.drys))[np.zeros(len(self.z), int)]

    @property
    def known(self) -> np.ndarray:
        """Of which ends it is known what plays there (end,); not of that to which a difference leads."""
        return np.array([self.route.kind != "difference" or end == 0 for end in range(len(self.drys))])

    def is_end(self, step: int) -> bool:
        """Whether a step is exactly one of the ends."""
        return bool(np.isin(self.position[step], (0.0, 1.0)).all())

    @property
    def order(self) -> list[int]:
        """The steps as they are wanted: ends or corners first, then the others, coarse to fine."""
        last, side = len(self.z) - 1, self.route.steps - 1
        ends = [0, side, last - side, last] if self.route.kind == "corners" else [0, last]
        return [*ends, *sorted(set(range(last + 1)) - set(ends), key=lambda step: (step % 4 != 0, step % 2, step))]

    def dry(self, step: int) -> np.ndarray:
        """The dry sound (time,) of a step: that of the ends, mixed, or A's where the words do not move."""
        return self.drys[0] if self.same_audio else crossfade(self.drys, self.shares[step])

    def moved(self, settings: Sequence[Setting | Chain]) -> tuple[Sequence[Setting | Chain], np.ndarray]:
        """Settings and dry sounds (end, time) of the ends as this path moves them: a part that stays is A's, and so is
        a knob that is locked."""
        settings = self.lock(settings).ends(settings)
        if self.route.part == "content":
            return [settings[0]] * len(settings), self.drys
        if self.route.part == "effect":
            return settings, np.repeat(self.drys[:1], len(settings), axis=0)
        return settings, self.drys

    def lock(self, settings: Sequence[Setting | Chain]) -> Lock:
        """What holds the route's locked knobs where A's setting has them. settings: of the ends, or ValueError."""
        if len(settings) != len(self.drys):
            raise ValueError(f"The settings of the {len(self.drys)} ends of the path are needed, not {len(settings)}.")
        return Lock.of(self.route.locked, settings)

    def blend(self, step: int, settings: Sequence[Setting | Chain]) -> Blend:
        """The parameter line between the ends' settings or chains, see `mean_setting`."""
        return self.lock(settings).blend(mean_setting(self.moved(settings)[0], self.shares[step]))


Pairs = Sequence[tuple[np.ndarray, np.ndarray]]


def interpolate(space: Space, pairs: Pairs, route: Route, z: np.ndarray | None = None) -> Interpolation:
    """Decode a path between two pairs, or a square between four, each (dry, wet) of shape (time,).

    By a difference: between A and B, from C, beside D, what the rule makes of C. z (pair, latent): see `encoded`, where
    they are known already. Where knobs are locked, wet is made by the ends as core.paths.lock.Lock.ends has them.
    Its sounds come from core.paths.voices. Raises PathError where the route does not suit the model or the number of
    pairs.
    """
    from core.audio.spectrogram import prepare_pair  # torch: not on the way to first paint

    if len(pairs) != (4 if route.kind in ("corners", "difference") else 2):
        raise PathError(f"A {route.kind} path does not join {len(pairs)} sounds: a square has four, others two.")
    samples = space.spectrogram_config.samples
    drys, wets = (np.stack(sounds) for sounds in zip(*(prepare_pair(*pair, samples) for pair in pairs), strict=True))
    z = np.stack([encoded(space, *pair) for pair in pairs]) if z is None else z
    if route.kind == "difference":
        drys, wets, z = drys[2:], wets[2:], np.stack([z[2], moved(space, z[:3])])
    positions = route.positions
    if route.kind == "corners":
        way = grid(space, z, route)
    else:
        if route.easing == "equal change":
            positions = _equal_change(space, z, route)
        way = points(space, z[0], z[1], route, positions)
    spectrograms = _decoded(space, way, np.all(np.isin(positions.reshape(len(way), -1), (0.0, 1.0)), axis=1))
    return Interpolation(
        route=route,
        position=positions.astype(np.float32),
        z=way,
        z_ends=z,
        spectrograms=spectrograms,
        drys=drys,
        wets=wets,
        originals=space.spectrogram(drys, wets)[:, :2],
        drift_db=np.array([rmse_db(step[0], spectrograms[0, 0]) for step in spectrograms]),
    )


def encoded(space: Space, dry: np.ndarray, wet: np.ndarray) -> np.ndarray:
    """z (latent,) of a pair (time,), (time,): by itself, as in a reconstruction; in a batch the last bits depend on the
    neighbours."""
    from core.audio.spectrogram import prepare_pair  # torch: not on the way to first paint

    return space.encode(*prepare_pair(dry, wet, space.spectrogram_config.samples))


def _decoded(space: Space, way: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Spectrograms (step, ...) of a way (step, latent): ends, true for those, by themselves, the others at once.

    Where dry comes of a content of its own, one content is one dry spectrogram, bit for bit: a batch rounds otherwise.
    """
    found = {int(step): space.decode(way[step])[0] for step in np.flatnonzero(ends)}
    inner = np.flatnonzero(~ends)
    found |= dict(zip(inner.tolist(), space.decode(way[inner]) if len(inner) else (), strict=True))
    decoded = np.stack([found[step] for step in range(len(way))])
    if "content" in space.layout.names:
        content = way[:, space.layout.part("content")]
        decoded[(content == content[0]).all(axis=1), 0] = decoded[0, 0]
    return decoded


def _equal_change(space: Space, z: np.ndarray, route: Route) -> np.ndarray:
    """Positions (step,) between which the decoded wet spectrogram changes equally, from z[0] to z[1]."""
    fine = np.linspace(route.low, route.high, 4 * route.steps + 1)
    wet = space.decode(points(space, z[0], z[1], route, fine))[:, 1]
    return spread(fine, np.array([rmse_db(a, b) for a, b in pairwise(wet)]), route.steps)


def mean_setting(ends: Sequence[Setting | Chain], shares: np.ndarray) -> Blend:
    """The mean of settings or chains by their shares (end,), which sum to 1: knob by knob within an effect.

    Different effects of single settings play side by side. Chains are one on the way, as other hosts do it: effects
    that some lack are faded in it, their share of the sound going evenly.
    """
    if not (settings := singles(ends)):
        return Blend.of(aligned(*ends).mean(shares, 1 / TAPER))
    parts = []
    for effect in dict.fromkeys(setting.effect for setting in settings):
        own = [
            (share, setting.values) for share, setting in zip(shares, settings, strict=True) if setting.effect == effect
        ]
        total = sum(share for share, _ in own)
        if total > 0:
            values = sum(share / total * np.array(values) for share, values in own)
            parts.append((Setting(effect, tuple(np.clip(values, 0, 1))), float(total)))
    return Blend(tuple(parts))


def singles(ends: Sequence[Setting | Chain]) -> list[Setting]:
    """The setting of each end, where all are settings or chains of one; else none."""
    found = [setting for end in ends for setting in end.settings if len(end.settings) == 1]
    return found if len(found) == len(ends) else []


def crossfade(sounds: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Sounds (end, time), mixed by their shares (end,), in sum 1; an end alone is itself."""
    if shares.max() == 1.0:
        return sounds[int(shares.argmax())]
    return np.tensordot(shares.astype(np.float32), sounds, axes=1)
