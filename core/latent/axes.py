"""What an axis of a latent space means: what rises and falls along it."""

from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

import numpy as np
from scipy.stats import spearmanr

Measure = TypeVar("Measure", bound=Hashable)


def rank_correlations(w: np.ndarray, measures: Sequence[np.ndarray]) -> np.ndarray:
    """Spearman's rank correlation (measure, axis), -1 ... 1, of each of measures (N,) with each axis of w (N, axis).

    Points where a measure is NaN (a knob of another effect) do not count for it. NaN where fewer than three points
    are left, or where nothing changes.
    """
    result = np.full((len(measures), w.shape[1]), np.nan)
    for row, measure in zip(result, measures, strict=True):
        there = np.isfinite(measure)
        if there.sum() >= 3 and np.ptp(measure[there]) > 0:
            # A matrix of all pairs of columns, but of two columns a number.
            row[:] = np.atleast_2d(spearmanr(measure[there], w[there]).statistic)[0, -w.shape[1] :]
    return result


def in_words(
    correlation: Mapping[Measure, float], words: Mapping[Measure, tuple[str, str]], least: float = 0.3, most: int = 3
) -> str:
    """What happens to the right on an axis, strongest first: "brighter, drive up"; "" where nothing reaches least.

    correlation: of each measure with the axis. words: for each measure what a rise and what a fall is called.
    """
    strong = [name for name in correlation if abs(correlation[name]) >= least]
    strong.sort(key=lambda name: -abs(correlation[name]))
    return ", ".join(words[name][int(correlation[name] < 0)] for name in strong[:most])
