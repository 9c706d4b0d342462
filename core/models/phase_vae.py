"""The joint-spectrogram VAE with phases: four channels, whose decode needs no phase retrieval."""

from dataclasses import dataclass, field
from typing import Literal, get_args

import torch
from torch import Tensor

from core.audio.spectrogram import PhaseSpectrogramConfig, SpectrogramConfig
from core.models.joint_vae import JointVAE, JointVAEConfig
from core.models.layers import compress, expand

Phase = Literal["raw", "cos_sin", "instantaneous", "relative"]
"""How a network sees phases.

raw: the angle over pi. It jumps from 1 to -1 where the circle closes.
cos_sin: cosine and sine of the angle. No jump, but still the clock: any shift in time turns every angle.
instantaneous: how much further than the bin's centre frequency the angle runs from frame to frame, over pi (the
instantaneous frequency of GANSynth, Engel et al. 2019). A shift in time leaves it; errors add up from frame to frame.
relative: cosine and sine of dry's angle and of wet's distance from it. What the effect does to phases, which hardly
depends on what is said.
"""
PHASES: tuple[str, ...] = get_args(Phase)

_AUDIBLE = 10 ** (-50 / 20)  # louder bins hold four fifths of a voice's summed magnitude


@dataclass(frozen=True)
class PhaseVAEConfig(JointVAEConfig):
    """What rebuilds the model. Raises ValueError for sizes that do not fit and for an unknown phase."""

    spectrogram: PhaseSpectrogramConfig = field(default_factory=PhaseSpectrogramConfig)
    channels: int = 4  # magnitudes of dry and wet, then their phases
    reduction: int = 32  # frames a latent step (32: 341 ms)
    phase: Phase = "relative"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.phase not in PHASES:
            raise ValueError(f"phase {self.phase!r} must be one of {', '.join(PHASES)}")

    @property
    def features(self) -> int:
        return 6 if self.phase in ("cos_sin", "relative") else 4


class PhaseVAE(JointVAE):
    """JointVAE over magnitudes and phases of dry and wet.

    The network sees phases weighted by how audible their bin is, so that a plain squared error counts them so, too:
    phases of silence mean nothing. The linear path carries the magnitudes alone, as phases spread evenly over all
    principal components.
    """

    config: PhaseVAEConfig

    def compress(self, joint: Tensor) -> Tensor:
        """Features (batch, feature, bin, frame) of joint spectrograms (batch, 4, bin, frame)."""
        magnitude, phase = joint.chunk(2, dim=1)
        features = phase_features(phase, self.config.phase, self.config.spectrogram)
        weight = _weight(magnitude).repeat(1, features.shape[1] // 2, 1, 1)
        return torch.cat([compress(magnitude), features * weight], dim=1)

    def expand(self, compressed: Tensor) -> Tensor:
        """Inverse of `compress`, but that silent bins come back with any phase."""
        magnitude = expand(compressed[:, :2])
        features = compressed[:, 2:]
        weight = _weight(magnitude).clamp_min(1e-3).repeat(1, features.shape[1] // 2, 1, 1)
        return torch.cat([magnitude, phases(features / weight, self.config.phase, self.config.spectrogram)], dim=1)


def phase_features(phase: Tensor, kind: Phase, config: SpectrogramConfig) -> Tensor:
    """Features (batch, 2 or 4, bin, frame) of the phases (batch, 2, bin, frame) of dry and wet in radians.

    Dry's and wet's in turn, cosines before sines; each in -1 ... 1.
    """
    if kind == "raw":
        return phase / torch.pi
    if kind == "instantaneous":
        steady = phase - _carrier(config, phase.device)
        return wrap(steady.diff(dim=-1, prepend=torch.zeros_like(steady[..., :1]))) / torch.pi
    angle = torch.cat([phase[:, :1], phase[:, 1:] - phase[:, :1]], dim=1) if kind == "relative" else phase
    return torch.cat([angle.cos(), angle.sin()], dim=1)


def phases(features: Tensor, kind: Phase, config: SpectrogramConfig) -> Tensor:
    """Inverse of `phase_features`, in -pi ... pi; the length of a cosine and sine does not matter."""
    if kind == "raw":
        return wrap(features * torch.pi)
    if kind == "instantaneous":
        return wrap(features.cumsum(dim=-1) * torch.pi + _carrier(config, features.device))
    cosine, sine = features.chunk(2, dim=1)
    angle = torch.atan2(sine, cosine)
    return wrap(angle.cumsum(dim=1)) if kind == "relative" else angle


def wrap(angle: Tensor) -> Tensor:
    """The same angles in radians, in -pi ... pi."""
    return torch.remainder(angle + torch.pi, 2 * torch.pi) - torch.pi


def _carrier(config: SpectrogramConfig, device: torch.device) -> Tensor:
    """Phase (bin, frame) of a sine in the middle of each bin, one hop after phase 0 in the first frame."""
    bins, frames = torch.arange(config.bins, device=device), torch.arange(1, config.frames + 1, device=device)
    # Whole numbers until the last step: the angle itself would outgrow what a float tells apart.
    return (bins[:, None] * frames * config.hop % config.fft) * (2 * torch.pi / config.fft)


def _weight(magnitude: Tensor) -> Tensor:
    """Root of a bin's say in the phase error: its magnitude below -50 dB, 1 for loud ones."""
    return (magnitude / (magnitude + _AUDIBLE)).sqrt()
