"""Promise: the amount of a setting goes from the dry sound to the setting and beyond, and stays as loud as it was."""

import numpy as np
import pytest

from core.audio.clips import load_clip
from core.audio.distance import FarFrom
from core.audio.measure import FLOOR_DB, loudness_lufs
from core.effects import EFFECTS, Chain, Setting, random_setting, render
from core.effects.amount import BEYOND, MOST, render_amount
from training.experiments.fading import merely_mixed

NAMES = [effect.name for effect in EFFECTS]
AMOUNTS = (0.05, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5)


@pytest.fixture(scope="module")
def speech() -> np.ndarray:
    return load_clip("speech_en_f_allison")[6_000:30_000].astype(np.float32)


@pytest.mark.parametrize("effect", NAMES)
def test_nothing_is_dry_and_all_is_the_setting(speech: np.ndarray, effect: str) -> None:
    setting = random_setting(effect, 1)
    assert np.array_equal(render_amount(speech, setting, 0), speech)
    assert np.array_equal(render_amount(speech, setting, 1), render(speech, setting))


@pytest.mark.parametrize("effect", NAMES)
def test_more_is_further_from_dry_step_by_step(speech: np.ndarray, effect: str) -> None:
    """Of the middle of three settings; at 25 and 75 % near a quarter and three quarters of the way."""
    far = FarFrom(speech, FLOOR_DB)
    rows = [[far(render_amount(speech, random_setting(effect, seed), a)) for a in AMOUNTS] for seed in (1, 2, 3)]
    share = np.median(np.array(rows) / np.array(rows)[:, 4:5], axis=0)
    assert share[0] < 0.3, "near nothing it is near the dry sound"
    if effect in ("chorus", "phaser"):  # they interfere: what is left of a partial depends on more than the amount
        assert (np.diff(share[:3]) > 0.1).all(), share
        return
    assert (np.diff(share) > 0.01).all(), share
    assert 0.1 < share[1] < 0.45
    assert 0.55 < share[3] < 0.97


@pytest.mark.parametrize("amount", [0.02, 0.3, 0.999, 1.001, MOST])
@pytest.mark.parametrize("effect", NAMES)
def test_every_amount_is_as_loud_as_dry(speech: np.ndarray, effect: str, amount: float) -> None:
    setting = random_setting(effect, 2)
    expected = loudness_lufs(speech) + amount * setting.level_db
    assert loudness_lufs(render_amount(speech, setting, amount)) == pytest.approx(expected, abs=0.1)


@pytest.mark.parametrize("effect", NAMES)
def test_below_all_of_it_it_is_what_a_mix_makes_but_for_the_ladder(speech: np.ndarray, effect: str) -> None:
    setting = random_setting(effect, 5)
    far = FarFrom(merely_mixed(speech, setting, 0.5), FLOOR_DB)
    apart = far(render_amount(speech, setting, 0.5)) / far(speech)
    assert apart > 0.2 if effect == "lowpass" else apart < 0.02


def test_there_is_no_jump_at_the_setting_itself(speech: np.ndarray) -> None:
    for effect in sorted({*NAMES} - {"bitcrush"}):  # its sound hangs on which sample it holds
        setting = random_setting(effect, 3)
        far = FarFrom(render(speech, setting), FLOOR_DB)
        for amount in (0.999, 1.001):
            assert far(render_amount(speech, setting, amount)) < 0.05 * far(speech), (effect, amount)


def test_so_much_of_a_chain_is_so_much_of_each_link(speech: np.ndarray) -> None:
    chain = random_setting("overdrive", 1) | random_setting("delay", 1) | random_setting("lowpass", 1)
    assert np.array_equal(render_amount(speech, chain, 1), render(speech, chain))
    assert np.allclose(render_amount(speech, Chain(), 0.5), speech, atol=1e-6)
    near = render_amount(speech, chain, 0.999) - render(speech, chain)
    assert np.abs(near).mean() < 0.05 * np.abs(speech).mean()
    far = FarFrom(speech, FLOOR_DB)
    shares = [far(render_amount(speech, chain, amount)) for amount in (0.25, 0.5, 1.0, 1.5)]
    assert shares == sorted(shares)


def test_channels_rate_and_level_are_the_recordings_own(speech: np.ndarray) -> None:
    setting = Setting("overdrive", (0.5, 0.5, 1.0))
    stereo = np.stack([speech, speech[::-1]])
    assert render_amount(stereo, setting, 1.3, 44_100).shape == stereo.shape
    loud, soft = render_amount(speech, setting, 0.5), render_amount(0.1 * speech, setting, 0.5)
    assert np.allclose(0.1 * loud, soft, atol=1e-4)


@pytest.mark.parametrize("amount", [-0.01, MOST + 0.01, float("nan")])
def test_an_amount_out_of_range_is_refused(speech: np.ndarray, amount: float) -> None:
    with pytest.raises(ValueError, match=r"0 \.\.\. 1\.5"):
        render_amount(speech, random_setting("delay"), amount)


def test_every_corner_goes_beyond_and_silence_stays_silent(speech: np.ndarray) -> None:
    assert set(BEYOND) <= set(NAMES)
    for effect in NAMES:
        for position in (0.0, 1.0):
            wet = render_amount(speech, Setting.all_at(effect, position), MOST)
            assert np.isfinite(wet).all()
            assert not render_amount(np.zeros(4800, np.float32), Setting.all_at(effect, position), MOST).any()
