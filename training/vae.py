"""Train a VAE: from a packed corpus to a run folder with a checkpoint in it."""

import csv
import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import lightning
import torch
import wandb
from lightning.pytorch.callbacks import LearningRateMonitor, ModelCheckpoint, RichProgressBar
from lightning.pytorch.loggers import CSVLogger, Logger, TensorBoardLogger, WandbLogger
from lightning.pytorch.utilities.exceptions import MisconfigurationException
from rich.progress import track
from torch import Tensor, nn
from torch.utils.data import ConcatDataset, DataLoader, Dataset, Subset

from core.cells import shown
from core.checkpoints import folder as checkpoint
from core.checkpoints.folder import CheckpointConfig, Model, build, save
from core.checkpoints.meaning import Meaning
from core.latent.projection import PCA, block_rows
from core.models.factor_vae import FactorVAE
from core.models.joint_vae import JointVAE
from core.models.layers import start_from_pca
from training.callbacks import Listen, WholeFiles
from training.config import ControllerRun, VAERun
from training.corpus import Corpus
from training.labels import learn_labels
from training.pairs import Example, Labelled, Pairs, PairTensors, Source
from training.real_pairs import RealPairs
from training.state import arrived, told_where_it_stops
from training.vae_module import VAEModule, precision

PRESETS = {"factor": "factor_vae", "joint-2ch": "joint_vae", "joint-4ch": "phase_vae", "week5": "week5_vae"}


def train(run: VAERun) -> Path:
    """Train, resuming where an earlier call with the same `out` was killed; returns the checkpoint folder."""
    corpora, steps = [Corpus(folder) for folder in run.corpus], steps_of(run)
    folder, state, asked = run.out / "checkpoint", run.out / "state" / "last.ckpt", _asked(run, corpora)
    if arrived(run.out, state, folder, steps, asked):
        print(f"{folder} holds what this command trains; nothing was changed.")
        return folder
    lightning.seed_everything(run.seed if run.noise is None else run.noise, workers=True)
    torch.set_float32_matmul_precision("high")
    logs = loggers(run)
    model = build(PRESETS[run.preset], dict(run.model))
    config = model.config.spectrogram
    factor = isinstance(model, FactorVAE)
    train_set = PairTensors(
        source(run, corpora, "train"), run.pairs, config, run.cache or run.out / "cache", roll=run.roll and not factor
    )
    valid_set = PairTensors(source(run, corpora, "valid"), run.valid_pairs, config, run.out / "cache-valid")
    further = replace(run, seed=run.seed + 2, chains=run.label_chains)
    labels = (run.cache or run.out / "cache") / "labels" if run.label_pairs else None
    label_set = PairTensors(source(further, corpora, "train"), run.label_pairs, config, labels, measured_alone=True)
    teaching = [Teach((train_set, label_set))] if factor and run.label_epochs else []
    trainer = resumable(run, steps, logs, asked, [Listen(valid_set.pairs, run.listen_every), *teaching])
    if not state.exists():
        # Where bins outnumber pairs, the PCA's cost grows with the cube of the pairs.
        initialise(model, train_set, 768 if config.bands else 192, 2 if run.workers else 0)
        if run.start:
            adopt(model, run.start)
    module, started = VAEModule(model, run, steps), time.time()
    fit(trainer, module, train_set, valid_set)
    if trainer.is_global_zero:
        facts = facts_of(run, corpora, trainer, time.time() - started)
        described = CheckpointConfig(
            PRESETS[run.preset], plain(model.config), run.effects, Meaning.here(run.effects), training=facts
        )
        save(folder, module.model, described)
    return folder


def resumable(
    run: VAERun, steps: int, logs: list[Logger], asked: dict[str, Any], further: Sequence[lightning.Callback] = ()
) -> lightning.Trainer:
    """What trains as a run asks for, and keeps its state in the run folder.

    asked: what that state belongs to; see WholeFiles.
    """
    return trainer_of(
        run, steps,
        logger=logs,
        plugins=[WholeFiles(asked)],
        callbacks=[
            ModelCheckpoint(run.out / "state", save_last=True, every_n_train_steps=run.save_every),
            LearningRateMonitor("step"),
            RichProgressBar(),
            *further,
        ],
    )  # fmt: skip


