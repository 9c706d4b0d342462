"""Checkpoints: which there are, and the loaded one, once a server."""

import gc
import json
import os
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st
from streamlit import runtime
from streamlit.logger import get_logger

from core.checkpoints import cache, hub
from core.match.watch import NOBODY, Watch
from pages.shared.queue import SLOTS

if TYPE_CHECKING:
    from core.apart import Apart
    from core.explorer import Explorer
    from core.match.match import Match


LOG = get_logger(__name__)
CHECKPOINTS = hub.CHECKPOINTS
_SETTLED_S = 15.0
"""After a checkpoint is loaded the first page has the cores to itself; then a process for matches begins."""


def checkpoints() -> list[str]:
    """Names of what there is to choose from, without importing torch.

    The folders in checkpoints/, complete or not; what the owner offers from the Hub, here already or not; and the
    cache, each at its commit.
    """
    own = sorted(folder.name for folder in CHECKPOINTS.iterdir() if folder.is_dir() and not folder.name.startswith("."))
    return list(dict.fromkeys([*own, *hub.offered(), *(one.name for one in hub.cached())]))


def folder(name: str) -> Path:
    """Where the files of a checkpoint are, or would be; HubError for one of the Hub that is not here."""
    if "/" not in name:
        return CHECKPOINTS / name
    if found := hub.find_cached(name):
        return found
    raise hub.HubError(f"{name} is not here. Please choose another checkpoint, or fetch it on the page Models.")


def revision(name: str) -> str:
    """Changes whenever a file of the checkpoint does."""
    files = sorted(file for file in folder(name).glob("*") if file.suffix in (".json", ".safetensors", ".npz"))
    return " ".join(f"{file.name}:{file.stat().st_size}:{file.stat().st_mtime_ns}" for file in files)


def fingerprint(name: str) -> str:
    """The state of a checkpoint's weights, the same wherever it lies: 16 hexadecimal digits."""
    return _fingerprint(name, revision(name))


@st.cache_data(max_entries=8, show_spinner=False)
def _fingerprint(name: str, revision: str) -> str:
    return cache.fingerprint(folder(name))


def trained_on(name: str) -> str:
    """One sentence from config.json on what the checkpoint was trained on; says so where there is nothing to read."""
    try:
        training: dict[str, Any] = json.loads((folder(name) / "config.json").read_text()).get("training", {})
        minutes, speakers = training["corpus_minutes"], len(training["speakers"])
        return f"Trained on {minutes:,.0f} minutes of recordings from {speakers} speakers, tracks or kits."
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return "Its config.json does not say what it was trained on."


def explorer(name: str) -> "Explorer":
    """The loaded checkpoint, shared by all visitors and never changed; CheckpointError where it cannot be used."""
    return _explorer(name, revision(name))


def _reference(name: str) -> str:
    """What Explorer.load knows a checkpoint by."""
    return str(found) if (found := folder(name)).is_dir() else name


def match(
    name: str, dry: np.ndarray, wet: np.ndarray, seed: int, rate: int, watch: Watch = NOBODY
) -> "Match":  # fmt: skip
    """See Explorer.match: by a process of its own where a server has visitors, see core.apart.Apart.match."""
    if not runtime.exists():
        return explorer(name).match(dry, wet, seed=seed, sample_rate=rate, watch=watch)
    return _apart().match(_reference(name), revision(name), dry, wet, seed, rate, watch)


@st.cache_resource(show_spinner=False)
def _apart() -> "Apart":
    from core.apart import Apart

    return Apart(SLOTS, int(os.environ.get("OMP_NUM_THREADS") or SLOTS))


@st.cache_resource(max_entries=2, show_spinner=False)
def _explorer(name: str, revision: str) -> "Explorer":
    from core.explorer import Explorer

    started = time.monotonic()
    loaded = Explorer.load(_reference(name))
    LOG.info("Loaded the checkpoint %s in %.1f s", name, time.monotonic() - started)
    # All threads stand still while garbage is looked for: among what torch alone brings, for 0.2 s.
    gc.freeze()
    if runtime.exists():
        begin = threading.Timer(_SETTLED_S, _apart().begin)
        begin.daemon = True
        begin.start()
    return loaded


def device(name: str) -> str:
    """What the checkpoint runs on, for people."""
    if explorer(name).gpu_is_full:
        return "the CPU, as the GPU's memory is full"
    device = explorer(name).device
    return "the CPU" if device.type == "cpu" else f"a GPU ({device})"


def axes(name: str) -> dict[str, Any]:
    """What plots need to know of the checkpoint's spectrograms: bin_hz (bin,) and frame_s."""
    config = explorer(name).spectrogram_config
    return {"bin_hz": config.bin_hz(), "frame_s": config.frame_s}
