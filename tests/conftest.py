"""What several tests share: shipped recordings and the shipped checkpoint, loaded once."""

from pathlib import Path

import numpy as np
import pytest

from core.audio.clips import load_clip
from core.explorer import CHECKPOINTS, Explorer

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def dry() -> np.ndarray:
    """A spoken sentence at -23 LUFS, four seconds."""
    return load_clip("speech_en_f_allison")


@pytest.fixture(scope="session")
def explorer() -> Explorer:
    """The checkpoint that the product ships, on the CPU."""
    return Explorer.load(CHECKPOINTS / "joint-2ch", device="cpu")
