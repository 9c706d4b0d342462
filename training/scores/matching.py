"""How near the sound of a matched setting is to the wet one, and how long a match takes."""

import os
import time
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import numpy as np
from pedalboard import HighpassFilter, NoiseGate, Pedalboard, PitchShift
from rich.progress import track

from core.audio import SAMPLE_RATE
from core.effects import Setting, effect_named
from core.explorer import Explorer
from core.match.search import refine
from training.pairs import Pair, Pairs
from training.scores.report import Report

SEARCH = {"iterations": 100, "population": 32}
"""CMA-ES from scratch, the default of ST-ITO (Steinmetz et al. 2024)."""
CANDIDATES = {
    "estimate": "", "polished": "polished_", "nothing": "do_nothing_", "always 0.5": "half_", "random": "random_",
    "nearest neighbour": "nearest_neighbour_",
}  # fmt: skip
"""A match's candidates, and what their scores begin with."""


def sounds(report: Report, explorer: Explorer, pairs: Pairs, count: int) -> None:
    """MR-STFT distance of what `Explorer.match` answers from the wet sound, over that of the dry one; and baselines.

    controller.mrstft: of the network's setting; match.mrstft: of the setting after the polish that `match` adds.
    explained_below: 99 % of the matches are nearer; foreign: share of sounds made by no effect of the product (pitch
    shift, high-pass, gate, another recording) that lie beyond.
    """
    found: dict[str, list[float]] = {}
    seconds, foreign = [], []
    for index in track(range(count), description=f"Matching {count:,} pairs and as many of foreign effects"):
        pair = pairs[index]
        started = time.perf_counter()
        match = explorer.match(pair.dry, pair.wet, seed=index)
        seconds.append(time.perf_counter() - started)
        for name, candidate in match.candidates.items():
            found.setdefault(name, []).append(candidate.distance)
        strange = explorer.match(pair.dry, stranger(pair, pairs, index), seed=index)
        foreign.append(strange.candidates["polished"].distance)
    effect = np.arange(count) % len(explorer.config.effects)
    nothing = np.array(found["nothing"])
    for name, key in CANDIDATES.items():
        values = np.array(found[name])
        report.mean(f"controller.{key}mrstft", values)
        report.put(f"controller.{key}mrstft_ratio", float(values.mean() / nothing.mean()))
        for number, label in enumerate(explorer.config.effects):
            own, ratio = effect == number, f"controller.{key}mrstft_ratio_by_effect.{label}"
            report.put(f"controller.{key}mrstft_by_effect.{label}", float(values[own].mean()))
            report.put(ratio, float(values[own].mean() / nothing[own].mean()))
    limit = float(np.quantile(found["polished"], 0.99))
    report.put("controller.explained_below", limit)
    report.mean("controller.foreign_found", np.array(foreign) > limit)
    report.put("controller.match_seconds", float(np.median(seconds)))
    report.put("controller.machine", f"{os.cpu_count()} cores, {explorer.device.type}")


def stranger(pair: Pair, pairs: Pairs, index: int) -> np.ndarray:
    """A wet sound (time,) that no effect of the product makes of pair.dry."""
    match index % 4:
        case 0:
            return np.asarray(Pedalboard([PitchShift(semitones=4)])(pair.dry, SAMPLE_RATE))
        case 1:
            return np.asarray(Pedalboard([HighpassFilter(2500) for _ in range(3)])(pair.dry, SAMPLE_RATE))
        case 2:
            return np.asarray(Pedalboard([NoiseGate(threshold_db=-22, ratio=10)])(pair.dry, SAMPLE_RATE))
        case _:
            return pairs[index + len(pairs.effects) + 1].dry


def search(report: Report, explorer: Explorer, pairs: Pairs, count: int, pool: ProcessPoolExecutor | None) -> None:
    """CMA-ES from scratch on the true effect's knobs, beside one estimate, polished, and `refine`, with times."""
    matches, seconds = [], []
    jobs: list[dict[str, Any]] = []
    for index in range(count):
        pair = pairs[index]
        started = time.perf_counter()
        found = explorer.match(pair.dry, pair.wet, seed=index)
        seconds.append(time.perf_counter() - started)
        matches.append(found)
        half = Setting(pair.setting.effect, (0.5,) * len(effect_named(pair.setting.effect).parameters))
        best = found.candidates["polished"].setting
        jobs.append({"dry": found.dry, "wet": found.wet, "setting": half, "spread": 0.3, **SEARCH})
        jobs.append({"dry": found.dry, "wet": found.wet, "setting": best, "spread": found.estimate.spread})
    tried = (pool.map if pool else map)(_search, jobs)
    done = list(track(tried, description=f"Searching {count:,} settings from scratch and refined", total=len(jobs)))
    scratch, refined = np.array(done[::2]), np.array(done[1::2])
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


def _search(job: dict[str, Any]) -> tuple[float, float]:
    """Distance of the best setting that a search finds, and the seconds it took."""
    started = time.perf_counter()
    *_, last = refine(**job)
    return last.best.distance, time.perf_counter() - started
