"""A vocoder: magnitudes and phases of every bin, by a network, and what it learns by."""

import torch
from torch import Tensor, nn

from core.audio.spectrogram import PhaseSpectrogramConfig, Spectrogram
from core.models.layers import SOFT_FLOOR, compress

PER_FRAME = 2
"""Frames of the vocoder's STFT for one of the mel spectrogram."""


class Vocoder(nn.Module):
    """Sound (batch, time) of mel magnitudes (batch, band, frame), after Vocos (Siuzdak 2023), without discriminators.

    ConvNeXt blocks over the frames, then two frames of an STFT for each: every bin of what is given, `start`
    (batch, bin, 2 * frame), complex, is turned and made stronger or weaker.
    """

    def __init__(self, bands: int, width: int, blocks: int, hears_start: bool) -> None:
        super().__init__()
        self.bins, self.hears_start = PhaseSpectrogramConfig().bins, hears_start
        given = bands + (2 * PER_FRAME * self.bins if hears_start else 0)
        self.front = nn.Conv1d(given, width, 1 if hears_start else 7, padding="same")
        self.blocks = nn.ModuleList(Block(width) for _ in range(blocks))
        self.head = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, 3 * PER_FRAME * self.bins))
        for weight in self.head[1].parameters():
            nn.init.zeros_(weight)  # to begin with, what is given stays as it is

    def forward(self, mel: Tensor, start: Tensor) -> Tensor:
        batch, _, frames = mel.shape
        given = compress(mel)
        if self.hears_start:
            loud = start * (compress(start.abs()) + 1) / start.abs().clamp_min(1e-7)  # as far from 0 as it is audible
            both = torch.cat([loud.real, loud.imag], dim=1).unflatten(2, (frames, PER_FRAME))
            given = torch.cat([given, both.transpose(2, 3).flatten(1, 2)], dim=1)
        with torch.autocast("cpu", torch.bfloat16, enabled=self.training):
            x = self.front(given)
            for block in self.blocks:
                x = x + block(x)
            x = self.head(x.transpose(1, 2))
        x = x.float().reshape(batch, frames * PER_FRAME, 3, self.bins).permute(2, 0, 3, 1)
        gain, turn = x[0].clamp(-4, 4).exp(), torch.complex(x[1] + 1, x[2])
        spectrogram = Spectrogram(PhaseSpectrogramConfig(samples=frames * PER_FRAME * PhaseSpectrogramConfig().hop))
        return spectrogram.istft(start * gain * turn / turn.abs().clamp_min(1e-4))


class Block(nn.Module):
    """One ConvNeXt block (batch, width, frame), without the sum."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.along = nn.Conv1d(width, width, 7, padding=3, groups=width)
        self.across = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, 3 * width), nn.GELU(), nn.Linear(3 * width, width)
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.across(self.along(x).transpose(1, 2)).transpose(1, 2)


def loss(sound: Tensor, true: Tensor) -> Tensor:
    """Distance of sounds (batch, time) at three resolutions: magnitudes in log and linear (Yamamoto et al. 2020), and
    how phases run on along time and frequency, which a magnitude settles, unlike phases themselves (Ai & Ling 2023)."""
    total = sound.new_zeros(())
    for fft in (512, 1024, 2048):
        window = torch.hann_window(fft)
        made, wanted = (
            torch.view_as_real(torch.stft(one, fft, fft // 4, window=window, return_complex=True)) * (2 / window.sum())
            for one in (sound, true)
        )
        strong, wanted_strong = ((one.square().sum(dim=-1) + 1e-12).sqrt() for one in (made, wanted))
        total = total + (torch.log10(strong + SOFT_FLOOR) - torch.log10(wanted_strong + SOFT_FLOOR)).abs().mean()
        total = total + 0.5 * (strong - wanted_strong).norm() / wanted_strong.norm().clamp_min(1e-3)
        if fft == PhaseSpectrogramConfig().fft:
            units = made / strong[..., None], wanted / wanted_strong[..., None]
            total = total + 0.5 * sum(turn_error(*units, wanted_strong, axis) for axis in (1, 2))
    return total


def turn_error(made: Tensor, wanted: Tensor, strong: Tensor, axis: int) -> Tensor:
    """1 - cos of how much more or less units (batch, bin, frame, 2) turn from one place along `axis` to the next."""
    size = strong.shape[axis] - 1

    def turns(unit: Tensor) -> Tensor:
        (a, b), (c, d) = (unit.narrow(axis, first, size).unbind(-1) for first in (0, 1))
        return torch.stack([a * c + b * d, a * d - b * c], dim=-1)

    weight = (strong.narrow(axis, 0, size) * strong.narrow(axis, 1, size)).sqrt()
    return (weight * (1 - (turns(made) * turns(wanted)).sum(dim=-1))).sum() / weight.sum().clamp_min(1e-6)
