"""Cached calls into core: models once a server, results for as long as they fit.

core.explorer imports torch, which takes seconds: it is imported where it is first needed, after the page has painted.
Results are keyed by the checkpoint's name and revision and by the content of their inputs.
"""

import gc
import hashlib
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st
from streamlit.logger import get_logger

from core.audio import SEGMENT
from core.audio.clips import clip_segment, clips
from core.audio.io import check, encode, read
from core.audio.measure import FLOOR_DB, gain_to, loudness_lufs, to_db
from core.checkpoints import hub
from core.effects import Blend, Setting, effect_named, random_setting, render
from core.paths.route import Route
from pages.models import catalogue

if TYPE_CHECKING:
    from core.explorer import Explorer, Reconstruction
    from core.match.match import Candidate, Match, Refinement
    from core.paths.interpolation import Interpolation
    from pages.widgets.ab import Track

LOG = get_logger(__name__)
CHECKPOINTS = hub.CHECKPOINTS

VOICES_KEPT = 192
"""Sounds of paths that are kept, 0.5 MB each."""


@dataclass(frozen=True)
class Point:
    """A point of the atlas: the pair it stands for (dry, wet: (time,)), and what made it."""

    index: int
    clip: str
    setting: Setting
    dry: np.ndarray
    wet: np.ndarray


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


def models() -> list[catalogue.Checkpoint]:
    """Every checkpoint that is here as its files describe it, broken ones with the reason; nothing is loaded."""
    fetched = {one.name for one in hub.cached()}
    here = [name for name in checkpoints() if name in fetched or (CHECKPOINTS / name).is_dir()]
    return [replace(catalogue.Checkpoint.read(folder(name)), name=name) for name in here]


def revision(name: str) -> str:
    """Changes whenever a file of the checkpoint does."""
    files = sorted(file for file in folder(name).glob("*") if file.suffix in (".json", ".safetensors", ".npz"))
    return " ".join(f"{file.name}:{file.stat().st_size}:{file.stat().st_mtime_ns}" for file in files)


def fingerprint(name: str) -> str:
    """The state of a checkpoint's weights, the same wherever it lies: 16 hexadecimal digits."""
    return _fingerprint(name, revision(name))


@st.cache_data(max_entries=8, show_spinner=False)
def _fingerprint(name: str, revision: str) -> str:
    content = hashlib.sha256()
    for file in ("weights.safetensors", "controllers.safetensors"):
        if (path := folder(name) / file).is_file():
            content.update(path.read_bytes())
    return content.hexdigest()[:16]


