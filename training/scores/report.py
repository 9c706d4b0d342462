"""Scores with their uncertainty."""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.stats import bootstrap

RESAMPLES = 1000
Change = Callable[[np.ndarray], np.ndarray]
"""From means to scores, element by element: np.sqrt makes an RMS of a mean square."""


class Report:
    """Nested scores, {"clusters": {"knn_accuracy": .95}}, and for those that are means over examples an interval.

    intervals: {"clusters.knn_accuracy": (low, high)}, 95 % of the bootstrap's resamples of the examples (Efron 1979).
    """

    def __init__(self) -> None:
        self.scores: dict[str, Any] = {}
        self.intervals: dict[str, tuple[float, float]] = {}

    def put(self, key: str, value: Any) -> None:
        """Store a plain value under a key with dots."""
        *groups, name = key.split(".")
        place = self.scores
        for group in groups:
            place = place.setdefault(group, {})
        place[name] = value

    def mean(self, key: str, examples: np.ndarray, change: Change = lambda mean: mean) -> float:
        """Store change(mean of examples (example,)), two at least, and its interval; returns the score."""
        examples = np.asarray(examples, dtype=np.float64)
        found = bootstrap(
            (examples,), lambda drawn, axis: change(drawn.mean(axis=axis)), vectorized=True, n_resamples=RESAMPLES,
            method="percentile", rng=np.random.default_rng(0),
        ).confidence_interval  # fmt: skip
        score = float(change(examples.mean()))
        self.put(key, score)
        self.intervals[key] = (float(found.low), float(found.high))
        return score

    def by_effect(
        self, key: str, examples: np.ndarray, effect: np.ndarray, names: tuple[str, ...],
        change: Change = lambda mean: mean,
    ) -> None:  # fmt: skip
        """Store change(mean of examples (example,)) for each effect; effect (example,): indices into names."""
        examples = np.asarray(examples)
        for index, name in enumerate(names):
            self.put(f"{key}.{name}", float(change(examples[effect == index].mean())))
