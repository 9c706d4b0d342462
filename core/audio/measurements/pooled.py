"""Pooled: a few hundred numbers, each pooled along the axis where its family of effects tells itself."""

import torch
from torch import Tensor

from core.audio import SAMPLE_RATE
from core.audio.deconvolution import transfer
from core.audio.spectrogram import SpectrogramConfig

_IMPULSE_BINS, _IMPULSE_BIN = 160, SAMPLE_RATE // 200  # 5 ms a bin, 0.8 s in all
_BAND_GROUPS, _MODULATION_GROUPS, _MODULATION_HZ = 32, 4, 12.0
_LEVELS, _STRIDE = 16, 8
_FLOOR = 1e-4  # -80 dB


def count(config: SpectrogramConfig) -> int:
    """How many numbers `measure_pooled` gives; it depends on how long the pairs are."""
    return _IMPULSE_BINS + 4 * _BAND_GROUPS + _MODULATION_GROUPS * _modulation_bins(config) + 2 * _LEVELS + 1


def _modulation_bins(config: SpectrogramConfig) -> int:
    return min(int(_MODULATION_HZ * config.samples / SAMPLE_RATE), config.frames // 2)


def measure_pooled(dry: Tensor, wet: Tensor, magnitude: Tensor, config: SpectrogramConfig) -> Tensor:
    """Measurements (batch, measurement) of dry, wet (batch, time) with joint spectrograms (batch, 2, bin, frame).

    In this order:
    - impulse response by regularised deconvolution, log energy in 160 bins of 5 ms (delay taps, reverb tails);
    - wet/dry ratio in dB in 32 groups of bins: mean and deviation over active frames, mean over the quietest and
      over the loudest quarter of them (filters, distortion; bit noise, gating);
    - spectrum of that ratio's course over time, 0.2 ... 12 Hz, in 4 groups (chorus, phaser);
    - ratio by rank of the dry frame's level, wet amplitude by rank of dry amplitude (compressor, clipping);
      difference of the crest factors.
    """
    impulse = _impulse_response(dry, wet)
    ratio, level = _ratio_db(magnitude)
    active = (level > level.amax(dim=1, keepdim=True) - 40).float()  # (batch, frame)
    rank = level.argsort(dim=1).argsort(dim=1) / level.shape[1]
    silent = 1 - active.mean(dim=1, keepdim=True)
    quiet = active * (rank < silent + (1 - silent) / 4)
    loud = active * (rank > silent + (1 - silent) * 3 / 4)
    mean = _weighted(ratio, active)
    deviation = (_weighted((ratio - mean[..., None]) ** 2, active) + 1e-6).sqrt()
    bands = torch.cat([mean, deviation, _weighted(ratio, quiet), _weighted(ratio, loud)], dim=1) / 10

    course = ((ratio - mean[..., None]) * active[:, None]).unflatten(1, (_MODULATION_GROUPS, -1)).mean(dim=2)
    modulation = torch.fft.rfft(course, dim=-1).abs()[..., 1 : 1 + _modulation_bins(config)]
    modulation = torch.log10(modulation / course.shape[-1] + 1e-2).flatten(1)

    by_level = torch.gather(ratio.mean(dim=1), 1, level.argsort(dim=1)).unflatten(1, (_LEVELS, -1)).mean(dim=2) / 10
    dry_sorted, order = dry[:, ::_STRIDE].abs().sort(dim=1)
    wet_sorted = torch.gather(wet[:, ::_STRIDE].abs(), 1, order)
    shape = torch.log10(wet_sorted.unflatten(1, (_LEVELS, -1)).mean(dim=2) + _FLOOR)
    shape = shape - torch.log10(dry_sorted.unflatten(1, (_LEVELS, -1)).mean(dim=2) + _FLOOR)
    crest = (_crest(wet) - _crest(dry))[:, None]
    return torch.cat([impulse, bands, modulation, by_level, shape, crest], dim=1)


def _impulse_response(dry: Tensor, wet: Tensor) -> Tensor:
    spectrum = torch.fft.rfft(dry)
    power = spectrum.abs() ** 2
    found = transfer(spectrum, torch.fft.rfft(wet), power, 0.01 * power.mean(dim=-1, keepdim=True) + 1e-12)
    response = torch.fft.irfft(found, n=dry.shape[-1])[:, : _IMPULSE_BINS * _IMPULSE_BIN]
    energy = (response**2).unflatten(1, (_IMPULSE_BINS, _IMPULSE_BIN)).sum(dim=2)
    return torch.log10(energy / (energy.sum(dim=1, keepdim=True) + 1e-12) + 1e-5)


def _ratio_db(magnitude: Tensor) -> tuple[Tensor, Tensor]:
    """Wet/dry ratio (batch, 32, frame) and level of the dry frames (batch, frame), both in dB."""
    width = magnitude.shape[2] // _BAND_GROUPS
    power = (magnitude[:, :, : width * _BAND_GROUPS] ** 2).unflatten(2, (_BAND_GROUPS, width)).mean(dim=3)
    db = 10 * torch.log10(power + _FLOOR**2)
    return db[:, 1] - db[:, 0], 10 * torch.log10(power[:, 0].mean(dim=1) + _FLOOR**2)


def _weighted(values: Tensor, weight: Tensor) -> Tensor:
    return (values * weight[:, None]).sum(dim=-1) / weight.sum(dim=-1, keepdim=True).clamp_min(1.0)


def _crest(audio: Tensor) -> Tensor:
    return torch.log10(audio.abs().amax(dim=-1) + _FLOOR) - 0.5 * torch.log10((audio**2).mean(dim=-1) + _FLOOR**2)
