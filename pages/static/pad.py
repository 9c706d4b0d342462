"""The pad: a lattice of real renderings, all of them, over two numbers that hold every effect and knob."""

from dataclasses import dataclass

import numpy as np

from core.audio import SAMPLE_RATE
from core.audio.clips import load_clip
from core.audio.coarse import coarse
from core.effects import Chain, Setting
from core.effects.chain import plainest
from core.effects.loop import loop_of, looped
from core.explorer import Explorer
from pages.shared.figures.theme import EFFECT_COLOURS, EFFECT_LABELS
from pages.shared.results.points import reach_of
from pages.static.text import apart, script
from pages.widgets import pad

SIDE, COARSE = 8, 4
"""Cells of the lattice along a side, and along that of its largest cell."""
_CLIP = "speech_en_f_allison"
_POINTS = 3000


@dataclass(frozen=True)
class Pad:
    """scripts: name -> bytes, the coarse lattice first."""

    scripts: dict[str, bytes]


def made(explorer: Explorer) -> Pad | None:
    """The pad of the fewest axes; None where no controller plays one. Axes beyond two stay in the middle."""
    if not explorer.dimensions:
        return None
    size = explorer.dimensions[0]
    places = explorer.places(size)
    low, high = reach_of(places)
    middle = np.median(places, axis=0)
    settings = [_played(explorer, middle, low, high, node) for node in range((SIDE + 1) ** 2)]
    first, rest = _nodes()
    loop = loop_of(load_clip(_CLIP))
    cloud = _cloud(explorer, (places - low) / (high - low))
    shared = {
        "point": (0.5, 0.5), "others": ((middle - low) / (high - low)).round(4).tolist(), "only": "", "version": "v",
        "need": [*first, *rest], "exact_version": "", "rate": SAMPLE_RATE, "seen": 0, "side": SIDE, "coarse": COARSE,
        "settings": [own.text for own in settings],
    }  # fmt: skip
    axes = pad.Axis(1, float(low[0]), float(high[0]), "", ""), pad.Axis(2, float(low[1]), float(high[1]), "", "")
    scripts = {}
    for number, nodes in enumerate((first, rest)):
        sounds = {node: looped(loop, settings[node]) for node in nodes}
        known = cloud if number == 0 else None
        message = pad.pack(sounds, known, "cloud", axes, None, len(loop), **shared)
        header, parts = apart(message)
        coded = [coarse(sound) for sound in sounds.values()]
        before = len(parts) - len(sounds)
        header |= {"coded": [before, [one.levels for one in coded]]}
        name = f"pad-{number}"
        scripts[name] = script(name, header, [*parts[:before], *(one.flac for one in coded)])
    return Pad(scripts)


def _nodes() -> tuple[list[int], list[int]]:
    """Numbers of the nodes that cover the pad coarsely, and of the others, the middle ones first."""
    every = range(0, SIDE + 1, COARSE)
    first = [j * (SIDE + 1) + i for j in every for i in every]
    rest = sorted(set(range((SIDE + 1) ** 2)) - set(first), key=lambda node: np.hypot(*(_place(node) - 0.5)))
    return first, rest


def _place(node: int) -> np.ndarray:
    """Where a node lies, 0 ... 1 to the right and upwards."""
    row, column = divmod(node, SIDE + 1)
    return np.array([column, row]) / SIDE


def _played(explorer: Explorer, middle: np.ndarray, low: np.ndarray, high: np.ndarray, node: int) -> Setting | Chain:
    w = middle.copy()
    w[:2] = low[:2] + _place(node) * (high[:2] - low[:2])
    return plainest(explorer.play(w).chain)


def _cloud(explorer: Explorer, places: np.ndarray) -> pad.Cloud:
    """The atlas's points on the pad, at most _POINTS of them. places (N, w): 0 ... 1 where they are on it."""
    on_pad = np.flatnonzero(((places >= 0) & (places <= 1)).all(axis=1))
    index = on_pad[np.linspace(0, len(on_pad) - 1, min(_POINTS, len(on_pad))).astype(int)]
    names = [str(effect) for effect in explorer.atlas.effects]
    labels = [EFFECT_LABELS[name] for name in names]
    effect = explorer.atlas.effect[index]
    return pad.Cloud("cloud", places[index], effect, effect, [EFFECT_COLOURS[name] for name in names], labels, labels)
