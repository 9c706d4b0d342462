"""Where a measured value stands on a knob's scale."""

import numpy as np

TINY = 1e-9
"""Keeps quotients and logarithms of silence finite."""


def position(value: np.ndarray | float, low: float, high: float) -> np.ndarray | float:
    """Where value lies between low (0) and high (1), on a logarithmic scale; beyond them it goes on."""
    return np.log(value / low) / np.log(high / low)
