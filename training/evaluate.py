"""Measure a checkpoint on speakers it never saw, beside honest baselines."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import tyro
from rich.console import Console
from rich.progress import track
from rich.table import Table
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch.utils.data import DataLoader

from core.audio.measure import FLOOR_DB, to_db
from core.effects import Setting, render
from core.explorer import Explorer
from core.latent.projection import PCA, block_rows, from_block_rows
from core.models import checkpoint
from training import card
from training.corpus import Corpus
from training.pairs import Pairs, PairTensors

FIT_SEED, TEST_SEED = 101, 102  # neither is a training run's
PCA_BLOCKS = (4, 16, 32)
NEIGHBOURS = 15


@dataclass(frozen=True)
class EvaluateRun:
    """Score a checkpoint: probes and PCAs are fitted on the training speakers, everything is tested on unseen ones."""

    checkpoint: tyro.conf.Positional[Path]
    corpus: Path
    fit_examples: int = 4000  # pairs of training speakers, for the probes and the PCAs
    examples: int = 2000  # pairs of unseen speakers, eight effects in turn
    out: Path | None = None  # also write the report here; the checkpoint's config and card always get it
    workers: int = 2


def evaluate(run: EvaluateRun) -> dict[str, Any]:
    """Measure, print a table, store the scores in the checkpoint's config.json and card, and return them."""
    explorer = Explorer.load(run.checkpoint)
    corpus, effects = Corpus(run.corpus), explorer.config.effects
    fit = Encoded.of(explorer, Pairs(corpus, "train", effects, FIT_SEED), run.fit_examples, run.workers)
    test = Encoded.of(explorer, Pairs(corpus, "valid", effects, TEST_SEED), run.examples, run.workers)
    two = ("delay", "overdrive")
    fixed = [
        Encoded.of(explorer, Pairs(corpus, split, two, seed, fixed=0.5), count, run.workers)
        for split, seed, count in (("train", FIT_SEED, run.fit_examples // 4), ("valid", TEST_SEED, run.examples // 4))
    ]
    pcas = {frames: fit_pca(fit, explorer, frames) for frames in PCA_BLOCKS}
    scores: dict[str, Any] = {
        "examples": {"fit": len(fit), "test": len(test), "unseen_speakers": [s.name for s in corpus.split("valid")]},
        "reconstruction": reconstruction(test, explorer, pcas),
        "clusters": clusters(fit, test, pcas[16]),
        "delay_or_overdrive": {
            "random_settings": clusters(fit.only(two, effects), test.only(two, effects), pcas[16]),
            "fixed_settings": clusters(*fixed, pcas[16]),
        },
        "interpolation": interpolation(
            explorer, Pairs(corpus, "valid", ("delay",), TEST_SEED, fixed=0.5), run.examples // 80 + 1
        ),
    }
    scores = json.loads(json.dumps(scores), parse_float=lambda text: round(float(text), 4))
    checkpoint.save_config(run.checkpoint, replace(explorer.config, scores=scores))
    card.write(run.checkpoint)
    if run.out:
        run.out.write_text(json.dumps(scores, indent=1) + "\n")
    show(scores)
    return scores


@dataclass(frozen=True)
class Encoded:
    """Pairs after the encoder: dB spectrograms (pair, 2, bin, frame) in half precision, z (pair, latent), labels."""

    spectrograms_db: np.ndarray
    z: np.ndarray
    decoded_db: np.ndarray
    label: np.ndarray

    def __len__(self) -> int:
        return len(self.z)

    @classmethod
    def of(cls, explorer: Explorer, pairs: Pairs, count: int, workers: int) -> "Encoded":
        tensors = PairTensors(pairs, count, explorer.spectrogram_config)
        rows: list[list[np.ndarray]] = [[], [], []]
        for magnitude, views, _ in track(
            DataLoader(tensors, 32, num_workers=workers), description="Rendering, encoding"
        ):
            with torch.inference_mode():
                mu, _ = explorer.model.encode(magnitude.to(explorer.device), views.to(explorer.device))
                decoded = explorer.model.decode(mu).float().cpu().numpy()
            rows[0].append(to_db(magnitude.numpy()).astype(np.float16))
            rows[1].append(mu.float().cpu().numpy())
            rows[2].append(to_db(decoded).astype(np.float16))
        spectrograms, z, decoded = (np.concatenate(row) for row in rows)
        return cls(spectrograms, z, decoded, np.arange(count) % len(pairs.effects))

    def only(self, names: tuple[str, ...], effects: tuple[str, ...]) -> "Encoded":
        """The pairs of the named effects."""
        keep = np.isin(self.label, [effects.index(name) for name in names])
        return Encoded(self.spectrograms_db[keep], self.z[keep], self.decoded_db[keep], self.label[keep])


def fit_pca(fit: Encoded, explorer: Explorer, frames: int, most_rows: int = 30_000) -> PCA:
    """A PCA of spectrogram blocks that spends as many numbers a segment as z does."""
    components = explorer.layout.size * frames // explorer.spectrogram_config.frames
    total = len(fit) * explorer.spectrogram_config.frames // frames
    few = fit.spectrograms_db[: max(1, int(len(fit) * min(1.0, most_rows / total)))]
    return PCA.fit(block_rows(few.astype(np.float32), frames), components)


def reconstruction(test: Encoded, explorer: Explorer, pcas: dict[int, PCA]) -> dict[str, Any]:
    """RMSE in dB and R2 of dry and wet on mu, beside PCAs of blocks of several lengths and the mean spectrum."""
    most = 512
    target = test.spectrograms_db[:most].astype(np.float32)
    candidates = {"vae": test.decoded_db[:most].astype(np.float32)}
    for frames, pca in pcas.items():
        rows = pca.restore(pca.project(block_rows(target, frames)))
        candidates[f"pca_{frames}"] = np.maximum(from_block_rows(rows, target.shape, frames), FLOOR_DB)
    candidates["mean"] = np.broadcast_to(target.mean(axis=(0, 3), keepdims=True), target.shape)
    scores: dict[str, Any] = {}
    for channel, name in enumerate(("dry", "wet")):
        error = {key: ((value - target)[:, channel] ** 2).mean() for key, value in candidates.items()}
        pca_best = min(error[f"pca_{frames}"] for frames in pcas)
        scores[name] = {
            "rmse_db": float(np.sqrt(error["vae"])),
            "r2": float(1 - error["vae"] / target[:, channel].var()),
            "pca_rmse_db": float(np.sqrt(pca_best)),
            **{f"pca_{frames}_frame_blocks_rmse_db": float(np.sqrt(error[f"pca_{frames}"])) for frames in pcas},
            "mean_rmse_db": float(np.sqrt(error["mean"])),
        }
    by_effect = ((candidates["vae"] - target)[:, 1] ** 2).mean(axis=(1, 2))
    labels = test.label[:most]
    scores["wet_rmse_db_by_effect"] = {
        effect: float(np.sqrt(by_effect[labels == index].mean()))
        for index, effect in enumerate(explorer.config.effects)
    }
    return scores


def clusters(fit: Encoded, test: Encoded, pca: PCA) -> dict[str, float]:
    """Accuracy of telling the effect from mu (kNN with 15 neighbours, linear probe), beside PCA and chance."""
    frames = pca.mean.size // int(np.prod(fit.spectrograms_db.shape[1:3]))

    def by_pca(pairs: Encoded) -> np.ndarray:
        parts = np.array_split(pairs.spectrograms_db, max(1, len(pairs) // 200))
        return np.concatenate(
            [pca.project(block_rows(part.astype(np.float32), frames)).reshape(len(part), -1) for part in parts]
        )

    scores = {}
    for prefix, a, b in (("", fit.z, test.z), ("pca_", by_pca(fit), by_pca(test))):
        neighbours = KNeighborsClassifier(NEIGHBOURS).fit(a, fit.label)
        linear = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=200)).fit(a, fit.label)
        scores[f"{prefix}knn_accuracy"] = float(neighbours.score(b, test.label))
        scores[f"{prefix}linear_accuracy"] = float(linear.score(b, test.label))
    scores["chance"] = 1 / len(set(test.label.tolist()))
    return scores


def interpolation(explorer: Explorer, pairs: Pairs, count: int) -> dict[str, float]:
    """The report's Figure 4: same audio, Delay -> Overdrive, knobs at 0.5; how far the decoded dry channel moves."""
    drifts = []
    for index in track(range(count), description="Interpolating"):
        pair = pairs[index]
        end = render(pair.dry, Setting("overdrive", (0.5, 0.5, 0.5)))
        drifts.append(explorer.interpolate((pair.dry, pair.wet), (pair.dry, end)).drift_db)
    return {"top_row_drift_db": float(np.mean(drifts)), "top_row_drift_end_db": float(np.mean([d[-1] for d in drifts]))}


def show(scores: dict[str, Any]) -> None:
    """Print the scores as one table, nested names joined by dots."""
    table = Table("score", "value", title="Unseen speakers")

    def add(prefix: str, value: Any) -> None:
        if isinstance(value, dict):
            for name, inner in value.items():
                add(f"{prefix}.{name}" if prefix else name, inner)
        else:
            table.add_row(prefix, str(value))

    add("", scores)
    Console().print(table)
