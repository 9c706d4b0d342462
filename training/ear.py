"""What an ear makes of errors in a spectrogram: partial loudness and its disturbance, after PESQ."""

import torch
from torch import Tensor

from core.audio.spectrogram import SpectrogramConfig

_FULL_SCALE_DB = 102  # sound pressure of a sine at full scale, where -23 LUFS are the 79 dB that PESQ listens at
_EXPONENT = 0.23  # of loudness over power (Zwicker & Fastl 1999)
_MASKED = 0.25  # share of the softer of two loudnesses by which they may differ unheard
_ADDED = 0.3  # weight of what was added, beside all that is off
_STEADY = 1e-4  # keeps the slope of a root finite where nothing is off


class Ear:
    """Hears magnitudes (batch, bin, frame) of one kind of spectrogram. ITU-T P.862 (2001), 10.2, without its
    alignment; steps of a bin are taken to be alike, as mel and Bark nearly agree."""

    def __init__(self, config: SpectrogramConfig) -> None:
        khz = torch.from_numpy(config.bin_hz()).float().clamp_min(60) / 1000
        quiet_db = 3.64 * khz**-0.8 - 6.5 * torch.exp(-0.6 * (khz - 3.3) ** 2) + 1e-3 * khz**4  # Terhardt 1979
        self.threshold = (10 ** (quiet_db / 10))[:, None]

    def error(self, made: Tensor, true: Tensor) -> Tensor:
        """How far made is from true, counted for each cell alike, summed over all but the batch axis, mean over the
        batch; what was added to the sound is worse than what is missing."""
        power, wanted = (magnitude.float().square() * 10 ** (_FULL_SCALE_DB / 10) for magnitude in (made, true))
        threshold = self.threshold.to(power.device)
        loud, heard = (_loudness(part, threshold) for part in (power, wanted))
        off = ((loud - heard).abs() - _MASKED * torch.minimum(loud, heard)).clamp_min(0)
        added = (((power + 1e3) / (wanted + 1e3)) ** 1.2).detach().clamp(max=12)
        added = added.where(added >= 3, 0.0)
        disturbance = (off.square().mean(dim=1) + _STEADY).sqrt() + _ADDED * (off * added).mean(dim=1)
        return made.shape[1] * disturbance.sum(dim=1).mean()


def _loudness(power: Tensor, threshold: Tensor) -> Tensor:
    """Loudness (batch, bin, frame) of a power, 0 where it is under the threshold (bin, 1); both as 0 dB sound pressure
    is 1."""
    return (threshold / 0.5) ** _EXPONENT * ((0.5 + 0.5 * power / threshold).clamp_min(1) ** _EXPONENT - 1)
