"""How much an answer may leave unexplained, of each effect: found on speakers that nothing else was decided on."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from rich.progress import track

from core.audio.io import is_silent
from core.checkpoints import folder as checkpoint
from training import card
from training.corpus import Corpus
from training.options import asked
from training.real_pairs import RealPairs
from training.scores.conditions import CONDITIONS, Source, matched
from training.scores.strangers import answered
from training.spsa import in_turn, workers
from training.target import open_target, ready_to_match

_LEAST, _MOST = 0.05, 0.5  # what leaves more than half of the distance explains nothing


@dataclass(frozen=True)
class LimitsRun:
    """Find up to where answers of a checkpoint count as explanations, from pairs as people bring them."""

    checkpoint: Path
    corpus: tuple[Path, ...]  # folders packed by `python -m training corpus`, as many pairs of each
    pairs: int = 32  # of each corpus, of the calibration speakers, under each condition
    chains: int = 32  # of each corpus, of two or three effects, where the checkpoint tells chains
    strangers: int = 4  # of each corpus and kind: sounds that no chain makes
    seed: int = 105
    workers: int = 2


def limits(run: LimitsRun) -> dict[str, Any]:
    """Store in config.json how much of the distance between dry and wet an answer may leave (see core.match.match.Match
    .limit): as `most`, of each effect and of chains; returns what it says of that."""
    explorer, told = open_target(run.checkpoint), []
    ready_to_match(explorer)
    left: dict[str, list[float]] = {effect: [] for effect in explorer.config.effects}
    strange: dict[str, list[float]] = {}
    with workers(run.workers) as pool:
        for folder in run.corpus:
            corpus = Corpus(folder)
            source = Source(run.checkpoint, folder, corpus.held_out("calibration"), run.seed)
            told.append({"corpus": corpus.about, "split": source.split, "pairs": run.pairs, "strangers": run.strangers})
            for rows in matched(source, run.pairs, CONDITIONS, pool).values():
                for row in rows:
                    left[row.effect] += [row.leftover] * row.found
            for one in answered(source, run.strangers, pool):
                name = one.effects[0] if len(one.effects) == 1 else "chain"
                strange.setdefault(name, []).append(one.leftover)
            if explorer.tells_chains:
                told[-1] |= {"chains": run.chains}
                jobs = [(source, index) for index in range(run.chains)]
                found = track(in_turn(pool, chain_left, jobs), f"Matching {run.chains:,} chains", run.chains)
                left.setdefault("chain", []).extend(share for share in found if share is not None)
    facts = {
        "command": asked(),
        "corpora": told,
        "leftover": {name: most(found, strange.get(name, [])) for name, found in left.items() if found},
    }
    config = checkpoint.load_config(run.checkpoint)
    checkpoint.save_config(run.checkpoint, replace(config, training=config.training | {"limits": facts}))
    card.write(run.checkpoint)
    return facts


def most(right: list[float], strange: list[float]) -> float:
    """How much an answer may leave: what 19 of 20 right ones leave at most, but less than 19 of 20 of those to
    strangers leave; within _LEAST ... _MOST."""
    limit = min(float(np.quantile(right, 0.95)), float(np.quantile(strange, 0.05)) if strange else np.inf)
    return round(min(max(limit, _LEAST), _MOST), 3)


def chain_left(job: tuple[Source, int]) -> float | None:
    """What the answer to a chain leaves; None where its effects are not the right ones, or leave no sound."""
    source, index = job
    effects = source.explorer.config.effects
    pairs = RealPairs([Corpus(source.corpus)], source.split, effects, source.seed, chains=1.0, brought=False)
    dry, wet = pairs.sounds(index)
    if is_silent(wet):
        return None
    found = source.explorer.match(dry, wet, seed=index)
    return found.leftover if {*found.answer.chain.effects} == {*pairs.chain(index).effects} else None
