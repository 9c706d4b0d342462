"""Measure a checkpoint on speakers it never saw, beside honest baselines."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from rich.console import Console
from rich.table import Table

from core.checkpoints import folder
from core.explorer import Explorer
from training import card
from training.corpus import Corpus
from training.encoded import Encoded, TestPairs
from training.pairs import Pairs
from training.scores import baselines, clusters, controller, inversion, leak, matching, paths
from training.scores.reconstruction import reconstruction
from training.scores.report import Report
from training.spsa import workers
from training.target import open_target

FIT_SEED = 101  # not a training run's
FIGURE_1 = ("delay", "overdrive")  # what the report's Figure 1 tells apart


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
    explorer, corpus = open_target(run.checkpoint), Corpus(run.corpus)
    report, plain = Report(), Pairs(corpus, run.split, explorer.config.effects, run.seed)
    fit, test = _encoded(run, explorer, corpus, "fit"), _encoded(run, explorer, corpus, "test")
    report.put("examples.fit", len(fit))
    report.put("examples.test", len(test))
    speakers = [speaker.name for speaker in plain.speakers]
    report.put("examples.unseen_speakers" if run.split == "valid" else "examples.speakers", speakers)
    _measure_encodings(report, run, explorer, corpus, fit, test)
    paths.interpolation(report, explorer, plain, fit, test, max(2, run.examples // 40))
    inversion.inversion(report, explorer, plain, max(8, run.examples // 20))
    if explorer.config.controllers:
        controller.settings(report, explorer, fit, test)
        paths.paths(report, explorer, plain, max(8, run.examples // 10), max(2, run.examples // 80))
        matching.sounds(report, explorer, plain, max(8, run.examples // 8))
        if run.search_examples:
            with workers(run.workers) as pool:
                matching.search(report, explorer, plain, run.search_examples, pool)
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


def _encoded(
    run: EvaluateRun, explorer: Explorer, corpus: Corpus, split: Literal["fit", "test"], matched: bool = False,
    middle: bool = False,
) -> Encoded:  # fmt: skip
    """Pairs of the training speakers ("fit") or of those to test on, encoded.

    matched: every wet sound as loud as its dry one. middle: of the effects of FIGURE_1 alone, all knobs at 0.5, and a
    quarter as many.
    """
    side, seed, count = ("train", FIT_SEED, run.fit_examples) if split == "fit" else (run.split, run.seed, run.examples)
    effects, fixed, count = (FIGURE_1, 0.5, count // 4) if middle else (explorer.config.effects, None, count)
    about = f"Rendering and encoding {count:,} {'training' if split == 'fit' else 'test'} pairs"
    kind = ", wet as loud as dry" if matched else ", all knobs at 0.5" if middle else ""
    pairs = TestPairs(corpus, side, effects, seed, fixed, level_matched=matched)
    return Encoded.of(explorer, pairs, count, about + kind, run.workers)


def _measure_encodings(
    report: Report, run: EvaluateRun, explorer: Explorer, corpus: Corpus, fit: Encoded, test: Encoded
) -> None:
    """What z and the decoded spectrograms are worth: reconstruction, clusters, leaks."""
    effects = explorer.config.effects
    pcas = {frames: baselines.fit_pca(fit.spectrograms_db, explorer, frames) for frames in baselines.PCA_BLOCKS}
    reconstruction(report, test, explorer, pcas)
    clusters.clusters(report, "clusters", fit, test, explorer, pcas[16])
    report.put("clusters.labels_used", used_labels(explorer))
    clusters.level_matched(report, fit, _encoded(run, explorer, corpus, "test", matched=True), explorer)
    both = fit.only(FIGURE_1, effects), test.only(FIGURE_1, effects)
    clusters.clusters(report, "delay_or_overdrive.random_settings", *both, explorer, pcas[16])
    both = _encoded(run, explorer, corpus, "fit", middle=True), _encoded(run, explorer, corpus, "test", middle=True)
    clusters.clusters(report, "delay_or_overdrive.fixed_settings", *both, explorer, pcas[16])
    leak.leak(report, fit, test, explorer)


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
