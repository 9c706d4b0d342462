"""What several tests share: shipped recordings and the shipped checkpoint, loaded once; a small run, trained once."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

# Before torch is imported: several tests run at once, and threads that wait would spin beside them.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import pytest
import torch
from filelock import FileLock

from core.audio.clips import FOLDER, clips, load_clip
from core.audio.io import encode
from core.explorer import CHECKPOINTS, Explorer
from training.corpus import pack

if TYPE_CHECKING:
    from pages.interpolate.path_sounds import Walk

ROOT = Path(__file__).parents[1]
RUN = (
    "--effects", "delay", "overdrive", "lowpass", "--pairs", "24", "--valid-pairs", "6", "--batch", "6",
    "--epochs", "3", "--save-every", "6", "--listen-every", "3",
)  # fmt: skip
"""Options of the run that trains the small checkpoint."""

LONGEST = (
    "test_training", "test_matching", "test_controller_training", "test_match_page", "test_evaluate",
    "test_folder_command", "test_projection", "test_ninth_effect", "test_phase", "test_own_map", "test_scores",
    "test_folder", "test_pages", "test_hostile_audio", "test_docker", "test_path_file", "test_full_quality",
    "test_kills", "test_study", "test_play",
)  # fmt: skip
"""Files that take ten seconds and more, the longest first, so that none is left at the end for one process alone."""

torch.set_num_threads(1)
SERVED = {"browser", "dashboard"}
"""Fixtures that start a browser or a server of the whole dashboard."""


@pytest.hookimpl(tryfirst=True)  # before -m chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever drives a browser or a server has the machine to itself; of the rest, the longest files begin."""
    for item in items:
        if SERVED & set(getattr(item, "fixturenames", ())):
            item.add_marker("alone")
    items.sort(key=lambda item: LONGEST.index(item.path.stem) if item.path.stem in LONGEST else len(LONGEST))


def pytest_collection_finish(session: pytest.Session) -> None:
    """While the first tests run, the process loads that those which need processes fork."""
    if {"tests.commands", "core.folder.processes"} & sys.modules.keys():
        from tests.commands import begin_forking

        begin_forking()


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """A folder of the session, made by the first of its processes that asks; the others wait for it."""
    root = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent  # each worker has its own below
    folder, begun = root / name, root / f"{name}-begun"
    with FileLock(root / f"{name}.lock"):
        if not folder.exists():
            shutil.rmtree(begun, ignore_errors=True)
            make(begun)
            begun.rename(folder)
    return folder


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
    """A packed corpus of four speakers; the last one is for validation. To read, not to write."""
    return once(tmp_path_factory, "corpus", small_corpus)


@pytest.fixture(scope="session")
def small_run(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run folder of a small VAE, trained for seconds, with its checkpoint. To read, not to write."""
    from tests.commands import ended, vae

    return once(tmp_path_factory, "run", lambda out: ended(vae(corpus, out, *RUN), out))


@pytest.fixture(scope="session")
def twin(factor: Explorer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A static twin of 40 points and a path of three steps. To read, not to write."""
    from tests import twins

    return once(tmp_path_factory, "twin", lambda out: twins.make(out, factor))


@pytest.fixture
def recordings(tmp_path: Path) -> Path:
    """Two recordings of one second, one in a sub-folder, and one that is none."""
    folder = tmp_path / "recordings"
    (folder / "inner").mkdir(parents=True)
    for number, name in enumerate(("x.wav", "inner/y.wav")):
        (folder / name).write_bytes(encode(load_clip("speech_en_f_allison")[24_000 * number :][:24_000]))
    (folder / "broken.wav").write_bytes(b"RIFF")
    return folder


@pytest.fixture
def walks(monkeypatch: pytest.MonkeyPatch) -> list["Walk"]:
    """Every path that the page Interpolate offers to download, in its order."""
    from pages.interpolate import downloads

    made: list[Walk] = []
    monkeypatch.setattr(downloads, "buttons", lambda found, voice: made.append(found))
    return made


@pytest.fixture
def results_of_this_code(request: pytest.FixtureRequest) -> Iterator[None]:
    """The dashboard's caches hold nothing that the code made before a test changed it, or while it was changed."""
    import streamlit as st

    changed = "monkeypatch" in request.fixturenames
    if changed:
        st.cache_data.clear()
    yield
    if changed:
        st.cache_data.clear()


def small_corpus(folder: Path) -> Path:
    """A corpus of four speakers, made of the shipped speech clips."""
    for index, clip in enumerate(clip for clip in clips() if clip.is_speech):
        speaker = folder / f"speaker-{index % 4}"
        speaker.mkdir(parents=True, exist_ok=True)
        shutil.copy(FOLDER / f"{clip.name}.flac", speaker)
    (folder / "speaker-0" / "broken.wav").write_bytes(b"RIFF")
    shutil.copy(FOLDER / "speech_en_m_uh3.flac", folder / "speaker-0" / "a_copy.flac")
    pack(folder, {"valid": ["speaker-3"]})
    return folder
