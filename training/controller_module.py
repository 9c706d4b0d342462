"""The LightningModule around a controller: losses, optimiser, logs."""

from concurrent.futures import ProcessPoolExecutor

import lightning
import torch
from lightning.pytorch.utilities.types import OptimizerLRScheduler
from torch import Tensor
from torch.nn import functional

from core.effects import KnobLayout
from core.models.controller import Controller, Prediction
from core.models.layers import gaussian_kl, sample
from training.config import ControllerRun
from training.losses import chain_error, stop_where_endless
from training.pairs import Pair
from training.spsa import SoundLoss, spsa

Example = tuple[Tensor, Tensor, list[Pair]]
"""z (batch, latent), labels (batch, effect + knob) of pairs.Source, and the pairs themselves where they are heard."""


class ControllerModule(lightning.LightningModule):
    """Which effect (cross-entropy), where its knobs stand (negative log-likelihood of a Laplace distribution, whose
    scale is the predicted error), how it sounds (SPSA through the real effect), and the KL divergence of w."""

    def __init__(
        self, controller: Controller, run: ControllerRun, effects: tuple[str, ...], steps: int,
        pool: ProcessPoolExecutor | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.controller, self.run, self.effects, self.steps, self.pool = controller, run, effects, steps, pool
        self.counts = torch.tensor(KnobLayout(effects).counts)

    def loss(self, batch: Example) -> dict[str, Tensor]:
        """Named terms; "loss" is what is minimised, "knob_error" the mean absolute error of knob positions."""
        z, label, pairs = batch
        mu, logvar = self.controller.encode(z)
        said = self.controller.decode(sample(mu, logvar) if self.training and self.run.kl_weight else mu)
        place, knobs = label.split([len(self.effects), label.shape[1] - len(self.effects)], dim=1)
        effect, known, target = place.argmax(dim=1), knobs.isfinite(), knobs.nan_to_num()
        off = (said.knobs - target).abs().where(known, 0.0)
        # The spread learns from the error, not the error from the spread: else what is hard to tell is given up.
        spread = said.spread.clamp_min(0.002)
        likelihood = (off.detach() / spread + spread.log()).where(known, 0.0)
        terms = {
            "effect": self._effect_error(said, place),
            "knobs": off.sum(dim=1).mean(),
            "spread": likelihood.sum(dim=1).mean(),
            "knob_error": off.sum() / known.sum(),
            "accuracy": self._right(said, place).float().mean(),
        }
        total = self.run.parameter_weight * (terms["effect"] + 10 * terms["knobs"]) + 0.02 * terms["spread"]
        if self.controller.config.bottleneck:
            terms["kl"] = gaussian_kl(mu, logvar).sum(dim=1).mean()
            total = total + self.run.kl_weight * terms["kl"]
        if self.run.audio_weight and pairs:
            terms["audio"] = self.audio(said, effect, pairs)
            total = total + self.run.audio_weight * terms["audio"]
        return terms | {"loss": total}

    def _effect_error(self, said: Prediction, place: Tensor) -> Tensor:
        """Which effect, or, of a controller of chains, which effects and in which order."""
        if not self.controller.config.chains:
            return functional.cross_entropy(said.effect, place.argmax(dim=1))
        return chain_error(said.effect, said.order, place)

    def _right(self, said: Prediction, place: Tensor) -> Tensor:
        """Whether all effects of each row are told (batch,)."""
        if not self.controller.config.chains:
            return said.effect.argmax(dim=1) == place.argmax(dim=1)
        return ((said.effect > 0) == (place > 0)).all(dim=1)

    def audio(self, said: Prediction, effect: Tensor, pairs: list[Pair]) -> Tensor:
        """Mean distance of the sounds of the predicted knobs from the wet ones, each through its true effect."""
        # Beyond its ends a knob sounds as at its end, but must still feel where the sound would be better.
        inside = said.knobs + (said.knobs.clamp(0, 1) - said.knobs).detach()
        knobs = inside.split(self.counts.tolist(), dim=1)
        most = int(self.counts.max())
        padded = torch.stack([functional.pad(part, (0, most - part.shape[1])) for part in knobs], dim=1)
        own = padded[torch.arange(len(effect)), effect]
        losses = [SoundLoss(pair.setting.effect, pair.dry, pair.wet, self.run.l1_weight) for pair in pairs]
        counts = self.counts[effect.cpu()].tolist()
        seed = self.global_step + 1_000_003 * self.run.seed
        return spsa(own, losses, counts, seed, self.run.epsilon, self.run.draws, self.pool).mean()

    def transfer_batch_to_device(self, batch: Example, device: torch.device, dataloader_idx: int) -> Example:
        z, label, pairs = batch
        return z.to(device), label.to(device), pairs  # Lightning refuses to look into pairs, which are frozen

    def training_step(self, batch: Example, index: int) -> Tensor:
        terms = self.loss(batch)
        stop_where_endless(terms["loss"], self.global_step)
        self.log_dict({f"train_{name}": term for name, term in terms.items()}, prog_bar=True, batch_size=len(batch[0]))
        return terms["loss"]

    def validation_step(self, batch: Example, index: int) -> None:
        terms = self.loss(batch)
        self.log_dict({f"valid_{name}": term for name, term in terms.items()}, prog_bar=True, batch_size=len(batch[0]))

    def configure_optimizers(self) -> OptimizerLRScheduler:
        optimizer = torch.optim.AdamW(self.parameters(), lr=self.run.learning_rate, weight_decay=1e-3)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, self.run.learning_rate, total_steps=self.steps)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}
