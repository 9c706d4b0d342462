"""What the network alone tells of chains: which effects are in them, in which order, and their knobs."""

from collections import Counter
from collections.abc import Hashable, Iterable

import numpy as np
import torch

from core.explorer import Explorer
from training.encoded import EncodedPairs
from training.pairs import PairTensors
from training.real_pairs import RealPairs
from training.scores.report import Report

LONG = (2, 3)


def chains(report: Report, explorer: Explorer, pairs: RealPairs, count: int, workers: int = 0) -> None:
    """Scores of `count` chains, as chains.LENGTH.SCORE.

    exact: all effects right, their number unknown; known: with the number given; order: of those pairs of effects that
    are there, whose order is right, audible or not; parameter_mae: of the knobs of the effects that are there. Beside
    them what is likeliest by chance: any one set, and knobs always at 0.5.
    """
    tensors = PairTensors(pairs, count, explorer.spectrogram_config)
    about = f"Rendering and encoding {count:,} chains"
    found = EncodedPairs.of(explorer, tensors, about, workers=workers)
    with torch.inference_mode():
        said = explorer.controller("full")(found.z.to(explorer.device))
    sure, knobs = said.presence(), said.knobs.float().cpu().numpy()
    there, earlier = found.place.numpy() > 0, said.order.float().cpu().numpy() > 0
    off = np.abs(knobs - found.knobs.numpy())
    first, second = torch.triu_indices(there.shape[1], there.shape[1], 1).numpy()
    both = there[:, first] & there[:, second]
    in_order = earlier == (found.place.numpy()[:, first] < found.place.numpy()[:, second])
    for length in LONG:
        own = there.sum(axis=1) == length
        top = np.argsort(-sure[own], axis=1)[:, :length]
        known = np.take_along_axis(there[own], top, axis=1).all(axis=1)
        at = f"chains.{length}"
        report.put(f"{at}.examples", int(own.sum()))
        report.put(f"{at}.exact", float(((sure[own] > 0.5) == there[own]).all(axis=1).mean()))
        report.put(f"{at}.known", float(known.mean()))
        report.put(f"{at}.order", float(in_order[own][both[own]].mean()))
        report.put(f"{at}.parameter_mae", float(np.nanmean(off[own])))
        report.put(f"{at}.half_parameter_mae", float(np.nanmean(np.abs(0.5 - found.knobs.numpy()[own]))))
        report.put(f"{at}.commonest", commonest(map(bytes, there[own])))


def commonest(sets: Iterable[Hashable]) -> float:
    """How often all effects are right of who always answers the commonest of these sets of effects."""
    counts = Counter(sets)
    return max(counts.values()) / counts.total()
