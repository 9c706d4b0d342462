"""What the numbers of the content and the memory of the wet decoder are worth: whole trainings, several seeds each."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.progress import track
from torch import Tensor
from torch.utils.data import DataLoader

from core.audio.measure import FLOOR_DB, to_db
from core.checkpoints import folder as checkpoint
from core.checkpoints.folder import build
from core.models.factor_vae import FactorVAE
from training.config import VAERun
from training.corpus import Corpus
from training.experiments.ablation import HELD_SEED
from training.experiments.repeated import once, spread, store
from training.pairs import PairTensors
from training.real_pairs import Plan, RealPairs
from training.target import open_target
from training.vae import PRESETS, command, initialise, train

VARIANTS: dict[str, dict[str, int | float | str]] = {
    "as shipped": {},
    "no memory of dry power": {"memory_s": 0.0},
    "content of 750 numbers a second": {"local_latent": 256},
    "content of 375 numbers a second": {"local_latent": 128},
    "content of 188 numbers a second": {"local_latent": 64},
}
"""Changes to the sizes that ship."""
_ALONE = ("delay", "reverb")  # effects whose wet sound hears what was before


@dataclass(frozen=True)
class DecodersRun:
    """Train factor in several ways, measure what each decodes, and add the table to a checkpoint.

    Short trainings, on few pairs: rows compare with each other, not with what ships.
    """

    corpus: tuple[Path, ...]  # folders packed by `python -m training corpus`
    out: Path  # a file a training, and a folder while it runs; what is finished is not trained again
    checkpoint: Path  # whose config.json and card get the table
    cache: Path  # folder of rendered pairs, 160 KB each, shared by all
    pairs: int = 10_000
    steps: int = 400
    batch: int = 32
    seeds: int = 5  # of weights, order and noise; the pairs stay
    examples: int = 1200  # pairs of the calibration speakers to test on
    only: tuple[str, ...] = tuple(VARIANTS)


def compare(run: DecodersRun) -> list[dict[str, str]]:
    """Train, measure, print and store the table; returns its rows."""
    open_target(run.checkpoint)
    bench = Bench(run)
    scores: dict[str, list[dict[str, float]]] = {name: [] for name in run.only}
    for seed in range(run.seeds):  # so that a run that is cut short has a seed of each
        for name in run.only:
            asked = bench.asked | {"variant": VARIANTS[name], "seed": seed}
            done = run.out / f"{name.replace(' ', '-')}-{seed}.json"
            scores[name].append(once(done, asked, partial(bench.trained, name, seed)))
    rows = [{"variant": name} | spread(found, 2) for name, found in scores.items()]
    told = {"seeds": run.seeds, "split": bench.split, "command": command(replace(bench.training(), out=run.out))}
    store(run.checkpoint, rows, {"decoders": rows, "decoders_about": bench.asked | told})
    return rows


class Bench:
    """Where trainings are compared."""

    def __init__(self, run: DecodersRun) -> None:
        self.run, self.corpora = run, [Corpus(folder) for folder in run.corpus]
        config = checkpoint.load_config(run.checkpoint)
        if config.model != PRESETS["factor"]:
            raise SystemExit(f"{run.checkpoint} has no content of its own. Please give a checkpoint of preset factor.")
        effects, self.sizes = config.effects, dict(config.model_config)
        del self.sizes["spectrogram"]
        self.split = self.corpora[0].held_out("calibration")
        self.effects, self.source = effects, RealPairs(self.corpora, self.split, effects, HELD_SEED)
        self.plans = [self.source.plan(index) for index in range(run.examples)]
        spectrogram = build(config.model, config.model_config).config.spectrogram
        self.tensors = PairTensors(self.source, run.examples, spectrogram, run.out / "cache-held")

    @property
    def asked(self) -> dict[str, Any]:
        """What scores depend on beside variant and seed, as plain values."""
        run = self.run
        about: dict[str, Any] = {
            "sizes": self.sizes,
            "effects": list(self.effects),
            "corpora": [corpus.digest for corpus in self.corpora],
        }
        return {"pairs": run.pairs, "steps": run.steps, "batch": run.batch, "examples": run.examples} | about

    def training(self, name: str = "as shipped", seed: int = 0) -> VAERun:
        """The options of one training."""
        run = self.run
        epochs = -(-run.steps * run.batch // run.pairs)
        return VAERun(
            run.corpus, run.out / f"{name.replace(' ', '-')}-{seed}", effects=self.effects, pairs=run.pairs,
            cache=run.cache, valid_pairs=run.batch, epochs=epochs, max_steps=run.steps, batch=run.batch,
            label_epochs=12, listen_every=epochs + 1, noise=seed, workers=0, precision="bf16-mixed",
            model=self.sizes | VARIANTS[name],
        )  # fmt: skip

    def trained(self, name: str, seed: int) -> dict[str, float]:
        """Scores of one training, and of what it began with: a PCA of dry alone."""
        training = self.training(name, seed)
        model, _ = checkpoint.load(train(training))
        begun = build(PRESETS["factor"], dict(training.model))
        assert isinstance(begun, FactorVAE)
        learnt = RealPairs(self.corpora, "train", self.effects, VAERun.seed, vary=True)
        initialise(begun, PairTensors(learnt, self.run.pairs, begun.config.spectrogram, self.run.cache))
        scores = self._measured(lambda joint, measurements: model.decode(model.encode(joint, measurements)[0]))

        def by_pca(joint: Tensor, _: Tensor) -> Tensor:
            return begun.expand(begun.linear_out(begun.linear_in(begun.compress(joint[:, 0])))[:, None])

        scores |= {f"{words} of that PCA": value for words, value in self._measured(by_pca).items()}
        shutil.rmtree(training.out)  # its weights are of no further use
        return scores

    def _measured(self, through: Callable[[Tensor, Tensor], Tensor]) -> dict[str, float]:
        """RMSE in dB above the floor, by corpus and channel; of wet, of single effects of _ALONE, too.

        through: magnitudes of dry, or of dry and wet, (batch, channel, bin, frame), of joint spectrograms and
        measurements.
        """
        parts = []
        for joint, measurements, _ in track(DataLoader(self.tensors, 32), description="Decoding"):
            with torch.inference_mode():
                made = to_db(through(joint, measurements).numpy())
            true = to_db(joint[:, : made.shape[1]].numpy())
            above = true > FLOOR_DB
            parts.append([(((made - true) ** 2) * above).sum(axis=(2, 3)), above.sum(axis=(2, 3))])
        squared, heard = (np.concatenate(all_parts) for all_parts in zip(*parts, strict=True))
        return {
            f"{channel}, {words}": float(np.sqrt(squared[kind, row].sum() / heard[kind, row].sum()))
            for row, channel in enumerate(("dry", "wet")[: squared.shape[1]])
            for words, kind in _kinds(self.plans, channel)
        }


def _kinds(plans: list[Plan], channel: str) -> Iterator[tuple[str, np.ndarray]]:
    """Pairs that are told apart, each with words: of each corpus; of wet, also single effects of _ALONE."""
    for name in sorted({plan.corpus.folder.name for plan in plans}, reverse=True):
        yield name, np.array([plan.corpus.folder.name == name for plan in plans])
    for effect in _ALONE if channel == "wet" else ():
        kind = np.array([plan.chain.effects == (effect,) for plan in plans])
        if kind.any():
            yield f"{effect} alone", kind
