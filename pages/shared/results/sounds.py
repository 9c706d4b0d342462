"""What the checkpoint and the effects make of sounds, cached."""

import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from core.audio import SEGMENT, clips
from core.audio.clips import load_clip
from core.audio.io import encode
from core.audio.measure import FLOOR_DB, gain_to, loudness_lufs, to_db
from core.effects import Setting, render

if TYPE_CHECKING:
    from core.explorer import Reconstruction
    from core.match.match import Candidate, Match
    from core.match.search import Refinement
    from pages.widgets.ab import Track
from pages.shared.memory import kept
from pages.shared.results.checkpoints import explorer, revision


@kept()
def clip(name: str) -> np.ndarray:
    """A shipped clip (time,), see core.audio.clips.load_clip."""
    return load_clip(name)


@kept()
def clip_segment(name: str, offset: int) -> np.ndarray:
    """A segment (time,) of a shipped clip, looped, from sample `offset` on."""
    return clips.clip_segment(name, offset)


@kept()
def stretched(dry: np.ndarray, loop: bool) -> np.ndarray:
    """dry (time,) as long as what a model hears, 5.46 s: cut, or ended in silence, or looped."""
    return np.resize(dry, SEGMENT) if loop else np.pad(dry[:SEGMENT], (0, max(0, SEGMENT - len(dry))))


@kept()
def wet(dry: np.ndarray, setting: Setting) -> np.ndarray:
    """dry (time,) through an effect, (time,)."""
    return render(dry, setting)


def spectrogram(name: str, dry: np.ndarray, wet: np.ndarray) -> np.ndarray:
    """Joint spectrogram (2, bin, frame), magnitudes, of a pair (time,), (time,)."""
    return _spectrogram(name, revision(name), dry, wet)


@kept()
def _spectrogram(name: str, revision: str, dry: np.ndarray, wet: np.ndarray) -> np.ndarray:
    return explorer(name).spectrogram(dry, wet)[0]


@kept()
def gain(sound: np.ndarray) -> float:
    """What brings a sound (time,) to the reference loudness."""
    return gain_to(sound)


def reconstruction(name: str, dry: np.ndarray, wet: np.ndarray) -> "Reconstruction":
    """A pair through the checkpoint's encoder and decoder, and how close it came."""
    return _reconstruction(name, revision(name), dry, wet)


@kept("Decoding")
def _reconstruction(name: str, revision: str, dry: np.ndarray, wet: np.ndarray) -> "Reconstruction":
    return explorer(name).reconstruct(dry, wet)


def match(name: str, dry: np.ndarray, wet: np.ndarray, seed: int = 0) -> "Match":
    """Which setting turned dry into wet, both (time,) of any length; see Explorer.match.

    AudioError where nothing is left to compare once both are aligned.
    """
    return _match(name, revision(name), dry, wet, seed)


@kept("Listening to both sounds", show_time=True)
def _match(name: str, revision: str, dry: np.ndarray, wet: np.ndarray, seed: int) -> "Match":
    return explorer(name).match(dry, wet, seed=seed)


@kept()
def distance(candidate: "Candidate") -> float:
    """How near a candidate of a match comes to the wet sound."""
    return candidate.distance


@kept()
def part(candidate: "Candidate", start_s: float, stop_s: float) -> np.ndarray:
    """Some of what a candidate of a match sounds like, (time,)."""
    return candidate.part(start_s, stop_s)


def refinement(start: "Candidate", spread: tuple[float, ...], iterations: int) -> "Iterator[Refinement]":
    """A search that starts at a setting, see core.match.search.refine; each step takes its time when asked for."""
    from core.match.search import refine

    return refine(start, spread, iterations)


TRACK_BANDS, TRACK_COLUMNS = 96, 400
"""Size of the spectrogram in the A/B player: mel bands, and at most so many columns."""


def track_hz() -> np.ndarray:
    """Centre of each band of a track's picture in Hz (band,)."""
    from core.audio.spectrogram import SpectrogramConfig

    return SpectrogramConfig(bands=TRACK_BANDS).bin_hz()


@kept()
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
