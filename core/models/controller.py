"""The controller: from a latent vector to an effect and its knobs, by way of a few numbers that a person can play."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn

EIGHTY_PERCENT = math.log(5)
"""80 % of a Laplace distribution lie within this many times its scale."""


@dataclass(frozen=True)
class ControllerConfig:
    """What rebuilds a controller. Raises ValueError for sizes out of range.

    latent: how many numbers of z it reads, those that the atlas maps. parameters: how many knobs each effect has, in
    the checkpoint's order. bottleneck: size of w; 0: none, w is z itself, scaled. linear: one layer and nothing else,
    the report's "simple linear network". by_knob: its ranges were calibrated for each knob by itself, not all together.
    chains: it tells which effects are in a chain, and in which order, not only which one there is. reads: name of the
    controller with a bottleneck whose w it reads in z's place, "" for none: what chain that point plays.
    """

    latent: int
    parameters: tuple[int, ...]
    bottleneck: int = 0
    width: int = 256
    linear: bool = False
    by_knob: bool = False
    chains: bool = False
    reads: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "parameters", tuple(self.parameters))  # JSON has lists
        if self.bottleneck and self.linear:
            raise ValueError("a linear controller has no bottleneck")
        if self.reads and (self.bottleneck or not self.chains):
            raise ValueError("a controller that reads another's w tells chains and has no bottleneck")
        for name, value, least, most in (
            ("latent", self.latent, 1, 65_536),
            ("width", self.width, 1, 4096),
            ("bottleneck", self.bottleneck, 0, 64),
            ("number of effects", len(self.parameters), 1, 256),
            *(("number of knobs", count, 1, 64) for count in self.parameters),
        ):
            if not isinstance(value, int) or not least <= value <= most:
                raise ValueError(f"{name} {value} is out of range")


@dataclass(frozen=True)
class Prediction:
    """What a controller says, for each row of w.

    effect (batch, effect): logits; of a controller of chains each effect's own, of being in it. knobs (batch, knob):
    positions in [0, 1] of the knobs of all effects in a row; those of an effect that is not there mean nothing. spread
    (batch, knob): expected absolute error of each. order (batch, pair): logits of "the first effect of the pair comes
    first", pairs as torch.triu_indices has them; (batch, 0) of a controller of single effects.
    """

    effect: Tensor
    knobs: Tensor
    spread: Tensor
    order: Tensor

    def presence(self) -> np.ndarray:
        """Probability (batch, effect) that each effect is in the chain, by a controller of chains."""
        return self.effect.float().sigmoid().cpu().numpy()

    def numpy(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Probabilities (batch, effect), in sum 1; knobs and spread (batch, knob)."""
        arrays = self.effect.float().softmax(dim=1), self.knobs.float(), self.spread.float()
        return arrays[0].cpu().numpy(), arrays[1].cpu().numpy(), arrays[2].cpu().numpy()

    def together(self) -> "Prediction":
        """What all rows say together, (1, ...), as segments of one sound: the effect by the product of their
        probabilities, of chains each effect by its own, each knob by how sure a segment is."""
        effect, knobs, spread = self.effect.float(), self.knobs.float(), self.spread.float()
        weight = 1 / spread.square()
        weight = weight / weight.sum(dim=0)
        return Prediction(
            (effect if self.order.shape[1] else effect.log_softmax(dim=1)).mean(dim=0, keepdim=True),
            (weight * knobs).sum(dim=0, keepdim=True),
            (weight * spread).sum(dim=0, keepdim=True),
            self.order.float().mean(dim=0, keepdim=True),
        )


