"""Promise: a path starts and ends exactly where it was told, whatever its kind, and goes where it says in between."""

import numpy as np
import pytest

from core.latent.graph import NeighbourGraph
from core.latent.layout import Layout
from core.paths.route import EASINGS, MAX_STEPS, PathError, Route, arc, line, polyline, spline, spread, square

A, B = np.random.default_rng(0).normal(size=(2, 64)).astype(np.float32)
EVEN = np.linspace(0, 1, 11)
each = pytest.mark.parametrize("path", [line, arc])
curved = pytest.mark.parametrize("path", [spline, polyline])


@each
@pytest.mark.parametrize("steps", [2, 3, 11, 21])
def test_ends_are_exact(path, steps: int) -> None:
    points = path(A, B, np.linspace(0, 1, steps))
    assert points.shape == (steps, 64)
    assert np.array_equal(points[0], A)
    assert np.array_equal(points[-1], B)


@each
def test_the_way_back_is_the_way_reversed(path) -> None:
    assert np.allclose(path(A, B, EVEN), path(B, A, EVEN)[::-1], atol=1e-6)


@each
def test_to_stay_is_to_stay(path) -> None:
    assert (path(A, A, EVEN) == A).all()


def test_numbers_that_both_ends_share_stay_exactly() -> None:
    half = np.where(np.arange(64) < 32, A, B)
    assert (line(A, half, EVEN)[:, :32] == A[:32]).all()


def test_linear_steps_are_even_and_go_on_beyond() -> None:
    points = line(A, B, np.linspace(-0.3, 1.3, 9))
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    assert np.ptp(steps) < 1e-5 * steps.mean()
    assert np.allclose(points[0], A - 0.3 * (B - A), atol=1e-5)


def test_spherical_keeps_norm_and_angular_step_also_beyond() -> None:
    a, b = A / np.linalg.norm(A) * 3, B / np.linalg.norm(B) * 3
    points = arc(a, b, np.linspace(-0.2, 1.2, 11))
    assert np.allclose(np.linalg.norm(points, axis=1), 3, atol=1e-5)
    assert np.ptp(np.arccos((points[1:] * points[:-1]).sum(axis=1) / 9)) < 1e-3


def test_spherical_norm_goes_evenly_between_unequal_ends() -> None:
    norms = np.linalg.norm(arc(A, 3 * B, EVEN), axis=1)
    assert np.allclose(np.diff(norms), np.diff(norms).mean(), atol=1e-4)


def test_no_arc_joins_opposite_points() -> None:
    with pytest.raises(PathError, match="opposite"):
        arc(A, -A, EVEN)


@curved
def test_curves_start_and_end_at_their_points_and_go_straight_on(path) -> None:
    points = np.random.default_rng(1).normal(size=(5, 16))
    walk = path(points, np.array([-0.2, -0.1, 0.0, 1.0, 1.1, 1.2]))
    assert np.allclose(walk[2], points[0], atol=1e-6)
    assert np.allclose(walk[3], points[-1], atol=1e-6)
    for outside in (walk[:3], walk[3:]):
        assert np.allclose(outside[1] - outside[0], outside[2] - outside[1], atol=1e-6)


@curved
def test_curves_over_one_point_stay(path) -> None:
    assert np.allclose(path(np.ones((3, 4)), EVEN), 1.0)


def test_a_spline_meets_its_waypoints_and_is_smooth() -> None:
    points = np.random.default_rng(2).normal(size=(5, 3))
    fine = spline(points, np.linspace(0, 1, 4001))
    for point in points:
        assert np.linalg.norm(fine - point, axis=1).min() < 0.01
    turns = np.linalg.norm(np.diff(fine, n=2, axis=0), axis=1)
    assert turns.max() < 1e-4
    assert np.allclose(spline(points[[0, -1]], EVEN), line(points[0], points[-1], EVEN), atol=1e-6)


