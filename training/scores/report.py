"""Scores with their uncertainty."""

from collections.abc import Callable
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table
from scipy.stats import bootstrap

RESAMPLES = 1000
Change = Callable[[np.ndarray], np.ndarray]
"""From means to scores, element by element: np.sqrt makes an RMS of a mean square."""


def same(mean: np.ndarray) -> np.ndarray:
    """The change of a score that is a mean itself."""
    return mean


class Report:
    """Nested scores, {"clusters": {"knn_accuracy": .95}}, and for those that are means over pairs an interval.

    speaker (pair,): of each pair to test on. intervals: {"clusters.knn_accuracy": (low, high)}, 95 % of the bootstrap's
    resamples (Efron 1979) of the speakers with all their pairs, as the pairs of one speaker are alike; where there is
    one speaker, or nobody says who speaks, of the pairs.
    """

    def __init__(self, speaker: np.ndarray | None = None) -> None:
        self.speaker = speaker
        self.scores: dict[str, Any] = {}
        self.intervals: dict[str, tuple[float, float]] = {}

    def put(self, key: str, value: Any) -> None:
        """Store a plain value under a key with dots."""
        *groups, name = key.split(".")
        place = self.scores
        for group in groups:
            place = place.setdefault(group, {})
        place[name] = value

    def mean(self, key: str, examples: np.ndarray, change: Change = same, speaker: np.ndarray | None = None) -> float:
        """Store change(mean of examples (example,)), two at least, and its interval; returns the score.

        examples: of the first pairs to test on, unless speaker (example,) says whose others they are of.
        """
        return self.ratio(key, examples, np.ones(len(examples)), change, speaker)

    def ratio(
        self, key: str, above: np.ndarray, below: np.ndarray, change: Change = same, speaker: np.ndarray | None = None
    ) -> float:
        """Store change(sum of above over sum of below), each (example,), and its interval; see `mean`."""
        groups = self._groups(len(above), speaker)
        sums = tuple(np.bincount(groups, np.asarray(part, dtype=np.float64)) for part in (above, below))
        found = bootstrap(
            sums, lambda a, b, axis: change(a.sum(axis=axis) / b.sum(axis=axis)), paired=True, vectorized=True,
            n_resamples=RESAMPLES, method="percentile", rng=np.random.default_rng(0),
        ).confidence_interval  # fmt: skip
        score = float(change(sums[0].sum() / sums[1].sum()))
        self.put(key, score)
        self.intervals[key] = (float(found.low), float(found.high))
        return score

    def _groups(self, count: int, speaker: np.ndarray | None) -> np.ndarray:
        """What is resampled together (example,)."""
        if speaker is None and self.speaker is not None:
            speaker = self.speaker[:count]
        if speaker is None or len(np.unique(speaker)) < 2:
            return np.arange(count)
        return np.unique(speaker, return_inverse=True)[1]

    def by_effect(
        self, key: str, examples: np.ndarray, effect: np.ndarray, names: tuple[str, ...], change: Change = same
    ) -> None:
        """Store change(mean of examples (example,)) for each effect; effect (example,): indices into names."""
        examples = np.asarray(examples)
        for index, name in enumerate(names):
            self.put(f"{key}.{name}", float(change(examples[effect == index].mean())))


def show(found: dict[str, Any]) -> None:
    """Print the scores as one table, nested names joined by dots, with their intervals."""
    table = Table("score", "value", "95 %", title="Evaluation")
    intervals = found["intervals"]

    def add(prefix: str, value: Any) -> None:
        if isinstance(value, dict):
            for name, inner in value.items():
                add(f"{prefix}.{name}" if prefix else name, inner)
        else:
            table.add_row(prefix, str(value), " ... ".join(map(str, intervals.get(prefix, ()))))

    add("", {name: value for name, value in found.items() if name != "intervals"})
    Console().print(table)
