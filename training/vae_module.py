"""The LightningModule around a VAE: losses, optimiser, logs."""

from typing import Any

import lightning
import torch
from lightning.pytorch.utilities.types import OptimizerLRScheduler
from torch import Tensor, nn

from core.checkpoints.folder import Model
from core.effects import KnobLayout
from core.models.factor_vae import FactorVAE
from core.models.joint_vae import JointVAE
from core.models.layers import SOFT_FLOOR, sample
from training.config import VAERun
from training.losses import beta_at, label_error, stop_where_endless, summed_squared_error, swap_twins, twin_distance
from training.pairs import Example


class VAEModule(lightning.LightningModule):
    """The report's loss: summed squared error + beta * summed KL, and what keeps the latent in order.

    JointVAE: + the error of the measurements it predicts from the pair's numbers.
    FactorVAE: twins (one setting, two voices) are decoded with each other's effect part, and their effect parts are
    drawn together, so that nothing of the voice helps there; + the error of the change from dry to wet: without it the
    wet decoder mends the dry one's errors, and the change is more than the effect's; + telling effect and knobs from
    the effect part by one linear layer, which stays behind in training.

    Why the report's training was unstable at first (`python -m training stability`): within a dozen full Adam steps the
    log-variances pass 20, and KL (to 1e9 nats) and error jump; summing is not to blame, for Adam does not see the
    scale of a loss. The cure: raise learning rate and beta from 0, and bound the log-variance; the per-element scale
    and the cut gradient only make runs comparable.
    """

    def __init__(self, model: Model, run: VAERun, total_steps: int) -> None:
        super().__init__()
        self.model: Model = model
        self.run, self.total_steps = run, total_steps
        if isinstance(model, FactorVAE):
            self.label_head = nn.Linear(model.config.effect_latent, len(run.effects) + KnobLayout(run.effects).size)

    def loss(self, batch: Example, share: float = 1.0) -> dict[str, Tensor]:
        """Named terms; "loss" is what is minimised, "rmse_db" the dB error of magnitudes above -70 dB.

        batch: as collated from PairTensors, or from Twins with one more axis. share: of the KL's weights, 0 to 1.
        """
        twins = batch[1].ndim == 3
        magnitude, measurements, label = (part.flatten(0, 1) for part in batch) if twins else batch
        mu, logvar = self.model.encode(magnitude, measurements)
        z = sample(mu, logvar) if self.training else mu
        kl, weight = self.model.kl(mu, logvar), torch.full_like(mu[0], share * self.run.beta)
        terms: dict[str, Tensor] = {}
        extra = torch.zeros((), device=mu.device)
        if isinstance(self.model, FactorVAE):
            content, effect = z.split([size for _, size in self.model.config.parts], dim=1)
            size = effect.shape[1]
            weight[-size:] = share * self.run.effect_beta
            terms["label"] = label_error(self.label_head(effect).float(), label, len(self.run.effects))
            extra = extra + self.run.label_weight * terms["label"]
            if twins:
                terms["twins"] = twin_distance(mu[:, -size:])
                extra = extra + self.run.twin_weight * terms["twins"]
                z = torch.cat([content, swap_twins(effect, self.run.swap)], dim=1)
        if isinstance(self.model, JointVAE):
            known = (measurements - self.model.view_mean) / self.model.view_std
            terms["measurements"] = summed_squared_error(self.model.decode_measurements(z), known.clamp(-8, 8))
            extra = extra + self.run.measurement_weight * terms["measurements"]
        decoded, target = self.model.decode_compressed(z), self.model.compress(magnitude)
        if isinstance(self.model, FactorVAE):
            terms["change"] = summed_squared_error(decoded[:, 1] - decoded[:, 0], target[:, 1] - target[:, 0])
            extra = extra + self.run.change_weight * terms["change"]
        terms["error"], terms["kl"] = summed_squared_error(decoded, target), kl.sum(dim=1).mean()
        total = terms["error"] + (weight * kl).sum(dim=1).mean() + extra
        terms["loss"] = total / target[0].numel() if self.run.per_element else total
        if not self.training:
            both = (joint[:, :2] for joint in (self.model.expand(decoded.float()), magnitude))
            squared = torch.sub(*(20 * torch.log10(part.clamp_min(SOFT_FLOOR)) for part in both)).pow(2)
            terms["rmse_db"] = squared.mean().sqrt()
            terms["dry_rmse_db"], terms["wet_rmse_db"] = squared.mean(dim=(0, 2, 3)).sqrt()
        return terms

    def training_step(self, batch: Example, index: int) -> Tensor:
        terms = self.loss(batch, beta_at(self.global_step, 1.0, self.run.beta_warmup))
        stop_where_endless(terms["loss"], self.global_step)
        self.log_dict({f"train_{name}": term for name, term in terms.items()}, prog_bar=True, sync_dist=True)
        return terms["loss"]

    def validation_step(self, batch: Example, index: int) -> None:
        terms = self.loss(batch)
        stop_where_endless(terms["loss"] + terms["rmse_db"], self.global_step)
        self.log_dict({f"valid_{name}": term for name, term in terms.items()}, prog_bar=True, sync_dist=True)

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """SystemExit where the run to go on with was begun for another number of steps: a one-cycle schedule ends."""
        for schedule in checkpoint["lr_schedulers"]:
            if schedule["total_steps"] != self.total_steps:
                raise SystemExit(
                    f"{self.run.out} was begun for {schedule['total_steps']:,} steps, not {self.total_steps:,}. Please "
                    "start it again with the pairs, epochs and batch it had, or choose another --out."
                )

    def configure_optimizers(self) -> OptimizerLRScheduler:
        # The linear path starts as a PCA; with thousands of inputs, full steps would throw it far off at once.
        slow = [p for name, p in self.named_parameters() if name.startswith("model.linear_")]
        fast = [p for name, p in self.named_parameters() if not name.startswith("model.linear_")]
        rates = [self.run.learning_rate, self.run.learning_rate / 100][: 2 if slow else 1]
        groups = [{"params": fast}, {"params": slow}][: len(rates)]
        optimizer = torch.optim.AdamW(groups, lr=self.run.learning_rate, weight_decay=1e-4)
        if self.run.schedule == "constant":
            return {"optimizer": optimizer}
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rates, total_steps=self.total_steps, pct_start=0.1)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}
