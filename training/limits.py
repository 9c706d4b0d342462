"""How much an answer may leave unexplained, of each effect: found on speakers that nothing else was decided on."""

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from core.checkpoints import folder as checkpoint
from training import card
from training.corpus import Corpus
from training.scores.conditions import CONDITIONS, Source, matched
from training.spsa import workers
from training.target import open_target

_LEAST, _MOST = 0.05, 0.8


@dataclass(frozen=True)
class LimitsRun:
    """Find up to where answers of a checkpoint count as explanations, from pairs as people bring them."""

    checkpoint: Path
    corpus: tuple[Path, ...]  # folders packed by `python -m training corpus`, as many pairs of each
    pairs: int = 32  # of each corpus, of the calibration speakers, under each condition
    seed: int = 105
    workers: int = 2


def limits(run: LimitsRun) -> dict[str, Any]:
    """Store in config.json what 19 of 20 right answers leave of the distance between dry and wet at most, of each
    effect (see core.match.match.Match.limit); returns what it says of that."""
    effects, told = open_target(run.checkpoint).config.effects, []
    left: dict[str, list[float]] = {effect: [] for effect in effects}
    with workers(run.workers) as pool:
        for folder in run.corpus:
            corpus = Corpus(folder)
            split = corpus.held_out("calibration")
            told.append({"corpus": corpus.about, "split": split, "pairs": run.pairs})
            for rows in matched(Source(run.checkpoint, folder, split, run.seed), run.pairs, CONDITIONS, pool).values():
                for row in rows:
                    left[row.effect] += [row.leftover] * row.found
    most = {effect: float(np.quantile(found, 0.95)) for effect, found in left.items() if found}
    facts = {
        "command": " ".join(["python -m training", *sys.argv[1:]]),
        "corpora": told,
        "leftover": {effect: round(min(max(limit, _LEAST), _MOST), 3) for effect, limit in most.items()},
    }
    config = checkpoint.load_config(run.checkpoint)
    checkpoint.save_config(run.checkpoint, replace(config, training=config.training | {"limits": facts}))
    card.write(run.checkpoint)
    return facts
