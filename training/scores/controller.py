"""How well a controller finds effect and knobs, and how near its setting sounds, beside honest baselines."""

import os
import time
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from pedalboard import HighpassFilter, NoiseGate, Pedalboard, PitchShift
from rich.progress import track
from scipy.stats import spearmanr

from core.audio import SAMPLE_RATE
from core.effects import Setting, effect_named
from core.explorer import Explorer
from core.match.match import refine
from core.models.controller import EIGHTY_PERCENT
from training.pairs import Pair, Pairs
from training.scores.bootstrap import Report
from training.scores.reconstruction import ridge

if TYPE_CHECKING:
    from training.evaluate import Encoded

SEARCH = {"iterations": 100, "population": 32}
"""CMA-ES from scratch, the default of ST-ITO (Steinmetz et al. 2024)."""


def settings(report: Report, explorer: Explorer, fit: "Encoded", test: "Encoded", name: str = "full") -> None:
    """Effect accuracy; mean absolute error of every knob of the true effect, and its rank correlation.

    Baselines: always 0.5; random; the nearest point of the atlas (of the true effect, for knobs); ridge regression on
    z, each effect by itself, fitted on pairs of the training speakers.
    """
    part, effects = explorer.map_part, explorer.config.effects
    with torch.inference_mode():
        said = explorer.controller(name)(torch.from_numpy(test.z[:, part].astype(np.float32)).to(explorer.device))
    knobs, label = said.knobs.cpu().numpy(), test.label
    right = said.effect.argmax(dim=1).cpu().numpy() == test.effect
    atlas, z_atlas = explorer.atlas, explorer.atlas.pca @ explorer.atlas.pca_basis + explorer.atlas.pca_mean
    report.mean("controller.effect_accuracy", right)
    near = np.array([np.linalg.norm(z_atlas - row, axis=1).argmin() for row in test.z[:, part]])
    report.mean("controller.nearest_neighbour_effect_accuracy", atlas.effect[near] == test.effect)
    report.put("controller.chance", 1 / len(effects))

    errors: dict[str, np.ndarray] = {key: np.full(len(test), np.nan) for key in ("", *BASELINES)}
    generator = np.random.default_rng(0)
    for number, effect in enumerate(effects):
        rows, own = np.flatnonzero(test.effect == number), explorer.knobs.own(number)
        report.put(f"controller.effect_accuracy_by_effect.{effect}", float(right[rows].mean()))
        true, fitted = label[rows, 1:][:, own], fit.effect == number
        line = ridge(fit.z[fitted][:, part], fit.label[fitted][:, 1:][:, own])
        inside = np.flatnonzero(atlas.effect == number)
        nearest = [inside[np.linalg.norm(z_atlas[inside] - z, axis=1).argmin()] for z in test.z[rows][:, part]]
        guesses = {
            "": knobs[rows][:, own],
            "half_": np.full_like(true, 0.5),
            "random_": generator.random(true.shape),
            "nearest_neighbour_": atlas.values[nearest, : true.shape[1]],
            "ridge_": np.clip(line.predict(test.z[rows][:, part]).reshape(true.shape), 0, 1),
        }
        off = {key: np.abs(guess - true) for key, guess in guesses.items()}
        for key in errors:
            errors[key][rows] = off[key].mean(axis=1)
        for column, parameter in enumerate(effect_named(effect).parameters):
            where = f"controller.parameters.{effect}.{parameter.name}"
            for key in errors:
                report.put(f"{where}.{key}mae", float(off[key][:, column].mean()))
            report.put(f"{where}.rank_correlation", float(spearmanr(guesses[""][:, column], true[:, column]).statistic))
    for key, values in errors.items():
        report.mean(f"controller.{key}parameter_mae", values)
    means = [row["mae"] for effect in report.scores["controller"]["parameters"].values() for row in effect.values()]
    report.put("controller.parameter_mae_mean_of_parameters", float(np.mean(means)))
    spread = said.spread.cpu().numpy()
    known = np.isfinite(label[:, 1:])
    within = np.abs(knobs - label[:, 1:])[known] <= EIGHTY_PERCENT * spread[known]
    report.put("controller.within_80_percent_range", float(within.mean()))


BASELINES = ("half_", "random_", "nearest_neighbour_", "ridge_")


def sounds(report: Report, explorer: Explorer, pairs: Pairs, count: int) -> None:
    """MR-STFT distance of what `Explorer.match` answers from the wet sound, over that of the dry one; and baselines.

    controller.mrstft: of the network's setting; match.mrstft: of the setting after the polish that `match` adds.
    explained_below: 99 % of the matches are nearer; foreign: share of sounds made by no effect of the product (pitch
    shift, high-pass, gate, another recording) that lie beyond.
    """
    found: dict[str, list[float]] = {}
    seconds, foreign = [], []
    for index in track(range(count), description="Matching"):
        pair = pairs[index]
        started = time.perf_counter()
        match = explorer.match(pair.dry, pair.wet, seed=index)
        seconds.append(time.perf_counter() - started)
        for name, candidate in match.candidates.items():
            found.setdefault(name, []).append(candidate.distance)
        foreign.append(
            explorer.match(pair.dry, stranger(pair, pairs, index), seed=index).candidates["polished"].distance
        )
    effect = np.arange(count) % len(explorer.config.effects)
    nothing = np.array(found["nothing"])
    keys = {
        "estimate": "", "polished": "polished_", "nothing": "do_nothing_", "always 0.5": "half_", "random": "random_",
        "nearest neighbour": "nearest_neighbour_",
    }  # fmt: skip
    for name, key in keys.items():
        values = np.array(found[name])
        report.mean(f"controller.{key}mrstft", values)
        report.put(f"controller.{key}mrstft_ratio", float(values.mean() / nothing.mean()))
        for number, label in enumerate(explorer.config.effects):
            own = effect == number
            report.put(f"controller.{key}mrstft_by_effect.{label}", float(values[own].mean()))
            report.put(
                f"controller.{key}mrstft_ratio_by_effect.{label}", float(values[own].mean() / nothing[own].mean())
            )
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
    for index in range(count):
        pair = pairs[index]
        started = time.perf_counter()
        matches.append(explorer.match(pair.dry, pair.wet, seed=index))
        seconds.append(time.perf_counter() - started)
    jobs: list[dict[str, Any]] = []
    for index, found in enumerate(matches):
        effect = pairs.setting(index).effect
        half = Setting(effect, (0.5,) * len(effect_named(effect).parameters))
        best = found.candidates["polished"].setting
        jobs.append({"dry": found.dry, "wet": found.wet, "setting": half, "spread": 0.3, **SEARCH})
        jobs.append({"dry": found.dry, "wet": found.wet, "setting": best, "spread": found.estimate.spread})
    done = list(track((pool.map if pool else map)(_search, jobs), description="Searching", total=len(jobs)))
    scratch, refined = np.array(done[::2]), np.array(done[1::2])
    rows = {
        "estimate": ([m.candidates["estimate"].distance for m in matches], None),
        "polished": ([m.candidates["polished"].distance for m in matches], seconds),
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