def fit(trainer: lightning.Trainer, module: VAEModule, pairs: Dataset[Example], valid: PairTensors) -> None:
    """Train a module as its run says, going on where an earlier call with the same `out` was killed."""
    run, state = module.run, module.run.out / "state" / "last.ckpt"
    loading: dict[str, Any] = {"num_workers": run.workers, "persistent_workers": run.workers > 0}
    with told_where_it_stops(trainer, state, run.save_every):
        trainer.fit(
            module,
            DataLoader(pairs, run.batch, shuffle=True, **loading),
            DataLoader(valid, run.batch, **loading),
            ckpt_path=state if state.exists() else None,
            weights_only=True,
        )


def steps_of(run: VAERun) -> int:
    """How many steps a run takes."""
    steps = -(-run.pairs // (run.batch * run.devices * run.num_nodes)) * run.epochs
    return min(steps, run.max_steps or steps)


def _asked(run: VAERun, corpora: list[Corpus]) -> dict[str, Any]:
    """What a state belongs to, as plain values: the options that the weights depend on, and the corpora."""
    aside = ("out", "cache", "workers", "logger", "save_every", "listen_every", "valid_pairs", "accelerator")
    options = {name: value for name, value in asdict(run).items() if name not in (*aside, "devices", "num_nodes")}
    told = {
        "corpus": [corpus.digest for corpus in corpora], "start": run.start and run.start.name,
        "batch": run.batch * run.devices * run.num_nodes,
    }  # fmt: skip
    return json.loads(json.dumps(options | told))


def trainer_of(run: VAERun, steps: int, **parts: Any) -> lightning.Trainer:
    """What trains as a run asks for; SystemExit where this machine cannot. parts: others of its options."""
    try:
        return lightning.Trainer(
            default_root_dir=run.out,
            accelerator=run.accelerator,
            devices=run.devices,
            num_nodes=run.num_nodes,
            # Content and change are learnt in turn: at each step some weights have no gradient.
            strategy="ddp_find_unused_parameters_true" if run.devices * run.num_nodes > 1 else "auto",
            precision=precision(run),
            max_epochs=run.epochs,
            max_steps=steps,
            gradient_clip_val=run.clip or None,
            log_every_n_steps=min(20, steps // run.epochs or 1),
            **parts,
        )
    except (MisconfigurationException, ModuleNotFoundError, ValueError) as error:
        raise SystemExit(f"--accelerator {run.accelerator} --devices {run.devices} cannot be: {error}") from error


def source(run: VAERun, corpora: list[Corpus], split: str) -> Source:
    """Where the pairs of a split come from: of the first corpus alone where all knobs are at one place."""
    training = split == "train"
    seed = run.seed if training else run.seed + 1
    if run.fixed is not None:
        return Pairs(corpora[0], split, run.effects, seed, run.fixed, run.vary and training)
    return RealPairs(corpora, split, run.effects, seed, run.chains, run.vary and training, run.brought)


def initialise(model: Model, pairs: PairTensors, count: int = 768, workers: int = 2) -> None:
    """Start a model from its first pairs: scale of the measurements, and its linear path as a PCA of their blocks.

    SystemExit where there are too few of them for either.
    """
    if not isinstance(model, FactorVAE | JointVAE):
        return
    least = max(2, -(-model.config.local_latent // model.config.steps))
    if len(pairs) < least:
        raise SystemExit(f"This model begins with a PCA of {least} pairs at least. Please ask for --pairs {least}.")
    loader = DataLoader(Subset(pairs, range(min(count, len(pairs)))), batch_size=32, num_workers=workers)
    joint, measurements, _ = (torch.cat(parts) for parts in zip(*loader, strict=True))
    model.measured_mean.copy_(measurements.mean(dim=0))
    model.measured_std.copy_(measurements.std(dim=0).clamp_min(0.05))
    channels = model.linear_in.in_channels // joint.shape[2]
    blocks = block_rows(model.compress(joint)[:, :channels].numpy(), model.config.reduction)
    pca = PCA.fit(blocks, model.config.local_latent)
    arrays = (pca.mean, pca.basis, pca.project(blocks).std(axis=0))
    start_from_pca(model.linear_in, model.linear_out, *(torch.from_numpy(array) for array in arrays))


class Teach(lightning.Callback):
    """Once the content is learnt: `teach_effects`."""

    def __init__(self, pairs: Sequence[PairTensors]) -> None:
        self.pairs = pairs

    def on_train_batch_start(self, trainer: lightning.Trainer, module: VAEModule, *_: Any) -> None:  # type: ignore[override]
        if module.global_step == module.content_steps:
            teach_effects(module, self.pairs)
            for parameter in module.parameters():  # each process drew its own noise: all go on from the first one's
                parameter.data.copy_(trainer.strategy.broadcast(parameter.data))


def teach_effects(module: VAEModule, pairs: Sequence[PairTensors]) -> None:
    """Let the effect's encoder learn from measurements and labels alone, in a hundredth of the time of an epoch."""
    assert isinstance(module.model, FactorVAE)
    labelled: ConcatDataset[tuple[Tensor, Tensor]] = ConcatDataset(Labelled(part) for part in pairs)
    about = f"Rendering and measuring {len(labelled):,} pairs"
    loader = track(DataLoader(labelled, 64, num_workers=module.run.workers), description=about)
    measurements, label = (torch.cat(parts) for parts in zip(*loader, strict=True))
    learn_labels(module.model, module.label_head, measurements, label, module.run)


def adopt(model: nn.Module, folder: Path) -> None:
    """Copy the weights of another checkpoint into model where name and shape are the same; say which are left."""
    weights = checkpoint.load(folder)[0].state_dict()
    left = [name for name, own in model.state_dict().items() if name not in weights or weights[name].shape != own.shape]
    model.load_state_dict({name: weights[name] for name in model.state_dict() if name not in left}, strict=False)
    print(f"Begun from {folder}; anew: {', '.join(left) or 'nothing'}")


def loggers(run: VAERun | ControllerRun) -> list[Logger]:
    """CSV always, a new version each session; beside it Weights & Biases (also WANDB_MODE=offline) or TensorBoard.

    SystemExit where nobody is logged in to it, or a WANDB_... variable is not what it can be.
    """
    chosen: list[Logger] = [CSVLogger(run.out, name="curves", flush_logs_every_n_steps=1)]
    if run.logger == "wandb":
        wandb_logger = WandbLogger(project="latentfx", name=run.out.name, save_dir=run.out)
        try:
            _ = wandb_logger.experiment
        except wandb.Error as error:
            raise SystemExit(
                f"Weights & Biases: {error} Please run `wandb login` first, or set WANDB_MODE=offline."
            ) from error
        except ValueError as error:
            said = " ".join(str(error).partition(" [type=")[0].split())
            raise SystemExit(f"Weights & Biases: {said}. Please look at the variables WANDB_...") from error
        chosen.append(wandb_logger)
    if run.logger == "tensorboard":
        chosen.append(TensorBoardLogger(run.out, name="tensorboard"))
    return chosen


def facts_of(run: VAERun, corpora: list[Corpus], trainer: lightning.Trainer, seconds: float) -> dict:
    """What the model card says of a run: plain values."""
    speakers = [speaker for corpus in corpora for speaker in corpus.split("train")]
    folders = {
        "corpus": [shown(folder.name) for folder in run.corpus], "out": run.out.name, "cache": None,
        "start": run.start and run.start.name,
    }  # fmt: skip
    return {
        "command": command(run),
        "preset": run.preset,
        "corpus": "; ".join(corpus.about for corpus in corpora),
        "run": json.loads(json.dumps(asdict(run) | folders, default=str)),
        "corpus_minutes": round(sum(speaker.minutes for speaker in speakers), 1),
        "speakers": [shown(speaker.name) for speaker in speakers],
        "steps": trainer.global_step,
        "last_session_minutes": round(seconds / 60, 1),
        "machine": f"{os.cpu_count()} cores, {trainer.strategy.root_device}, torch {torch.__version__}",
        "curve": curve(run.out / "curves"),
    }


def command(run: VAERun | ControllerRun) -> str:
    """The command line of this run, its folders named by what they are."""
    folders = {str(folder): "CORPUS" for folder in run.corpus} | {str(run.out): "OUT", str(run.cache): "CACHE"}
    words = (folders.get(word, Path(word).name if Path(word).is_absolute() else word) for word in sys.argv[1:])
    return " ".join(["python -m training", *words])


def curve(folder: Path) -> list[tuple[int, float]]:
    """(epoch, validation RMSE in dB) of a run, read from the CSV logs of all its sessions."""
    points: dict[int, float] = {}
    sessions = [file for file in folder.glob("version_*/metrics.csv") if file.parent.name[8:].isdecimal()]  # no copies
    for file in sorted(sessions, key=lambda file: int(file.parent.name[8:])):
        with file.open() as handle:
            rows = [row for row in csv.DictReader(handle) if row.get("valid_rmse_db")]
        points |= {int(row["epoch"]): round(float(row["valid_rmse_db"]), 3) for row in rows}
    return sorted(points.items())


def plain(config: object) -> dict:
    """A model's configuration as JSON-able values, all fields spelled out."""
    assert not isinstance(config, type)
    return json.loads(json.dumps(asdict(config)))  # type: ignore[call-overload]
