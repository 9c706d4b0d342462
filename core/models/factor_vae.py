"""The factorised VAE: what is said and what was done to it, kept apart."""

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn import functional

from core.audio.measurements import measurement_count
from core.audio.spectrogram import SpectrogramConfig
from core.models.layers import Block, compress, down, expand, gaussian_kl, quiet, up
from core.models.limits import SPECTROGRAM, check_ranges, check_reduction
from core.models.memory import Memory

_CONDITION = 128  # numbers that the effect part says to each layer of the wet decoder


@dataclass(frozen=True)
class FactorVAEConfig:
    """What rebuilds the model. Raises ValueError for sizes that do not fit the spectrogram."""

    spectrogram: SpectrogramConfig = field(default_factory=lambda: SpectrogramConfig(measurements="by_effect"))
    width: int = 224  # channels of the trunks
    local_latent: int = 384  # content: numbers a latent step
    effect_latent: int = 32  # numbers a segment: what was done to the dry sound
    reduction: int = 16  # frames a latent step (16: 341 ms; 1,125 numbers a second)
    perceptron: int = 640  # width of what reads the measurements
    memory_s: float = 1.55  # how far back the wet decoder hears the dry sound; 0: not at all

    def __post_init__(self) -> None:
        check_ranges(self.spectrogram, **SPECTROGRAM)
        check_reduction(self.reduction, self.spectrogram)
        check_ranges(
            self, width=(1, 4096), local_latent=(1, 4096), effect_latent=(1, 4096), perceptron=(1, 8192),
            memory_s=(0, 10),
        )  # fmt: skip

    @property
    def steps(self) -> int:
        return self.spectrogram.frames // self.reduction

    @property
    def latent(self) -> int:
        return self.local_latent * self.steps + self.effect_latent

    @property
    def parts(self) -> tuple[tuple[str, int], ...]:
        """Named parts of z."""
        return (("content", self.local_latent * self.steps), ("effect", self.effect_latent))


