"""Promise: what training hears of an error is what PESQ hears of it, and it can be learnt from."""

import numpy as np
import pytest
import scipy.signal
import torch
from scipy.stats import spearmanr

from core.audio import SEGMENT
from core.audio.clips import clip_segment
from core.audio.measure import gain_to, rmse_db
from core.audio.spectrogram import Spectrogram, SpectrogramConfig
from training.ear import Ear
from training.scores.heard import pesq_mos

CONFIG = SpectrogramConfig()


@pytest.fixture(scope="module")
def voice() -> np.ndarray:
    clip = clip_segment("speech_en_f_allison", 0)[:SEGMENT]
    return clip * np.float32(gain_to(clip))


def decibels(made: np.ndarray, true: np.ndarray) -> float:
    """RMSE in dB of made (time,) beside true (time,), where there is something."""
    spectrogram = Spectrogram(CONFIG)
    joint = spectrogram(*(torch.from_numpy(sound.astype(np.float32))[None] for sound in (made, true)))
    return rmse_db(*joint[0].numpy())


def heard(made: np.ndarray, true: np.ndarray) -> float:
    """What the ear hears of made (time,) beside true (time,)."""
    spectrogram = Spectrogram(CONFIG)
    joint = spectrogram(*(torch.from_numpy(sound.astype(np.float32))[None] for sound in (made, true)))
    return float(Ear(CONFIG).error(*joint.unbind(dim=1)))


def test_it_ranks_damage_as_pesq_does(voice: np.ndarray) -> None:
    noise = np.random.default_rng(0).standard_normal(len(voice)).astype(np.float32)
    level = np.sqrt(np.mean(voice**2))
    damaged = [voice + noise * level * 10 ** (-db / 20) for db in (0, 10, 20, 30, 40)]
    for hz in (800, 1500, 3000, 5000):
        damaged.append(scipy.signal.sosfilt(scipy.signal.butter(4, hz, fs=24_000, output="sos"), voice))
    damaged += [np.clip(voice, -level * share, level * share) for share in (0.3, 0.8, 1.5, 3.0)]
    damaged += [np.round(voice * steps) / steps for steps in (8, 24, 64, 200)]
    grades = [pesq_mos(voice, one) for one in damaged]
    as_pesq, in_db = (
        -spearmanr([measure(one, voice) for one in damaged], grades).statistic for measure in (heard, decibels)
    )
    assert as_pesq > 0.85
    assert as_pesq > in_db + 0.05


def test_what_was_added_is_worse_than_what_is_missing(voice: np.ndarray) -> None:
    assert heard(voice * 2, voice) > 1.5 * heard(voice / 2, voice)


def test_a_little_is_not_heard(voice: np.ndarray) -> None:
    """.2 dB; and what is below the threshold of hearing."""
    nothing = heard(voice, voice)
    assert heard(voice * np.float32(1.023), voice) == pytest.approx(nothing, rel=1e-2)
    assert heard(voice + np.float32(1e-6), voice) == pytest.approx(nothing, rel=1e-2)
    assert heard(voice * 2, voice) > 20 * nothing


def test_it_can_be_learnt_from_where_nothing_sounds() -> None:
    made = torch.zeros(2, CONFIG.bins, 8, requires_grad=True)
    for true in (torch.zeros_like(made), torch.full_like(made, 0.1)):
        Ear(CONFIG).error(made, true).backward()
        assert made.grad is not None
        assert made.grad.isfinite().all()
