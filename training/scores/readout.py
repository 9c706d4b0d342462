"""What it takes to tell effect and knobs: the same perceptron on z, on the measurements without a VAE, on bands."""

import numpy as np
import torch
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from core.explorer import Explorer
from core.models.controller import mlp
from training.encoded import Encoded
from training.scores.clusters import scaled
from training.scores.report import Report

WIDTH, EPOCHS, BATCH = 512, 60, 128
SOURCES = {
    "z": "what the map shows of z",
    "measurements": "the measurements alone, without a VAE",
    "bands": "mean and deviation of wet - dry in each band, without a VAE",
}
"""What is read, by its key."""


def readout(report: Report, fit: Encoded, test: Encoded, explorer: Explorer) -> None:
    """Effect accuracy and mean absolute knob error of perceptrons that are alike in all but what they read (SOURCES).

    Fitted on as few pairs as the other probes: less than a controller has, but as many for each.
    """
    part, effects = explorer.map_part, len(explorer.config.effects)
    read = {
        "z": (fit.z[:, part], test.z[:, part]), "measurements": (fit.measurements, test.measurements),
        "bands": (fit.bands, test.bands),
    }  # fmt: skip
    for name, numbers in read.items():
        said = perceptron(*scaled(*numbers), fit.label, effects)
        off = np.abs(np.clip(said[:, effects:], 0, 1) - test.knobs)
        report.mean(f"readout.{name}.effect_accuracy", said[:, :effects].argmax(axis=1) == test.effect)
        report.mean(f"readout.{name}.parameter_mae", np.nanmean(off, axis=1))
        report.put(f"readout.{name}.numbers", numbers[0].shape[1])
    report.put("readout.fit", len(fit))


def perceptron(fit: np.ndarray, test: np.ndarray, label: np.ndarray, effects: int) -> np.ndarray:
    """What a perceptron of two hidden layers says of test (pair, number): logits of the effects, then the knobs.

    label (pair, effect + knob): of fit (pair, number), as of pairs.Source. Losses are those of a controller's training.
    """
    torch.manual_seed(0)
    inputs, wanted = torch.from_numpy(fit.astype(np.float32)), torch.from_numpy(label.astype(np.float32))
    network = mlp(inputs.shape[1], WIDTH, label.shape[1])
    loader = DataLoader(TensorDataset(inputs, wanted), min(BATCH, len(inputs)), shuffle=True, drop_last=True)
    adam = torch.optim.AdamW(network.parameters(), weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(adam, 1e-3, total_steps=EPOCHS * len(loader))
    for _ in range(EPOCHS):
        for numbers, true in loader:
            said, known = network(numbers), true[:, effects:].isfinite()
            off = (said[:, effects:] - true[:, effects:].nan_to_num()).abs().where(known, 0.0).sum(dim=1).mean()
            loss = functional.cross_entropy(said[:, :effects], true[:, :effects]) + 10 * off
            adam.zero_grad()
            loss.backward()
            adam.step()
            schedule.step()
    with torch.inference_mode():
        return network(torch.from_numpy(test.astype(np.float32))).numpy()
