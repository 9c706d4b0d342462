"""Sounds and settings that the tests of a match share."""

import numpy as np
import pytest

from core.effects import EFFECTS, Setting

each_effect = pytest.mark.parametrize("effect", EFFECTS, ids=lambda effect: effect.name)
SPEECH = ("speech_en_f_allison", "speech_en_m_uh3", "speech_fr_f_june", "speech_it_m_carlo")
STRONG = {effect.name: Setting(effect.name, (0.7,) * len(effect.parameters)) for effect in EFFECTS}


def late(audio: np.ndarray, samples: int) -> np.ndarray:
    """audio (time,) that begins so many samples later; below 0: earlier."""
    return np.concatenate([np.zeros(max(0, samples), np.float32), audio[max(0, -samples) :]])
