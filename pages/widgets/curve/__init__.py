"""A curve drawn over a clip: where between A and B the sound is, at each time."""

from collections.abc import Callable, Sequence

from pages.widgets.shared import component

_mount = component("curve")


def curve(
    key: str,
    peaks: Sequence[float],
    duration_s: float,
    points: Sequence[tuple[float, float]],
    on_change: Callable[[], None],
    letters: tuple[str, str] = ("A", "B"),
) -> None:
    """Show the clip's outline and, over it, the curve, to be drawn with the hand, the keys or a preset.

    peaks: loudest sample, 0 ... 1, of equal stretches of the clip. points: (time in s, position), times ascending in
    0 ... duration_s, positions from 0 (A, at the bottom) to 1 (B); straight lines between them. They are taken over
    where they differ from those shown before, but never while somebody draws.
    on_change: called before the rerun that a release, a preset or a key's rest makes. The component's state under
    `key` then has `points`: at most 64 [time, position], rounded to 4 decimals, the first at 0 and the last at the end.
    letters: what the bottom and the top are called.
    ValueError for a clip without length or sound, or a curve without points.
    """
    if duration_s <= 0 or not len(peaks) or not len(points):
        raise ValueError(f"A curve needs a clip and points: {duration_s} s, {len(peaks)} peaks, {len(points)} points.")
    data = {"peaks": list(peaks), "duration_s": duration_s, "points": [list(point) for point in points]}
    data["letters"] = list(letters)
    _mount(key=key, data=data, on_points_change=on_change)
