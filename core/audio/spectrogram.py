"""The joint spectrogram of a dry/wet pair, and the ways back."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torchaudio.transforms import InverseSpectrogram, MelScale
from torchaudio.transforms import Spectrogram as ShortTimeFourier

from core.audio import SAMPLE_RATE, SEGMENT
from core.audio.given import as_floats
from core.audio.io import check
from core.audio.measure import gain_to

Measurements = Literal["pooled", "by_effect", "in_chains"]
"""Kinds of numbers that a model is told beside a joint spectrogram; see core.audio.measurements."""


@dataclass(frozen=True)
class SpectrogramConfig:
    """How a pair becomes a joint spectrogram.

    Raises ValueError where the hop does not divide the segment or the window is shorter than two hops.
    """

    samples: int = SEGMENT  # signals are cut or padded with silence to this length
    fft: int = 2048  # Hann window of 85 ms: resolves the harmonics of a deep voice
    hop: int = 512  # 75 % overlap, which phase retrieval needs
    bands: int | None = 128  # mel bands, whose averages are less random than bins; None: the STFT's own bins
    measurements: Measurements = "pooled"  # what a model is told beside it

    def __post_init__(self) -> None:
        if self.hop < 1 or self.samples % self.hop or self.fft < 2 * self.hop:
            raise ValueError(f"samples {self.samples}, fft {self.fft}, hop {self.hop} do not fit together")
        if self.bands is not None and not 8 <= self.bands <= self.fft // 4:
            raise ValueError(f"bands {self.bands} must lie in 8 ... {self.fft // 4}")
        if self.measurements not in get_args(Measurements):
            raise ValueError(f"measurements {self.measurements!r} are none of {', '.join(get_args(Measurements))}")

    @property
    def channels(self) -> int:
        """Channels of a joint spectrogram: the magnitudes of dry and wet."""
        return 2

    @property
    def bins(self) -> int:
        return self.bands or self.fft // 2 + 1

    @property
    def frames(self) -> int:
        return self.samples // self.hop

    @property
    def frame_s(self) -> float:
        return self.hop / SAMPLE_RATE

    def bin_hz(self) -> np.ndarray:
        """Centre frequency of every bin in Hz, shape (bin,)."""
        if self.bands is None:
            return np.linspace(0, SAMPLE_RATE / 2, self.bins)
        top_mel = 2595 * np.log10(1 + SAMPLE_RATE / 2 / 700)
        mels = np.linspace(0, top_mel, self.bands + 2)[1:-1]
        return 700 * (10 ** (mels / 2595) - 1)


@dataclass(frozen=True)
class PhaseSpectrogramConfig(SpectrogramConfig):
    """A joint spectrogram with phases: magnitudes of dry and wet, then the phases of dry and wet in radians.

    Raises ValueError where there are mel bands, which have no phase.
    """

    fft: int = 1024  # 43 ms: a voice's pitch moves little within it, so phases run on evenly
    hop: int = 256
    bands: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.bands is not None:
            raise ValueError(f"bands {self.bands}: a mel band has no phase, bands must be None")

    @property
    def channels(self) -> int:
        return 4


def fit(audio: np.ndarray, samples: int) -> np.ndarray:
    """audio (..., time) cut, or padded with silence at its end, to `samples`; float32."""
    audio = np.asarray(audio, dtype=np.float32)[..., :samples]
    return np.pad(audio, [(0, 0)] * (audio.ndim - 1) + [(0, samples - audio.shape[-1])])


def prepare_pair(
    dry: np.ndarray, wet: np.ndarray, samples: int, silence: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """dry and wet (time,), each of shape (samples,) and scaled by ONE gain, which brings dry to -23 LUFS.

    What a model sees is therefore independent of recording level, while wet against dry is kept.
    Raises AudioError where there is nothing to work with, see core.audio.io.check; wet may be silent, dry
    where `silence` says so.
    """
    dry, wet = as_floats(dry, "The dry sound"), as_floats(wet, "The wet sound")
    check(dry, "The dry sound", silence)
    check(wet, "The wet sound", silence=True)
    dry, wet = fit(dry, samples), fit(wet, samples)
    gain = np.float32(gain_to(dry))
    return dry * gain, wet * gain


class Spectrogram(nn.Module):
    """Signals (..., time) <-> STFT (..., fft/2 + 1, frame) <-> magnitudes (..., bin, frame) as models see them.

    A full-scale sine has magnitude 1 (0 dB) in its bin. Frame i is centred on sample i * hop. The one frame that
    would be centred on the end of the segment is left out, so that frames is a power of two.
    With mel bands a magnitude is the root of the band's summed power.
    """

    def __init__(self, config: SpectrogramConfig) -> None:
        super().__init__()
        self.config = config
        self._forward = ShortTimeFourier(config.fft, hop_length=config.hop, power=None)
        self._back = InverseSpectrogram(config.fft, hop_length=config.hop)
        self._scale = float(2 / self._forward.window.sum())  # a full-scale sine has magnitude 1
        if config.bands is not None:
            self._mel = MelScale(config.bands, SAMPLE_RATE, n_stft=config.fft // 2 + 1)

    @property
    def filters(self) -> Tensor:
        """Share of each bin's power in each band (fft/2 + 1, bin)."""
        return self._mel.fb

    def stft(self, audio: Tensor) -> Tensor:
        """Complex STFT (..., fft/2 + 1, frame) of audio (..., time), time == config.samples."""
        return self._forward(audio)[..., : self.config.frames] * self._scale

    def istft(self, spectrum: Tensor) -> Tensor:
        """Audio (..., time) of a complex STFT (..., fft/2 + 1, frame); inverts `stft`, but for a fade at the very end.

        The frame that `stft` leaves out counts as silence here: without it the last samples would be divided by 0.
        """
        return self._back(functional.pad(spectrum, (0, 1)) * (1 / self._scale), self.config.samples)

    def magnitude(self, spectrum: Tensor) -> Tensor:
        """Magnitudes (..., bin, frame) of a complex STFT (..., fft/2 + 1, frame)."""
        if self.config.bands is None:
            return spectrum.abs()
        return self._mel(spectrum.real**2 + spectrum.imag**2).sqrt()

    def forward(self, dry: Tensor, wet: Tensor) -> Tensor:
        """The joint spectrogram (batch, channel, bin, frame) of dry and wet, each (batch, time)."""
        spectrum = self.stft(torch.stack([dry, wet], dim=1))
        magnitude = self.magnitude(spectrum)
        return magnitude if self.config.channels == 2 else torch.cat([magnitude, spectrum.angle()], dim=1)

    def spread(self, values: Tensor) -> Tensor:
        """Values of bands (..., bin, frame) on the STFT's bins (..., fft/2 + 1, frame), interpolated; else 0."""
        if self.config.bands is None:
            return values
        weight = self.filters / self.filters.sum(dim=1, keepdim=True).clamp_min(1e-8)
        return weight @ values

    def linear(self, magnitude: Tensor, like: Tensor | None = None, steps: int = 12) -> Tensor:
        """STFT magnitudes (..., fft/2 + 1, frame) whose bands are `magnitude` (..., bin, frame).

        The smallest non-negative change of `like` (STFT magnitudes, broadcastable; flat if None) that has these
        bands, by multiplicative updates on power (Lee & Seung 2001). So harmonics inside a wide band, which the
        model never saw, are taken from `like`.
        """
        if self.config.bands is None:
            return magnitude
        # torchaudio's InverseMelScale knows no `like`: its bands are off by 3 dB, these by 0.1 (training/LOG.md).
        target = magnitude.transpose(-1, -2) ** 2
        shape = (*target.shape[:-1], self.config.fft // 2 + 1)
        weight = self.filters.sum(dim=1)
        heard = weight > 0  # the others, as 0 Hz, lie beyond all bands: they stay as `like` has them
        power = heard.expand(shape).float() if like is None else like.transpose(-1, -2).expand(shape) ** 2
        # A floor keeps bins alive that `like` lacks: a product never brings a zero back.
        power = power + 1e-3 * (power @ self.filters @ self.filters.T) + 1e-10 * heard
        for _ in range(steps):
            ratio = target / (power @ self.filters).clamp_min(1e-12)
            change = ((ratio @ self.filters.T) / weight.clamp_min(1e-8)).clamp(0, 1e6)
            power = torch.where(heard, power * change, power)
        return power.sqrt().transpose(-1, -2)
