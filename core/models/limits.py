"""Ranges of a model's configuration: it may come from a stranger, and is refused before anything is built."""

from typing import Any

from core.audio.spectrogram import SpectrogramConfig

SPECTROGRAM = {"samples": (1024, 2**20), "fft": (64, 16384), "hop": (16, 8192)}
"""Ranges of a SpectrogramConfig: up to 43 s, which a page still decodes in a second."""


def check_ranges(config: Any, **ranges: tuple[float, float]) -> None:
    """Raise ValueError unless each named field of config lies in its range, the ends included."""
    for name, (least, most) in ranges.items():
        if not least <= getattr(config, name) <= most:  # NaN fails here, too
            raise ValueError(f"{name} {getattr(config, name)} must lie in {least} ... {most}")


def check_reduction(reduction: int, spectrogram: SpectrogramConfig) -> None:
    """Raise ValueError unless the frames of a latent step are a power of two that divides the spectrogram's."""
    if reduction not in (4, 8, 16, 32) or spectrogram.frames % reduction:
        raise ValueError(f"reduction {reduction} must be 4, 8, 16 or 32 and divide the frames")
