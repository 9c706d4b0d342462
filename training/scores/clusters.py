"""How well the effect is told from what the map shows."""

import numpy as np
from sklearn.metrics import silhouette_samples
from sklearn.preprocessing import StandardScaler

from core.explorer import Explorer
from core.latent.projection import PCA
from training.encoded import Encoded
from training.scores.baselines import by_pca, neighbours, probe
from training.scores.report import Report


def clusters(report: Report, key: str, fit: Encoded, test: Encoded, explorer: Explorer, pca: PCA) -> None:
    """Accuracy by kNN and by a linear probe, and silhouette, of mu beside a PCA of the spectrograms and chance; stored
    under key. And beside what tells it without any model: the measurements, and mean and deviation of each band."""
    part = explorer.map_part
    report.put(f"{key}.part", "effect" if "effect" in explorer.layout.names else "joint")
    spaces = {
        "": (fit.z[:, part], test.z[:, part]),
        "pca_": (by_pca(pca, fit), by_pca(pca, test)),
        "measurements_": scaled(fit.measurements, test.measurements),
        "bands_": scaled(fit.bands, test.bands),
    }
    for prefix, (a, b) in spaces.items():
        right = neighbours(a, fit.effect).predict(b) == test.effect
        report.mean(f"{key}.{prefix}knn_accuracy", right, speaker=test.speaker)
        if not prefix and key == "clusters":
            report.by_effect(f"{key}.knn_accuracy_by_effect", right, test.effect, explorer.config.effects)
        right = probe().fit(a, fit.effect).predict(b) == test.effect
        report.mean(f"{key}.{prefix}linear_accuracy", right, speaker=test.speaker)
        if prefix in ("", "pca_"):
            report.mean(f"{key}.{prefix}silhouette", silhouette_samples(b, test.effect), speaker=test.speaker)
    report.put(f"{key}.chance", 1 / len(set(test.effect.tolist())))


def level_matched(report: Report, fit: Encoded, matched: Encoded, explorer: Explorer) -> None:
    """The same by kNN, where every wet sound is as loud as its dry one: is it more than loudness that tells?"""
    part = explorer.map_part
    right = neighbours(fit.z[:, part], fit.effect).predict(matched.z[:, part]) == matched.effect
    report.mean("clusters.level_matched.knn_accuracy", right)


def scaled(fit: np.ndarray, test: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Numbers (pair, number) in units of their deviation, cut at 8 of them as the models cut theirs."""
    scaler = StandardScaler().fit(fit)
    return np.clip(scaler.transform(fit), -8, 8), np.clip(scaler.transform(test), -8, 8)
