"""Paths through the latent space: from point to point, through waypoints, along the data, between four corners, and
from one point by the difference of two others."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.paths.lock import KNOBS

KINDS = ("linear", "spherical", "spline", "manifold", "corners", "difference")
EASINGS = ("even", "slow ends", "slow middle", "equal change")
MAX_STEPS, MAX_SIDE, MAX_WAYPOINTS = 41, 7, 12
REACH = 0.3
"""How far a path may go on beyond A and B, as a share of the way between them."""
_EXACT = 1e-9  # nearer to A or B than this is there


class PathError(ValueError):
    """A path that cannot be walked, with the remedy in plain words."""


@dataclass(frozen=True)
class Route:
    """What a person chooses about a path. Raises PathError, in plain words, for what is out of range.

    kind: linear: the straight line. spherical: the arc about the origin. spline: a smooth curve through waypoints of
    the atlas. manifold: from neighbour to neighbour through the atlas, near real data all the way. corners: the square
    between four sounds. difference: straight from C (0) by what tells B from A (1). part: the part of z that moves,
    None for all. steps: points of the path; of the square: points along each side. low, high: where the path begins and
    ends; 0 is A, 1 is B, -0.3 and 1.3 lie beyond them.
    easing: how the steps are spread. equal change: so that the sound changes equally from each to the next.
    via: points of the atlas that a spline goes through, in order. locked: knobs that stay at A's value all the way, as
    "delay.mix", see core.paths.lock.
    """

    kind: str = "linear"
    part: str | None = None
    steps: int = 11
    low: float = 0.0
    high: float = 1.0
    easing: str = "even"
    via: tuple[int, ...] = ()
    locked: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "via", tuple(int(index) for index in self.via))
        object.__setattr__(self, "locked", tuple(self.locked))
        most = MAX_SIDE if self.kind == "corners" else MAX_STEPS
        if self.kind not in KINDS:
            raise PathError(f"There is no path kind {self.kind!r}. Known: {', '.join(KINDS)}.")
        if self.easing not in EASINGS:
            raise PathError(f"There is no easing {self.easing!r}. Known: {', '.join(EASINGS)}.")
        if not 2 <= self.steps <= most:
            raise PathError(f"A path has 2 to {most} steps, not {self.steps}.")
        if not -REACH - 1e-9 <= self.low < self.high <= 1 + REACH + 1e-9:
            raise PathError(f"A path goes from {-REACH} at the lowest to {1 + REACH} at the highest, and forwards.")
        if len(self.via) > MAX_WAYPOINTS:
            raise PathError(f"A spline goes through {MAX_WAYPOINTS} waypoints at most, not {len(self.via)}.")
        self._check_locked()

    def _check_locked(self) -> None:
        for name in self.locked:
            if name not in KNOBS:
                own = [knob for knob in KNOBS if knob.partition(".")[0] == name.partition(".")[0]]
                known = ", ".join(own or KNOBS)
                raise PathError(f"There is no knob {name!r} to lock. Please name an effect and its knob: {known}.")
        if len(set(self.locked)) < len(self.locked):
            raise PathError("A knob is locked twice. Please name each once.")
        if self.locked and self.kind == "difference":
            raise PathError("By a difference no knob stays at A's value. Please lock none, or choose another kind.")

    @property
    def positions(self) -> np.ndarray:
        """Where the steps lie (step,), 0 at A and 1 at B; of a square (step², 2): right and down, 0 ... 1.

        "equal change" is even here: `spread` finds its positions once the sounds are known.
        """
        if self.kind == "corners":
            side = np.linspace(0.0, 1.0, self.steps)
            down, right = np.meshgrid(side, side, indexing="ij")
            return np.stack([right.ravel(), down.ravel()], axis=1)
        share = np.linspace(0.0, 1.0, self.steps)
        if self.easing == "slow ends":
            share = share**2 * (3 - 2 * share)  # smoothstep
        elif self.easing == "slow middle":
            share = 0.5 - np.sin(np.arcsin(1 - 2 * share) / 3)  # its inverse
        at = self.low + (self.high - self.low) * share
        at[np.abs(at) < _EXACT], at[np.abs(at - 1) < _EXACT] = 0.0, 1.0  # else A and B are not known as what they are
        return at


def spread(positions: np.ndarray, change: np.ndarray, steps: int) -> np.ndarray:
    """Positions (steps,) between which change is equal, given how much (n - 1,) changes between positions (n,)."""
    so_far = np.concatenate([[0.0], np.cumsum(np.maximum(change, 1e-9))])
    return np.interp(np.linspace(0.0, so_far[-1], steps), so_far, positions)


def line(z_a: np.ndarray, z_b: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Points (step, latent) on the straight line through z_a (position 0) and z_b (position 1), both (latent,)."""
    a, b, at = z_a.astype(np.float64), z_b.astype(np.float64), np.asarray(positions)[:, None]
    points = a + at * (b - a)  # so written, numbers that A and B share stay exactly as they are
    return _exact_ends(points, z_a, z_b, positions)


