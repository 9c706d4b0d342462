"""Chains: settings one behind the other."""

import numpy as np
import pytest

from core.audio.measure import loudness_lufs
from core.effects import Chain, Setting, render

DELAY, DRIVE = Setting("delay", (0.5, 0.3, 0.4)), Setting("overdrive", (0.6, 0.5, 0.5))
QUIET = Setting("overdrive", (0.6, 0.5, 0.0))  # level -12 dB


def test_a_setting_is_a_chain_of_one(dry: np.ndarray) -> None:
    assert np.array_equal(render(dry, Chain((DELAY,))), render(dry, DELAY))


def test_an_empty_chain_is_a_bypass(dry: np.ndarray) -> None:
    assert np.allclose(render(dry, Chain()), dry, atol=1e-6)


def test_the_later_effect_hears_the_earlier_one(dry: np.ndarray) -> None:
    one, other = (render(dry, Chain(order)) for order in ((DRIVE, DELAY), (DELAY, DRIVE)))
    assert np.abs(one - other).max() > 0.05


def test_loudness_is_matched_once_behind_the_last(dry: np.ndarray) -> None:
    for chain, level_db in ((Chain((DRIVE, DELAY)), DRIVE.level_db), (Chain((QUIET, DELAY)), -12.0)):
        assert loudness_lufs(render(dry, chain)) == pytest.approx(loudness_lufs(dry) + level_db, abs=0.1)


def test_what_no_chain_can_be_is_refused() -> None:
    with pytest.raises(ValueError, match=r"once in a chain, got delay, delay"):
        Chain((DELAY, DELAY))
    every = ("delay", "overdrive", "reverb", "chorus", "phaser")
    with pytest.raises(ValueError, match="4 settings at most, got 5"):
        Chain(tuple(Setting.all_at(name, 0.5) for name in every))
