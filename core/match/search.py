"""A search that refines a chain by ear, for as long as one likes."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import cma
import numpy as np

from core.effects import Chain, Setting, effect_named
from core.match.pair import Candidate, Ear


@dataclass(frozen=True)
class Refinement:
    """One iteration of `refine`: how many chains were heard so far, the best of them, and how often it was tried."""

    heard: int
    best: Candidate


def refine(
    start: Candidate,
    spread: tuple[float, ...] | float = 0.1,
    iterations: int = 15,
    population: int = 8,
    seed: int = 0,
) -> Iterator[Refinement]:
    """Search from a candidate for one that sounds nearer to wet: CMA-ES (Hansen 2016) on the knobs of its effects.

    Yields after every iteration, so that a caller can show progress or stop. spread: how far to look at first, of
    each knob position, one effect's behind the other's, or of all; a level stays as it is. Without an estimate, as
    ST-ITO does: all knobs at 0.5, spread 0.3, 100 iterations of 32.
    """
    ear, settings = Ear(start.pair), start.chain.settings
    parameters = [knob for setting in settings for knob in effect_named(setting.effect).parameters]
    level = np.array([parameter.role == "level" for parameter in parameters])
    values = np.array([value for setting in settings for value in setting.values])
    step = np.clip(np.broadcast_to(spread, len(level)), 0.01, 0.3)
    best = start
    ear.distance(best)
    generator = np.random.default_rng(seed)
    search = cma.CMAEvolutionStrategy(
        list(values), 1.0,
        # By itself, cma draws from NumPy's global state, which other searches draw from at the same time.
        {"bounds": [0, 1], "CMA_stds": step, "popsize": population, "verbose": -9, "seed": np.nan,
         "randn": lambda *shape: generator.standard_normal(shape)},
    )  # fmt: skip
    heard = 1
    for _ in range(iterations):
        asked = search.ask()
        rows = [np.where(level, values, np.clip(one, 0, 1)) for one in asked]
        tried = [replace(start, chain=_turned(start.chain, row)) for row in rows]
        search.tell(asked, [ear.distance(candidate) for candidate in tried])
        heard += len(tried)
        best = min(best, *tried, key=ear.distance)
        yield Refinement(heard, best)


def _turned(chain: Chain, row: np.ndarray) -> Chain:
    """The chain with its knobs at a row (knob,)."""
    ends = np.cumsum([len(setting.values) for setting in chain.settings])[:-1]
    parts = np.split(row, ends)
    return Chain(tuple(Setting(one.effect, tuple(own)) for one, own in zip(chain.settings, parts, strict=True)))
