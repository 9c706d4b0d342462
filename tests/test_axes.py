"""Promise: what is said of an axis is what happens along it."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from core.latent.axes import in_words, rank_correlations

WORDS = {"brightness": ("brighter", "darker"), "drive": ("drive up", "drive down")}


def test_agrees_with_scipy_also_with_ties() -> None:
    generator = np.random.default_rng(0)
    w, measure = generator.normal(size=(200, 3)), generator.integers(0, 9, 200).astype(float)
    expected = [spearmanr(w[:, axis], measure).statistic for axis in range(3)]
    assert np.allclose(rank_correlations(w, [measure])[0], expected)


def test_any_rising_curve_counts_as_one_and_a_falling_one_as_minus_one() -> None:
    w = np.random.default_rng(1).normal(size=(100, 1))
    assert np.allclose(rank_correlations(w, [np.exp(3 * w[:, 0]), -(w[:, 0] ** 3)]), [[1], [-1]])


def test_missing_values_are_left_out() -> None:
    w = np.arange(10.0)[:, None]
    measure = np.where(np.arange(10) < 5, np.arange(10.0), np.nan)
    assert rank_correlations(w, [measure])[0, 0] == pytest.approx(1)


@pytest.mark.parametrize("measure", [np.full(10, np.nan), np.ones(10), np.array([1.0, 2.0] + [np.nan] * 8)])
def test_nothing_is_said_where_there_is_nothing_to_say(measure: np.ndarray) -> None:
    assert np.isnan(rank_correlations(np.arange(10.0)[:, None], [measure])).all()
    assert in_words({"drive": np.nan}, WORDS) == ""


def test_words_name_the_strongest_first_and_the_direction() -> None:
    assert in_words(dict(zip(WORDS, np.array([-0.8, 0.5]), strict=True)), WORDS) == "darker, drive up"
    assert in_words({"drive": 0.5, "brightness": -0.8}, WORDS, most=1) == "darker"
    assert in_words({"drive": 0.29, "brightness": -0.1}, WORDS) == ""
