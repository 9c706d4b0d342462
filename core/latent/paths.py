"""Paths from one latent point to another: (latent,), (latent,) -> (step, latent)."""

import numpy as np

KINDS = ("linear", "spherical")


class PathError(ValueError):
    """Two points that no path of the chosen kind joins, with the remedy in plain words."""


def path(z_a: np.ndarray, z_b: np.ndarray, steps: int = 11, kind: str = "linear") -> np.ndarray:
    """Points (step, latent) from z_a to z_b, both (latent,); the first and the last are exactly z_a and z_b.

    linear: even steps on the straight line. spherical: even angles on the arc about the origin, the norm going evenly
    from |z_a| to |z_b| (slerp, Shoemake 1985; for latent spaces White 2016); the straight line where the two
    point the same way or one is the origin.
    Raises ValueError for fewer than 2 steps, unequal shapes or an unknown kind, PathError for a spherical path between
    opposite points.
    """
    z_a, z_b = np.asarray(z_a, dtype=np.float32), np.asarray(z_b, dtype=np.float32)
    if z_a.shape != z_b.shape or z_a.ndim != 1:
        raise ValueError(f"a path joins two vectors of one size, got {z_a.shape} and {z_b.shape}")
    if steps < 2:
        raise ValueError(f"a path has at least 2 steps, got {steps}")
    if kind not in KINDS:
        raise ValueError(f"no path kind {kind!r}; known: {', '.join(KINDS)}")
    position = np.linspace(0.0, 1.0, steps)[:, None]
    points = _line(z_a, z_b, position) if kind == "linear" else _arc(z_a, z_b, position)
    points[0], points[-1] = z_a, z_b
    return points.astype(np.float32)


def _line(z_a: np.ndarray, z_b: np.ndarray, position: np.ndarray) -> np.ndarray:
    return z_a + position * (z_b - z_a)  # so written, numbers that A and B share stay exactly as they are


def _arc(z_a: np.ndarray, z_b: np.ndarray, position: np.ndarray) -> np.ndarray:
    a, b = z_a.astype(np.float64), z_b.astype(np.float64)
    norm_a, norm_b = np.linalg.norm(a), np.linalg.norm(b)
    if min(norm_a, norm_b) < 1e-9:
        return _line(a, b, position)
    angle = np.arccos(np.clip(a @ b / (norm_a * norm_b), -1.0, 1.0))
    if angle < 1e-6:
        return _line(a, b, position)
    if np.pi - angle < 1e-6:
        raise PathError("A and B lie exactly opposite each other: no arc is the shortest. Please choose a linear path.")
    direction = (np.sin((1 - position) * angle) * a / norm_a + np.sin(position * angle) * b / norm_b) / np.sin(angle)
    return direction * ((1 - position) * norm_a + position * norm_b)
