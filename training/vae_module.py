"""The LightningModule around a VAE: losses, optimiser, logs."""

import math
from typing import Literal

import lightning
import torch
from lightning.pytorch.utilities.types import OptimizerLRScheduler
from torch import Tensor, nn

from core.audio.inversion import change_gain
from core.checkpoints.folder import Model
from core.effects import KnobLayout
from core.models.factor_vae import FactorVAE
from core.models.joint_vae import JointVAE
from core.models.layers import SOFT_FLOOR, compress, sample
from training.config import VAERun
from training.ear import Ear
from training.losses import audible_error, beta_at, change_error, label_error, stop_where_endless, summed_squared_error
from training.pairs import Example

_FLOOR = float(compress(torch.tensor(SOFT_FLOOR)))


def label_size(effects: tuple[str, ...]) -> int:
    """How many numbers tell a chain: presence and knobs of each effect, order of each pair; see losses.label_error."""
    return len(effects) + KnobLayout(effects).size + len(effects) * (len(effects) - 1) // 2


class VAEModule(lightning.LightningModule):
    """The report's loss: summed squared error + beta * summed KL, and what keeps the latent in order.

    JointVAE: + the error of the measurements it predicts from the pair's numbers.
    FactorVAE: silent cells count less, and its parts are learnt one after the other. First the content, which hears the
    dry sound alone; then the effect part, from the labels (vae.teach_effects); then, with both held, the wet sound, +
    the error of the change from dry to wet: without it wet mends dry's errors, which `transfer` then plays. Without
    labels the effect part is learnt with the wet sound. ear_weight adds what an ear hears of dry as it is decoded, and
    of wet as it is transferred.

    Why the report's training was unstable at first (`python -m training stability`): within a dozen full Adam steps the
    log-variances pass 20, and KL (to 1e9 nats) and error jump; summing is not to blame, for Adam does not see the
    scale of a loss. The cure: raise learning rate and beta from 0, and bound the log-variance; the per-element scale
    and the cut gradient only make runs comparable.
    """

    def __init__(self, model: Model, run: VAERun, total_steps: int) -> None:
        super().__init__()
        self.model: Model = model
        self.run, self.total_steps, self.content_steps = run, total_steps, 0
        if isinstance(model, FactorVAE):
            self.content_steps = round(run.content_share * total_steps)
            self.label_head = nn.Linear(model.config.effect_latent, label_size(run.effects))
            self.ear = Ear(model.config.spectrogram)
            if run.label_epochs:  # `teach_effects` alone teaches them, outside of what several processes share
                model.effect_in.requires_grad_(False)
                self.label_head.requires_grad_(False)

    def loss(self, batch: Example, share: float = 1.0) -> dict[str, Tensor]:
        """Named terms; "loss" is what is minimised, "rmse_db" the dB error of magnitudes above -70 dB.

        batch: as collated from PairTensors. share: of the KL's weights, 0 to 1.
        """
        magnitude, measurements, label = batch
        target = self.model.compress(magnitude)
        if isinstance(self.model, FactorVAE):
            if self.training and self.global_step < self.content_steps:
                return self._content_loss(magnitude, target, share)
            decoded, terms, extra = self._change(magnitude, measurements, target, label, share)
        else:
            decoded, terms, extra = self._whole(magnitude, measurements, target, share)
        terms["error"] = self._error(decoded, target)
        total = terms["error"] + extra
        terms["loss"] = total / target[0].numel() if self.run.per_element else total
        if not self.training:
            both = (joint[:, :2] for joint in (self.model.expand(decoded.float()), magnitude))
            squared = torch.sub(*(20 * torch.log10(part.clamp_min(SOFT_FLOOR)) for part in both)).pow(2)
            terms["rmse_db"] = squared.mean().sqrt()
            heard = magnitude[:, :2] > SOFT_FLOOR
            of_heard = (squared * heard).sum(dim=(0, 2, 3)) / heard.sum(dim=(0, 2, 3)).clamp_min(1)
            terms["dry_audible_db"], terms["wet_audible_db"] = of_heard.sqrt()
        return terms

    def _error(self, decoded: Tensor, target: Tensor) -> Tensor:
        factor = isinstance(self.model, FactorVAE)
        return audible_error(decoded, target, _FLOOR) if factor else summed_squared_error(decoded, target)

    def _whole(
        self, magnitude: Tensor, measurements: Tensor, target: Tensor, share: float
    ) -> tuple[Tensor, dict[str, Tensor], Tensor]:
        """What is decoded, named terms, and what they add to the error."""
        mu, logvar = self.model.encode(magnitude, measurements)
        z = sample(mu, logvar) if self.training else mu
        kl = self.model.kl(mu, logvar).sum(dim=1).mean()
        terms, extra = {"kl": kl}, share * self.run.beta * kl
        if isinstance(self.model, JointVAE):
            known = (measurements - self.model.measured_mean) / self.model.measured_std
            terms["measurements"] = summed_squared_error(self.model.decode_measurements(z), known.clamp(-8, 8))
            extra = extra + self.run.measurement_weight * terms["measurements"]
        return self.model.decode_compressed(z), terms, extra

    def _content_loss(self, magnitude: Tensor, target: Tensor, share: float) -> dict[str, Tensor]:
        assert isinstance(self.model, FactorVAE)
        mu, logvar = self.model.encode_content(magnitude[:, 0])
        terms = {"kl": self.model.kl(mu, logvar).sum(dim=1).mean()}
        decoded = self.model.decode_content(sample(mu, logvar))[0]
        terms["error"] = self._error(decoded, target[:, 0])
        total = terms["error"] + share * self.run.beta * terms["kl"]
        if self.run.ear_weight:
            terms["heard"] = self.ear.error(self.model.expand(decoded.float()), magnitude[:, 0])
            total = total + self.run.ear_weight * terms["heard"]
        return terms | {"loss": total / target[0, 0].numel() if self.run.per_element else total}

    def _change(
        self, magnitude: Tensor, measurements: Tensor, target: Tensor, label: Tensor, share: float
    ) -> tuple[Tensor, dict[str, Tensor], Tensor]:
        """As `_whole`: dry from a content that is held, wet from it and the effect part."""
        model = self.model
        assert isinstance(model, FactorVAE)
        with torch.no_grad():
            dry, hidden = model.decode_content(model.encode_content(magnitude[:, 0])[0])
        if self.training:
            measurements = blurred(measurements, model.measured_std)
        mu, logvar = model.encode_effect(measurements)
        effect = sample(mu, logvar) if self.training else mu
        terms = {"kl": model.kl(mu, logvar).sum(dim=1).mean()}
        if self.run.label_epochs and not self.training:
            terms["label"] = label_error(self.label_head(effect).float(), label, len(self.run.effects))
        decoded = torch.stack([dry, model.decode_wet(dry, hidden, effect)], dim=1)
        terms["change"] = change_error(decoded, target, _FLOOR)
        extra = self.run.change_weight * terms["change"]
        if self.run.ear_weight:
            own = magnitude[:, 0]
            gain = change_gain((decoded[:, 1] - decoded[:, 0]).float(), own)
            terms["heard"] = self.ear.error(own * 10**gain, magnitude[:, 1])
            extra = extra + self.run.ear_weight * terms["heard"]
        return decoded, terms, extra if self.run.label_epochs else extra + share * self.run.effect_beta * terms["kl"]

    def training_step(self, batch: Example, index: int) -> Tensor:
        terms = self.loss(batch, beta_at(self.global_step, 1.0, self.run.beta_warmup))
        stop_where_endless(terms["loss"], self.global_step)
        self.log_dict({f"train_{name}": term for name, term in terms.items()}, prog_bar=True, sync_dist=True)
        return terms["loss"]

    def validation_step(self, batch: Example, index: int) -> None:
        terms = self.loss(batch)
        stop_where_endless(terms["loss"] + terms["rmse_db"], self.global_step)
        self.log_dict({f"valid_{name}": term for name, term in terms.items()}, prog_bar=True, sync_dist=True)

    def configure_optimizers(self) -> OptimizerLRScheduler:
        # The linear path starts as a PCA; with thousands of inputs, full steps would throw it far off at once.
        shares = {"model.linear_": 0.01, "model.effect_in": 0.1}
        groups: dict[float, list[nn.Parameter]] = {}
        for name, parameter in self.named_parameters():
            share = next((value for start, value in shares.items() if name.startswith(start)), 1.0)
            groups.setdefault(share, []).append(parameter)
        rate = self.run.learning_rate
        optimizer = torch.optim.AdamW(
            [{"params": group, "lr": share * rate} for share, group in groups.items()], lr=rate, weight_decay=1e-4
        )
        if self.run.schedule == "constant":
            return {"optimizer": optimizer}
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, self._share_of_rate)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def _share_of_rate(self, step: int) -> float:
        """Share of the learning rate: one cycle, up for a tenth of it and down by a cosine, for each part learnt."""
        begin, end = (0, self.content_steps) if step < self.content_steps else (self.content_steps, self.total_steps)
        done = (step - begin) / max(1, end - begin)
        return 0.04 + 0.96 * done / 0.1 if done < 0.1 else 0.5 + 0.5 * math.cos(math.pi * min(1, (done - 0.1) / 0.9))


def blurred(measurements: Tensor, deviation: Tensor) -> Tensor:
    """Measurements (batch, measurement), a little off: one to the sample would be trusted to the sample."""
    return measurements + 0.05 * deviation * torch.randn_like(measurements)


def precision(run: VAERun) -> Literal["32-true", "bf16-mixed"]:
    """Lightning's name of the arithmetic: as asked, or by default bf16 on a GPU and full precision elsewhere."""
    if run.precision != "auto":
        return run.precision
    return "bf16-mixed" if torch.cuda.is_available() and run.accelerator != "cpu" else "32-true"