class Controller(nn.Module):
    """z -> bottleneck w (mu, logvar) -> effect, knobs and how sure it is of each. w decodes alone.

    As the latent of a VAE: w is drawn from N(mu, exp logvar) in training, with a KL divergence that keeps it near
    N(0, 1), so that every point that a person moves to means something. Without a bottleneck the knobs are a linear
    layer's, which the layers above it bend: z tells most of them by straight lines.
    The spread is learnt as the scale of a Laplace distribution of the error, and each knob's is stretched by its
    `caution`, which `calibrate` finds on speakers that no training heard; older ones have one for all knobs.
    """

    mean: Tensor
    deviation: Tensor
    caution: Tensor

    def __init__(self, config: ControllerConfig) -> None:
        super().__init__()
        self.config = config
        self.register_buffer("mean", torch.zeros(config.latent))
        self.register_buffer("deviation", torch.ones(config.latent))
        knobs, size = sum(config.parameters), config.bottleneck or config.latent
        self.register_buffer("caution", torch.ones(knobs) if config.by_knob else torch.ones(()))
        effects = len(config.parameters)
        self.sizes = [effects, knobs, knobs, effects * (effects - 1) // 2 if config.chains else 0]
        outputs = sum(self.sizes)
        self.encoder = mlp(config.latent, config.width, 2 * config.bottleneck) if config.bottleneck else nn.Identity()
        self.decoder = nn.Linear(size, outputs) if config.linear else mlp(size, config.width, outputs)
        self.straight = None if config.bottleneck or config.linear else nn.Linear(size, knobs)
        if self.straight is not None:
            nn.init.zeros_(self.straight.weight)  # what no example speaks of stays as it is

    def encode(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """mu and logvar of w, each (batch, w), of z (batch, latent). Without a bottleneck w is z, scaled, and exact."""
        scaled = (z - self.mean) / self.deviation
        if not self.config.bottleneck:
            return scaled, torch.full_like(scaled, -torch.inf)
        mu, logvar = self.encoder(scaled).chunk(2, dim=1)
        return mu, 6 * torch.tanh(logvar / 6)

    def decode(self, w: Tensor) -> Prediction:
        """The prediction at w (batch, w)."""
        effect, position, spread, order = self.decoder(w).split(self.sizes, dim=1)
        if self.config.bottleneck:
            position = position.sigmoid()
        else:
            position = 0.5 + position + (0.0 if self.straight is None else self.straight(w))
            # In training a knob beyond its end is pulled back; a clamp would let it stay there.
            position = position if self.training else position.clamp(0, 1)
        return Prediction(effect, position, 0.5 * self.caution * spread.sigmoid(), order)

    def forward(self, z: Tensor) -> Prediction:
        return self.decode(self.encode(z)[0])

    @torch.no_grad()
    def calibrate(self, z: Tensor, knobs: Tensor) -> None:
        """Set `caution` so that of each knob 80 % of the errors lie where a Laplace distribution says.

        z (batch, latent); knobs (batch, knob): true positions, NaN for those of other effects. Split conformal (Lei et
        al. 2018): a new pair like these lies within with a probability of 80 % at least. A knob that none of them has
        stays as it was.
        """
        said = self(z)
        off, stretch = (said.knobs - knobs).abs() / said.spread.clamp_min(1e-6), torch.ones(knobs.shape[1])
        for knob, column in enumerate(off.T):
            if len(errors := column[column.isfinite()].sort().values):
                rank = min(math.ceil(0.8 * (len(errors) + 1)), len(errors))
                stretch[knob] = errors[rank - 1] / EIGHTY_PERCENT
        self.config, self.caution = replace(self.config, by_knob=True), self.caution * stretch

    @torch.no_grad()
    def calibrate_presence(self, z: Tensor, place: Tensor) -> None:
        """Shift the logits of presence, all alike, so that sets of effects are told exactly as often as possible.

        z (batch, latent) of chains that no training heard; place (batch, effect): see training.pairs.Source. Each
        length of chain counts alike: in training long ones are rare, and are told to be shorter than they are.
        """
        there, logits = place > 0, self(z).effect
        shifts = torch.linspace(-1, 3, 41)
        exact = torch.stack([((logits + shift > 0) == there).all(dim=1).float() for shift in shifts])
        length = there.sum(dim=1)
        right = torch.stack([exact[:, length == one].mean(dim=1) for one in length.unique()]).mean(dim=0)
        last = [part for part in self.decoder.modules() if isinstance(part, nn.Linear)][-1]
        last.bias[: there.shape[1]] += shifts[right >= right.max() - 0.005].mean()  # the middle of what is as good

    def place(
        self, effects: Sequence[int], own: slice | Sequence[int], values: Tensor, starts: Tensor, steps: int = 60
    ) -> Tensor:
        """w (w,) whose decoded setting is nearest to the effect of that number, or, by a controller of chains, to all
        of these, with their `own` knobs at `values` (knob,).

        From the best of starts (start, w) downhill by Adam: squared error of the knobs, and the cross-entropy of the
        effect, or of each one's presence, with a small weight. Few numbers cannot hold every setting; what comes back
        is the nearest that they hold.
        """

        def distance(w: Tensor) -> Tensor:
            said = self.decode(w)
            return (said.knobs[:, own] - values).pow(2).sum(dim=1) + 0.01 * self._wrong(said.effect, effects)

        with torch.no_grad():
            w = starts[distance(starts).argmin()][None].clone()
        # Adam (Kingma & Ba 2015) by hand: torch.optim takes seconds to import.
        first, second = torch.zeros_like(w), torch.zeros_like(w)
        best, least = w, torch.inf
        for step in range(1, steps + 1):
            with torch.enable_grad():
                now = w.detach().requires_grad_(True)
                loss = distance(now).sum()
            if loss.item() < least:
                best, least = w, loss.item()
            (slope,) = torch.autograd.grad(loss, now)
            first, second = 0.9 * first + 0.1 * slope, 0.999 * second + 0.001 * slope.square()
            w = w - 0.05 * (1 - step / steps) * (first / (1 - 0.9**step)) / ((second / (1 - 0.999**step)).sqrt() + 1e-8)
        return best[0]

    def _wrong(self, logits: Tensor, effects: Sequence[int]) -> Tensor:
        """Cross-entropy (batch,) of logits (batch, effect) where these effects are there, and no others."""
        target = torch.tensor(effects, device=logits.device)
        if not self.config.chains:
            return nn.functional.cross_entropy(logits, target.expand(len(logits)), reduction="none")
        there = torch.zeros_like(logits).index_fill(1, target, 1.0)
        return nn.functional.binary_cross_entropy_with_logits(logits, there, reduction="none").sum(dim=1)


def mlp(inputs: int, width: int, outputs: int) -> nn.Sequential:
    """Two hidden layers."""
    return nn.Sequential(
        nn.Linear(inputs, width), nn.GELU(), nn.Linear(width, width), nn.GELU(), nn.Linear(width, outputs)
    )
