"""How near the sound of a matched setting is to the wet one, and how long a match takes."""

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import numpy as np
from rich.progress import track

from core.effects import Chain
from core.explorer import Explorer
from core.match.match import Match
from core.match.pair import Candidate
from core.match.search import refine
from training.pairs import Pairs
from training.scores.from_scratch import search_from_scratch
from training.scores.report import Report
from training.spsa import in_turn

CANDIDATES = {
    "estimate": "", "polished": "polished_", "nothing": "do_nothing_", "always 0.5": "half_", "random": "random_",
    "nearest neighbour": "nearest_neighbour_",
}  # fmt: skip
"""A match's candidates, and what their scores begin with."""


def sounds(report: Report, explorer: Explorer, pairs: Pairs, count: int) -> None:
    """MR-STFT distance of what `Explorer.match` answers from the wet sound, over that of the dry one; and baselines.

    controller.mrstft: of the network's setting; controller.polished_mrstft: of the setting after the polish.
    """
    found: dict[str, list[float]] = {}
    seconds, speaker = [], []
    for index in track(range(count), description=f"Matching {count:,} pairs"):
        pair = pairs[index]
        started = time.perf_counter()
        match = explorer.match(pair.dry, pair.wet, seed=index)
        seconds.append(time.perf_counter() - started)
        speaker.append(pair.speaker)
        for name, candidate in match.candidates.items():
            found.setdefault(name, []).append(candidate.distance)
    effect = np.arange(count) % len(explorer.config.effects)
    nothing = np.array(found["nothing"])
    for name, key in CANDIDATES.items():
        values = np.array(found[name])
        report.mean(f"controller.{key}mrstft", values, speaker=np.array(speaker))
        report.put(f"controller.{key}mrstft_ratio", float(values.mean() / nothing.mean()))
        for number, label in enumerate(explorer.config.effects):
            own, ratio = effect == number, f"controller.{key}mrstft_ratio_by_effect.{label}"
            report.put(f"controller.{key}mrstft_by_effect.{label}", float(values[own].mean()))
            report.put(ratio, float(values[own].mean() / nothing[own].mean()))
    report.put("controller.matched", count)
    report.put("controller.match_seconds", float(np.median(seconds)))
    report.put("controller.machine", f"{os.cpu_count()} cores, {explorer.device.type}")


def search(report: Report, explorer: Explorer, pairs: Pairs, count: int, pool: ProcessPoolExecutor | None) -> None:
    """CMA-ES from scratch on the true effect's knobs, beside one estimate, polished, and `refine`, with times.

    Pairs are taken from every other round of the effects: within two, settings are the same.
    """
    effects = len(pairs.effects)
    drawn = [pairs[number + number // effects * effects] for number in range(count)]
    matches, seconds = [], []
    for index, pair in enumerate(drawn):
        started = time.perf_counter()
        matches.append(explorer.match(pair.dry, pair.wet, seed=index))
        seconds.append(time.perf_counter() - started)
    scratch = _all(
        pool, _scratch, [(m, pair.setting.effect) for m, pair in zip(matches, drawn, strict=True)], "scratch"
    )
    refined = _all(pool, _refined, matches, "the answer")
    rows: dict[str, tuple[Any, np.ndarray | None]] = {
        "estimate": ([m.candidates["estimate"].distance for m in matches], None),
        "polished": ([m.candidates["polished"].distance for m in matches], np.array(seconds)),
        "cma_es": (scratch[:, 0], scratch[:, 1]),
        "refined": (refined[:, 0], refined[:, 1] + np.array(seconds)),
    }
    for name, (distance, time_s) in rows.items():
        report.put(f"controller.search.{name}.median_mrstft", float(np.median(distance)))
        report.put(f"controller.search.{name}.mean_mrstft", float(np.mean(distance)))
        if time_s is not None:
            report.put(f"controller.search.{name}.median_seconds", float(np.median(time_s)))
    report.put("controller.search.examples", count)
    report.put("controller.search.times_faster", float(np.median(scratch[:, 1]) / np.median(seconds)))


def _all(
    pool: ProcessPoolExecutor | None, function: Callable[[Any], Any], jobs: Sequence[Any], start: str
) -> np.ndarray:
    about = f"Searching {len(jobs):,} settings from {start}"
    return np.array(list(track(in_turn(pool, function, jobs), about, len(jobs))))


def _scratch(job: tuple[Match, str]) -> tuple[float, float]:
    """Distance of the best setting that a search from scratch finds for the true effect, and the seconds it took."""
    match, effect = job
    found = search_from_scratch(*match.pair.as_heard, effect)
    return Candidate(match.pair, Chain((found.setting,)), match.pair.sample_rate).distance, found.seconds


def _refined(match: Match) -> tuple[float, float]:
    started = time.perf_counter()
    *_, last = refine(match.answer, match.estimate.spread)
    return last.best.distance, time.perf_counter() - started
