"""Refine the decoders of a checkpoint as an ear hears them, and let its content spend more numbers."""

import json
import os
import shutil
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

import lightning
import torch
from torch import Tensor
from torch.utils.data import ConcatDataset, DataLoader, Subset

from core.audio.spectrogram import SpectrogramConfig
from core.checkpoints import folder as checkpoint
from core.checkpoints.arrival import arriving
from core.checkpoints.folder import Model, build
from core.latent.projection import PCA, block_rows
from core.models.factor_vae import FactorVAE, FactorVAEConfig
from training.config import OF_EFFECTS, VAERun
from training.corpus import Corpus
from training.options import asked
from training.pairs import Example, PairTensors
from training.real_pairs import RealPairs
from training.state import arrived
from training.target import there
from training.vae import PRESETS, fit, loggers, plain, resumable
from training.vae_module import VAEModule

_BETA = 0.002  # of the KL divergence, a fifth of the first training's, whose noise in z hides what is fine
_GROWN_FROM = 768  # pairs whose residual tells what further numbers should say


@dataclass(frozen=True)
class RefineRun:
    """Refine the decoders of a factor checkpoint by what an ear hears of their errors; a copy arrives in --out,
    with the controllers, which read the effect part alone, and without atlas, which is to be made anew.

    First the content, then the wet sound. A killed run goes on where it was when started again with the same --out.
    """

    checkpoint: Path  # begun from, and left as it is
    corpus: tuple[Path, ...]  # folders packed by `python -m training corpus`, each heard as often as any other
    out: Path = Path("runs/refined")  # run folder: curves, resumable state, and the checkpoint folder
    cache: Path | None = None  # folder of rendered pairs, 160 KB each; by default in the run folder
    local_latent: int | None = None  # numbers a latent step that the content is to spend; by default as many as it does
    pairs: int = 16_000  # half of them effects alone in a laboratory, half as people have them, a third chains
    valid_pairs: int = 256
    content_steps: int = 1500
    wet_steps: int = 3000
    batch: int = 32
    learning_rate: float = 5e-4  # peak of the schedule
    ear_weight: float = 0.1  # of what an ear hears, beside the error in dB
    save_every: int = 100  # steps between resumable states
    seed: int = 5  # of pairs, order and noise; not the checkpoint's own, whose pairs it knows
    workers: int = 1
    precision: Literal["auto", "32-true", "bf16-mixed"] = "auto"  # see `vae --help`

    @property
    def steps(self) -> int:
        return self.content_steps + self.wet_steps


def refine(run: RefineRun) -> Path:
    """Refine, and return the checkpoint folder. SystemExit where the checkpoint has no content of its own, or its
    numbers or the pairs cannot be as many as are asked for."""
    before, config = checkpoint.load(there(run.checkpoint))
    if not isinstance(before, FactorVAE):
        raise SystemExit(f"{run.checkpoint} has no content of its own. Please give a checkpoint of preset factor.")
    _refuse(run, before.config)
    corpora, learning = [Corpus(part) for part in run.corpus], _learning(run, config.effects)
    folder, told = run.out / "checkpoint", _told(run, corpora)
    if arrived(run.out, run.out / "state" / "last.ckpt", folder, run.steps, told):
        print(f"{folder} holds what this command makes; nothing was changed.")
        return folder
    lightning.seed_everything(run.seed, workers=True)
    trainer, started = resumable(learning, run.steps, loggers(learning), told), time.time()
    laboratory, brought, valid = _pairs(run, corpora, config.effects, before.config.spectrogram)
    pairs: ConcatDataset[Example] = ConcatDataset([laboratory, brought])
    first = DataLoader(Subset(laboratory, range(min(_GROWN_FROM, len(laboratory)))), 32, num_workers=run.workers)
    dry = torch.cat([joint[:, 0] for joint, _, _ in first])
    module = VAEModule(grown(before, run.local_latent or before.config.local_latent, dry), learning, run.steps)
    fit(trainer, module, pairs, valid)
    facts = {
        "command": asked(),
        "run": told | {"corpus": [part.name for part in run.corpus]},
        "last_session_minutes": round((time.time() - started) / 60, 1),
        "machine": f"{os.cpu_count()} cores, torch {torch.__version__}",
    }
    model_config, training = plain(module.model.config), config.training | {"refined": facts}
    scores = {name: found for name, found in config.scores.items() if name in OF_EFFECTS}
    refined = replace(config, model_config=model_config, scores=scores, training=training)
    with arriving(folder) as staged:
        checkpoint.save(staged, module.model, refined)
        if config.controllers:
            shutil.copyfile(run.checkpoint / "controllers.safetensors", staged / "controllers.safetensors")
    return folder