class FactorVAE(nn.Module):
    """Content from the dry channel alone, effect from the pair; dry decoded from content alone, wet from both.

    So a path through the effect part leaves the decoded dry spectrogram as it is, by construction.
    Content: 1-D convolutions over time beside a linear path that starts as a PCA, as in JointVAE.
    Effect: a perceptron on the pair's measurements (core.audio.measurements), which see each effect's knobs.
    Wet: the decoded dry spectrogram as it echoes (core.models.memory), and a change in dB that convolutions, modulated
    by the effect (FiLM), make of both.
    """

    measured_mean: Tensor
    measured_std: Tensor

    def __init__(self, config: FactorVAEConfig) -> None:
        super().__init__()
        self.config = config
        bins, width, local, effect = config.spectrogram.bins, config.width, config.local_latent, config.effect_latent
        measurements, stride = measurement_count(config.spectrogram), config.reduction // 4
        self.register_buffer("measured_mean", torch.zeros(measurements))
        self.register_buffer("measured_std", torch.ones(measurements))
        self.encoder_in = down(bins, width)
        self.encoder = nn.ModuleList(Block(width, dilation) for dilation in (1, 3, 9))
        self.to_local = nn.Conv1d(width, 2 * local, stride, stride)
        self.linear_in = nn.Conv1d(bins, local, config.reduction, config.reduction)
        self.effect_in = nn.Sequential(
            nn.Linear(measurements, config.perceptron), nn.GELU(), nn.Dropout(0.1),
            *(Dense(config.perceptron) for _ in range(2)),
            nn.Linear(config.perceptron, 2 * effect),
        )  # fmt: skip
        self.from_local = nn.ConvTranspose1d(local, width, stride, stride)
        self.dry_decoder = nn.ModuleList(Block(width, dilation) for dilation in (1, 3, 9))
        self.dry_out = up(width, bins)
        self.linear_out = nn.ConvTranspose1d(local, bins, config.reduction, config.reduction)
        self.effect_out = nn.Sequential(
            nn.Linear(effect, _CONDITION), nn.GELU(), nn.Linear(_CONDITION, _CONDITION), nn.GELU()
        )
        frames = round(config.memory_s / config.spectrogram.frame_s)
        self.memory = Memory(_CONDITION, bins, frames) if frames else None
        self.echoed_in = down(bins, width)
        self.wet_decoder = nn.ModuleList(Block(width, dilation, _CONDITION) for dilation in (1, 3, 9, 27, 1))
        self.wet_out = up(width, bins)
        quiet(self.to_local)
        assert self.to_local.bias is not None
        # Begin almost without noise, or the PCA start is lost in it.
        nn.init.constant_(self.to_local.bias.data[local:], -6.0)

    compress, expand = staticmethod(compress), staticmethod(expand)

    def encode_effect(self, measurements: Tensor) -> tuple[Tensor, Tensor]:
        """mu and logvar of the effect part, each (batch, effect), of measurements (batch, measurement)."""
        seen = ((measurements - self.measured_mean) / self.measured_std).clamp(-8, 8)
        mu, logvar = self.effect_in(seen).chunk(2, dim=1)
        # Bounded: exp() of a free logvar is what made the first epochs of the report's training jump.
        return mu, 6 * torch.tanh(logvar / 6)

    def encode_content(self, dry: Tensor) -> tuple[Tensor, Tensor]:
        """mu and logvar of the content part, each (batch, content), of dry spectrograms (batch, bin, frame)."""
        dry = self.compress(dry)
        hidden = self.encoder_in(dry)
        for block in self.encoder:
            hidden = block(hidden)
        mu, logvar = self.to_local(hidden).chunk(2, dim=1)
        return (mu + self.linear_in(dry)).flatten(1), 6 * torch.tanh(logvar.flatten(1) / 6)

    def encode(self, magnitude: Tensor, measurements: Tensor) -> tuple[Tensor, Tensor]:
        """mu and logvar, each (batch, latent), of joint spectrograms (batch, 2, bin, frame) and their measurements."""
        parts = zip(self.encode_content(magnitude[:, 0]), self.encode_effect(measurements), strict=True)
        mu, logvar = (torch.cat(both, dim=1) for both in parts)
        return mu, logvar

    def kl(self, mu: Tensor, logvar: Tensor) -> Tensor:
        """KL divergence in nats (batch, latent) from the standard normal."""
        return gaussian_kl(mu, logvar)

    def decode_content(self, content: Tensor) -> tuple[Tensor, Tensor]:
        """The dry spectrogram (batch, bin, frame), compressed, of a content part, and features of it (batch, width,
        frame / 4)."""
        local = content.unflatten(1, (self.config.local_latent, self.config.steps))
        hidden = self.from_local(local)
        for block in self.dry_decoder:
            hidden = block(hidden)
        return self.dry_out(hidden) + self.linear_out(local), hidden

    def decode_wet(self, dry: Tensor, hidden: Tensor, effect: Tensor) -> Tensor:
        """The wet spectrogram (batch, bin, frame), compressed, of what `decode_content` gives and an effect part."""
        condition = self.effect_out(effect)
        echoed = dry
        if self.memory is not None:
            echoed = self.compress(self.memory(self.expand(dry.float()).square(), condition).sqrt())
        hidden = hidden + self.echoed_in(echoed)
        for block in self.wet_decoder:
            hidden = block(hidden, condition)
        return echoed + self.wet_out(hidden)

    def decode_compressed(self, z: Tensor) -> Tensor:
        """Joint spectrograms (batch, 2, bin, frame) as `compress` gives them, of z (batch, latent)."""
        content, effect = z.split([size for _, size in self.config.parts], dim=1)
        dry, hidden = self.decode_content(content)
        return torch.stack([dry, self.decode_wet(dry, hidden, effect)], dim=1)

    def decode(self, z: Tensor) -> Tensor:
        """Joint spectrograms (batch, 2, bin, frame), magnitudes, of z (batch, latent)."""
        return self.expand(self.decode_compressed(z))


class Dense(nn.Module):
    """Residual layer (batch, width)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm, self.layer, self.drop = nn.LayerNorm(width), nn.Linear(width, width), nn.Dropout(0.1)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.drop(functional.gelu(self.layer(self.norm(x))))
