"""What the checkpoint and the effects make of sounds, cached."""

import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from core.audio import SAMPLE_RATE, SEGMENT, clips, own
from core.audio.clips import load_clip
from core.audio.io import encode
from core.audio.measure import FLOOR_DB, gain_to, loudness_lufs, to_db
from core.audio.own import Own
from core.audio.rate import as_heard, playable
from core.effects import Chain, Setting, render
from core.effects.amount import render_amount
from core.match.watch import NOBODY, Watch

if TYPE_CHECKING:
    from core.explorer import Reconstruction
    from core.match.match import Candidate, Match
    from core.match.search import Refinement
    from pages.widgets.ab import Track
from pages.shared.memory import kept
from pages.shared.results import checkpoints
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
def stretched(dry: Own, loop: bool) -> Own:
    """dry as long as what a model hears, 5.46 s: cut, or ended in silence, or looped."""
    return dry.lasting(SEGMENT, loop)


@kept()
def wet(dry: np.ndarray, setting: Setting | Chain, rate: int = SAMPLE_RATE) -> np.ndarray:
    """dry, (time,) or (channel, time), at `rate` Hz through an effect or a chain, in its shape."""
    return render(dry, setting, rate)


@kept()
def some(dry: np.ndarray, chain: Setting | Chain, amount: float, rate: int = SAMPLE_RATE) -> np.ndarray:
    """dry, (time,) or (channel, time), at `rate` Hz through so much of a setting or a chain, in its shape."""
    return render_amount(dry, chain, amount, rate)


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


def changed(name: str, audio: np.ndarray, rate: int, decoded: np.ndarray, dry: np.ndarray) -> np.ndarray:
    """audio, (time,) or (channel, time), at `rate` Hz, changed as decoded; see Explorer.transfer_to."""
    return _changed(name, revision(name), audio, rate, decoded, dry)


@kept("Decoding")
def _changed(
    name: str, revision: str, audio: np.ndarray, rate: int, decoded: np.ndarray, dry: np.ndarray
) -> np.ndarray:
    return explorer(name).transfer_to(audio, rate, decoded, dry)


@kept()
def as_own(sound: np.ndarray, rate: int) -> Own:
    """A sound, (time,) or (channel, time), at `rate` Hz, with what models hear of it."""
    return Own(sound, rate, as_heard(sound, rate))


@kept()
def together(dry: Own, wet: Own) -> tuple[np.ndarray, np.ndarray, int]:
    """Two recordings at one rate and in the same channels, and that rate in Hz; see core.audio.own.together."""
    return own.together(dry, wet)


def match(name: str, dry: np.ndarray, wet: np.ndarray, seed: int = 0, rate: int = SAMPLE_RATE) -> "Match":
    """Which chain turned dry into wet, both (time,) or (channel, time) of any length at `rate` Hz.

    See Explorer.match. AudioError where nothing is left to compare once both are aligned.
    """
    return _match(name, revision(name), dry, wet, seed, rate)


@kept("Listening to both sounds", show_time=True, apart=True)
def _match(
    name: str, revision: str, dry: np.ndarray, wet: np.ndarray, seed: int, rate: int, _watch: Watch = NOBODY
) -> "Match":  # fmt: skip
    return checkpoints.match(name, dry, wet, seed, rate, _watch)


@kept()
def distance(candidate: "Candidate") -> float:
    """How near a candidate of a match comes to the wet sound."""
    return candidate.distance


@kept()
def part(candidate: "Candidate", start_s: float, stop_s: float) -> np.ndarray:
    """Some of what a candidate of a match sounds like, in the shape and at the rate of the pair."""
    return candidate.part(start_s, stop_s)


def refinement(start: "Candidate", spread: tuple[float, ...], iterations: int) -> "Iterator[Refinement]":
    """A search that starts at a chain, see core.match.search.refine; each step takes its time when asked for."""
    from core.match.search import refine

    return refine(start, spread, iterations)


@kept()
def played(sound: np.ndarray, rate: int) -> tuple[np.ndarray, int]:
    """A sound, (time,) or (channel, time), and its rate in Hz, as every browser plays it; see core.audio.rate."""
    return playable(sound, rate)


TRACK_BANDS, TRACK_COLUMNS = 96, 400
"""Size of the spectrogram in the A/B player: mel bands, and at most so many columns."""


def track_hz() -> np.ndarray:
    """Centre of each band of a track's picture in Hz (band,)."""
    from core.audio.spectrogram import SpectrogramConfig

    return SpectrogramConfig(bands=TRACK_BANDS).bin_hz()


@kept()
def track(sound: np.ndarray, rate: int = SAMPLE_RATE) -> "Track":
    """A sound, (time,) or (channel, time), at a rate that browsers play, as the A/B player wants it."""
    return track_of(sound, rate)


def track_of(sound: np.ndarray, rate: int = SAMPLE_RATE) -> "Track":
    """The same, kept by nobody."""
    import torch

    from core.audio.spectrogram import Spectrogram, SpectrogramConfig, fit
    from pages.widgets.ab import Track

    heard = as_heard(sound, rate)
    config = SpectrogramConfig(samples=-(-len(heard) // 512) * 512, bands=TRACK_BANDS)
    spectrogram = Spectrogram(config)
    magnitude = spectrogram.magnitude(spectrogram.stft(torch.from_numpy(fit(heard, config.samples)))).numpy()
    together = -(-config.frames // TRACK_COLUMNS)
    columns = np.maximum.reduceat(magnitude, np.arange(0, config.frames, together), axis=1)
    cells = np.round(255 * (1 - to_db(columns) / FLOOR_DB)).clip(0, 255).astype(np.uint8)
    return Track(
        id=hashlib.sha256(sound.tobytes()).hexdigest()[:16],
        flac=encode(sound, "flac", rate),
        picture=cells.tobytes(),
        columns=cells.shape[1],
        loudness_lufs=loudness_lufs(sound, rate),
        peak=float(np.abs(sound).max()),
    )
