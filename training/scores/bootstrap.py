"""Scores with their uncertainty."""

from collections.abc import Callable
from typing import Any

import numpy as np

RESAMPLES = 1000


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

    def mean(
        self, key: str, examples: np.ndarray, change: Callable[[np.ndarray], np.ndarray] = lambda mean: mean
    ) -> float:
        """Store change(mean of examples (example,)) and its interval; returns the score."""
        examples = np.asarray(examples, dtype=np.float64)
        draws = np.random.default_rng(0).integers(0, len(examples), (RESAMPLES, len(examples)))
        low, high = np.quantile(change(examples[draws].mean(axis=1)), (0.025, 0.975))
        score = float(change(examples.mean()))
        self.put(key, score)
        self.intervals[key] = (float(low), float(high))
        return score
