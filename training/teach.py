"""Teach the effect part of a checkpoint further: many pairs, measured alone, and what z says stays where it was."""

import json
import os
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

import lightning
import torch
from rich.progress import track
from torch import Tensor, nn
from torch.utils.data import DataLoader

from core.checkpoints import folder as checkpoint
from core.models.factor_vae import FactorVAE
from training.config import VAERun
from training.corpus import Corpus
from training.labels import Kept, learn_labels
from training.options import asked
from training.pairs import Labelled, PairTensors
from training.real_pairs import RealPairs
from training.target import there
from training.vae import plain
from training.vae_module import label_size

_READING = 5  # epochs in which a linear head learns to read the effect part
_PEAK = 1e-3  # of the learning rate: with that of a beginner, pairs are learnt by heart


@dataclass(frozen=True)
class TeachRun:
    """Teach the effect part of a factor checkpoint further by the labels of pairs that are measured alone; a copy
    arrives in --out, without atlas and controllers, which are to be made anew."""

    checkpoint: Path  # begun from, and left as it is
    corpus: tuple[Path, ...]  # folders packed by `python -m training corpus`, each heard as often as any other
    out: Path = Path("runs/taught")
    cache: Path | None = None  # folder of measured pairs, 4 KB each; by default in the run folder
    pairs: int = 60_000
    chains: float = 0.5  # share of pairs that are chains of 2 or 3 effects
    epochs: int = 6
    keep_weight: float = 0.02  # of how far z goes from where it was, beside the labels' error; 0: decoders lose it
    seed: int = 2  # of pairs, weights, order and noise; not the checkpoint's own, whose pairs it knows
    workers: int = 2
    precision: Literal["auto", "32-true", "bf16-mixed"] = "auto"  # see `vae --help`


def teach(run: TeachRun) -> Path:
    """Teach, and return the checkpoint folder. SystemExit where the checkpoint has no effect part of its own, the
    folder to arrive in holds a checkpoint, or one pair is to tell how measurements spread."""
    folder = run.out / "checkpoint"
    if (folder / "config.json").exists():
        raise SystemExit(f"{folder} holds a checkpoint already. Please choose another --out.")
    if run.pairs < 2:
        raise SystemExit("One pair has no spread. Please ask for --pairs 2 at least.")
    before, config = checkpoint.load(there(run.checkpoint))
    if not isinstance(before, FactorVAE) or before.config.spectrogram.measurements == "pooled":
        raise SystemExit(
            f"{run.checkpoint} has no effect part that reads what is measured by effect. Please give a checkpoint of "
            "preset factor."
        )
    lightning.seed_everything(run.seed, workers=True)
    started, corpora = time.time(), [Corpus(part) for part in run.corpus]
    spectrogram = replace(before.config.spectrogram, measurements="in_chains")
    source = RealPairs(corpora, "train", config.effects, run.seed, run.chains, vary=True)
    pairs = Labelled(PairTensors(source, run.pairs, spectrogram, run.cache or run.out / "cache", measured_alone=True))
    about = f"Rendering and measuring {run.pairs:,} pairs"
    rows = list(track(DataLoader(pairs, 64, num_workers=run.workers), description=about))
    measurements, label = (torch.cat(parts) for parts in zip(*rows, strict=True))
    model = widened(before, measurements)
    head = nn.Linear(model.config.effect_latent, label_size(config.effects))
    learning = VAERun(run.corpus, effects=config.effects, label_epochs=run.epochs, precision=run.precision)
    # A head of random weights would draw everything to itself: it first learns to read what is there.
    learn_labels(model, head, measurements, label, replace(learning, label_epochs=_READING), head_alone=True, peak=2e-2)
    kept = Kept(places(before, measurements), run.keep_weight)
    learn_labels(model, head, measurements, label, learning, kept, peak=_PEAK)
    folders = {"corpus": [part.name for part in run.corpus], "out": run.out.name, "cache": None}
    facts = {
        "command": asked(),
        "run": json.loads(json.dumps(asdict(run) | folders | {"checkpoint": run.checkpoint.name}, default=str)),
        "minutes": round((time.time() - started) / 60, 1),
        "machine": f"{os.cpu_count()} cores, torch {torch.__version__}",
    }
    training = {name: value for name, value in config.training.items() if name not in ("controllers", "limits")}
    config = replace(
        config, model_config=plain(model.config), controllers={}, scores={}, training=training | {"taught": facts}
    )
    checkpoint.save(folder, model, config)
    return folder


def widened(before: FactorVAE, measurements: Tensor) -> FactorVAE:
    """The same model, which also reads the numbers that measurements (pair, measurement) have at their end: at first
    they count nothing."""
    spectrogram = replace(before.config.spectrogram, measurements="in_chains")
    model, weights = FactorVAE(replace(before.config, spectrogram=spectrogram)), before.state_dict()
    if (new := measurements[:, len(before.measured_mean) :]).numel():
        first = weights["effect_in.0.weight"]
        weights["effect_in.0.weight"] = torch.cat([first, first.new_zeros(len(first), new.shape[1])], dim=1)
        weights["measured_mean"] = torch.cat([before.measured_mean, new.mean(dim=0)])
        weights["measured_std"] = torch.cat([before.measured_std, new.std(dim=0).clamp_min(0.05)])
    model.load_state_dict(weights)
    return model


def places(before: FactorVAE, measurements: Tensor) -> Tensor:
    """Where a model's effect part has pairs (pair, effect) of measurements, of which it reads those that it knows."""
    with torch.inference_mode():
        return before.encode_effect(measurements[:, : len(before.measured_mean)])[0].clone()
