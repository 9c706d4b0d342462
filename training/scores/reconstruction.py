"""The scores of an evaluation: each function measures one thing and puts it, with its baselines, into the report."""

from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import torch
from rich.progress import track
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import silhouette_samples
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from core.audio.distance import mrstft
from core.audio.measure import FLOOR_DB, rmse_db
from core.audio.spectrogram import Spectrogram, prepare_pair
from core.effects import Setting, effect_named, random_setting, render
from core.explorer import SAME_AUDIO_ROUTE, Explorer
from core.latent.projection import PCA, block_rows, from_block_rows
from core.paths.interpolation import VOICES
from core.paths.measures import evenness, knob_curves, measure, zigzag
from core.paths.route import Route
from training.pairs import Pairs
from training.scores.bootstrap import Report

if TYPE_CHECKING:
    from training.evaluate import Encoded

PCA_BLOCKS = (4, 16, 32)
NEIGHBOURS = 15


def fit_pca(spectrograms_db: np.ndarray, explorer: Explorer, frames: int, most_rows: int = 30_000) -> PCA:
    """A PCA of blocks of dB spectrograms (pair, 2, bin, frame) that spends as many numbers a segment as z does."""
    components = explorer.layout.size * frames // explorer.spectrogram_config.frames
    few = spectrograms_db[: max(1, most_rows * frames // explorer.spectrogram_config.frames)]
    return PCA.fit(block_rows(few.astype(np.float32), frames), components)


def reconstruction(report: Report, test: "Encoded", explorer: Explorer, pcas: dict[int, PCA], most: int = 512) -> None:
    """RMSE in dB and R2 of dry and wet on mu, beside PCAs of blocks of several lengths and the mean spectrum."""
    target = test.spectrograms_db[:most].astype(np.float32)
    candidates = {"": test.decoded_db[:most].astype(np.float32)}
    for frames, pca in pcas.items():
        rows = pca.restore(pca.project(block_rows(target, frames)))
        candidates[f"pca_{frames}_frame_blocks_"] = np.maximum(from_block_rows(rows, target.shape, frames), FLOOR_DB)
    candidates["mean_"] = np.broadcast_to(target.mean(axis=(0, 3), keepdims=True), target.shape)
    for channel, name in enumerate(("dry", "wet")):
        error = {key: ((value - target)[:, channel] ** 2).mean(axis=(1, 2)) for key, value in candidates.items()}
        variance = float(target[:, channel].var())
        report.mean(f"reconstruction.{name}.rmse_db", error[""], np.sqrt)
        report.mean(f"reconstruction.{name}.r2", error[""], lambda mean, all=variance: 1 - mean / all)
        best = min((key for key in error if key.startswith("pca")), key=lambda key: error[key].mean())
        report.mean(f"reconstruction.{name}.pca_rmse_db", error[best], np.sqrt)
        for key in error:
            if key:
                report.put(f"reconstruction.{name}.{key}rmse_db", float(np.sqrt(error[key].mean())))
        if name == "wet":
            by_effect(report, "reconstruction.wet_rmse_db_by_effect", error[""], test.effect[:most], explorer, np.sqrt)


def clusters(report: Report, key: str, fit: "Encoded", test: "Encoded", explorer: Explorer, pca: PCA) -> None:
    """How well the effect is told from what the map shows (kNN, linear probe, silhouette), beside PCA and chance."""
    part = explorer.map_part
    report.put(f"{key}.part", "effect" if "effect" in explorer.layout.names else "joint")
    for prefix, a, b in (("", fit.z[:, part], test.z[:, part]), ("pca_", by_pca(pca, fit), by_pca(pca, test))):
        right = neighbours(a, fit.effect).predict(b) == test.effect
        report.mean(f"{key}.{prefix}knn_accuracy", right)
        if not prefix and key == "clusters":
            by_effect(report, f"{key}.knn_accuracy_by_effect", right, test.effect, explorer)
        report.mean(f"{key}.{prefix}linear_accuracy", probe().fit(a, fit.effect).predict(b) == test.effect)
        report.mean(f"{key}.{prefix}silhouette", silhouette_samples(b, test.effect))
    report.put(f"{key}.chance", 1 / len(set(test.effect.tolist())))


def level_matched(report: Report, fit: "Encoded", matched: "Encoded", explorer: Explorer) -> None:
    """The same by kNN, where every wet sound is as loud as its dry one: is it more than loudness that tells?"""
    part = explorer.map_part
    right = neighbours(fit.z[:, part], fit.effect).predict(matched.z[:, part]) == matched.effect
    report.mean("clusters.level_matched.knn_accuracy", right)


def leak(report: Report, fit: "Encoded", test: "Encoded", explorer: Explorer) -> None:
    """What the part that is to tell of the effect tells of the recording's level and of who speaks; chance beside it.

    loudness_r2: recording level by ridge regression, 0 or less: nothing. Speakers: linear probe, five-fold.
    """
    part = explorer.map_part
    squared = (ridge(fit.z[:, part], fit.level_db).predict(test.z[:, part]) - test.level_db) ** 2
    report.mean("leak.loudness_r2", squared, lambda mean: 1 - mean / test.level_db.var())
    speaker_score(report, "leak.speaker", test.z[:, part], test.speaker)
    speaker_score(report, "leak.seen_speaker", fit.z[:, part], fit.speaker)
    if "content" in explorer.layout.names:
        speaker_score(report, "leak.content_speaker", test.z[:, explorer.layout.part("content")], test.speaker)


def speaker_score(report: Report, key: str, z: np.ndarray, speaker: np.ndarray) -> None:
    """Accuracy of a linear probe, and the share of the most frequent speaker."""
    fewest = int(np.bincount(speaker)[np.unique(speaker)].min())
    if len(np.unique(speaker)) < 2 or fewest < 2:
        return  # nobody to be told apart
    folds = StratifiedKFold(min(5, fewest), shuffle=True, random_state=0)
    report.mean(f"{key}_accuracy", cross_val_predict(probe(), z, speaker, cv=folds) == speaker)
    report.put(f"{key}_chance", float(np.bincount(speaker).max() / len(speaker)))


def interpolation(
    report: Report, explorer: Explorer, pairs: Pairs, fit: "Encoded", test: "Encoded", count: int
) -> None:
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

    def note(key: str, value: float) -> None:
        found.setdefault(f"interpolation.{key}", []).append(value)

    for index in track(range(count), description="Interpolating"):
        pair = pairs[index]
        half = [render(pair.dry, fixed_setting(name)) for name in ("delay", "overdrive")]
        drift = explorer.interpolate([(pair.dry, half[0]), (pair.dry, half[1])]).drift_db
        note("top_row_drift_db", drift.mean())
        note("top_row_drift_end_db", drift[-1])
        end = render(pair.dry, random_setting(effects[(index + 3) % len(effects)], seed=index))
        walk = explorer.interpolate([(pair.dry, pair.wet), (pair.dry, end)])
        note("encoded_apart_drift_db", walk.drift_db[-1])
        note("step_evenness", evenness(changes(walk.spectrograms[:, 1])))
        note("nearest_neighbour_ratio", float(near.kneighbors(walk.z[1:-1, part])[0].mean() / usual))
        dry = np.repeat(pair.dry[None], len(walk.z), axis=0)
        rows = explorer.decode(explorer.encode(dry, crossfade(*half, len(dry))))[:, 0]
        note("audio_crossfade_drift_db", float(np.mean([rmse_db(row, rows[0]) for row in rows])))
        mixed = crossfade(pair.wet, end, len(dry))
        z = explorer.encode(dry, mixed)
        note("audio_crossfade_step_evenness", evenness(changes(explorer.spectrogram(dry, mixed)[:, 1])))
        note("audio_crossfade_nearest_neighbour_ratio", float(near.kneighbors(z[1:-1, part])[0].mean() / usual))
    for key, values in found.items():
        report.mean(key, np.array(values))


def paths(report: Report, explorer: Explorer, pairs: Pairs, count: int, heard: int) -> None:
    """Effect-only paths between two settings of one unseen recording, straight and along the data.

    paths.<kind>.zigzag: total variation over range of the knobs that the controller reads off, median over knobs that
    move; distance: of the inner steps from the nearest point of the atlas, see Explorer.distance. Over the first
    `heard` pairs: evenness of the steps in each voice, with that of the parameter line and of the crossfade.
    """
    effects = explorer.config.effects
    found: dict[str, list[float]] = {}
    for index in track(range(count), description="Walking"):
        pair = pairs[index]
        other = random_setting(effects[(index * 3 + index // len(effects)) % len(effects)], seed=index)
        settings, ends = [pair.setting, other], [(pair.dry, pair.wet), (pair.dry, render(pair.dry, other))]
        for kind in ("linear", "manifold"):
            path = explorer.interpolate(ends, Route(kind, part="effect" if len(explorer.layout.names) > 1 else None))
            blends = explorer.blends(path, settings)
            moving = [zigzag(curve) for curve in knob_curves(blends).values()]
            found.setdefault(f"{kind}.zigzag", []).extend(value for value in moving if np.isfinite(value))
            found.setdefault(f"{kind}.distance", []).append(explorer.distance(path))
            for voice in () if index >= heard else VOICES[:2] if kind == "manifold" else VOICES[:4]:
                sounds = [explorer.voice(path, step, voice, settings, blends) for step in range(len(blends))]
                key = f"{kind}.evenness.{voice.replace(' ', '_')}"
                found.setdefault(key, []).append(measure(sounds).evenness)
    for key, values in found.items():
        report.put(f"paths.{key}", float(np.median(values)))


def inversion(report: Report, explorer: Explorer, pairs: Pairs, count: int) -> None:
    """The decoded wet sound against the true one, by every route back to sound, beside doing nothing (the dry sound).

    mrstft: multi-resolution STFT distance; spectral_convergence_db: its first term at 2048 samples, in dB. Both fall
    as sounds come closer.
    """
    found: dict[str, list[tuple[float, float]]] = {}
    for index in track(range(count), description="Inverting"):
        pair = pairs[index]
        dry, wet = prepare_pair(pair.dry, pair.wet, explorer.spectrogram_config.samples)
        decoded = explorer.decode(explorer.encode(dry, wet))
        sounds = {
            "do_nothing": dry,
            "griffin_lim_random": explorer.to_audio(decoded[:, 1:2])[0, 0],
            "griffin_lim_dry": explorer.to_audio(decoded[:, 1:2], dry)[0, 0],
            "transfer": explorer.transfer(decoded, dry)[0],
        }
        for route, sound in sounds.items():
            found.setdefault(route, []).append((mrstft(sound, wet), convergence_db(sound, wet, explorer)))
    effect = np.arange(count) % len(explorer.config.effects)
    for route, values in found.items():
        distance, convergence = np.array(values).T
        prefix = "" if route == SAME_AUDIO_ROUTE else f"{route}_"
        report.mean(f"inversion.{prefix}mrstft", distance)
        report.mean(f"inversion.{prefix}spectral_convergence_db", convergence)
        by_effect(report, f"inversion.{prefix}mrstft_by_effect", distance, effect, explorer)
    report.put("inversion.route", SAME_AUDIO_ROUTE)


def convergence_db(sound: np.ndarray, target: np.ndarray, explorer: Explorer) -> float:
    """Norm of the difference of the two STFT magnitudes over that of the target, in dB. Arik et al. 2019."""
    spectrogram = Spectrogram(explorer.spectrogram_config)
    a, b = (spectrogram.stft(torch.from_numpy(audio)).abs() for audio in (sound, target))
    return float(20 * torch.log10((a - b).norm() / b.norm().clamp_min(1e-9) + 1e-9))


def by_pca(pca: PCA, pairs: "Encoded") -> np.ndarray:
    """Coordinates (pair, number) of the blocks of each pair's spectrogram."""
    frames = pca.mean.size // int(np.prod(pairs.spectrograms_db.shape[1:3]))
    parts = np.array_split(pairs.spectrograms_db, max(1, len(pairs) // 200))
    return np.concatenate(
        [pca.project(block_rows(part.astype(np.float32), frames)).reshape(len(part), -1) for part in parts]
    )


def by_effect(
    report: Report,
    key: str,
    examples: np.ndarray,
    effect: np.ndarray,
    explorer: Explorer,
    change: Callable[[np.ndarray], np.ndarray] = lambda mean: mean,
) -> None:
    """change(mean of examples) for each effect."""
    for index, name in enumerate(explorer.config.effects):
        report.put(f"{key}.{name}", float(change(np.asarray(examples)[effect == index].mean())))


def crossfade(a: np.ndarray, b: np.ndarray, steps: int) -> np.ndarray:
    """Sounds (step, time) from a to b (time,), mixed in even steps."""
    position = np.linspace(0, 1, steps, dtype=np.float32)[:, None]
    return a + position * (b - a)


def changes(spectrograms: np.ndarray) -> np.ndarray:
    """RMS difference in dB (step - 1,) from step to step of magnitudes (step, bin, frame)."""
    return np.array([rmse_db(a, b) for a, b in pairwise(spectrograms)])


def fixed_setting(effect: str) -> Setting:
    """All knobs at 0.5, as in the report."""
    return Setting(effect, (0.5,) * len(effect_named(effect).parameters))


def neighbours(z: np.ndarray, label: np.ndarray) -> KNeighborsClassifier:
    return KNeighborsClassifier(NEIGHBOURS).fit(z, label)


def ridge(z: np.ndarray, target: np.ndarray) -> Pipeline:
    return make_pipeline(StandardScaler(), Ridge(1.0)).fit(z, target)


def probe() -> Pipeline:
    return make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=200))
