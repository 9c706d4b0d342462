"""Measure a checkpoint on speakers that nothing was decided on, beside honest baselines."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from rich.console import Console

from core.checkpoints import folder
from core.explorer import Explorer
from training import card
from training.config import OF_EFFECTS
from training.corpus import Corpus
from training.encoded import Encoded, TestPairs
from training.options import asked
from training.pairs import Pairs
from training.real_pairs import RealPairs
from training.scores import (
    arithmetic,
    baselines,
    chains,
    clusters,
    controller,
    inversion,
    leak,
    matching,
    pad,
    paths,
    readout,
)
from training.scores.conditions import CONDITIONS, Source, conditions, matched
from training.scores.heard import heard
from training.scores.matched_chains import chained
from training.scores.reconstruction import reconstruction
from training.scores.report import Report, show
from training.scores.strangers import strangers
from training.spsa import workers
from training.target import open_target, ready_to_match

FIT_SEED = 101  # not a training run's
DECODED = 512  # test pairs that are decoded, too
FIGURE_1 = ("delay", "overdrive")  # what the report's Figure 1 tells apart


@dataclass(frozen=True)
class EvaluateRun:
    """Score a checkpoint: probes and PCAs are fitted on the training speakers, everything is tested on `split`."""

    checkpoint: Path
    corpus: Path  # a folder packed by `python -m training corpus`
    # test: speakers that nothing was decided on; where a corpus has none, valid stands in.
    split: Literal["train", "valid", "calibration", "test", "all"] = "test"
    name: str = ""  # keep the scores under this name beside those that are there, as "music"
    examples: int = 2000  # pairs to test on, all effects in turn
    seed: int = 102
    fit_examples: int = 2000  # pairs of training speakers, for the probes and the PCAs
    chain_examples: int = 600  # chains of 2 or 3 effects, by the network alone
    chain_matches: int = 24  # chains that are matched
    chain_searches: int = 2  # of them, beside a search from scratch in the time of a match, and in ten times as much
    match_examples: int = 128  # pairs that are matched; 0: leave it out
    search_examples: int = 16  # pairs that a search from scratch is beside, a minute each; 0: leave it out
    heard_examples: int = 96  # pairs that ear models hear decoded, two seconds of CPU each; 0: leave it out
    alone: Literal["all", "heard", "matches"] = "all"  # ear models or matches alone, beside the scores that are there
    conditions: tuple[str, ...] = ()  # rows of the robustness table, as "50 samples late", or all: measured alone
    condition_examples: int = 32  # pairs in each of its rows, 2 at least
    out: Path | None = None  # also write the report here; the checkpoint's config and card always get it
    workers: int = 2


def evaluate(run: EvaluateRun) -> dict[str, Any]:
    """Measure, print a table, store the scores in the checkpoint's config.json and card, and return them."""
    explorer, corpus = open_target(run.checkpoint), Corpus(run.corpus)
    _refuse(run, explorer)
    if run.conditions:
        return _written(run, _robustness(run))
    if run.split in ("calibration", "test") and corpus.held_out(run.split) == "valid":
        run = replace(run, split="valid")
    if run.alone != "all":
        return _written(run, _alone(run, explorer, corpus))
    plain = Pairs(corpus, run.split, explorer.config.effects, run.seed)
    fit, test = _encoded(run, explorer, corpus, "fit"), _encoded(run, explorer, corpus, "test")
    report = Report(test.speaker)
    _tell_examples(report, run, corpus, plain, fit, test)
    _measure_encodings(report, run, explorer, corpus, fit, test)
    paths.interpolation(report, explorer, plain, fit, test, max(2, run.examples // 80))
    arithmetic.arithmetic(report, explorer, plain, max(8, run.examples // 20))
    inversion.inversion(report, explorer, plain, max(8, run.examples // 32))
    _measure_heard(report, run)
    if explorer.config.controllers:
        controller.settings(report, explorer, fit, test)
        paths.paths(report, explorer, plain, max(8, run.examples // 20), max(2, run.examples // 100))
    if explorer.tells_chains:
        lab = _chains(run, explorer, corpus)
        chains.chains(report, explorer, lab, run.chain_examples, run.workers)
        pad.pad(report, explorer, lab, max(1, run.chain_examples // 6))
    _measure_matches(report, run, explorer, corpus)
    found = _rounded(report)
    config = folder.load_config(run.checkpoint)  # a study may have ended meanwhile
    scores = _kept(config.scores, run.name) | ({run.name: found} if run.name else found)
    folder.save_config(run.checkpoint, replace(config, scores=scores))
    card.write(run.checkpoint)
    show(found)
    return _written(run, found)


def _refuse(run: EvaluateRun, explorer: Explorer) -> None:
    """SystemExit, before anything is measured, where what is asked for cannot be measured or kept."""
    if run.out:
        if run.out.is_dir():
            raise SystemExit(f"--out {run.out} is a folder. Please name a file in it.")
        run.out.parent.mkdir(parents=True, exist_ok=True)
    if run.conditions or (explorer.config.controllers and run.alone != "heard"):
        ready_to_match(explorer)
    if run.conditions:
        return
    scores = explorer.config.scores
    beside = scores.get(run.name, {}) if run.name else scores
    if run.alone == "matches" and "parameter_mae" not in beside.get("controller", {}):
        raise SystemExit(
            f"--alone matches puts its scores beside others, and {run.checkpoint} has none of them yet. Please run "
            "the command without it first."
        )
    if run.alone == "all" and len(explorer.config.effects) < 2:
        raise SystemExit(f"{run.checkpoint} knows {explorer.config.effects[0]} alone: nothing is there to tell apart.")


def _written(run: EvaluateRun, found: dict[str, Any]) -> dict[str, Any]:
    """What was found, also in the file that was asked for."""
    if run.out:
        run.out.write_text(json.dumps(found, indent=1) + "\n")
    return found


def _kept(scores: dict[str, Any], name: str) -> dict[str, Any]:
    """Scores that stay as they are beside those of an evaluation of that name: of other commands and other names."""
    if name:
        return {key: value for key, value in scores.items() if key != name}
    return {
        key: value
        for key, value in scores.items()
        if key in OF_EFFECTS or (isinstance(value, dict) and "reconstruction" in value)
    }


def _tell_examples(report: Report, run: EvaluateRun, corpus: Corpus, pairs: Pairs, fit: Encoded, test: Encoded) -> None:
    """What was measured, and of whom."""
    report.put("examples.fit", len(fit))
    report.put("examples.test", len(test))
    report.put("examples.decoded", len(test.decoded_db))
    report.put("examples.split", run.split)
    report.put("examples.corpus", corpus.about)
    usual = {field.name: field.default for field in fields(EvaluateRun)}
    asked = [name for name in ("split", "name", "examples", "fit_examples") if getattr(run, name) != usual[name]]
    report.put("examples.options", "".join(f" --{name.replace('_', '-')} {getattr(run, name)}" for name in asked))
    speakers = [speaker.name for speaker in pairs.speakers]
    report.put("examples.minutes", round(sum(speaker.minutes for speaker in pairs.speakers), 1))
    unseen = run.split in ("valid", "calibration", "test")
    report.put("examples.unseen_speakers" if unseen else "examples.speakers", speakers)


def _encoded(
    run: EvaluateRun, explorer: Explorer, corpus: Corpus, split: Literal["fit", "test"], matched: bool = False,
    middle: bool = False,
) -> Encoded:  # fmt: skip
    """Pairs of the training speakers ("fit") or of those to test on, encoded; of the latter DECODED decoded, too.

    matched: every wet sound as loud as its dry one, and a quarter as many. middle: of the effects of FIGURE_1 alone,
    all knobs at 0.5, and an eighth as many.
    """
    side, seed, count = ("train", FIT_SEED, run.fit_examples) if split == "fit" else (run.split, run.seed, run.examples)
    count = max(16, count // 8) if middle else max(8, count // 4) if matched else count
    effects, fixed = (FIGURE_1, 0.5) if middle else (explorer.config.effects, None)
    about = f"Rendering and encoding {count:,} {'training' if split == 'fit' else 'test'} pairs"
    kind = ", wet as loud as dry" if matched else ", all knobs at 0.5" if middle else ""
    pairs = TestPairs(corpus, side, effects, seed, fixed, level_matched=matched)
    decoded = 0 if split == "fit" or matched or middle else DECODED
    return Encoded.of(explorer, pairs, count, about + kind, run.workers, decoded)


def _measure_encodings(
    report: Report, run: EvaluateRun, explorer: Explorer, corpus: Corpus, fit: Encoded, test: Encoded
) -> None:
    """What z and the decoded spectrograms are worth: reconstruction, clusters, leaks, and what tells without them."""
    effects = explorer.config.effects
    with step("Fitting PCAs to the training pairs, rebuilding the test pairs"):
        pcas = {frames: baselines.fit_pca(fit.spectrograms_db, explorer, frames) for frames in baselines.PCA_BLOCKS}
        reconstruction(report, fit, test, explorer, pcas)
    with step("Telling effects by neighbours and linear probes"):
        clusters.clusters(report, "clusters", fit, test, explorer, pcas[16])
    report.put("clusters.labels_used", used_labels(explorer))
    clusters.level_matched(report, fit, _encoded(run, explorer, corpus, "test", matched=True), explorer)
    if set(FIGURE_1) <= set(effects):
        both = fit.only(FIGURE_1, effects), test.only(FIGURE_1, effects)
        clusters.clusters(report, "delay_or_overdrive.random_settings", *both, explorer, pcas[16])
        both = _encoded(run, explorer, corpus, "fit", middle=True), _encoded(run, explorer, corpus, "test", middle=True)
        clusters.clusters(report, "delay_or_overdrive.fixed_settings", *both, explorer, pcas[16])
    with step("Telling speakers by three kinds of probes"):
        leak.leak(report, fit, test, explorer)
    with step("Fitting perceptrons to z, measurements and bands"):
        readout.readout(report, fit, test, explorer)


@contextmanager
def step(about: str) -> Iterator[None]:
    """Say what is being done, and then how long it took, where there is nothing to count."""
    started, console = time.perf_counter(), Console()
    console.print(about, "...")
    yield
    console.print(f"{about}: {time.perf_counter() - started:.0f} s")


def _chains(run: EvaluateRun, explorer: Explorer, corpus: Corpus) -> RealPairs:
    """Chains as in a laboratory."""
    return RealPairs([corpus], run.split, explorer.config.effects, run.seed, chains=1.0, brought=False)


def _measure_matches(report: Report, run: EvaluateRun, explorer: Explorer, corpus: Corpus) -> None:
    """How near matched settings and chains sound, and searches from scratch beside them."""
    if not explorer.config.controllers:
        return
    pairs = Pairs(corpus, run.split, explorer.config.effects, run.seed)
    if run.match_examples:
        matching.sounds(report, explorer, pairs, run.match_examples)
    with workers(run.workers) as pool:
        if run.search_examples:
            matching.search(report, explorer, pairs, run.search_examples, pool)
        if explorer.tells_chains and run.chain_matches:
            chained(report, explorer, _chains(run, explorer, corpus), run.chain_matches, run.chain_searches, pool)


def _measure_heard(report: Report, run: EvaluateRun) -> None:
    """What ear models say of decoded sounds."""
    if run.heard_examples:
        with workers(run.workers) as pool:
            heard(report, Source(run.checkpoint, run.corpus, run.split, run.seed), run.heard_examples, pool)


def _alone(run: EvaluateRun, explorer: Explorer, corpus: Corpus) -> dict[str, Any]:
    """What was asked for alone, in place of what was said of it, if anything, among the scores of that name."""
    report = Report()
    if run.alone == "heard":
        _measure_heard(report, run)
    else:
        _measure_matches(report, run, explorer, corpus)
        report.put("controller.matched_by", asked())
    found = _rounded(report)
    config = folder.load_config(run.checkpoint)
    beside = config.scores.get(run.name, {}) if run.name else config.scores
    merged = beside | {key: beside.get(key, {}) | group for key, group in found.items()}
    scores = config.scores | ({run.name: merged} if run.name else merged)
    folder.save_config(run.checkpoint, replace(config, scores=scores))
    card.write(run.checkpoint)
    show(found)
    return found


def _robustness(run: EvaluateRun) -> dict[str, Any]:
    """The robustness table, and whether hard strangers are told from its pairs, beside the scores that are there."""
    report, corpus = Report(), Corpus(run.corpus)
    split = corpus.held_out(run.split) if run.split in ("calibration", "test") else run.split
    source = Source(run.checkpoint, run.corpus, split, run.seed)
    if strange := [name for name in run.conditions if name not in (*CONDITIONS, "all")]:
        raise SystemExit(f"There is no condition {strange[0]!r}. Known: all, {', '.join(CONDITIONS)}.")
    names = list(CONDITIONS) if "all" in run.conditions else run.conditions
    with workers(run.workers) as pool:
        by_name = matched(source, run.condition_examples, names, pool)
        conditions(report, by_name)
        shares = np.array([row.share_of_limit for rows in by_name.values() for row in rows])
        strangers(report, source, max(2, run.condition_examples // 4), shares, pool)
    told = {"corpus": corpus.about, "split": split, "command": asked()}
    found = _rounded(report) | told
    config = folder.load_config(run.checkpoint)
    tables = config.scores.get("robustness", {}) | {run.name or "speech": found}
    folder.save_config(run.checkpoint, replace(config, scores=config.scores | {"robustness": tables}))
    card.write(run.checkpoint)
    show(found)
    return found


def _rounded(report: Report) -> dict[str, Any]:
    """Scores and intervals as they are stored, to four places."""
    report.put("intervals", report.intervals)
    return json.loads(json.dumps(report.scores), parse_float=lambda text: round(float(text), 4))


def used_labels(explorer: Explorer) -> bool:
    """Whether the training told the model which effect it heard."""
    run = explorer.config.training.get("run", {})
    return explorer.config.model == "factor_vae" and run.get("label_epochs", 0) > 0
