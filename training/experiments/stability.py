"""Why the report's training was unstable at first: its first steps, as they were and cured, one cause at a time."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from matplotlib.figure import Figure
from rich.progress import track

from core.checkpoints.folder import build
from core.models.layers import sample
from training.corpus import Corpus
from training.losses import beta_at, summed_squared_error
from training.pairs import Pairs, PairTensors

BETA, RATE, CLIP = 1e-4, 1e-3, 1.0
COLUMNS = ("variant", "step", "error", "kl", "gradient_norm", "largest_logvar")


@dataclass(frozen=True)
class StabilityRun:
    """Show why the report's training was unstable: its first steps, with and without the cures, as CSV and PNG."""

    corpus: Path
    out: Path  # folder for stability.csv and stability.png
    steps: int = 120
    batch: int = 8
    latent: int = 512  # a quarter of the report's, for speed


@dataclass(frozen=True)
class Variant:
    """One way to train. tamed: loss per element, gradient cut. warmup: steps until learning rate and beta are full."""

    name: str
    tamed: bool
    warmup: int


VARIANTS = (
    Variant("as in the report", False, 0),
    Variant("loss per element, gradient cut", True, 0),
    Variant("and warm-up of rate and beta", True, 30),
)


def compare(run: StabilityRun) -> Path:
    """Run every variant on the same pairs and draws; returns the picture's path."""
    model = build("week5_vae", {"latent": run.latent})
    source = PairTensors(
        Pairs(Corpus(run.corpus), "train", ("delay", "overdrive"), fixed=0.5), 64, model.config.spectrogram
    )
    magnitudes = torch.stack([source[index][0] for index in track(range(64), description="Rendering 64 pairs")])
    rows = [row for variant in VARIANTS for row in first_steps(run, variant, magnitudes)]
    run.out.mkdir(parents=True, exist_ok=True)
    with (run.out / "stability.csv").open("w", newline="") as handle:
        csv.writer(handle).writerows([COLUMNS, *rows])
    figure = Figure(figsize=(10, 3.2), dpi=120, layout="constrained")
    for ax, column, label in zip(
        figure.subplots(1, 3),
        (2, 3, 5),
        ("summed squared error", "summed KL, nats", "largest log-variance"),
        strict=True,
    ):
        for variant in VARIANTS:
            ax.plot([row[column] for row in rows if row[0] == variant.name], label=variant.name)
        ax.set(xlabel="step", title=label, yscale="linear" if column == 5 else "log")
    figure.axes[0].legend(fontsize=7)
    figure.savefig(run.out / "stability.png")
    return run.out / "stability.png"


def first_steps(run: StabilityRun, variant: Variant, magnitudes: torch.Tensor) -> list[tuple]:
    """Rows as in COLUMNS of one variant's first steps."""
    torch.manual_seed(0)
    model = build("week5_vae", {"latent": run.latent})
    optimizer = torch.optim.Adam(model.parameters(), RATE)
    rows = []
    for step in track(range(run.steps), description=f"{run.steps} steps, {variant.name}"):
        chosen = np.random.default_rng(step).integers(0, len(magnitudes), run.batch)
        batch = magnitudes[chosen]
        for group in optimizer.param_groups:
            group["lr"] = beta_at(step + 1, RATE, variant.warmup)
        mu, logvar = model.encode(batch, batch)
        target = model.compress(batch)
        error = summed_squared_error(model.decode_compressed(sample(mu, logvar)), target)
        kl = model.kl(mu, logvar).sum(dim=1).mean()
        loss = error + beta_at(step, BETA, variant.warmup) * kl
        optimizer.zero_grad()
        (loss / target[0].numel() if variant.tamed else loss).backward()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP if variant.tamed else float("inf"))
        optimizer.step()
        rows.append((variant.name, step, error.item(), kl.item(), norm.item(), logvar.max().item()))
    return rows
