"""What happens along a path: how far dry drifts, how even its steps are, how near to real data it stays."""

from dataclasses import dataclass, replace
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import numpy as np
from rich.progress import track
from sklearn.neighbors import NearestNeighbors

from core.audio.measure import rmse_db
from core.effects import Setting, effect_named, random_setting, render
from core.explorer import Explorer
from core.latent.atlas import Atlas
from core.latent.latent_map import LatentMap
from core.paths.measures import evenness, knob_curves, measure, zigzag
from core.paths.route import Route
from core.paths.space import points
from training.encoded import Encoded
from training.pairs import Pairs
from training.scores.baselines import crossfade
from training.scores.report import Report
from training.seeds import stream

WALKED = {
    "linear": ("decoded", "re-rendered", "parameter line", "crossfade"), "manifold": ("decoded", "re-rendered"),
}  # fmt: skip
"""In which voices paths of a kind are heard."""


def interpolation(report: Report, explorer: Explorer, pairs: Pairs, fit: Encoded, test: Encoded, count: int) -> None:
    """Linear paths between two settings of one recording, beside a crossfade of the two wet sounds.

    top_row_drift_db: the report's Figure 4 (Delay -> Overdrive, knobs at 0.5), how far the decoded dry spectrogram
    moves, mean over the path and over paths, beside that of the encoded crossfade.
    encoded_apart_drift_db: between two pairs with random settings, each encoded for itself.
    step_evenness: mean over largest change of the wet spectrogram from step to step; 1: even.
    nearest_neighbour_ratio: distance of the inner steps to the nearest training pair, over that of unseen real pairs;
    1: as near to real data as real data is.
    """
    part, effects = explorer.map_part, explorer.config.effects
    near = NearestNeighbors(n_neighbors=1).fit(fit.z[:, part])
    usual = np.median(near.kneighbors(test.z[:, part])[0])
    found: dict[str, list[float]] = {}
    for index in track(range(count), description=f"Interpolating {count:,} recordings"):
        pair = pairs[index]
        half = render(pair.dry, fixed_setting("delay")), render(pair.dry, fixed_setting("overdrive"))
        end = render(
            pair.dry, random_setting(effects[(index + 3) % len(effects)], stream("ends apart", pairs.seed, index))
        )
        fixed, apart = (explorer.interpolate([(pair.dry, a), (pair.dry, b)]) for a, b in (half, (pair.wet, end)))
        dry = np.repeat(pair.dry[None], len(apart.z), axis=0)
        of_half = explorer.decode(explorer.encode(dry, crossfade(*half, len(dry))))[:, 0]
        mixed = crossfade(pair.wet, end, len(dry))
        one = {
            "top_row_drift_db": fixed.drift_db.mean(),
            "top_row_drift_end_db": fixed.drift_db[-1],
            "encoded_apart_drift_db": apart.drift_db[-1],
            "step_evenness": evenness(changes(apart.spectrograms[:, 1])),
            "nearest_neighbour_ratio": near.kneighbors(apart.z[1:-1, part])[0].mean() / usual,
            "audio_crossfade_drift_db": np.mean([rmse_db(row, of_half[0]) for row in of_half]),
            "audio_crossfade_step_evenness": evenness(changes(explorer.spectrogram(dry, mixed)[:, 1])),
            "audio_crossfade_nearest_neighbour_ratio": (
                near.kneighbors(explorer.encode(dry, mixed)[1:-1, part])[0].mean() / usual
            ),
        }
        for key, value in one.items():
            found.setdefault(key, []).append(float(value))
    for key, values in found.items():
        report.mean(f"interpolation.{key}", np.array(values))