def _refuse(run: RefineRun, config: FactorVAEConfig) -> None:
    """SystemExit, before anything is rendered, where numbers or pairs cannot be as many as are asked for."""
    if run.local_latent and run.local_latent < config.local_latent:
        raise SystemExit(
            f"{run.checkpoint} spends {config.local_latent} numbers a latent step already. Please ask for "
            f"--local-latent {config.local_latent} at least."
        )
    try:
        more = replace(config, local_latent=run.local_latent or config.local_latent).local_latent - config.local_latent
    except ValueError as error:
        raise SystemExit(f"--local-latent: {error}.") from error
    least = 2 * max(1, -(-more // config.steps))
    if run.pairs < least:
        raise SystemExit(
            f"Two kinds of pairs, and a PCA of one of them that {more} further numbers begin as, take {least} pairs at "
            f"least. Please ask for --pairs {least}."
        )


def _learning(run: RefineRun, effects: tuple[str, ...]) -> VAERun:
    """What a VAE's training is asked for; its labels are not used, but that there are some holds the effect part."""
    return VAERun(
        run.corpus, run.out, effects=effects, pairs=run.pairs, valid_pairs=run.valid_pairs, batch=run.batch,
        epochs=-(-run.steps * run.batch // run.pairs), max_steps=run.steps, learning_rate=run.learning_rate,
        beta=_BETA, beta_warmup=0, ear_weight=run.ear_weight, content_share=run.content_steps / run.steps,
        save_every=run.save_every, seed=run.seed, workers=run.workers, precision=run.precision,
    )  # fmt: skip


def _pairs(
    run: RefineRun, corpora: list[Corpus], effects: tuple[str, ...], config: SpectrogramConfig
) -> tuple[PairTensors, PairTensors, PairTensors]:
    """Effects alone in a laboratory, pairs as people have them, and such of the speakers that curves are drawn of."""
    cache = run.cache or run.out / "cache"
    alone = RealPairs(corpora, "train", effects, run.seed + 1, 0, vary=True, brought=False)
    brought = RealPairs(corpora, "train", effects, run.seed, vary=True)
    return (
        PairTensors(alone, run.pairs - run.pairs // 2, config, cache / "laboratory"),
        PairTensors(brought, run.pairs // 2, config, cache / "brought"),
        PairTensors(RealPairs(corpora, "valid", effects, run.seed), run.valid_pairs, config, run.out / "cache-valid"),
    )


def _told(run: RefineRun, corpora: list[Corpus]) -> dict[str, Any]:
    """What a state belongs to, as plain values: the options that the weights depend on, and the corpora."""
    options = {
        name: value for name, value in asdict(run).items() if name not in ("out", "cache", "workers", "save_every")
    }
    told = {"checkpoint": run.checkpoint.name, "corpus": [corpus.digest for corpus in corpora]}
    return json.loads(json.dumps(options | told))


def grown(before: FactorVAE, local: int, dry: Tensor) -> Model:
    """The same model, whose content spends `local` numbers a latent step: the further ones begin as a PCA of what is
    left of dry spectrograms (pair, bin, frame) when they are decoded, told by the linear path alone, by which nearly
    all of them comes; and the convolutions say nothing of them yet."""
    model = build(PRESETS["factor"], plain(replace(before.config, local_latent=local)))
    weights = before.state_dict()
    if more := local - before.config.local_latent:
        left = torch.cat([_left(before, part) for part in dry.split(32)])
        blocks = block_rows(left[:, None].numpy(), before.config.reduction)
        pca = PCA.fit(blocks, more)
        deviation = torch.from_numpy(pca.project(blocks).std(axis=0))[:, None].clamp_min(1e-3)
        basis, mean = torch.from_numpy(pca.basis), torch.from_numpy(pca.mean)
        told, said = (weights[f"linear_{way}.weight"].flatten(1) for way in ("in", "out"))
        flat = weights["linear_out.bias"].repeat_interleave(before.config.reduction) + weights["linear_in.bias"] @ said
        shape = (more, *before.linear_in.weight.shape[1:])
        mu, logvar = weights["to_local.weight"].chunk(2)
        mu_bias, logvar_bias = weights["to_local.bias"].chunk(2)
        silent = mu.new_zeros(more, *mu.shape[1:])
        further = {
            "linear_in.weight": ((basis - basis @ said.T @ told) / deviation).reshape(shape),
            "linear_in.bias": -(basis @ (flat + mean)) / deviation[:, 0],
            "linear_out.weight": (basis * deviation).reshape(shape),
            "from_local.weight": mu.new_zeros(more, *before.from_local.weight.shape[1:]),
        }
        weights |= {name: torch.cat([weights[name], rows]) for name, rows in further.items()}
        weights["to_local.weight"] = torch.cat([mu, silent, logvar, silent])
        weights["to_local.bias"] = torch.cat([mu_bias, silent[:, 0, 0], logvar_bias, logvar_bias.new_full((more,), -6)])
    model.load_state_dict(weights)
    return model


def _left(model: FactorVAE, dry: Tensor) -> Tensor:
    """What is left of dry spectrograms (batch, bin, frame), compressed, when they are decoded."""
    with torch.inference_mode():
        return model.compress(dry) - model.decode_content(model.encode_content(dry)[0])[0]
