"""What each ingredient of the effect part is worth: trainings alike in all but one thing, each with several seeds."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.progress import track
from torch import Tensor, nn
from torch.utils.data import DataLoader, Subset

from core.audio.measurements import VERSION
from core.audio.spectrogram import SpectrogramConfig
from core.models.factor_vae import FactorVAE
from training.brought import Way
from training.config import VAERun
from training.corpus import Corpus
from training.experiments.repeated import once, spread, store
from training.labels import learn_labels
from training.pairs import Labelled, PairTensors
from training.real_pairs import Plan, RealPairs
from training.scores.leak import probes
from training.target import open_target
from training.vae import command, plain
from training.vae_module import label_size

HELD_SEED = 104  # of the pairs to test on
HELD_CHAINS = 2 / 3  # of them; else chains of three are few
_PROBE = "RBF SVM"  # the strongest of training.scores.leak's that takes seconds
_FOLDS = 5


@dataclass(frozen=True)
class Variant:
    """Where a training differs from that of what ships."""

    vae: bool = True  # sampled, and drawn together by its KL divergence; else a plain perceptron
    chains: bool = True  # learns from chains, too
    first: bool = False  # learns from the first corpus alone
    laboratory: bool = False  # learns from pairs alone to which nothing happened on their way
    share: float = 1.0  # of the pairs
    numbers: int | None = None  # of the effect part; by default as many as ship

    def learns_from(self, plan: Plan, first: Corpus) -> bool:
        single, untouched = len(plan.chain.settings) == 1, plan.way == Way()
        return (
            (self.chains or single) and (not self.first or plan.corpus is first) and (not self.laboratory or untouched)
        )


VARIANTS = {
    "as shipped": Variant(),
    "MLP on measurements without VAE": Variant(vae=False),
    "no chains": Variant(chains=False),
    "no music": Variant(first=True),
    "pairs of a laboratory": Variant(laboratory=True),
    "half as many pairs": Variant(share=0.5),
    "effect part of 4 numbers": Variant(numbers=4),
    "effect part of 64 numbers": Variant(numbers=64),
}


@dataclass(frozen=True)
class AblationRun:
    """Train the effect part in several ways, measure each on pairs of unseen speakers, add the table to a checkpoint.

    A variant learns from the first of the cached pairs that are of its kind, as many as any other.
    """

    corpus: tuple[Path, ...]  # folders packed by `python -m training corpus`; speech first
    out: Path  # a file a training; what is finished is not trained again
    checkpoint: Path  # a factor one, whose effects and sizes are taken, and whose config.json and card get the table
    cache: Path  # rendered pairs of a `vae` run, which are used here, too
    cached: int = 60_000  # as many as the cache holds
    pairs: int = 10_000  # that each variant learns from
    epochs: int = 12
    seeds: int = 5  # of weights, order and noise; the pairs stay
    examples: int = 2400  # pairs of the calibration speakers to test on
    only: tuple[str, ...] = tuple(VARIANTS)


@dataclass(frozen=True)
class Held:
    """Pairs to test on: measurements (pair, measurement), place (pair, effect), knobs (pair, knob), what they are."""

    measurements: Tensor
    place: np.ndarray
    knobs: np.ndarray
    plans: list[Plan]

    @property
    def length(self) -> np.ndarray:
        """How many effects are in each chain (pair,)."""
        return (self.place > 0).sum(axis=1)


def ablate(run: AblationRun) -> list[dict[str, str]]:
    """Train, measure, print and store the table; returns its rows."""
    explorer, corpora = open_target(run.checkpoint), [Corpus(folder) for folder in run.corpus]
    if not isinstance(explorer.model, FactorVAE):
        raise SystemExit(f"{run.checkpoint} has no effect part of its own. Please give a checkpoint of preset factor.")
    effects, split = explorer.config.effects, corpora[0].held_out("calibration")
    held = _held(RealPairs(corpora, split, effects, HELD_SEED, HELD_CHAINS), run, explorer.spectrogram_config)
    pairs = RealPairs(corpora, "train", effects, VAERun.seed, vary=True)
    tensors = PairTensors(pairs, run.cached, explorer.spectrogram_config, run.cache)
    bench = Bench(run, explorer.model, pairs, tensors, held)
    rows = [{"variant": name} | spread(list(bench.scores(name))) for name in run.only]
    voices = [plan.speaker.name for plan, alone in zip(held.plans, held.length == 1, strict=True) if alone]
    told = bench.asked | {"seeds": run.seeds, "split": split, "command": command(bench.training(0, True))}
    told |= {"commonest": round(max(map(voices.count, voices)) / len(voices), 3)}
    store(run.checkpoint, rows, {"ablations": rows, "ablation": told})
    return rows


def _held(source: RealPairs, run: AblationRun, spectrogram: SpectrogramConfig) -> Held:
    tensors = PairTensors(source, run.examples, spectrogram, run.out / "cache-held")
    measurements, label = _all(tensors, range(run.examples), f"Measuring {run.examples:,} pairs of {source.split}")
    place, knobs = np.split(label.numpy(), [len(source.effects)], axis=1)
    return Held(measurements, place, knobs, [source.plan(index) for index in range(run.examples)])


def _all(pairs: PairTensors, chosen: Sequence[int], about: str) -> tuple[Tensor, Tensor]:
    """Measurements and labels of some pairs."""
    rows = list(track(DataLoader(Subset(Labelled(pairs), chosen), 64), description=about))
    measurements, label = (torch.cat(parts) for parts in zip(*rows, strict=True))
    return measurements, label


@dataclass(frozen=True)
class Bench:
    """Where trainings are compared. like: a model whose effect part has the size that ships."""

    run: AblationRun
    like: FactorVAE
    source: RealPairs
    pairs: PairTensors
    held: Held

    @property
    def asked(self) -> dict[str, Any]:
        """What scores depend on beside variant and seed, as plain values."""
        run = self.run
        effects, corpora = list(self.source.effects), [corpus.digest for corpus in self.source.corpora]
        about = {"effects": effects, "corpora": corpora, "sizes": plain(self.like.config), "measurements": VERSION}
        return {"pairs": run.pairs, "epochs": run.epochs, "examples": run.examples} | about

    def scores(self, name: str) -> Iterator[dict[str, float]]:
        """Of a variant, seed by seed; of trainings that were finished before, with the same options, as they were."""
        about = f"Measuring pairs: {name}"
        learnt = cache(lambda: _all(self.pairs, self._chosen(name), about))  # only where something is to be trained
        for seed in range(self.run.seeds):
            done = self.run.out / f"{name.replace(' ', '-')}-{seed}.json"
            yield once(done, self.asked, partial(self._trained, VARIANTS[name], seed, learnt))

    def _chosen(self, name: str) -> list[int]:
        """The first pairs that a variant learns from; SystemExit where there are too few."""
        variant, wanted = VARIANTS[name], round(VARIANTS[name].share * self.run.pairs)
        first = self.source.corpora[0]
        fits = (i for i in range(self.run.cached) if variant.learns_from(self.source.plan(i), first))
        if len(found := list(islice(fits, wanted))) < wanted:
            raise SystemExit(
                f"{self.run.cached:,} pairs hold {len(found):,} for {name!r}. Please ask for --pairs {len(found)}."
            )
        return found

    def _trained(self, variant: Variant, seed: int, learnt: Callable[[], tuple[Tensor, Tensor]]) -> dict[str, float]:
        """Scores of one training, from measurements and labels."""
        measurements, label = learnt()
        torch.manual_seed(seed)
        numbers = variant.numbers or self.like.config.effect_latent
        # As narrow as can be beside its effect part, which alone is taught.
        model = FactorVAE(replace(self.like.config, width=8, local_latent=1, effect_latent=numbers))
        model.measured_mean.copy_(measurements.mean(dim=0))
        model.measured_std.copy_(measurements.std(dim=0).clamp_min(0.05))
        head = nn.Linear(numbers, label_size(self.source.effects))
        learn_labels(model, head, measurements, label, self.training(seed, variant.vae))
        return measure(model.eval(), head, self.held)

    def training(self, seed: int, vae: bool) -> VAERun:
        """The options of the training that one here stands for."""
        run, beta = self.run, VAERun.label_beta if vae else 0.0
        return VAERun(run.corpus, run.out, effects=self.source.effects, cache=run.cache, label_epochs=run.epochs,
                      label_beta=beta, seed=seed)  # fmt: skip


def measure(model: FactorVAE, head: nn.Module, held: Held) -> dict[str, float]:
    """What linear heads tell from mu of pairs to test on, and whose recordings a probe tells from it."""
    with torch.inference_mode():
        mu, _ = model.encode_effect(held.measurements)
        said = head(mu).numpy()
    there, count = held.place > 0, held.place.shape[1]
    sure, knobs = said[:, :count], said[:, count : count + held.knobs.shape[1]].clip(0, 1)
    alone = held.length == 1
    right = sure.argmax(axis=1) == held.place.argmax(axis=1)
    exact = ((sure > 0) == there).all(axis=1)
    known = np.array([row[found].all() for row, found in zip(there, _likeliest(sure, held.length), strict=True)])
    off = np.abs(knobs - held.knobs)
    scores = {"effect found": right[alone].mean()}
    scores |= {words: right[alone & kind].mean() for words, kind in _kinds(held)}
    scores |= {"knob error": np.nanmean(off[alone]), "knob error in chains": np.nanmean(off[~alone])}
    scores |= {f"set of {length} exact": exact[held.length == length].mean() for length in (2, 3)}
    scores |= {f"set of {length}, number known": known[held.length == length].mean() for length in (2, 3)}
    scores["recording told"] = _recording_told(mu.numpy()[alone], [held.plans[i] for i in np.flatnonzero(alone)])
    return {name: float(value) for name, value in scores.items()}


def _likeliest(sure: np.ndarray, length: np.ndarray) -> Iterator[np.ndarray]:
    """The effects of each pair that are told most surely, as many as there are."""
    for row, many in zip(sure, length, strict=True):
        yield np.argsort(-row)[:many]


def _kinds(held: Held) -> list[tuple[str, np.ndarray]]:
    """Pairs that variants may differ on, each with words: of each corpus, and those to which nothing happened."""
    names = sorted({plan.corpus.folder.name for plan in held.plans}, reverse=True)
    kinds = [(name, np.array([plan.corpus.folder.name == name for plan in held.plans])) for name in names]
    return [*kinds, ("laboratory", np.array([plan.way == Way() for plan in held.plans]))]


def _recording_told(mu: np.ndarray, plans: list[Plan]) -> float:
    """Share of pairs whose speaker or track a probe tells from mu, in folds; NaN where there are too few to tell."""
    names, who = np.unique([plan.speaker.name for plan in plans], return_inverse=True)
    if len(names) < 2 or np.bincount(who).min() < 2:
        return float("nan")
    fold, probe = np.arange(len(mu)) % _FOLDS, probes(mu.shape[1])[_PROBE]
    right = [probe.fit(mu[fold != k], who[fold != k]).predict(mu[fold == k]) == who[fold == k] for k in range(_FOLDS)]
    return float(np.concatenate(right).mean())
