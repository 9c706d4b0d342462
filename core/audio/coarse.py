"""Sounds made small, so little changed that no measure here tells: samples in coarse steps, then FLAC.

Below FLOOR_DB nothing counts, and a whole 16-bit sample is far finer than that. Steps as wide as the distance allows
leave a third of the bytes, where MP3 and AAC of the same size are four times as far off (training/LOG.md, 2026-11-26);
and every browser reads FLAC, without a delay at the beginning.
"""

from dataclasses import dataclass

import numpy as np

from core.audio.distance import FarFrom
from core.audio.io import encode
from core.audio.measure import FLOOR_DB, loudness_lufs

FARTHEST = 0.045
"""Multi-resolution STFT distance from the sound in 16 bits, above the floor, at most."""
LOUDER_LU = 0.08
"""Change of loudness, at most."""
_FULL = 32767
_LEVELS = tuple(round(128 * 2 ** (quarter / 4)) for quarter in range(25))
"""How many steps full scale may have, the fewest first; where all are too few, it is what 16 bits have."""
_LIKELY = 4


@dataclass(frozen=True)
class Coarse:
    """A sound at 24 kHz, mono.

    flac: its samples, whole numbers of steps, as a 16-bit file. levels: how many steps full scale has.
    distance, louder_lu: how far it is from the sound in 16 bits, see FarFrom, and how much louder.
    """

    flac: bytes
    levels: int
    distance: float
    louder_lu: float


def coarse(sound: np.ndarray) -> Coarse:
    """sound (time,) at 24 kHz, clipped at full scale, as coarse as FARTHEST and LOUDER_LU allow."""
    exact = np.round(np.clip(sound, -1.0, 1.0) * _FULL) / _FULL
    far, loud = FarFrom(exact, FLOOR_DB), loudness_lufs(exact)

    def tried(levels: int) -> tuple[float, float]:
        found = np.round(exact * levels) / levels
        return far(found), _change(loudness_lufs(found), loud)

    def fits(found: tuple[float, float]) -> bool:
        return found[0] <= FARTHEST and abs(found[1]) <= LOUDER_LU

    place, found = _LIKELY, tried(_LEVELS[_LIKELY])
    if fits(found):
        while place and fits(finer := tried(_LEVELS[place - 1])):
            place, found = place - 1, finer
        levels = _LEVELS[place]
    else:
        known = ((levels, tried(levels)) for levels in (*_LEVELS[_LIKELY + 1 :], _FULL))
        levels, found = next((one for one in known if fits(one[1])), (_FULL, (0.0, 0.0)))
    return Coarse(encode(np.round(exact * levels) / _FULL, "flac"), levels, *found)


def _change(now: float, before: float) -> float:
    """Difference of two loudnesses in LU; none where both are silent."""
    return 0.0 if now == before else now - before
