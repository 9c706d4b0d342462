"""What the VAEs are made of: residual convolutions over time, a linear path that starts as a PCA, the scale of dB."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from core.audio.measure import FLOOR_DB

SOFT_FLOOR = 10 ** (FLOOR_DB / 20)


def compress(magnitude: Tensor) -> Tensor:
    """Magnitudes as the networks see them: dB above a soft floor of -70 dB, 20 dB a unit, about zero mean."""
    return torch.log10(magnitude + SOFT_FLOOR) + 2.5


def expand(compressed: Tensor) -> Tensor:
    """Inverse of `compress`; never negative."""
    return (10 ** (compressed.clamp(max=4.0) - 2.5) - SOFT_FLOOR).clamp_min(0)


def down(inputs: int, width: int) -> nn.Sequential:
    """(batch, inputs, frame) -> (batch, width, frame / 4)."""
    return nn.Sequential(
        nn.Conv1d(inputs, width, 4, stride=2, padding=1), nn.GELU(), nn.Conv1d(width, width, 4, stride=2, padding=1)
    )


def up(width: int, outputs: int) -> nn.Sequential:
    """(batch, width, frame / 4) -> (batch, outputs, frame), about zero at first."""
    last = nn.ConvTranspose1d(width, outputs, 4, stride=2, padding=1)
    quiet(last)
    return nn.Sequential(nn.ConvTranspose1d(width, width, 4, stride=2, padding=1), nn.GELU(), last)


def quiet(layer: nn.Conv1d | nn.ConvTranspose1d) -> None:
    """Begin with an output of about zero, so that what runs beside the layer leads."""
    assert layer.bias is not None
    if not layer.weight.is_meta:  # an outline has no weights, and there normal_ would load torch's compiler: a second
        nn.init.normal_(layer.weight, std=1e-3)
    nn.init.zeros_(layer.bias)


def start_from_pca(
    linear_in: nn.Conv1d, linear_out: nn.ConvTranspose1d, mean: Tensor, basis: Tensor, deviation: Tensor
) -> None:
    """Set a linear path to a PCA of compressed blocks (channel * bin, reduction), flattened.

    mean (F,), basis (component, F), deviation (component,) of the coordinates, which become 1.
    """
    reduction = linear_in.kernel_size[0]
    shape = (len(basis), -1, reduction)
    assert linear_in.bias is not None
    assert linear_out.bias is not None
    with torch.no_grad():
        linear_in.weight.copy_((basis / deviation[:, None]).reshape(shape))
        linear_in.bias.copy_(-(basis @ mean) / deviation)
        linear_out.weight.copy_((basis * deviation[:, None]).reshape(shape))
        linear_out.bias.copy_(mean.reshape(-1, reduction).mean(dim=1))


class Block(nn.Module):
    """Residual pair of convolutions over time (batch, width, frame), modulated by a condition where there is one."""

    def __init__(self, width: int, dilation: int, condition: int = 0) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(8, width)
        self.first = nn.Conv1d(width, width, 3, padding=dilation, dilation=dilation)
        self.second = nn.Conv1d(width, width, 3, padding=1)
        self.film = nn.Linear(condition, 2 * width) if condition else None
        nn.init.zeros_(self.second.weight)

    def forward(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        hidden = self.norm(x)
        if self.film is not None and condition is not None:
            scale, shift = self.film(condition)[..., None].chunk(2, dim=1)
            hidden = hidden * (1 + scale) + shift
        return x + self.second(functional.gelu(self.first(functional.gelu(hidden))))


def gaussian_kl(mu: Tensor, logvar: Tensor) -> Tensor:
    """KL(N(mu, exp logvar) || N(0, 1)) in nats, elementwise. Kingma & Welling 2014, appendix B."""
    return 0.5 * (mu**2 + logvar.exp() - 1 - logvar)


def sample(mu: Tensor, logvar: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """A draw from N(mu, exp logvar) that gradients pass through; mu itself as the variance goes to 0."""
    noise = torch.randn(mu.shape, generator=generator, device=mu.device, dtype=mu.dtype)
    return mu + noise * (0.5 * logvar).exp()
