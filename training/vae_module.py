"""The LightningModule around a VAE: losses, optimiser, logs."""

import lightning
import torch
from torch import Tensor, nn

from core.models.joint_vae import SOFT_FLOOR, sample
from training.config import VAERun
from training.losses import beta_at, summed_squared_error


class VAEModule(lightning.LightningModule):
    """The report's loss: summed squared error + beta * summed KL (+ the views' error where the model predicts them).

    Why the report's training was unstable at first (`python -m training stability`): within a dozen full Adam steps the
    log-variances pass 20, and KL (to 1e9 nats) and error jump; summing is not to blame, for Adam does not see the
    scale of a loss. The cure: raise learning rate and beta from 0, and bound the log-variance; the per-element scale
    and the cut gradient only make runs comparable.
    """

    def __init__(self, model: nn.Module, run: VAERun, total_steps: int) -> None:
        super().__init__()
        self.model, self.run, self.total_steps = model, run, total_steps

    def loss(self, batch: tuple[Tensor, Tensor], beta: float) -> dict[str, Tensor]:
        """Named terms; "loss" is what is minimised, "rmse_db" the dB error of magnitudes above -70 dB."""
        magnitude, views = batch
        mu, logvar = self.model.encode(magnitude, views)
        z = sample(mu, logvar) if self.training else mu
        decoded, target = self.model.decode_compressed(z), self.model.compress(magnitude)
        error = summed_squared_error(decoded, target)
        kl = self.model.kl(mu, logvar).sum(dim=1).mean()
        total = error + beta * kl
        terms = {"error": error, "kl": kl}
        decoded_views = self.model.decode_views(z)
        if decoded_views.shape[1]:
            known = (views - self.model.view_mean) / self.model.view_std
            terms["views"] = summed_squared_error(decoded_views, known.clamp(-8, 8))
            total = total + self.run.view_weight * terms["views"]
        terms["loss"] = total / target[0].numel() if self.run.per_element else total
        if not self.training:
            both = (
                20 * torch.log10(self.model.expand(decoded).clamp_min(SOFT_FLOOR)),
                20 * torch.log10(magnitude.clamp_min(SOFT_FLOOR)),
            )
            terms["rmse_db"] = (both[0] - both[1]).pow(2).mean().sqrt()
        return terms

    def training_step(self, batch: tuple[Tensor, Tensor], index: int) -> Tensor:
        terms = self.loss(batch, beta_at(self.global_step, self.run.beta, self.run.beta_warmup))
        self.log_dict({f"train_{name}": term for name, term in terms.items()}, prog_bar=True)
        return terms["loss"]

    def validation_step(self, batch: tuple[Tensor, Tensor], index: int) -> None:
        terms = self.loss(batch, self.run.beta)
        self.log_dict({f"valid_{name}": term for name, term in terms.items()}, prog_bar=True, sync_dist=True)

    def configure_optimizers(self) -> dict:
        # The linear path starts as a PCA; with thousands of inputs, full steps would throw it far off at once.
        slow = [p for name, p in self.model.named_parameters() if name.startswith("linear_")]
        fast = [p for name, p in self.model.named_parameters() if not name.startswith("linear_")]
        rates = [self.run.learning_rate, self.run.learning_rate / 100][: 2 if slow else 1]
        groups = [{"params": fast}, {"params": slow}][: len(rates)]
        optimizer = torch.optim.AdamW(groups, lr=self.run.learning_rate, weight_decay=1e-4)
        if self.run.schedule == "constant":
            return {"optimizer": optimizer}
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rates, total_steps=self.total_steps, pct_start=0.1)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}
