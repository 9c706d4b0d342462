"""An XY pad on a map of sounds: drag the point, and hear it at once.

The browser holds the sounds of some nodes of a lattice and only moves gains between them, so a drag costs no server
round trip. Releasing the point reports where it is; what the browser misses, it asks for.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pages.widgets.shared import bytes as packed
from pages.widgets.shared import component

_mount = component("pad")

SIDE = 16
"""Cells of the lattice along each side of the pad: nodes stand at 0 ... SIDE."""
COARSE = 4
"""Every COARSE-th node of the lattice covers the whole pad."""
FINE = 2
"""Nodes to each side of the middle of the fine neighbourhood."""
GREY = 255
"""The colour number of a point that stands back."""


@dataclass(frozen=True)
class Cloud:
    """The points of the map.

    version: names this cloud. places (N, w): 0 ... 1 along each axis, as far as the pad reaches. colour (N,): number
    in palette, or GREY. effect (N,): number in effects, whose labels are told while the point moves. names: labels to
    write on the map, one an effect, "" for none. title, low, high: of the palette where it is a scale; title None:
    categories.
    """

    version: str
    places: np.ndarray
    colour: np.ndarray
    effect: np.ndarray
    palette: Sequence[str]
    effects: Sequence[str]
    names: Sequence[str]
    title: str | None = None
    low: str = ""
    high: str = ""

    @property
    def header(self) -> dict:
        """What the browser needs to know to read `parts` and to explain the colours."""
        kept = ("palette", "effects", "names", "title", "low", "high")
        count, axes = self.places.shape
        return {"count": count, "axes": axes} | {name: getattr(self, name) for name in kept}

    @property
    def parts(self) -> list[bytes]:
        """places as 16-bit numbers, then colour and effect, a byte each."""
        places = np.round(65535 * self.places).astype("<u2")
        return [places.tobytes(), self.colour.astype(np.uint8).tobytes(), self.effect.astype(np.uint8).tobytes()]


@dataclass(frozen=True)
class Axis:
    """What one side of the pad says: number of the axis in w, its ends, and words for its two directions."""

    number: int
    low: float
    high: float
    up: str
    down: str


def node(i: int, j: int) -> int:
    """Number of the node in column i and row j, from the left and from below."""
    return j * (SIDE + 1) + i


def place_of(number: int) -> tuple[float, float]:
    """Where a node stands on the pad, 0 ... 1 to the right and upwards."""
    row, column = divmod(number, SIDE + 1)
    return column / SIDE, row / SIDE


def needed(x: float, y: float) -> list[int]:
    """Nodes to be heard around a point of the pad, the nearest first: fine ones near it, then coarse ones everywhere.

    The fine neighbourhood moves by two cells at a time, so that a short way needs no new sounds.
    """
    middle = [min(SIDE - FINE, max(FINE, 2 * round(place * SIDE / 2))) for place in (x, y)]
    near = range(-FINE, FINE + 1)
    fine = {node(middle[0] + i, middle[1] + j) for i in near for j in near}
    every = range(0, SIDE + 1, COARSE)
    coarse = {node(i, j) for i in every for j in every} - fine

    def distance(number: int) -> float:
        return float(np.hypot(*np.subtract(place_of(number), (x, y))))

    return sorted(fine, key=distance) + sorted(coarse, key=distance)


def pad(
    key: str,
    *,
    cloud: Cloud | None,
    cloud_version: str,
    point: tuple[float, float],
    others: Sequence[float],
    axes: tuple[Axis, Axis],
    only: str,
    version: str,
    need: Sequence[int],
    sounds: Mapping[int, np.ndarray],
    exact_version: str,
    exact: np.ndarray | None,
    samples: int,
    rate: int,
    seen: int,
    on_release: Callable[[], None],
    on_missing: Callable[[], None],
) -> None:
    """Show the pad.

    cloud: the points of the map, None where the browser has this version. point: 0 ... 1 to the right and upwards.
    others: where the slice lies on each axis of w, 0 ... 1. only: label of the one effect that is played, "" for all.
    version: names what the nodes sound like; sounds of another version are let go. need: numbers of the nodes to be
    heard. sounds: node -> sound (samples,) to send now. exact: sound of the point itself, None where the browser has
    this version. seen: number of the last release that the server knows.
    on_release, on_missing: called before the rerun that a release, or a lack, makes. The component's state under `key`
    then has `point`: {"at": [x, y], "count"}, and `held`: {"version", "nodes", "exact", "cloud"}, what the browser has.

    ValueError where a sound has not as many samples as is said.
    """
    header: dict[str, Any] = {
        "point": point,
        "others": list(others),
        "only": only,
        "version": version,
        "need": list(need),
        "exact_version": exact_version,
        "rate": rate,
        "seen": seen,
    }
    data = pack(sounds, cloud, cloud_version, axes, exact, samples, **header)
    _mount(key=key, data=data, on_point_change=on_release, on_held_change=on_missing)


def pack(
    sounds: Mapping[int, np.ndarray],
    cloud: Cloud | None,
    cloud_version: str,
    axes: tuple[Axis, Axis],
    exact: np.ndarray | None,
    samples: int,
    side: int = SIDE,
    coarse: int = COARSE,
    **header: Any,
) -> bytes:
    """What the browser is sent: a header, the cloud, then the sounds as Int16. Arguments as of `pad`; side, coarse: of
    the lattice, see `SIDE` and `COARSE`."""
    header |= {
        "cloud_version": cloud_version,
        "cloud": cloud and cloud.header,
        "axes": [vars(axis) for axis in axes],
        "side": side,
        "coarse": coarse,
        "sent": list(sounds),
        "exact_sent": exact is not None,
    }
    heard = [*([] if exact is None else [exact]), *sounds.values()]
    if wrong := {np.shape(sound) for sound in heard if np.shape(sound) != (samples,)}:
        raise ValueError(f"Every sound needs the shape ({samples},); some have {wrong}.")
    return packed.pack(header, [*(cloud.parts if cloud else []), *map(packed.int16, heard)])
