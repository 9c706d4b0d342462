"""A search that refines a setting by ear, for as long as one likes."""

from collections.abc import Iterator
from dataclasses import dataclass

import cma
import numpy as np

from core.effects import Setting
from core.match.match import Candidate, try_setting


@dataclass(frozen=True)
class Refinement:
    """One iteration of `refine`: how many settings were heard so far, the best of them, and how often it was tried."""

    heard: int
    best: Candidate


def refine(
    dry: np.ndarray,
    wet: np.ndarray,
    setting: Setting,
    spread: tuple[float, ...] | float = 0.1,
    iterations: int = 15,
    population: int = 8,
    seed: int = 0,
) -> Iterator[Refinement]:
    """Search from a setting for one that sounds nearer to wet: CMA-ES (Hansen 2016) on the knobs of its effect.

    Yields after every iteration, so that a caller can show progress or stop. spread: how far to look at first, of
    each knob position or of all. Without an estimate, as ST-ITO does: all knobs at 0.5, spread 0.3, 100 iterations
    of 32.
    """
    count = len(setting.values)
    step = np.clip(np.broadcast_to(spread, count), 0.01, 0.3)
    best = try_setting(setting, dry, wet)
    generator = np.random.default_rng(seed)
    search = cma.CMAEvolutionStrategy(
        list(setting.values), 1.0,
        # By itself, cma draws from NumPy's global state, which other searches draw from at the same time.
        {"bounds": [0, 1], "CMA_stds": step, "popsize": population, "verbose": -9, "seed": np.nan,
         "randn": lambda *shape: generator.standard_normal(shape)},
    )  # fmt: skip
    heard = 1
    for _ in range(iterations):
        asked = search.ask()
        tried = [try_setting(Setting(setting.effect, tuple(np.clip(x, 0, 1))), dry, wet) for x in asked]
        search.tell(asked, [candidate.distance for candidate in tried])
        heard += len(tried)
        best = min(best, *tried, key=lambda candidate: candidate.distance)
        yield Refinement(heard, best)
