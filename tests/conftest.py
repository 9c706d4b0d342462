"""What several tests share: shipped recordings and the shipped checkpoint, loaded once."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from core.audio.clips import FOLDER, clips, load_clip
from core.explorer import CHECKPOINTS, Explorer
from training.corpus import pack

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def dry() -> np.ndarray:
    """A spoken sentence at -23 LUFS, four seconds."""
    return load_clip("speech_en_f_allison")


@pytest.fixture(scope="session", params=["factor", "joint-2ch"])
def explorer(request: pytest.FixtureRequest) -> Explorer:
    """Each checkpoint that the product ships, on the CPU."""
    return Explorer.load(CHECKPOINTS / request.param, device="cpu")


@pytest.fixture(scope="session")
def factor() -> Explorer:
    """The default checkpoint, on the CPU."""
    return Explorer.load(CHECKPOINTS / "factor", device="cpu")


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_corpus(tmp_path_factory.mktemp("corpus"))


def small_corpus(folder: Path) -> Path:
    """A corpus of four speakers, made of the shipped speech clips."""
    for index, clip in enumerate(clip for clip in clips() if clip.is_speech):
        speaker = folder / f"speaker-{index % 4}"
        speaker.mkdir(parents=True, exist_ok=True)
        shutil.copy(FOLDER / f"{clip.name}.flac", speaker)
    (folder / "speaker-0" / "broken.wav").write_bytes(b"RIFF")
    shutil.copy(FOLDER / "speech_en_m_uh3.flac", folder / "speaker-0" / "a_copy.flac")
    pack(folder, ("speaker-3",))
    return folder
