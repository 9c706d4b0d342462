"""How well a controller finds effect and knobs, beside honest baselines."""

from collections.abc import Iterator

import numpy as np
import torch
from scipy.stats import spearmanr

from core.effects import effect_named
from core.explorer import Explorer
from core.models.controller import EIGHTY_PERCENT
from training.encoded import Encoded
from training.scores.baselines import ridge
from training.scores.report import Report

GUESSES = ("", "half_", "random_", "nearest_neighbour_", "ridge_")
"""What the scores of the controller's knobs and of its baselines begin with."""


def settings(report: Report, explorer: Explorer, fit: Encoded, test: Encoded, name: str = "full") -> None:
    """Effect accuracy; mean absolute error of every knob of the true effect, and its rank correlation.

    Baselines: always 0.5; random; the nearest point of the atlas (of the true effect, for knobs); ridge regression on
    z, each effect by itself, fitted on pairs of the training speakers.
    """
    part, effects = explorer.map_part, explorer.config.effects
    with torch.inference_mode():
        said = explorer.controller(name)(torch.from_numpy(test.z[:, part].astype(np.float32)).to(explorer.device))
    knobs = said.knobs.cpu().numpy()
    right = said.effect.argmax(dim=1).cpu().numpy() == test.effect
    report.mean("controller.effect_accuracy", right)
    near = nearest(explorer, test.z[:, part])
    report.mean("controller.nearest_neighbour_effect_accuracy", explorer.atlas.effect[near] == test.effect)
    report.put("controller.chance", 1 / len(effects))

    errors: dict[str, np.ndarray] = {key: np.full(len(test), np.nan) for key in GUESSES}
    for number, rows, true, guesses in _guesses(explorer, fit, test, knobs):
        report.put(f"controller.effect_accuracy_by_effect.{effects[number]}", float(right[rows].mean()))
        off = {key: np.abs(guess - true) for key, guess in guesses.items()}
        for key in GUESSES:
            errors[key][rows] = off[key].mean(axis=1)
        for column, parameter in enumerate(effect_named(effects[number]).parameters):
            where = f"controller.parameters.{effects[number]}.{parameter.name}"
            for key in GUESSES:
                report.put(f"{where}.{key}mae", float(off[key][:, column].mean()))
            report.put(f"{where}.rank_correlation", float(spearmanr(guesses[""][:, column], true[:, column]).statistic))
    for key, values in errors.items():
        report.mean(f"controller.{key}parameter_mae", values)
    means = [row["mae"] for effect in report.scores["controller"]["parameters"].values() for row in effect.values()]
    report.put("controller.parameter_mae_mean_of_parameters", float(np.mean(means)))
    _ranges(report, explorer, np.abs(knobs - test.knobs), EIGHTY_PERCENT * said.spread.cpu().numpy())


def _ranges(report: Report, explorer: Explorer, off: np.ndarray, reach: np.ndarray) -> None:
    """How often a true knob lies within the range that is called 80 %, of all and of each knob.

    off (pair, knob): how far off each was, NaN where it is another effect's; reach (pair, knob): half of its range.
    """
    known = np.isfinite(off)
    shares = [float((off[own, knob] <= reach[own, knob]).mean()) for knob, own in enumerate(known.T)]
    report.put("controller.within_80_percent_range", float((off <= reach)[known].mean()))
    for (effect, knob), share in zip(explorer.knobs.names, shares, strict=True):
        report.put(f"controller.parameters.{effect}.{knob}.within_80_percent_range", share)
    report.put("controller.ranges.least", min(shares))
    report.put("controller.ranges.most", max(shares))
    report.put("controller.ranges.between_75_and_85", sum(0.75 <= share <= 0.85 for share in shares))
    report.put("controller.ranges.knobs", len(shares))


def _guesses(
    explorer: Explorer, fit: Encoded, test: Encoded, knobs: np.ndarray
) -> Iterator[tuple[int, np.ndarray, np.ndarray, dict[str, np.ndarray]]]:
    """For each effect: its number, its pairs (pair,), their knobs (pair, knob), and what is guessed, see GUESSES.

    knobs (pair, knob): the controller's guesses, of all effects in a row.
    """
    part, atlas, generator = explorer.map_part, explorer.atlas, np.random.default_rng(0)
    for number in range(len(explorer.config.effects)):
        rows, own = np.flatnonzero(test.effect == number), explorer.knobs.own(number)
        true, fitted = test.knobs[rows][:, own], fit.effect == number
        line = ridge(fit.z[fitted][:, part], fit.knobs[fitted][:, own])
        inside = np.flatnonzero(atlas.effect == number)
        near = inside[nearest(explorer, test.z[rows][:, part], inside)]
        yield (
            number,
            rows,
            true,
            {
                "": knobs[rows][:, own],
                "half_": np.full_like(true, 0.5),
                "random_": generator.random(true.shape),
                "nearest_neighbour_": atlas.values[near, : true.shape[1]],
                "ridge_": np.clip(line.predict(test.z[rows][:, part]).reshape(true.shape), 0, 1),
            },
        )


def nearest(explorer: Explorer, z: np.ndarray, among: np.ndarray | slice = slice(None)) -> np.ndarray:
    """Place, in the chosen points of the atlas, of the one nearest to each of z (pair, latent): (pair,)."""
    atlas = explorer.atlas
    points = (atlas.pca @ atlas.pca_basis + atlas.pca_mean)[among]
    return np.array([np.linalg.norm(points - row, axis=1).argmin() for row in z])
