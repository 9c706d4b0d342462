"""Train a controller: from a checkpoint's z to effect and knobs."""

import hashlib
import json
import os
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import lightning
import torch
from lightning.pytorch.callbacks import ModelCheckpoint, RichProgressBar
from lightning.pytorch.loggers import Logger
from torch import Tensor
from torch.utils.data import DataLoader

from core.checkpoints import folder as checkpoint
from core.effects import KnobLayout
from core.explorer import Explorer
from core.models.controller import Controller, ControllerConfig
from training.callbacks import HearSettings, WholeFiles
from training.config import ControllerRun
from training.controller_module import ControllerModule, Example
from training.corpus import Corpus
from training.encoded import EncodedPairs, to_encode
from training.pairs import Pair, Pairs, Source
from training.real_pairs import RealPairs
from training.spsa import workers
from training.state import hold_against, opened, told_where_it_stops
from training.target import open_target
from training.vae import command, loggers


def collate(rows: list[tuple[Tensor, Tensor, Pair | None]]) -> Example:
    z, label, pairs = zip(*rows, strict=True)
    return torch.stack(z), torch.stack(label), [pair for pair in pairs if pair is not None]


def train(run: ControllerRun) -> Path:
    """Train one controller, resuming where an earlier call with the same `out` was killed; returns the checkpoint."""
    explorer = open_target(run.checkpoint)
    steps_of(run, run.pairs)
    _begun_from(run, explorer)
    read = _whose_points(run, explorer)
    opened(_state(run))
    logs = loggers(run)
    corpora = [Corpus(folder) for folder in run.corpus]
    train_set, valid_set, ranges = (
        EncodedPairs.of(
            explorer,
            to_encode(explorer, source(run, explorer.config.effects, corpora, split, seed), count, cache),
            f"Rendering and encoding {count:,} {split} pairs", heard=run.audio_weight > 0, workers=run.workers,
        )
        for split, seed, count, cache in (
            ("train", run.seed, run.pairs, run.cache or run.out / "cache"),
            ("valid", run.seed + 1, run.valid_pairs, run.out / "cache-valid"),
            ("calibration", run.seed + 2, run.calibration_pairs, run.out / "cache-calibration"),
        )
    )  # fmt: skip
    if read:
        train_set, valid_set, ranges = (pairs.at_points(read) for pairs in (train_set, valid_set, ranges))
    started = time.time()
    controller, found = fit(run, explorer, train_set, valid_set, logs)
    calibrate(controller, ranges)
    facts = facts_of(run, corpora, found, time.time() - started)
    keep(run.checkpoint, {run.name: controller}, {run.name: facts})
    return run.checkpoint


def source(run: ControllerRun, effects: tuple[str, ...], corpora: list[Corpus], split: str, seed: int) -> Source:
    """Where the pairs of a split come from: where sounds are compared, or knobs are all at one place, of the first
    corpus, as in a laboratory."""
    vary = run.vary and split == "train"
    held = {"calibration": corpora[0].held_out("calibration")}
    if run.audio_weight or run.fixed is not None:
        return Pairs(corpora[0], held.get(split, split), effects, seed, run.fixed, vary)
    return RealPairs(corpora, held.get(split, split), effects, seed, run.chains, vary, run.brought)


def calibrate(controller: Controller, pairs: EncodedPairs) -> None:
    """Calibrate a controller on pairs that no training heard: ranges on effects alone, presence on all of them."""
    alone = pairs.alone()
    controller.calibrate(alone.z, alone.knobs)
    if controller.config.chains:
        controller.calibrate_presence(pairs.z, pairs.place)


