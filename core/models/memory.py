"""What a decoded spectrogram still hears of its past: echoes and tails, as a kernel over frames."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

_GROUPS = 16


class Memory(nn.Module):
    """Power (batch, bin, frame), each frame with its share of the frames before it, as a condition says.

    Power adds where echoes do not come at once: what a frame hears is a sum over the past with a weight for each delay,
    one kernel for a group of bands. Begins as a copy: the present counts once, the past not at all.
    """

    def __init__(self, condition: int, bins: int, frames: int) -> None:
        super().__init__()
        self.bins, self.frames = bins, frames
        self.kernel = nn.Linear(condition, _GROUPS * frames)
        if not self.kernel.weight.is_meta:
            nn.init.normal_(self.kernel.weight, std=1e-2)
            start = torch.full((_GROUPS, frames), -7.0)
            start[:, 0] = math.log(math.e - 1)  # softplus makes it 1
            self.kernel.bias.data.copy_(start.flatten())

    def forward(self, power: Tensor, condition: Tensor) -> Tensor:
        """Power (batch, bin, frame), never negative, of power (batch, bin, frame) and condition (batch, condition)."""
        kernel = functional.softplus(self.kernel(condition).float()).unflatten(1, (_GROUPS, self.frames))
        size = power.shape[-1] + self.frames
        per_group = -(-self.bins // _GROUPS)
        spectra = torch.fft.rfft(kernel, size).repeat_interleave(per_group, dim=1)[:, : self.bins]
        echoed = torch.fft.irfft(torch.fft.rfft(power.float(), size) * spectra, size)[..., : power.shape[-1]]
        return echoed.clamp_min(1e-12)
