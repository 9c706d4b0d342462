"""Promise: a path starts and ends exactly where it was told, and its steps are even."""

import numpy as np
import pytest

from core.latent.layout import Layout
from core.latent.paths import KINDS, PathError, path

A, B = np.random.default_rng(0).normal(size=(2, 64)).astype(np.float32)
each_kind = pytest.mark.parametrize("kind", KINDS)


@each_kind
@pytest.mark.parametrize("steps", [2, 3, 11, 21])
def test_ends_are_exact(kind: str, steps: int) -> None:
    points = path(A, B, steps, kind)
    assert points.shape == (steps, 64)
    assert np.array_equal(points[0], A)
    assert np.array_equal(points[-1], B)


@each_kind
def test_the_way_back_is_the_way_reversed(kind: str) -> None:
    assert np.allclose(path(A, B, 9, kind), path(B, A, 9, kind)[::-1], atol=1e-6)


@each_kind
def test_to_stay_is_to_stay(kind: str) -> None:
    assert np.allclose(path(A, A, 5, kind), A, atol=1e-6)


def test_linear_steps_are_even() -> None:
    steps = np.linalg.norm(np.diff(path(A, B, 11), axis=0), axis=1)
    assert np.ptp(steps) < 1e-5 * steps.mean()


def test_spherical_keeps_norm_and_angular_step() -> None:
    a, b = A / np.linalg.norm(A) * 3, B / np.linalg.norm(B) * 3
    points = path(a, b, 11, "spherical")
    assert np.allclose(np.linalg.norm(points, axis=1), 3, atol=1e-5)
    cosines = (points[1:] * points[:-1]).sum(axis=1) / 9
    assert np.ptp(np.arccos(cosines)) < 1e-3


def test_spherical_norm_goes_evenly_between_unequal_ends() -> None:
    norms = np.linalg.norm(path(A, 3 * B, 7, "spherical"), axis=1)
    assert np.allclose(np.diff(norms), np.diff(norms).mean(), atol=1e-4)


def test_nonsense_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 2"):
        path(A, B, 1)
    with pytest.raises(ValueError, match="no path kind"):
        path(A, B, 5, "scenic")
    with pytest.raises(ValueError, match="one size"):
        path(A, B[:3])
    with pytest.raises(PathError, match="opposite"):
        path(A, -A, 5, "spherical")


def test_layout_names_slices() -> None:
    layout = Layout((("content", 5), ("effect", 3)))
    assert layout.size == 8
    assert np.arange(8)[layout.part("effect")].tolist() == [5, 6, 7]
    with pytest.raises(KeyError, match="known: content, effect"):
        layout.part("mood")


@each_kind
def test_numbers_that_both_ends_share_stay_exactly(kind: str) -> None:
    z_a = np.random.default_rng(0).normal(size=64).astype(np.float32)
    if kind == "linear":
        z_b = np.where(np.arange(64) < 32, z_a, -z_a)
        assert (path(z_a, z_b, 9, kind)[:, :32] == z_a[:32]).all()
    assert (path(z_a, z_a, 9, kind) == z_a).all()
