"""Teach an effect part by the labels of pairs, from their measurements alone."""

from dataclasses import dataclass

import torch
from rich.progress import track
from torch import Tensor, nn

from core.models.factor_vae import FactorVAE
from core.models.layers import gaussian_kl, sample
from training.config import VAERun
from training.losses import label_error
from training.vae_module import blurred, precision


@dataclass(frozen=True)
class Kept:
    """Where the effect part had each pair (pair, effect), and what it costs to leave that by a deviation of an axis."""

    places: Tensor
    weight: float

    def moved(self, mu: Tensor, chosen: Tensor) -> Tensor:
        """The cost of mu (batch, effect) of the chosen pairs (batch,)."""
        off = (mu - self.places[chosen]) / self.places.std(dim=0).clamp_min(1e-3)
        return self.weight * off.abs().sum(dim=1).mean()


def learn_labels(
    model: FactorVAE, head: nn.Module, measurements: Tensor, label: Tensor, run: VAERun, kept: Kept | None = None,
    head_alone: bool = False, peak: float = 1.5e-3,
) -> None:  # fmt: skip
    """Teach a model's effect part, and the linear head on it, labels (pair, effect + knob) by measurements (pair, ...);
    both are held afterwards.

    kept: what draws the effect part back to where it was. head_alone: teach the head only. peak: of the learning rate.
    """
    taught = nn.ModuleList([head] if head_alone else [model.effect_in, head])
    model.effect_in.requires_grad_(False)
    taught.requires_grad_(True)
    device = model.measured_std.device
    measurements, label = measurements.to(device), label.to(device)
    parameters = list(taught.parameters())
    adam = torch.optim.AdamW(parameters, weight_decay=1e-2)
    batches = -(-len(measurements) // 128)
    schedule = torch.optim.lr_scheduler.OneCycleLR(adam, peak, total_steps=batches * run.label_epochs)
    for _ in track(range(run.label_epochs), description=f"Learning effects by their labels, {run.label_epochs} epochs"):
        for chosen in torch.randperm(len(measurements)).split(128):
            with torch.autocast(device.type, torch.bfloat16, enabled=precision(run) == "bf16-mixed"):
                mu, logvar = model.encode_effect(blurred(measurements[chosen], model.measured_std))
            mu, logvar = mu.float(), logvar.float()
            said = head(sample(mu, logvar) if run.label_beta else mu)
            wrong = label_error(said, label[chosen], len(run.effects))
            kl = gaussian_kl(mu, logvar).sum(dim=1).mean()
            moved = kept.moved(mu, chosen) if kept else 0.0
            adam.zero_grad()
            (wrong + run.label_beta * kl + moved).backward()
            nn.utils.clip_grad_norm_(parameters, 1.0)
            adam.step()
            schedule.step()
    taught.requires_grad_(False)
