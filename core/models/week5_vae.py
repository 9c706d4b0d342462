"""The report's own VAE (week 5), kept buildable and trainable for comparison."""

from dataclasses import dataclass, field
from itertools import pairwise

import torch
from torch import Tensor, nn

from core.audio.spectrogram import SpectrogramConfig
from core.models.layers import gaussian_kl
from core.models.limits import SPECTROGRAM, check_ranges


@dataclass(frozen=True)
class Week5VAEConfig:
    """The report's settings. Raises ValueError where the spectrogram is too small for four halvings."""

    spectrogram: SpectrogramConfig = field(default_factory=lambda: SpectrogramConfig(fft=4096, hop=2048, bands=None))
    widths: tuple[int, ...] = (8, 16, 32, 32)  # channels of the four stride-2 convolutions
    latent: int = 2048
    mean: float = 0.322970  # of |X| ** 0.3 over a corpus
    std: float = 0.278452

    def __post_init__(self) -> None:
        check_ranges(self.spectrogram, **SPECTROGRAM)
        check_ranges(self, latent=(1, 8192), mean=(-1e3, 1e3), std=(1e-6, 1e3))
        if len(self.widths) != 4 or not 1 <= min(self.widths) <= max(self.widths) <= 256:
            raise ValueError(f"widths {self.widths}: not a week-5 model")

    @property
    def parts(self) -> tuple[tuple[str, int], ...]:
        return (("joint", self.latent),)

    @property
    def grid(self) -> tuple[int, int]:
        """Bins and frames after four halvings."""
        bins, frames = self.spectrogram.bins, self.spectrogram.frames
        for _ in self.widths:
            bins, frames = (bins + 1) // 2, (frames + 1) // 2
        return bins, frames


class Week5VAE(nn.Module):
    """Four stride-2 3x3 convolutions and z through three Linear layers; in the report 2,048 numbers and 127 M weights.

    Same calls as JointVAE; the measurements are not used. Spectrogram: |X| ** 0.3, fixed mean and deviation.
    """

    def __init__(self, config: Week5VAEConfig) -> None:
        super().__init__()
        self.config = config
        widths = (2, *config.widths)
        pairs = list(pairwise(widths))
        self.encoder = nn.Sequential(
            *(nn.Sequential(nn.Conv2d(a, b, 3, stride=2, padding=1), nn.BatchNorm2d(b), nn.ReLU()) for a, b in pairs)
        )
        bins, frames = config.grid
        flat = widths[-1] * bins * frames
        self.to_mu, self.to_logvar = nn.Linear(flat, config.latent), nn.Linear(flat, config.latent)
        self.from_z = nn.Linear(config.latent, flat)
        layers: list[nn.Module] = []
        for a, b in reversed(pairs):
            layers += [nn.Upsample(scale_factor=2), nn.Conv2d(b, a, 3, padding=1)]
            layers += [nn.BatchNorm2d(a), nn.ReLU()] if a != 2 else []
        self.decoder = nn.Sequential(*layers)

    def compress(self, magnitude: Tensor) -> Tensor:
        return (magnitude**0.3 - self.config.mean) / self.config.std

    def expand(self, compressed: Tensor) -> Tensor:
        return (compressed * self.config.std + self.config.mean).clamp(0, 4) ** (1 / 0.3)

    def encode(self, magnitude: Tensor, measurements: Tensor) -> tuple[Tensor, Tensor]:
        hidden = self.encoder(_channels_last(self.compress(magnitude))).flatten(1)
        return self.to_mu(hidden), self.to_logvar(hidden)

    def kl(self, mu: Tensor, logvar: Tensor) -> Tensor:
        return gaussian_kl(mu, logvar)

    def decode_compressed(self, z: Tensor) -> Tensor:
        bins, frames = self.config.grid
        spectrogram = self.config.spectrogram
        hidden = self.decoder(_channels_last(self.from_z(z).unflatten(1, (self.config.widths[-1], bins, frames))))
        return hidden[..., : spectrogram.bins, : spectrogram.frames]

    def decode(self, z: Tensor) -> Tensor:
        return self.expand(self.decode_compressed(z))


def _channels_last(images: Tensor) -> Tensor:
    """The same images (batch, channel, bin, frame), channels innermost in memory: half the time of a step on a CPU."""
    return images.contiguous(memory_format=torch.channels_last)