def paths(report: Report, explorer: Explorer, pairs: Pairs, count: int, heard: int) -> None:
    """Effect-only paths between two settings of one unseen recording, straight and along the data.

    paths.<kind>.zigzag: total variation over range of the knobs that the controller reads off, median over knobs that
    move; monotone: share of those that only rise or only fall. distance: of the inner steps from points of the atlas
    that no path was led along, see `Halves`. Over the first `heard` pairs: evenness of the steps in each voice, with
    that of the parameter line and of the crossfade.
    """
    effects, halves = explorer.config.effects, Halves.of(explorer)
    found: dict[str, list[float]] = {}
    for index in track(range(count), description=f"Walking {count:,} paths, straight and along the data"):
        pair = pairs[index]
        drawn = stream("other ends of paths between settings", pairs.seed, index)
        other = random_setting(effects[(index * 3 + index // len(effects)) % len(effects)], drawn)
        settings, ends = [pair.setting, other], [(pair.dry, pair.wet), (pair.dry, render(pair.dry, other))]
        for kind in ("linear", "manifold"):
            path = explorer.interpolate(ends, Route(kind, part="effect" if len(explorer.layout.names) > 1 else None))
            blends = explorer.blends(path, settings)
            moving = [zigzag(curve) for curve in knob_curves(blends).values()]
            found.setdefault(f"{kind}.zigzag", []).extend(value for value in moving if np.isfinite(value))
            found.setdefault(f"{kind}.distance", []).append(halves.distance(path.z_ends, path.route))
            for voice in WALKED[kind] if index < heard else ():
                sounds = [explorer.voice(path, step, voice, settings, blends) for step in range(len(blends))]
                key = f"{kind}.evenness.{voice.replace(' ', '_')}"
                found.setdefault(key, []).append(measure(sounds).evenness)
    for key, values in found.items():
        report.put(f"paths.{key}", float(np.median(values)))
    for kind in ("linear", "manifold"):
        report.put(f"paths.{kind}.monotone", float((np.array(found[f"{kind}.zigzag"]) < 1 + 1e-6).mean()))
    report.put("paths.count", count)
    report.put("paths.heard", heard)


@dataclass(frozen=True)
class Halves:
    """The atlas in two: paths are led along one half and measured to the other. Measured to the very points that it is
    led through, a path along the data would be near to them by construction.

    space: what a path needs of the checkpoint, with the first half alone. other: the map of the second half. usual:
    median distance of the first half's points from it.
    """

    space: Any
    other: LatentMap
    usual: float

    @classmethod
    def of(cls, explorer: Explorer) -> "Halves":
        """Two halves, drawn at random."""
        atlas, shuffled = explorer.atlas, stream("halves of the atlas", 0).permutation(len(explorer.atlas))
        first, other = (
            LatentMap(half_of(atlas, np.sort(rows)), explorer.map_part) for rows in np.array_split(shuffled, 2)
        )
        space = SimpleNamespace(layout=explorer.layout, map_part=explorer.map_part, map=first, name=explorer.name)
        return cls(space, other, float(np.median(other.neighbours.distance(first.atlas.pca))))

    def distance(self, z_ends: np.ndarray, route: Route) -> float:
        """Mean distance of the inner steps between z_ends (2, latent) from the nearest point of the other half, over
        the usual one; 1: as near as points of the first half are."""
        way = points(self.space, z_ends[0], z_ends[1], route)[1:-1]
        return float(self.other.neighbours.distance(self.other.project(way)).mean() / self.usual)


def half_of(atlas: Atlas, rows: np.ndarray) -> Atlas:
    """The atlas with these of its points alone."""
    names = ("effect", "clip", "offset", "values", "loudness_lufs", "brightness_hz", "umap_2d", "umap_3d", "pca")
    return replace(atlas, **{name: getattr(atlas, name)[rows] for name in names})


def changes(spectrograms: np.ndarray) -> np.ndarray:
    """RMS difference in dB (step - 1,) from step to step of magnitudes (step, bin, frame)."""
    return np.array([rmse_db(a, b) for a, b in pairwise(spectrograms)])


def fixed_setting(effect: str) -> Setting:
    """All knobs at 0.5, as in the report."""
    return Setting(effect, (0.5,) * len(effect_named(effect).parameters))