def arc(z_a: np.ndarray, z_b: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Points (step, latent) on the arc about the origin, the norm going evenly from |z_a| to |z_b|.

    Slerp (Shoemake 1985; for latent spaces White 2016); the straight line where the two point the same way or one is
    the origin. PathError between opposite points, where no arc is the shortest.
    """
    a, b, at = z_a.astype(np.float64), z_b.astype(np.float64), np.asarray(positions)[:, None]
    norm_a, norm_b = np.linalg.norm(a), np.linalg.norm(b)
    if min(norm_a, norm_b) < 1e-9:
        return line(z_a, z_b, positions)
    angle = np.arccos(np.clip(a @ b / (norm_a * norm_b), -1.0, 1.0))
    if angle < 1e-6:
        return line(z_a, z_b, positions)
    if np.pi - angle < 1e-6:
        raise PathError("A and B lie exactly opposite each other: no arc is the shortest. Please choose a linear path.")
    direction = (np.sin((1 - at) * angle) * a / norm_a + np.sin(at * angle) * b / norm_b) / np.sin(angle)
    # Beyond the ends the norm goes on falling or rising, but never through the origin.
    return _exact_ends(direction * np.maximum((1 - at) * norm_a + at * norm_b, 0.0), z_a, z_b, positions)


def spline(points: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """A smooth curve (step, d) through points (k, d), the first at position 0 and the last at 1.

    The others lie where the square roots of the distances put them (centripetal, Lee 1989), which keeps loops away;
    a natural cubic spline. Beyond its ends the curve goes on straight. Points that repeat the one before are left out.
    """
    from scipy.interpolate import CubicSpline  # not on the way to first paint

    points = np.asarray(points, dtype=np.float64)
    hops = np.sqrt(np.linalg.norm(np.diff(points, axis=0), axis=1))
    kept = np.concatenate([[True], hops > 1e-9])
    points, hops = points[kept], hops[hops > 1e-9]
    if len(points) < 2:
        return np.repeat(points, len(positions), axis=0)
    at = np.concatenate([[0.0], np.cumsum(hops)]) / hops.sum()
    at[-1] = 1.0
    curve = CubicSpline(at, points, bc_type="natural")
    return _straight_on(curve, curve.derivative()(np.array([0.0, 1.0])), positions)


def polyline(points: np.ndarray, positions: np.ndarray, smoothing: float = 0.04) -> np.ndarray:
    """An even walk (step, d) along points (k, d), its corners rounded; beyond the ends it goes on straight.

    smoothing: how much of the way a corner is rounded over (deviation of a Gaussian).
    """
    points = np.asarray(points, dtype=np.float64)
    at = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    if at[-1] < 1e-9:
        return np.repeat(points[:1], len(positions), axis=0)
    fine = np.linspace(0.0, 1.0, 201)
    path = np.stack([np.interp(fine, at / at[-1], column) for column in points.T], axis=1)
    if smoothing:
        # Mirrored through the ends, which stay where they are.
        start, end = 2 * path[0] - path[:0:-1], 2 * path[-1] - path[-2::-1]
        wide = np.concatenate([start, path, end])
        kernel = np.exp(-0.5 * (np.arange(-100, 101) / 200 / smoothing) ** 2)
        path = np.stack([np.convolve(column, kernel / kernel.sum(), mode="same") for column in wide.T], axis=1)
        path = path[len(start) : len(start) + len(fine)]
    slopes = np.stack([path[10] - path[0], path[-1] - path[-11]]) / 0.05
    return _straight_on(lambda inside: _along(path, fine, inside), slopes, positions)


def square(corners: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Points (point, d) between four corners (4, d) - A top left, B top right, C bottom left, D bottom right -
    at positions (point, 2), right and down: bilinear."""
    right, down = np.asarray(positions, dtype=np.float64).T[:, :, None]
    a, b, c, d = np.asarray(corners, dtype=np.float64)
    top, bottom = a + right * (b - a), c + right * (d - c)
    return (top + down * (bottom - top)).astype(np.float32)


def _along(path: np.ndarray, at: np.ndarray, positions: np.ndarray) -> np.ndarray:
    return np.stack([np.interp(positions, at, column) for column in path.T], axis=1)


def _straight_on(curve: Callable[[np.ndarray], np.ndarray], slopes: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """The curve between 0 and 1, and beyond the ends straight on with its slopes (2, d) there."""
    at = np.asarray(positions, dtype=np.float64)
    inside = np.clip(at, 0.0, 1.0)
    return curve(inside) + np.minimum(at, 0.0)[:, None] * slopes[0] + np.maximum(at - 1, 0.0)[:, None] * slopes[1]


def _exact_ends(points: np.ndarray, z_a: np.ndarray, z_b: np.ndarray, positions: np.ndarray) -> np.ndarray:
    points = points.astype(np.float32)
    points[np.asarray(positions) == 0], points[np.asarray(positions) == 1] = z_a, z_b
    return points