def trained_on(name: str) -> str:
    """One sentence from config.json on what the checkpoint was trained on; says so where there is nothing to read."""
    try:
        training: dict[str, Any] = json.loads((folder(name) / "config.json").read_text()).get("training", {})
        minutes, speakers = training["corpus_minutes"], len(training["speakers"])
        pairs, epochs = training["run"]["pairs"], training["run"]["epochs"]
        return (
            f"Trained on {minutes:,.0f} minutes of speech by {speakers} speakers: {pairs:,} dry/wet pairs, "
            f"{epochs:,} times."
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return "Its config.json does not say what it was trained on."


def explorer(name: str) -> "Explorer":
    """The loaded checkpoint, shared by all visitors and never changed; CheckpointError where it cannot be used."""
    return _explorer(name, revision(name))


@st.cache_resource(max_entries=2, show_spinner=False)
def _explorer(name: str, revision: str) -> "Explorer":
    from core.explorer import Explorer

    started = time.monotonic()
    loaded = Explorer.load(found if (found := folder(name)).is_dir() else name)
    LOG.info("Loaded the checkpoint %s in %.1f s", name, time.monotonic() - started)
    # Streamlit collects garbage after every run, and holds back what it has not sent: torch alone costs 0.2 s a run.
    gc.freeze()
    return loaded


def device(name: str) -> str:
    """What the checkpoint runs on, for people."""
    if explorer(name).gpu_is_full:
        return "the CPU, as the GPU's memory is full"
    device = explorer(name).device
    return "the CPU" if device.type == "cpu" else f"a GPU ({device})"


@st.cache_data(max_entries=16, show_spinner=False)
def recording(data: bytes, name: str) -> np.ndarray:
    """A visitor's file as sound (time,) at 24 kHz; AudioError where it cannot be used."""
    return read(data, name)


def excerpt(audio: np.ndarray, start: int, name: str) -> np.ndarray:
    """The segment of audio (time,) a model sees, from sample `start`; AudioError where it is silent or too short."""
    return check(audio[start : start + SEGMENT], name)


@st.cache_data(max_entries=64, show_spinner=False)
def wet(dry: np.ndarray, setting: Setting) -> np.ndarray:
    """dry (time,) through an effect, (time,)."""
    return render(dry, setting)


def point(name: str, index: int) -> Point:
    """The pair behind point `index` of the checkpoint's atlas, rendered."""
    atlas = explorer(name).atlas
    clip = str(atlas.clips[atlas.clip[index]])
    setting = explorer(name).knobs.setting_of_point(atlas.effect[index], atlas.values[index])
    dry = clip_segment(clip, int(atlas.offset[index]))
    return Point(index, clip, setting, dry, wet(dry, setting))


def point_colours(name: str, colour: str) -> tuple[np.ndarray | None, str]:
    """Values (N,) to colour the atlas by, with their name and unit; None for colours by effect.

    colour: "effect", "loudness", "brightness" or "<effect>.<parameter>", which is NaN for points of other effects.
    """
    atlas = explorer(name).atlas
    if colour == "loudness":
        return atlas.loudness_lufs, "LUFS"
    if colour == "brightness":
        return atlas.brightness_hz, "Hz"
    for number, effect in enumerate(map(effect_named, map(str, atlas.effects))):
        for column, parameter in enumerate(effect.parameters):
            if colour == f"{effect.name}.{parameter.name}":
                values = np.full(len(atlas), np.nan, dtype=np.float32)
                own = np.flatnonzero(atlas.effect == number)
                values[own] = [parameter.to_value(float(value)) for value in atlas.values[own, column]]
                return values, f"{effect.label}: {parameter.label.lower()} {parameter.unit}".strip()
    return None, ""


@st.cache_data(max_entries=32, show_spinner=False)
def _reach(name: str, revision: str, dimensions: int) -> tuple[np.ndarray, np.ndarray]:
    places = explorer(name).places(dimensions)
    low, high = np.percentile(places, [0.5, 99.5], axis=0)
    margin = 0.04 * (high - low)
    return np.floor(100 * (low - margin)) / 100, np.ceil(100 * (high + margin)) / 100


def reach(name: str, dimensions: int) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest w (w,) to play with: nearly all of the atlas's places, and a margin."""
    return _reach(name, revision(name), dimensions)


def axis_correlations(name: str, dimensions: int, measures: tuple[str, ...], effect: str | None) -> np.ndarray:
    """Rank correlation (measure, axis) of measures with each axis of w; effect: over the points of that one alone.

    measures: as the colours of `point_colours`, or the name of an effect for whether a point is one of its.
    """
    return _axis_correlations(name, revision(name), dimensions, measures, effect)


@st.cache_data(max_entries=64, show_spinner=False)
def _axis_correlations(
    name: str, revision: str, dimensions: int, measures: tuple[str, ...], effect: str | None
) -> np.ndarray:
    from core.latent.axes import rank_correlations  # scipy.stats: not on the way to first paint

    atlas, places = explorer(name).atlas, explorer(name).places(dimensions)
    names = [str(one) for one in atlas.effects]
    own = np.ones(len(atlas), dtype=bool) if effect is None else atlas.effect == names.index(effect)

    def measured(measure: str) -> np.ndarray:
        values, _ = point_colours(name, measure)
        return (atlas.effect == names.index(measure)).astype(float) if values is None else values

    return rank_correlations(places[own], [measured(measure)[own] for measure in measures])


def axes(name: str) -> dict[str, Any]:
    """What plots need to know of the checkpoint's spectrograms: bin_hz (bin,) and frame_s."""
    config = explorer(name).spectrogram_config
    return {"bin_hz": config.bin_hz(), "frame_s": config.frame_s}


def spectrogram(name: str, dry: np.ndarray, wet: np.ndarray) -> np.ndarray:
    """Joint spectrogram (2, bin, frame), magnitudes, of a pair (time,), (time,)."""
    return explorer(name).spectrogram(dry, wet)[0]


def reconstruction(name: str, dry: np.ndarray, wet: np.ndarray) -> "Reconstruction":
    """A pair through the checkpoint's encoder and decoder, and how close it came."""
    return _reconstruction(name, revision(name), dry, wet)


@st.cache_data(max_entries=16, show_spinner=False)
def _reconstruction(name: str, revision: str, dry: np.ndarray, wet: np.ndarray) -> "Reconstruction":
    return explorer(name).reconstruct(dry, wet)


def interpolation(name: str, pairs: Sequence[tuple[np.ndarray, np.ndarray]], route: Route) -> "Interpolation":
    """A path between two pairs (dry, wet), or a square between four, each (time,); see Explorer.interpolate."""
    return _interpolation(name, revision(name), tuple(pairs), route)


@st.cache_data(max_entries=8, show_spinner=False)
def _interpolation(
    name: str, revision: str, pairs: tuple[tuple[np.ndarray, np.ndarray], ...], route: Route
) -> "Interpolation":
    return explorer(name).interpolate(pairs, route)


@st.cache_data(max_entries=VOICES_KEPT, show_spinner=False)
def voice(
    name: str, key: str, step: int, voice: str, _path: "Interpolation", _settings: Sequence[Setting],
    _blends: Sequence[Blend],
) -> tuple[np.ndarray, float]:  # fmt: skip
    """Sound (time,) of one step of a path, see Explorer.voice, and the gain that brings it to the reference loudness.

    key: names the checkpoint's revision, the path and its settings, which are too long to compare.
    """
    sound = explorer(name).voice(_path, step, voice, _settings, _blends)
    return sound, gain_to(sound)


def stretched(dry: np.ndarray, loop: bool) -> np.ndarray:
    """dry (time,) as long as what a model hears, 5.46 s: cut, or ended in silence, or looped."""
    return np.resize(dry, SEGMENT) if loop else np.pad(dry[:SEGMENT], (0, max(0, SEGMENT - len(dry))))


def riddle(seed: int) -> tuple[str, Setting]:
    """Name of a shipped clip and a setting of any effect, drawn evenly; the same ones for the same seed."""
    generator = np.random.default_rng(seed)
    clip = clips()[generator.integers(len(clips()))]
    return clip.name, random_setting(seed=generator)


def match(name: str, dry: np.ndarray, wet: np.ndarray, seed: int = 0) -> "Match":
    """Which setting turned dry into wet, both (time,) of any length; see Explorer.match.

    AudioError where nothing is left to compare once both are aligned.
    """
    found = _match(name, revision(name), dry, wet, seed)
    check(found.dry, "The dry sound, in what both sounds have in common,")
    check(found.wet, "The wet sound, in what both sounds have in common,")
    return found


@st.cache_resource(max_entries=8, show_spinner=False)  # cache_data would copy the sounds, up to 400 MB, at every click
def _match(name: str, revision: str, dry: np.ndarray, wet: np.ndarray, seed: int) -> "Match":
    return explorer(name).match(dry, wet, seed=seed)


@st.cache_data(max_entries=16, show_spinner=False)
def candidate(setting: Setting, dry: np.ndarray, wet: np.ndarray) -> "Candidate":
    """How near dry through a setting comes to wet, both (time,) as `match` returns them."""
    from core.match.match import try_setting

    return try_setting(setting, dry, wet)


def refinement(
    dry: np.ndarray, wet: np.ndarray, setting: Setting, spread: tuple[float, ...], iterations: int
) -> "Iterator[Refinement]":
    """A search that starts at a setting, see core.match.match.refine; each step takes its time when asked for."""
    from core.match.match import refine

    return refine(dry, wet, setting, spread, iterations)


TRACK_BANDS, TRACK_COLUMNS = 96, 400
"""Size of the spectrogram in the A/B player: mel bands, and at most so many columns."""


def track_hz() -> np.ndarray:
    """Centre of each band of a track's picture in Hz (band,)."""
    from core.audio.spectrogram import SpectrogramConfig

    return SpectrogramConfig(bands=TRACK_BANDS).bin_hz()


@st.cache_data(max_entries=64, show_spinner=False)
def track(sound: np.ndarray) -> "Track":
    """A sound (time,) as the A/B player wants it."""
    import torch

    from core.audio.spectrogram import Spectrogram, SpectrogramConfig, fit
    from pages.widgets.ab import Track

    config = SpectrogramConfig(samples=-(-len(sound) // 512) * 512, bands=TRACK_BANDS)
    spectrogram = Spectrogram(config)
    magnitude = spectrogram.magnitude(spectrogram.stft(torch.from_numpy(fit(sound, config.samples)))).numpy()
    together = -(-config.frames // TRACK_COLUMNS)
    columns = np.maximum.reduceat(magnitude, np.arange(0, config.frames, together), axis=1)
    cells = np.round(255 * (1 - to_db(columns) / FLOOR_DB)).clip(0, 255).astype(np.uint8)
    return Track(
        id=hashlib.sha256(sound.tobytes()).hexdigest()[:16],
        flac=encode(sound, "flac"),
        picture=cells.tobytes(),
        columns=cells.shape[1],
        loudness_lufs=loudness_lufs(sound),
        peak=float(np.abs(sound).max()),
    )
