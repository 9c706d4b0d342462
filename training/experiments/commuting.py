"""Which effects may change places in a chain unheard: every two of them in both orders, rendered."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
from rich.progress import track

from core.audio import SEGMENT
from core.audio.clips import clip_segment, clips
from core.audio.distance import FarFrom
from core.audio.measure import FLOOR_DB
from core.effects import EFFECTS, Chain, random_setting, render

SAMPLES = SEGMENT // 2
COLUMNS = ("first", "second", "draws", "alone", "alone_95", "in_four", "in_four_95")


@dataclass(frozen=True)
class CommutingRun:
    """Measure which two effects sound alike in either order, alone and amid two others, as CSV.

    Distances are MR-STFT above -70 dB over that of doing nothing: the two orders from each other, medians and 95th
    percentiles.
    """

    out: Path  # folder for commuting.csv
    draws: int = 3  # random settings on each shipped clip
    seed: int = 0


def measure(run: CommutingRun) -> Path:
    """Measure every two effects; returns the table's path."""
    pairs = list(combinations([effect.name for effect in EFFECTS], 2))
    rows = [row(pair, run) for pair in track(pairs, description="Swapping effects")]
    run.out.mkdir(parents=True, exist_ok=True)
    with (run.out / "commuting.csv").open("w", newline="") as handle:
        csv.writer(handle).writerows([COLUMNS, *rows])
    return run.out / "commuting.csv"


def row(pair: tuple[str, str], run: CommutingRun) -> tuple:
    """As in COLUMNS, of two effects."""
    draws = np.array(list(_draws(pair, run)))
    return (*pair, len(draws), *np.quantile(draws, (0.5, 0.95), axis=0).T.ravel().round(4))


def _draws(pair: tuple[str, str], run: CommutingRun) -> Iterator[tuple[float, float]]:
    """Of random settings on each clip: how far the two orders are apart alone, and somewhere in a chain of four."""
    names = [effect.name for effect in EFFECTS]
    generator = np.random.default_rng([run.seed, *map(names.index, pair)])
    others = [name for name in names if name not in pair]
    for clip in clips():
        dry = clip_segment(clip.name, 0)[:SAMPLES]
        for _ in range(run.draws):
            a, b = (random_setting(name, generator) for name in pair)
            around = [random_setting(str(name), generator) for name in generator.choice(others, 2, replace=False)]
            before = int(generator.integers(3))
            head, tail = Chain(tuple(around[:before])), Chain(tuple(around[before:]))
            yield _apart(dry, a | b, b | a), _apart(dry, head | a | b | tail, head | b | a | tail)


def _apart(dry: np.ndarray, one: Chain, other: Chain) -> float:
    """How far one chain's sound is from the other's, over how far it is from the dry sound (time,)."""
    far = FarFrom(render(dry, one), FLOOR_DB)
    return far(render(dry, other)) / far(dry)
