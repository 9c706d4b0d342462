"""Promise: a sound in coarse steps is a third of its size, and as near as it says."""

import io

import numpy as np
import pytest
import soundfile

from core.audio.coarse import FARTHEST, LOUDER_LU, Coarse, coarse
from core.audio.distance import mrstft
from core.audio.io import encode
from core.audio.measure import FLOOR_DB, loudness_lufs
from core.effects import EFFECTS, Setting, render


def samples(file: bytes) -> np.ndarray:
    return soundfile.read(io.BytesIO(file), dtype="int16")[0].astype(np.float64)


def restored(made: Coarse) -> np.ndarray:
    return samples(made.flac) / made.levels


@pytest.mark.parametrize("effect", [effect.name for effect in EFFECTS])
def test_a_coarse_sound_is_small_and_near(effect: str, dry: np.ndarray) -> None:
    wet = render(dry[:60_000], Setting.all_at(effect, 0.6))
    made, exact = coarse(wet), samples(encode(wet)) / 32767
    assert mrstft(restored(made), exact, FLOOR_DB) == pytest.approx(made.distance, abs=1e-3)
    assert made.distance <= FARTHEST
    assert abs(loudness_lufs(restored(made)) - loudness_lufs(exact)) <= LOUDER_LU + 1e-3
    assert len(made.flac) < 0.5 * len(encode(wet, "flac"))


@pytest.mark.parametrize("level", [0.0, 1e-3, 4.0])
def test_silent_quiet_and_loud_sounds_are_kept(level: float, dry: np.ndarray) -> None:
    sound = level * dry[:24_000]
    made = coarse(sound)
    assert made.distance <= FARTHEST
    assert abs(made.louder_lu) <= LOUDER_LU
    assert np.abs(restored(made) - np.clip(sound, -1, 1)).max() <= 0.5 / made.levels + 1e-4
