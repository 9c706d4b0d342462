"""By effect: one close look for each family of effects, 804 numbers in all.

A repeat's time to the sample, a modulation's rate, a compressor's curve. What an effect of another family makes of a
look is meaningless but repeatable, which tells as well.
"""

import numpy as np

from core.audio.measure import loudness_lufs
from core.audio.measurements.bands import measure_bands
from core.audio.measurements.clipping import measure_clipping
from core.audio.measurements.dynamics import measure_dynamics
from core.audio.measurements.echoes import measure_echoes
from core.audio.measurements.short_echoes import measure_short_echoes
from core.audio.measurements.steps import measure_steps

COUNT = 804
"""How many numbers `measure_by_effect` gives."""

_LOOKS = (measure_echoes, measure_bands, measure_short_echoes, measure_dynamics, measure_clipping)


def measure_by_effect(dry: np.ndarray, wet: np.ndarray) -> np.ndarray:
    """Measurements (COUNT,) of what turned dry into wet, both (time,), float32 at 24 kHz, dry at -23 LUFS.

    Finite for any finite sound, silence included. On the whole of the order of 1.
    """
    dry, wet = np.asarray(dry, dtype=np.float32), np.asarray(wet, dtype=np.float32)
    found = np.concatenate([*(look(dry, wet) for look in _LOOKS), measure_steps(wet), measure_level(dry, wet)])
    return np.clip(np.nan_to_num(found), -10, 10).astype(np.float32)


def measure_level(dry: np.ndarray, wet: np.ndarray) -> np.ndarray:
    """Loudness of wet against dry, and crest factors."""
    change = loudness_lufs(wet) - loudness_lufs(dry) if dry.any() and wet.any() else 0.0
    crest = [np.log10((np.abs(x).max() + 1e-5) / (np.sqrt((x**2).mean()) + 1e-5)) for x in (dry, wet)]
    return np.array([np.clip(np.nan_to_num(change), -30, 30) / 9, *crest])
