"""Measure a checkpoint on speakers it never saw, beside honest baselines."""

import json
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from rich.console import Console
from rich.progress import track
from rich.table import Table
from torch.utils.data import DataLoader

from core.audio.measure import gain_to, to_db
from core.checkpoints import folder
from core.explorer import Explorer
from training import card
from training.corpus import Corpus
from training.pairs import Pair, Pairs, PairTensors
from training.scores import controller, reconstruction
from training.scores.bootstrap import Report
from training.spsa import workers

FIT_SEED = 101  # not a training run's
LEVELS_DB = (-12.0, 12.0)


@dataclass(frozen=True)
class EvaluateRun:
    """Score a checkpoint: probes and PCAs are fitted on the training speakers, everything is tested on `split`."""

    checkpoint: Path
    corpus: Path  # a folder packed by `python -m training corpus`
    split: Literal["train", "valid", "all"] = "valid"  # valid: speakers that no training saw
    examples: int = 2000  # pairs to test on, all effects in turn
    seed: int = 102
    fit_examples: int = 4000  # pairs of training speakers, for the probes and the PCAs
    search_examples: int = 16  # pairs that CMA-ES searches from scratch, minutes each; 0: leave it out
    out: Path | None = None  # also write the report here; the checkpoint's config and card always get it
    workers: int = 2


