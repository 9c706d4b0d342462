"""What plays in a loop: the part of a recording that is worth it, and an effect that is heard without a seam."""

import numpy as np

from core.audio import SAMPLE_RATE
from core.effects.chain import Chain, Setting
from core.effects.render import render

LOOP_S = 2.0


def loop_of(dry: np.ndarray) -> np.ndarray:
    """The part of dry (time,) to play in a loop: its loudest LOOP_S, or all of a shorter one."""
    length = int(LOOP_S * SAMPLE_RATE)
    if len(dry) <= length:
        return dry
    energy = np.concatenate([[0.0], np.cumsum(np.square(dry, dtype=np.float64))])
    start = int((energy[length:] - energy[:-length]).argmax())
    return dry[start : start + length]


def looped(dry: np.ndarray, setting: Setting | Chain) -> np.ndarray:
    """dry (time,), heard again and again through an effect, (time,): its second round, with the tail of the first."""
    return render(np.tile(dry, 2), setting)[len(dry) :]