def fit(
    run: ControllerRun, explorer: Explorer, train_set: EncodedPairs, valid_set: EncodedPairs,
    logs: list[Logger] | None = None,
) -> tuple[Controller, dict[str, float]]:  # fmt: skip
    """Fit a controller to encoded pairs; returns it, not calibrated, and its last scores on the validation speakers."""
    lightning.seed_everything(run.seed, workers=True)
    effects = explorer.config.effects
    start = _begun_from(run, explorer)
    shape = (train_set.z.shape[1], KnobLayout(effects).counts, run.bottleneck, run.width, run.linear)
    by_knob, chains = (start.config.by_knob, start.config.chains) if start else (False, run.chains > 0)
    controller = Controller(ControllerConfig(*shape, by_knob=by_knob, chains=chains, reads=run.reads))
    controller.mean.copy_(train_set.z.mean(dim=0))
    controller.deviation.copy_(train_set.z.std(dim=0).clamp_min(1e-3))
    if start:
        controller.load_state_dict(start.state_dict())
        controller.requires_grad_(True)
    steps = steps_of(run, len(train_set))
    state, asked = _state(run), _asked(run, train_set)
    hold_against(run.out, opened(state), asked)
    with workers(run.workers if run.audio_weight else 0) as pool:
        module = ControllerModule(controller, run, effects, steps, pool)
        trainer = lightning.Trainer(
            default_root_dir=run.out,
            accelerator="cpu",  # a few thousand numbers: a GPU would wait for its orders
            max_epochs=run.epochs,
            max_steps=steps,
            gradient_clip_val=1.0,
            check_val_every_n_epoch=max(1, run.epochs // 10),
            log_every_n_steps=min(20, steps // run.epochs or 1),
            logger=logs or loggers(run),
            plugins=[WholeFiles(asked)],
            enable_model_summary=False,
            callbacks=[
                ModelCheckpoint(run.out / "state", save_last=True, every_n_train_steps=run.save_every),
                RichProgressBar(),
                HearSettings(valid_set),
            ],
        )
        loading: dict[str, Any] = {"collate_fn": collate}
        if run.audio_weight:
            loading |= {"num_workers": run.workers, "persistent_workers": run.workers > 0}
        with told_where_it_stops(trainer, state, run.save_every):
            trainer.fit(
                module,
                DataLoader(train_set, run.batch, shuffle=True, drop_last=True, **loading),
                DataLoader(valid_set, run.batch, **loading),
                ckpt_path=state if state.exists() else None,
                weights_only=True,
            )
    found = {name: round(float(value), 4) for name, value in trainer.callback_metrics.items() if "valid" in name}
    return controller.eval().requires_grad_(False), found


def _state(run: ControllerRun) -> Path:
    return run.out / "state" / "last.ckpt"


def _asked(run: ControllerRun, pairs: EncodedPairs) -> dict[str, Any]:
    """What a state belongs to, as plain values: the options that the weights depend on, and the encoded pairs."""
    aside = ("checkpoint", "corpus", "out", "cache", "workers", "logger", "save_every", "valid_pairs")
    options = {name: value for name, value in asdict(run).items() if name not in (*aside, "calibration_pairs")}
    content = hashlib.sha256()
    for part in (pairs.z, pairs.label):
        content.update(part.contiguous().numpy().tobytes())
    return options | {"pairs encoded": content.hexdigest()[:16]}


def _begun_from(run: ControllerRun, explorer: Explorer) -> Controller | None:
    """The controller that a run begins with, if any; SystemExit where there is none of that name and shape."""
    if not run.start:
        return None
    if run.start not in explorer.config.controllers:
        known = ", ".join(explorer.config.controllers) or "none"
        raise SystemExit(f"{run.checkpoint} has no controller {run.start!r} to start from; it has {known}.")
    start = explorer.controller(run.start)
    if (start.config.bottleneck, start.config.width, start.config.linear) != (run.bottleneck, run.width, run.linear):
        raise SystemExit(
            f"The controller {run.start} has another shape. Please ask for --bottleneck {start.config.bottleneck} "
            f"--width {start.config.width} {'--linear' if start.config.linear else '--no-linear'}, or start without it."
        )
    return start


def _whose_points(run: ControllerRun, explorer: Explorer) -> Controller | None:
    """The controller at whose points a run tells chains, if any; SystemExit where there is none or no chains."""
    if not run.reads:
        return None
    points = [name for name, one in explorer.controllers.items() if one.config.bottleneck]
    if run.reads not in points:
        raise SystemExit(f"{run.checkpoint} has no points of {run.reads!r}; it has {', '.join(points) or 'none'}.")
    if run.bottleneck or run.linear or not run.chains:
        raise SystemExit("With --reads chains are told from points. Please add --chains 0.33, and leave out others.")
    return explorer.controller(run.reads)


def steps_of(run: ControllerRun, pairs: int) -> int:
    """How many steps a run takes with so many pairs; SystemExit where there is none."""
    if pairs < run.batch:
        raise SystemExit(f"{pairs} pairs are less than a batch. Please ask for {run.batch}, or for a smaller --batch.")
    if pairs < 2:
        raise SystemExit("One pair has no spread. Please ask for --pairs 2 at least.")
    steps = pairs // run.batch * run.epochs
    return min(steps, run.max_steps or steps)


def keep(folder: Path, controllers: dict[str, Controller], facts: dict[str, dict[str, Any]]) -> None:
    """Add controllers to a checkpoint folder, or put them in the place of those of the same name; what reads points
    that are others now goes."""
    config = checkpoint.load_config(folder)
    before = checkpoint.load_controllers(folder, config)
    kept = {name: one for name, one in before.items() if one.config.reads not in controllers} | controllers
    told = config.training.get("controllers", {}) | facts
    config = replace(config, training=config.training | {"controllers": told})
    checkpoint.save_controllers(folder, kept, config)


def facts_of(run: ControllerRun, corpora: list[Corpus], found: dict[str, float], seconds: float) -> dict[str, Any]:
    """What the model card says of a run: plain values."""
    corpus = [folder.name for folder in run.corpus]
    folders = {"corpus": corpus, "out": run.out.name, "cache": None, "checkpoint": run.checkpoint.name}
    return {
        "command": command(run),
        "corpus": "; ".join(corpus.about for corpus in corpora),
        "run": json.loads(json.dumps(asdict(run) | folders, default=str)),
        "valid": found,
        "minutes": round(seconds / 60, 1),
        "machine": f"{os.cpu_count()} cores, torch {torch.__version__}",
    }
