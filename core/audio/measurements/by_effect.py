"""By effect: one close look for each family of effects.

A repeat's time to the sample, a modulation's rate, a compressor's curve. What an effect of another family makes of a
look is meaningless but repeatable, which tells as well. All looks see the pair aligned, so that how it was recorded
(late, upside down, louder) changes none of them.
"""

import numpy as np

from core.audio.measurements.aligned import Aligned
from core.audio.measurements.bands import measure_bands
from core.audio.measurements.clipping import measure_clipping
from core.audio.measurements.dynamics import measure_dynamics
from core.audio.measurements.echoes import measure_echoes
from core.audio.measurements.short_echoes import measure_short_echoes
from core.audio.measurements.steps import measure_steps
from core.audio.measurements.tails import measure_tails

COUNT = 965
"""How many numbers `measure_by_effect` gives."""

_LOOKS = (measure_echoes, measure_bands, measure_short_echoes, measure_dynamics, measure_clipping, measure_steps)


def measure_by_effect(dry: np.ndarray, wet: np.ndarray, chains: bool = False) -> np.ndarray:
    """Measurements (COUNT,) of what turned dry into wet, both (time,), float32 at 24 kHz, dry at -23 LUFS.

    Finite for any finite sound, silence included. On the whole of the order of 1. chains: at the end tails.COUNT more,
    of what is to be seen behind other effects.
    """
    pair = Aligned.of(dry, wet)
    found = np.concatenate([*(look(pair) for look in _LOOKS), measure_level(pair), *([measure_tails(pair)] * chains)])
    return np.clip(np.nan_to_num(found), -10, 10).astype(np.float32)


def measure_level(pair: Aligned) -> np.ndarray:
    """Loudness of wet against dry, crest factors, how long the sound is, and how clearly wet comes of dry."""
    crest = [np.log10((np.abs(x).max() + 1e-5) / (np.sqrt((x**2).mean()) + 1e-5)) for x in (pair.dry, pair.wet)]
    return np.array([pair.change_db / 9, *crest, np.count_nonzero(pair.dry) / len(pair.dry), pair.sharpness])
