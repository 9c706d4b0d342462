"""A map of settings: the point under the pointer, the finger or the keys is heard, from its beginning.

The browser asks for the sounds of the points that it comes to, and holds them. It stands on pages without Streamlit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from pages.widgets.shared import bytes as packed


@dataclass(frozen=True)
class Mark:
    """How the points of an effect look. shape: as Plotly calls it. colour: hex."""

    label: str
    colour: str
    shape: str


@dataclass(frozen=True)
class Points:
    """places (N, 2): 0 ... 1 to the right and upwards. effect (N,): number in marks. texts: what each point is."""

    places: np.ndarray
    effect: np.ndarray
    marks: Sequence[Mark]
    texts: Sequence[str]


def pack(points: Points | None, sounds: Mapping[int, tuple[bytes, int]], rate: int) -> bytes:
    """What the browser is sent: a header, the points where they are not None, then FLAC files.

    sounds: point -> FLAC file at `rate` Hz whose samples are whole numbers of steps, and how many steps full scale has.
    The component reports `wanted`, a point whose sound it has not.
    """
    cloud = points and {"count": len(points.effect), "effects": [*map(asdict, points.marks)], "texts": points.texts}
    header = {"cloud": cloud, "rate": rate, "sent": [[point, levels] for point, (_, levels) in sounds.items()]}
    known = [] if points is None else [_places(points.places), points.effect.astype(np.uint8).tobytes()]
    return packed.pack(header, [*known, *(flac for flac, _ in sounds.values())])


def _places(places: np.ndarray) -> bytes:
    return np.round(65535 * places).astype("<u2").tobytes()
