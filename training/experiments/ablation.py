"""What each ingredient of the factorised VAE is worth: short trainings alike in all but one thing."""

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table
from torch.utils.data import Subset

from core.audio.measure import to_db
from core.checkpoints import folder as checkpoint
from core.explorer import Explorer
from training import card
from training.config import VAERun
from training.corpus import Corpus
from training.encoded import decode_db, encode
from training.pairs import Pairs, PairTensors
from training.scores.baselines import neighbours, ridge
from training.scores.leak import speaker_score
from training.scores.report import Report
from training.target import open_target
from training.vae import train

VARIANTS: dict[str, dict[str, Any]] = {
    "as shipped": {},
    "no labels": {"label_epochs": 0},
    "no memory of the past": {"model": {"memory_s": 0.0}},
    "no error of the change": {"change_weight": 0.0},
    "no chains": {"chains": 0.0},
    "pairs of a laboratory": {"brought": False},
    "effect part of 4 numbers": {"model": {"effect_latent": 4}},
    "effect part of 64 numbers": {"model": {"effect_latent": 64}},
    "content of 188 numbers a second": {"model": {"local_latent": 64}},
    "content of 375 numbers a second": {"model": {"local_latent": 128}},
    "beta of content x 10": {"beta": 0.1},
    "beta of effect x 10": {"label_beta": 1e-2},
}


@dataclass(frozen=True)
class AblationRun:
    """Train every variant alike and briefly, measure each on unseen speakers, add the table to a checkpoint."""

    corpus: Path
    out: Path  # a folder a variant; finished ones are not trained again
    checkpoint: Path  # whose config.json and card get the table
    cache: Path  # rendered pairs of a `vae` run, which are used here, too
    steps: int = 800
    pairs: int = 60_000  # as many as the cache holds
    fit_examples: int = 2000  # of the cache, for the probes
    examples: int = 512  # pairs of unseen speakers to test on
    workers: int = 1
    precision: str = "auto"
    only: tuple[str, ...] = tuple(VARIANTS)
    model: dict[str, int] = field(default_factory=dict)  # changes to every variant's model


def ablate(run: AblationRun) -> list[dict[str, Any]]:
    """Train, measure, print and store the table; returns its rows."""
    open_target(run.checkpoint)
    rows = []
    for number, name in enumerate(VARIANTS):
        done = run.out / f"{number:02d}" / "row.json"
        if name in run.only and not done.exists():
            changes = VARIANTS[name] | {"out": done.parent, "max_steps": run.steps, "precision": run.precision}
            changes |= {"workers": run.workers, "model": run.model | changes.get("model", {})}
            vae = VAERun((run.corpus,), cache=run.cache, pairs=run.pairs, valid_pairs=run.examples, **changes)
            row = {"variant": name} | measure(train(vae), vae, run)
            done.write_text(json.dumps(row, indent=1) + "\n")
        if done.exists():
            rows.append(json.loads(done.read_text()))
    config = checkpoint.load_config(run.checkpoint)
    asked = {"steps": run.steps, "fit_examples": run.fit_examples, "examples": run.examples}
    facts = {"ablations": rows} | {f"ablation_{name}": value for name, value in asked.items()}
    checkpoint.save_config(run.checkpoint, replace(config, training=config.training | facts))
    card.write(run.checkpoint)
    table = Table(*rows[0])
    for row in rows:
        table.add_row(*map(str, row.values()))
    Console().print(table)
    return rows


def measure(folder: Path, vae: VAERun, run: AblationRun) -> dict[str, float]:
    """The scores that tell variants apart."""
    explorer = Explorer.load(folder)
    corpus = Corpus(run.corpus)
    fit_pairs, test_pairs = (
        Pairs(corpus, split, vae.effects, seed, vary=split == "train")
        for split, seed in (("train", vae.seed), ("valid", vae.seed + 1))
    )
    fit, test = (
        encoded(
            explorer,
            PairTensors(pairs, count, explorer.spectrogram_config, run.out / f"cache-{pairs.split}"),
            count,
            f"Encoding {count:,} pairs of {of} speakers",
        )
        for pairs, count, of in ((fit_pairs, run.fit_examples, "training"), (test_pairs, run.examples, "unseen"))
    )
    report, part = Report(), explorer.map_part
    right = neighbours(fit["z"][:, part], fit["effect"]).predict(test["z"][:, part]) == test["effect"]
    voices = np.array([test_pairs.voice(index) for index in range(len(right))])
    speaker_score(report, "speaker", test["z"][:, part], voices)
    return {
        "latent": explorer.layout.size,
        "dry RMSE, dB": round(float(np.sqrt(test["squared"][:, 0].mean())), 2),
        "wet RMSE, dB": round(float(np.sqrt(test["squared"][:, 1].mean())), 2),
        "effect by kNN": round(float(right.mean()), 3),
        "speaker from effect": round(report.scores.get("speaker_accuracy", float("nan")), 3),
        "knob error, ridge": round(knob_error(fit, test, part), 3),
    }


def encoded(explorer: Explorer, pairs: PairTensors, count: int, about: str) -> dict[str, np.ndarray]:
    """z (pair, latent), squared error in dB (pair, 2), effect (pair,) and knobs (pair, knob) of the first pairs."""
    found: dict[str, list[np.ndarray]] = {"z": [], "squared": [], "label": []}
    for joint, mu, label in encode(explorer, Subset(pairs, range(count)), about):
        found["z"].append(mu.numpy())
        found["squared"].append(((decode_db(explorer, mu) - to_db(joint.numpy())) ** 2).mean(axis=(2, 3)))
        found["label"].append(label.numpy())
    arrays = {name: np.concatenate(parts) for name, parts in found.items()}
    place, knobs = np.split(arrays["label"], [len(explorer.config.effects)], axis=1)
    return arrays | {"effect": place.argmax(axis=1), "knobs": knobs}


def knob_error(fit: dict[str, np.ndarray], test: dict[str, np.ndarray], part: slice) -> float:
    """Mean absolute error of knobs by ridge regression on a part of z, effect by effect; always 0.5: 0.25."""
    errors = []
    for effect in np.unique(test["effect"]):
        a, b = fit["effect"] == effect, test["effect"] == effect
        knobs = np.flatnonzero(np.isfinite(test["knobs"][b][0]))
        guess = ridge(fit["z"][a, part], fit["knobs"][a][:, knobs]).predict(test["z"][b, part])
        errors.append(np.abs(guess - test["knobs"][b][:, knobs]).mean(axis=0))
    return float(np.concatenate(errors).mean())