def test_a_walk_along_points_is_even_and_near_them() -> None:
    angle = np.linspace(0, np.pi, 40)
    ring = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    walk = polyline(ring, np.linspace(0, 1, 21))
    steps = np.linalg.norm(np.diff(walk, axis=0), axis=1)
    assert steps.max() / steps.min() < 1.2
    assert np.abs(np.linalg.norm(walk, axis=1) - 1).max() < 0.05


def test_the_square_has_its_corners_and_its_middle() -> None:
    corners = np.random.default_rng(3).normal(size=(4, 8))
    points = square(corners, Route("corners", steps=3).positions)
    assert np.allclose(points[[0, 2, 6, 8]], corners, atol=1e-6)
    assert np.allclose(points[4], corners.mean(axis=0), atol=1e-6)


@pytest.mark.parametrize("easing", EASINGS)
def test_easing_rises_from_end_to_end(easing: str) -> None:
    positions = Route(steps=11, low=-0.3, high=1.3, easing=easing).positions
    assert positions[[0, -1]] == pytest.approx([-0.3, 1.3])
    assert (np.diff(positions) > 0).all()
    gaps = np.diff(positions)
    if easing == "slow ends":
        assert gaps[0] < gaps[5]
    if easing == "slow middle":
        assert gaps[0] > gaps[5]


def test_steps_can_be_spread_so_that_all_change_as_much() -> None:
    fine = np.linspace(0, 1, 101)
    change = np.diff(fine**3)
    positions = spread(fine, change, 6)
    assert np.diff(positions**3) == pytest.approx(0.2, abs=0.01)


@pytest.mark.parametrize(
    ("words", "route"),
    [
        ("no path kind 'scenic'", {"kind": "scenic"}),
        ("no easing 'lazy'", {"easing": "lazy"}),
        ("2 to 41 steps", {"steps": 1}),
        ("2 to 7 steps", {"kind": "corners", "steps": 8}),
        ("forwards", {"low": 1.0, "high": 0.0}),
        ("-0.3 at the lowest", {"low": -0.5}),
        ("12 waypoints", {"via": tuple(range(13))}),
    ],
)
def test_nonsense_is_a_sentence(words: str, route: dict) -> None:
    with pytest.raises(PathError, match=words):
        Route(**route)


def test_a_walk_through_neighbours_stays_near_them() -> None:
    generator = np.random.default_rng(4)
    angle = generator.uniform(0, 2 * np.pi, 3000)
    rings = [
        np.stack([np.cos(angle) + 3 * k, np.sin(angle)], axis=1) + generator.normal(0, 0.02, (3000, 2)) for k in (0, 1)
    ]
    graph = NeighbourGraph(np.concatenate(rings), np.repeat([0, 1], 3000))
    a, b = np.array([-1.0, 0.0]), np.array([4.0, 0.0])
    walk = graph.walk(a, b)
    assert np.array_equal(walk[0], a)
    assert np.array_equal(walk[-1], b)
    straight = np.linspace(a, b, 50)
    near, far = graph.distance(polyline(walk, np.linspace(0, 1, 50))), graph.distance(straight)
    assert near.mean() < 0.3 * far.mean()
    assert 0 < graph.usual_distance < 0.05


def test_layout_names_slices() -> None:
    layout = Layout((("content", 5), ("effect", 3)))
    assert layout.size == 8
    assert np.arange(8)[layout.part("effect")].tolist() == [5, 6, 7]
    with pytest.raises(KeyError, match="known: content, effect"):
        layout.part("mood")


def test_a_path_that_goes_on_beyond_its_ends_meets_them_exactly() -> None:
    """Else their settings are not known there, and others are played."""
    for steps in range(2, MAX_STEPS + 1):
        for low in np.arange(-0.3, 0.01, 0.05):
            for high in np.arange(1.0, 1.31, 0.05):
                at = Route(steps=steps, low=round(low, 2), high=round(high, 2)).positions
                for end in (0.0, 1.0):
                    near = at[np.abs(at - end) < 1e-6]
                    assert (near == end).all()
