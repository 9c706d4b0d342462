"""Chains that a match finds: which effects, in which order, how near; beside honest baselines."""

import itertools
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import cma
import numpy as np
from rich.progress import track

from core.audio.distance import FarFrom
from core.audio.io import is_silent
from core.audio.measure import FLOOR_DB
from core.audio.stft import bands_db
from core.effects import EFFECTS, Chain, Setting, effect_named, random_setting, render
from core.explorer import Explorer
from training.real_pairs import LENGTHS, RealPairs
from training.scores.chains import commonest
from training.scores.report import Report
from training.seeds import stream
from training.spsa import in_turn

TIMES = (1, 10)
"""How often the time of a match a search from scratch is given."""

_GENERATIONS = 12  # of one chain, before another is drawn


@dataclass(frozen=True)
class Searched:
    """What a match was beside: both sounds, what is left of their distance after so many times its seconds."""

    dry: np.ndarray
    wet: np.ndarray
    seconds: float
    seed: int


def chained(
    report: Report, explorer: Explorer, pairs: RealPairs, count: int, searches: int, pool: ProcessPoolExecutor | None
) -> None:
    """Scores of `count` matches of chains, as chained.LENGTH.SCORE.

    exact: all effects right, their number unknown; order: and in an order that sounds so; left, left_one, left_random:
    the median share of the distance between dry and wet that the answer leaves, the best single effect, and the right
    chain with random knobs; explained; seconds, the median; commonest: exact, of always answering the commonest set of
    that length. Of `searches` of them CMA-ES over all chains in the time of the match, and in ten times as much:
    left_cma_es, left_cma_es_10.
    """
    rows: dict[int, list[dict[str, float]]] = {length: [] for length in LENGTHS}
    sets: dict[int, list[frozenset[str]]] = {length: [] for length in LENGTHS}
    jobs: list[tuple[int, Searched]] = []
    for index, dry, wet in track(itertools.islice(_heard(pairs), count), f"Matching {count:,} chains", count):
        true = pairs.plan(index).chain
        started = time.perf_counter()
        found = explorer.match(dry, wet, seed=index)
        seconds, answer, length = time.perf_counter() - started, found.answer.chain, len(true.settings)
        generator = stream("random knobs of the right chain", pairs.seed, index)
        guess = Chain(tuple(random_setting(effect, generator) for effect in true.effects))
        one = found.answer if found.answer.setting else found.candidates.get("one effect")
        rows[length].append({
            "exact": float({*answer.effects} == {*true.effects}),
            "order": float(answer.canonical.effects == true.canonical.effects),
            "left": found.leftover, "explained": float(found.explained), "seconds": seconds,
            "left_one": found.share(one) if one else np.nan, "left_random": found.share(found.candidate(guess)),
        })  # fmt: skip
        sets[length].append(frozenset(true.effects))
        if len(jobs) < searches and length > 1:
            jobs.append((length, Searched(dry, wet, seconds, index)))
    for length, own in rows.items():
        if own:
            _put(report, f"chained.{length}", own)
            report.put(f"chained.{length}.commonest", commonest(sets[length]))
    lengths = [length for length, _ in jobs]
    done = in_turn(pool, searched, [job for _, job in jobs])
    left = np.array(list(track(done, "Searching chains from scratch", len(jobs)))).reshape(-1, len(TIMES))
    for length in {*lengths}:
        for times, column in zip(TIMES, left[np.array(lengths) == length].T, strict=True):
            key = "left_cma_es" if times == 1 else f"left_cma_es_{times}"
            report.put(f"chained.{length}.{key}", float(np.median(column)))


def _heard(pairs: RealPairs) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """Numbers and sounds of those pairs that `match` takes: one effect may leave nothing of what another made."""
    for index in itertools.count():
        dry, wet = pairs.sounds(index)
        if not is_silent(wet):
            yield index, dry, wet


def _put(report: Report, at: str, rows: list[dict[str, float]]) -> None:
    report.put(f"{at}.examples", len(rows))
    for score in rows[0]:
        values = np.array([row[score] for row in rows])
        median = score.startswith("left") or score == "seconds"
        report.put(f"{at}.{score}", float(np.nanmedian(values) if median else values.mean()))


def searched(job: Searched) -> tuple[float, ...]:
    """Shares of the distance between dry and wet that the best chain of a search from scratch leaves, after each of
    TIMES: CMA-ES (Hansen 2016) on the knobs of one drawn chain after another, on the dB of 64 bands."""
    generator, target, far = stream("chains from scratch", job.seed), bands_db(job.wet), FarFrom(job.wet, FLOOR_DB)
    nothing, best, least, began = far(job.dry), job.dry, np.inf, time.perf_counter()
    shares: list[float] = []
    for times in TIMES:
        until = began + times * job.seconds
        while time.perf_counter() < until:
            sound, left = _climbed(job.dry, _drawn(generator), target, generator, until)
            best, least = (sound, left) if left < least else (best, least)
        shares.append(far(best) / nothing)
    return tuple(shares)


def _drawn(generator: np.random.Generator) -> tuple[str, ...]:
    """Effects of a chain of any length, in signal order."""
    names = [effect.name for effect in EFFECTS]
    return tuple(str(name) for name in generator.permutation(names)[: generator.choice(LENGTHS)])


def _climbed(
    dry: np.ndarray, effects: tuple[str, ...], target: np.ndarray, generator: np.random.Generator, until: float
) -> tuple[np.ndarray, float]:
    """The best sound of a few generations of CMA-ES on the knobs of a chain, and the mean square in dB that it
    leaves."""
    counts = [len(effect_named(effect).parameters) for effect in effects]
    search = cma.CMAEvolutionStrategy(
        [0.5] * sum(counts), 0.3,
        {"bounds": [0, 1], "verbose": -9, "seed": np.nan, "randn": lambda *shape: generator.standard_normal(shape)},
    )  # fmt: skip
    best, least = dry, np.inf
    for _ in range(_GENERATIONS):
        asked, found = search.ask(), []
        for row in asked:
            parts = np.split(np.clip(row, 0, 1), np.cumsum(counts)[:-1])
            sound = render(dry, Chain(tuple(Setting(*own) for own in zip(effects, map(tuple, parts), strict=True))))
            found.append(float(np.square(bands_db(sound) - target).mean()))
            best, least = (sound, found[-1]) if found[-1] < least else (best, least)
        search.tell(asked, found)
        if time.perf_counter() > until:
            break
    return best, least
