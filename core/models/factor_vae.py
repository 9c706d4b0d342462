"""The factorised VAE: what is said and what was done to it, kept apart."""

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from core.audio.measurements import measurement_count
from core.audio.spectrogram import SpectrogramConfig
from core.models.layers import Block, compress, down, expand, gaussian_kl, quiet, up
from core.models.limits import SPECTROGRAM, check_ranges, check_reduction

_LFO_STEPS = 120  # of 0.1 Hz, finer than the 0.18 Hz that a segment of 5.46 s tells apart


@dataclass(frozen=True)
class FactorVAEConfig:
    """What rebuilds the model. Raises ValueError for sizes that do not fit the spectrogram."""

    spectrogram: SpectrogramConfig = field(default_factory=lambda: SpectrogramConfig(measurements="by_effect"))
    width: int = 256  # channels of the trunks
    local_latent: int = 64  # content: numbers a latent step
    effect_latent: int = 16  # numbers a segment: what was done to the dry sound
    reduction: int = 16  # frames a latent step (16: 341 ms)

    def __post_init__(self) -> None:
        check_ranges(self.spectrogram, **SPECTROGRAM)
        check_reduction(self.reduction, self.spectrogram)
        check_ranges(self, width=(1, 4096), local_latent=(1, 4096), effect_latent=(1, 4096))

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
    Wet: the content's features, modulated by the effect (FiLM) and by a bank of slow oscillators whose strengths the
    effect sets (their phase at the start of a segment is known, as a plugin starts afresh), make a change in dB that
    is added to the decoded dry spectrogram.
    """

    view_mean: Tensor
    view_std: Tensor
    lfo: Tensor

    def __init__(self, config: FactorVAEConfig) -> None:
        super().__init__()
        self.config = config
        bins, width, local, effect = config.spectrogram.bins, config.width, config.local_latent, config.effect_latent
        measurements, stride = measurement_count(config.spectrogram), config.reduction // 4
        # Of the measurements; they were called views when the shipped weights were stored.
        self.register_buffer("view_mean", torch.zeros(measurements))
        self.register_buffer("view_std", torch.ones(measurements))
        # With numbers also in an outline, where arange would load torch's compiler: a second.
        here = torch.device("cpu")
        time_s = (4 * torch.arange(config.spectrogram.frames // 4, device=here) + 1.5) * config.spectrogram.frame_s
        angle = 2 * torch.pi * (0.1 * torch.arange(1, _LFO_STEPS + 1, device=here))[:, None] * time_s
        self.register_buffer("lfo", torch.cat([angle.sin(), angle.cos()]), persistent=False)

        self.encoder_in = down(bins, width)
        self.encoder = nn.ModuleList(Block(width, dilation) for dilation in (1, 3, 9))
        self.to_local = nn.Conv1d(width, 2 * local, stride, stride)
        self.linear_in = nn.Conv1d(bins, local, config.reduction, config.reduction)
        soft = nn.Sequential(nn.GELU(), nn.Dropout(0.1))
        self.effect_in = nn.Sequential(
            nn.Linear(measurements, 512), soft, nn.Linear(512, 512), soft, nn.Linear(512, 2 * effect)
        )
        self.from_local = nn.ConvTranspose1d(local, width, stride, stride)
        self.dry_decoder = nn.ModuleList(Block(width, dilation) for dilation in (1, 3, 9))
        self.dry_out = up(width, bins)
        self.linear_out = nn.ConvTranspose1d(local, bins, config.reduction, config.reduction)
        self.effect_out = nn.Sequential(nn.Linear(effect, 256), nn.GELU(), nn.Linear(256, 256), nn.GELU())
        self.lfo_strength = nn.Linear(256, len(self.lfo))
        self.lfo_in = nn.Conv1d(len(self.lfo), width, 1)
        self.wet_decoder = nn.ModuleList(Block(width, dilation, 256) for dilation in (1, 3, 9, 27, 1))
        self.wet_out = up(width, bins)
        quiet(self.to_local)
        assert self.to_local.bias is not None
        # Begin almost without noise, or the PCA start is lost in it.
        nn.init.constant_(self.to_local.bias.data[local:], -6.0)

    compress, expand = staticmethod(compress), staticmethod(expand)

    def encode_effect(self, measurements: Tensor) -> tuple[Tensor, Tensor]:
        """mu and logvar of the effect part, each (batch, effect), of measurements (batch, measurement)."""
        mu, logvar = self.effect_in(((measurements - self.view_mean) / self.view_std).clamp(-8, 8)).chunk(2, dim=1)
        # Bounded: exp() of a free logvar is what made the first epochs of the report's training jump.
        return mu, 6 * torch.tanh(logvar / 6)

    def encode(self, magnitude: Tensor, measurements: Tensor) -> tuple[Tensor, Tensor]:
        """mu and logvar, each (batch, latent), of joint spectrograms (batch, 2, bin, frame) and their measurements."""
        dry = self.compress(magnitude[:, 0])
        hidden = self.encoder_in(dry)
        for block in self.encoder:
            hidden = block(hidden)
        local_mu, local_logvar = self.to_local(hidden).chunk(2, dim=1)
        effect_mu, effect_logvar = self.encode_effect(measurements)
        mu = torch.cat([(local_mu + self.linear_in(dry)).flatten(1), effect_mu], dim=1)
        return mu, torch.cat([6 * torch.tanh(local_logvar.flatten(1) / 6), effect_logvar], dim=1)

    def kl(self, mu: Tensor, logvar: Tensor) -> Tensor:
        """KL divergence in nats (batch, latent) from the standard normal."""
        return gaussian_kl(mu, logvar)

    def decode_compressed(self, z: Tensor) -> Tensor:
        """Joint spectrograms (batch, 2, bin, frame) as `compress` gives them, of z (batch, latent)."""
        local, effect = z.split([size for _, size in self.config.parts], dim=1)
        local = local.unflatten(1, (self.config.local_latent, self.config.steps))
        hidden = self.from_local(local)
        for block in self.dry_decoder:
            hidden = block(hidden)
        dry = self.dry_out(hidden) + self.linear_out(local)
        condition = self.effect_out(effect)
        hidden = hidden + self.lfo_in(self.lfo_strength(condition)[..., None] * self.lfo)
        for block in self.wet_decoder:
            hidden = block(hidden, condition)
        return torch.stack([dry, dry + self.wet_out(hidden)], dim=1)

    def decode(self, z: Tensor) -> Tensor:
        """Joint spectrograms (batch, 2, bin, frame), magnitudes, of z (batch, latent)."""
        return self.expand(self.decode_compressed(z))
