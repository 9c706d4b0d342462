"""From spectrograms back to sound: by their phases where they have some, else by phase retrieval."""

import torch
from torch import Tensor

from core.audio.measure import FLOOR_DB
from core.audio.spectrogram import Spectrogram


def direct(joint: Tensor, spectrogram: Spectrogram, dry: Tensor | None = None) -> Tensor:
    """Audio (batch, 2, time) of joint spectrograms with phases (batch, 4, bin, frame), without any search.

    dry: complex STFT (batch or 1, 1, bin, frame) of the dry sound where it is known. Its phases then stand for the
    decoded ones of dry, and wet keeps the decoded distance from them.
    """
    magnitude, phase = joint.chunk(2, dim=1)
    if dry is not None:
        phase = phase - phase[:, :1] + dry.angle()
    return spectrogram.istft(torch.polar(magnitude, phase))


def griffin_lim(
    magnitude: Tensor,
    spectrogram: Spectrogram,
    phase: Tensor | None = None,
    iterations: int = 16,
    momentum: float = 0.99,
    seed: int = 0,
) -> Tensor:
    """Audio (..., time) whose STFT magnitudes come close to `magnitude` (..., fft/2 + 1, frame).

    Fast Griffin-Lim (Perraudin, Balazs & Søndergaard 2013). phase: a complex STFT whose angles are the first guess
    (broadcastable): the dry clip's starts within a few dB of the answer for most effects. Without it the start is
    random, from `seed`.
    """
    # torchaudio's takes no phase to begin with: from random ones it ends 2 dB to 4 dB above this (training/LOG.md).
    if phase is None:
        generator = torch.Generator(device="cpu").manual_seed(seed)
        angle = torch.rand(magnitude.shape, generator=generator).to(magnitude.device) * 2 * torch.pi
        unit = torch.polar(torch.ones_like(angle), angle)
    else:
        unit = _unit(phase).expand(magnitude.shape)
    previous = torch.zeros((), device=magnitude.device)
    for _ in range(iterations):
        rebuilt = spectrogram.stft(spectrogram.istft(magnitude * unit))
        unit = _unit(rebuilt - momentum / (1 + momentum) * previous)
        previous = rebuilt
    return spectrogram.istft(magnitude * unit)


def _unit(spectrum: Tensor) -> Tensor:
    return spectrum / spectrum.abs().clamp_min(1e-12)


def change_gain(change: Tensor, own: Tensor) -> Tensor:
    """Gains, log10, that give bands of magnitude `own` (..., bin, frame) a decoded change (batch, bin, frame).

    change: log10 of wet over dry, each above a soft floor of FLOOR_DB, under which a model knows nothing. So in quiet
    bands a small change is taken as a gain and a large one literally: noise rises out of silence, a filtered band
    falls below the floor. Large: against the 1 dB that decoders err by when nothing changes. Literal gains everywhere
    would blow up each small error in silence.
    """
    floor, err, silence = 10 ** (FLOOR_DB / 20), 0.05, 1e-6
    literal = torch.log10((((own + floor) * 10**change - floor).clamp_min(0) + silence) / (own + silence))
    trust = torch.maximum(change**2 / (change**2 + err**2), own / (own + floor))
    return trust * literal + (1 - trust) * change
