"""The joint-spectrogram VAE: dry and wet as two channels of one spectrogram, one flat latent vector."""

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from core.audio.measurements import measurement_count
from core.audio.spectrogram import SpectrogramConfig
from core.models.layers import Block, compress, down, expand, gaussian_kl, quiet, up
from core.models.limits import SPECTROGRAM, check_ranges, check_reduction


@dataclass(frozen=True)
class JointVAEConfig:
    """What rebuilds the model. Raises ValueError for sizes that do not fit the spectrogram."""

    spectrogram: SpectrogramConfig = field(default_factory=lambda: SpectrogramConfig(measurements="by_effect"))
    channels: int = 2  # dry and wet magnitude
    width: int = 320  # channels of the trunk
    local_latent: int = 32  # numbers a latent step: what is said, and how it sounds just now
    pair_latent: int = 64  # numbers a segment: what the pair has in common at all times
    pair_scale: float = 8.0  # unit of the pair's numbers in z, so that distances speak of the effect, not of the words
    reduction: int = 16  # frames a latent step (16: 341 ms); a longer step shares its numbers better

    def __post_init__(self) -> None:
        check_ranges(self.spectrogram, **SPECTROGRAM)
        if self.channels != self.spectrogram.channels:
            raise ValueError(f"channels {self.channels}: the joint spectrogram has {self.spectrogram.channels}")
        check_reduction(self.reduction, self.spectrogram)
        check_ranges(self, width=(1, 4096), local_latent=(1, 4096), pair_latent=(1, 4096), pair_scale=(1e-3, 1e3))

    @property
    def features(self) -> int:
        """Numbers that the network sees of each bin and frame: the two compressed magnitudes come first."""
        return self.channels

    @property
    def steps(self) -> int:
        return self.spectrogram.frames // self.reduction

    @property
    def latent(self) -> int:
        return self.pair_latent + self.local_latent * self.steps

    @property
    def parts(self) -> tuple[tuple[str, int], ...]:
        """Named parts of z: here one, as in the report."""
        return (("joint", self.latent),)


class JointVAE(nn.Module):
    """1-D convolutions over time, frequency bins as channels; a local latent every 341 ms beside one for the pair.

    The report's VAE holds 127 M weights, nearly all in three Linear layers that know each place of the segment by
    heart. Convolutions share what they learn between places: 15 times fewer weights, and no blur.
    A linear path from blocks of magnitudes to the local latent and back runs beside the deep one. Training starts it as
    the PCA of such blocks, so that the network begins where that baseline ends.
    The pair's numbers come from pooled features and from measurements (core.audio.measurements), and modulate every
    block of the decoder (FiLM, Perez et al. 2018); a small head predicts the measurements back from them.
    """

    measured_mean: Tensor
    measured_std: Tensor
    unit: Tensor

    def __init__(self, config: JointVAEConfig) -> None:
        super().__init__()
        self.config = config
        inputs, magnitudes = config.features * config.spectrogram.bins, 2 * config.spectrogram.bins
        width = config.width
        measurements = measurement_count(config.spectrogram)
        self.register_buffer("measured_mean", torch.zeros(measurements))
        self.register_buffer("measured_std", torch.ones(measurements))
        unit = torch.ones(config.latent)
        unit[: config.pair_latent] = config.pair_scale
        self.register_buffer("unit", unit, persistent=False)

        stride, local = config.reduction // 4, config.local_latent
        self.encoder_in = down(inputs, width)
        self.encoder = nn.ModuleList(Block(width, dilation) for dilation in (1, 3, 9))
        self.to_local = nn.Conv1d(width, 2 * local, stride, stride)
        self.linear_in = nn.Conv1d(magnitudes, local, config.reduction, config.reduction)
        self.pair_in = nn.Sequential(
            nn.Linear(measurements + 2 * width, 512), nn.GELU(), nn.Linear(512, 512), nn.GELU(),
            nn.Linear(512, 2 * config.pair_latent),
        )  # fmt: skip
        self.pair_out = nn.Sequential(nn.Linear(config.pair_latent, 512), nn.GELU(), nn.Linear(512, measurements))
        self.from_local = nn.ConvTranspose1d(local, width, stride, stride)
        self.decoder = nn.ModuleList(Block(width, dilation, config.pair_latent) for dilation in (1, 3, 9, 1))
        self.decoder_out = up(width, inputs)
        self.linear_out = nn.ConvTranspose1d(local, magnitudes, config.reduction, config.reduction)
        quiet(self.to_local)
        assert self.to_local.bias is not None
        # Begin almost without noise, or the PCA start is lost in it.
        nn.init.constant_(self.to_local.bias.data[local:], -6.0)

    compress, expand = staticmethod(compress), staticmethod(expand)

    def encode(self, magnitude: Tensor, measurements: Tensor) -> tuple[Tensor, Tensor]:
        """mu and logvar, each (batch, latent), of joint spectrograms (batch, channel, bin, frame), measurements."""
        compressed = self.compress(magnitude)
        hidden = self.encoder_in(compressed.flatten(1, 2))
        for block in self.encoder:
            hidden = block(hidden)
        measurements = ((measurements - self.measured_mean) / self.measured_std).clamp(-8, 8)
        pair = self.pair_in(torch.cat([measurements, hidden.mean(dim=2), hidden.amax(dim=2)], dim=1))
        local_mu, local_logvar = self.to_local(hidden).chunk(2, dim=1)
        pair_mu, pair_logvar = pair.chunk(2, dim=1)
        local_mu = local_mu + self.linear_in(compressed[:, :2].flatten(1, 2))
        mu = torch.cat([pair_mu, local_mu.flatten(1)], dim=1) * self.unit
        # Bounded: exp() of a free logvar is what made the first epochs of the report's training jump.
        logvar = 6 * torch.tanh(torch.cat([pair_logvar, local_logvar.flatten(1)], dim=1) / 6)
        return mu, logvar + 2 * self.unit.log()

    def kl(self, mu: Tensor, logvar: Tensor) -> Tensor:
        """KL divergence in nats (batch, latent) from the prior, a normal of deviation `unit`."""
        return gaussian_kl(mu / self.unit, logvar - 2 * self.unit.log())

    def decode_compressed(self, z: Tensor) -> Tensor:
        """Joint spectrograms (batch, feature, bin, frame) as `compress` gives them, of z (batch, latent)."""
        pair, local = (z / self.unit).split([self.config.pair_latent, self.config.latent - self.config.pair_latent], 1)
        local = local.unflatten(1, (self.config.local_latent, self.config.steps))
        hidden = self.from_local(local)
        for block in self.decoder:
            hidden = block(hidden, pair)
        decoded = self.decoder_out(hidden).unflatten(1, (self.config.features, -1))
        magnitudes = decoded[:, :2] + self.linear_out(local).unflatten(1, (2, -1))
        return torch.cat([magnitudes, decoded[:, 2:]], dim=1)

    def decode(self, z: Tensor) -> Tensor:
        """Joint spectrograms (batch, channel, bin, frame) of z (batch, latent)."""
        return self.expand(self.decode_compressed(z))

    def decode_measurements(self, z: Tensor) -> Tensor:
        """Standardised measurements (batch, measurement) as the pair's numbers in z tell them: a target."""
        return self.pair_out(z[:, : self.config.pair_latent] / self.unit[: self.config.pair_latent])
