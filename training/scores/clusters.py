"""How well the effect is told from what the map shows."""

from sklearn.metrics import silhouette_samples

from core.explorer import Explorer
from core.latent.projection import PCA
from training.encoded import Encoded
from training.scores.baselines import by_pca, neighbours, probe
from training.scores.report import Report


def clusters(report: Report, key: str, fit: Encoded, test: Encoded, explorer: Explorer, pca: PCA) -> None:
    """Accuracy by kNN and by a linear probe, and silhouette, beside PCA and chance; stored under key."""
    part = explorer.map_part
    report.put(f"{key}.part", "effect" if "effect" in explorer.layout.names else "joint")
    for prefix, a, b in (("", fit.z[:, part], test.z[:, part]), ("pca_", by_pca(pca, fit), by_pca(pca, test))):
        right = neighbours(a, fit.effect).predict(b) == test.effect
        report.mean(f"{key}.{prefix}knn_accuracy", right)
        if not prefix and key == "clusters":
            report.by_effect(f"{key}.knn_accuracy_by_effect", right, test.effect, explorer.config.effects)
        report.mean(f"{key}.{prefix}linear_accuracy", probe().fit(a, fit.effect).predict(b) == test.effect)
        report.mean(f"{key}.{prefix}silhouette", silhouette_samples(b, test.effect))
    report.put(f"{key}.chance", 1 / len(set(test.effect.tolist())))


def level_matched(report: Report, fit: Encoded, matched: Encoded, explorer: Explorer) -> None:
    """The same by kNN, where every wet sound is as loud as its dry one: is it more than loudness that tells?"""
    part = explorer.map_part
    right = neighbours(fit.z[:, part], fit.effect).predict(matched.z[:, part]) == matched.effect
    report.mean("clusters.level_matched.knn_accuracy", right)