def evaluate(run: EvaluateRun) -> dict[str, Any]:
    """Measure, print a table, store the scores in the checkpoint's config.json and card, and return them."""
    explorer = Explorer.load(run.checkpoint)
    corpus, effects = Corpus(run.corpus), explorer.config.effects
    two = ("delay", "overdrive")

    def encoded(split: str, count: int, only: tuple[str, ...] = effects, **options: Any) -> Encoded:
        side, seed = ("train", FIT_SEED) if split == "fit" else (run.split, run.seed)
        pairs = TestPairs(corpus, side, only, seed, **options)
        return Encoded.of(explorer, pairs, count, run.workers)

    fit, test = encoded("fit", run.fit_examples), encoded("test", run.examples)
    matched = encoded("test", run.examples, level_matched=True)
    fixed = {
        split: encoded(split, count // 4, only=two, fixed=0.5)
        for split, count in (("fit", run.fit_examples), ("test", run.examples))
    }
    plain = Pairs(corpus, run.split, effects, run.seed)

    report = Report()
    report.put("examples.fit", len(fit))
    report.put("examples.test", len(test))
    report.put("examples.unseen_speakers" if run.split == "valid" else "examples.speakers", names(plain))
    pcas = {
        frames: reconstruction.fit_pca(fit.spectrograms_db, explorer, frames) for frames in reconstruction.PCA_BLOCKS
    }
    reconstruction.reconstruction(report, test, explorer, pcas)
    reconstruction.clusters(report, "clusters", fit, test, explorer, pcas[16])
    report.put("clusters.labels_used", used_labels(explorer))
    reconstruction.level_matched(report, fit, matched, explorer)
    for name, a, b in (
        ("random_settings", fit.only(two, effects), test.only(two, effects)),
        ("fixed_settings", fixed["fit"], fixed["test"]),
    ):
        reconstruction.clusters(report, f"delay_or_overdrive.{name}", a, b, explorer, pcas[16])
    reconstruction.leak(report, fit, test, explorer)
    reconstruction.interpolation(report, explorer, plain, fit, test, max(2, run.examples // 40))
    reconstruction.inversion(report, explorer, plain, max(8, run.examples // 20))
    if explorer.config.controllers:
        controller.settings(report, explorer, fit, test)
        reconstruction.paths(report, explorer, plain, max(8, run.examples // 10), max(2, run.examples // 80))
        controller.sounds(report, explorer, plain, max(8, run.examples // 8))
        if run.search_examples:
            with workers(run.workers) as pool:
                controller.search(report, explorer, plain, run.search_examples, pool)
    report.put("intervals", report.intervals)

    found = json.loads(json.dumps(report.scores), parse_float=lambda text: round(float(text), 4))
    config = folder.load_config(run.checkpoint)  # a study may have ended meanwhile
    kept = {name: rows for name, rows in config.scores.items() if name in ("study", "losses")}
    folder.save_config(run.checkpoint, replace(config, scores=found | kept))
    card.write(run.checkpoint)
    if run.out:
        run.out.write_text(json.dumps(found, indent=1) + "\n")
    show(found)
    return found


class TestPairs(Pairs):
    """Pairs as recorded at levels of -12 ... 12 dB; level_matched: with every wet sound as loud as its dry one."""

    __test__ = False  # for pytest: not a test

    def __init__(self, *args: Any, level_matched: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        self.level_matched = level_matched

    def level_db(self, index: int) -> float:
        """What pair `index` was recorded at, against -23 LUFS."""
        return float(np.random.default_rng((self.seed, index, 0, 0)).uniform(*LEVELS_DB))

    def __getitem__(self, index: int) -> Pair:
        pair = super().__getitem__(index)
        gain = np.float32(10 ** (self.level_db(index) / 20))
        match = np.float32(gain_to(pair.wet) / gain_to(pair.dry)) if self.level_matched else 1
        return replace(pair, dry=pair.dry * gain, wet=pair.wet * gain * match)


@dataclass(frozen=True)
class Encoded:
    """Pairs after the encoder.

    spectrograms_db, decoded_db (pair, 2, bin, frame), half precision. z (pair, latent). effect, speaker (pair,):
    indices. level_db (pair,): what the pair was recorded at.
    """

    spectrograms_db: np.ndarray
    decoded_db: np.ndarray
    z: np.ndarray
    effect: np.ndarray
    speaker: np.ndarray
    level_db: np.ndarray
    label: np.ndarray

    def __len__(self) -> int:
        return len(self.z)

    @classmethod
    def of(cls, explorer: Explorer, pairs: TestPairs, count: int, workers: int) -> "Encoded":
        batches = DataLoader(PairTensors(pairs, count, explorer.spectrogram_config), 32, num_workers=workers)
        rows: list[list[np.ndarray]] = [[], [], [], []]
        for magnitude, views, label in track(batches, description="Rendering, encoding"):
            with torch.inference_mode():
                mu, _ = explorer.model.encode(magnitude.to(explorer.device), views.to(explorer.device))
                decoded = explorer.model.decode(mu).float().cpu().numpy()
            rows[0].append(to_db(magnitude[:, :2].numpy()).astype(np.float16))
            rows[1].append(to_db(decoded[:, :2]).astype(np.float16))
            rows[2].append(mu.float().cpu().numpy())
            rows[3].append(label.numpy())
        spectrograms_db, decoded_db, z, label = (np.concatenate(row) for row in rows)
        return cls(
            spectrograms_db,
            decoded_db,
            z,
            effect=np.arange(count) % len(pairs.effects),
            speaker=np.array([pairs.voice(index) for index in range(count)]),
            level_db=np.array([pairs.level_db(index) for index in range(count)]),
            label=label,
        )

    def only(self, names: tuple[str, ...], effects: tuple[str, ...]) -> "Encoded":
        """The pairs of the named effects."""
        keep = np.isin(self.effect, [effects.index(name) for name in names])
        return Encoded(**{field.name: getattr(self, field.name)[keep] for field in fields(self)})


def names(pairs: Pairs) -> list[str]:
    return [speaker.name for speaker in pairs.speakers]


def used_labels(explorer: Explorer) -> bool:
    """Whether the training told the model which effect it heard."""
    run = explorer.config.training.get("run", {})
    return explorer.config.model == "factor_vae" and run.get("label_weight", 0) > 0


def show(found: dict[str, Any]) -> None:
    """Print the scores as one table, nested names joined by dots, with their intervals."""
    table = Table("score", "value", "95 %", title="Evaluation")
    intervals = found["intervals"]

    def add(prefix: str, value: Any) -> None:
        if isinstance(value, dict):
            for name, inner in value.items():
                add(f"{prefix}.{name}" if prefix else name, inner)
        else:
            table.add_row(prefix, str(value), " ... ".join(map(str, intervals.get(prefix, ()))))

    add("", {name: value for name, value in found.items() if name != "intervals"})
    Console().print(table)
