"""A controller taught in seconds, by examples whose answer can be read off them."""

from pathlib import Path

import numpy as np
import torch

from core.effects import KnobLayout
from core.models.controller import Controller, ControllerConfig
from training.config import ControllerRun
from training.controller_module import ControllerModule

NAMES = ("delay", "overdrive", "lowpass")
KNOBS = KnobLayout(NAMES)
COUNTS = KNOBS.counts
CONFIG = ControllerConfig(6, COUNTS, bottleneck=4, width=64)


def examples(count: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """z (count, 6) from which effect (three numbers) and knobs (three) can be read, and labels (count, 11)."""
    generator = np.random.default_rng(seed)
    effect, knobs = np.arange(count) % 3, generator.random((count, 3))
    z = np.concatenate([np.eye(3)[effect] * 4 - 2, knobs * 5], axis=1)
    label = np.full((count, 11), np.nan)
    label[:, :3] = np.eye(3)[effect]
    for number, start in enumerate((3, 6, 9)):
        own = effect == number
        label[own, start : start + COUNTS[number]] = knobs[own, : COUNTS[number]]
    return torch.tensor(z, dtype=torch.float32), torch.tensor(label, dtype=torch.float32)


def teach() -> Controller:
    """A controller with a w of 4, taught such examples for some seconds."""
    torch.manual_seed(0)
    controller = Controller(CONFIG)
    z, _ = examples(3000, 0)
    controller.mean.copy_(z.mean(dim=0))
    controller.deviation.copy_(z.std(dim=0))
    run = ControllerRun(Path(), (), bottleneck=4, width=64, kl_weight=1e-3)
    module = ControllerModule(controller, run, NAMES, 600)
    optimizer = torch.optim.Adam(controller.parameters(), 4e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=600)
    for step in range(600):
        optimizer.zero_grad()
        module.loss((*examples(192, step + 1), []))["loss"].backward()
        optimizer.step()
        schedule.step()
    return controller.eval().requires_grad_(False)
