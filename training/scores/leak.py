"""What the part that is to tell of the effect tells of other things."""

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.decomposition import PCA
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from core.explorer import Explorer
from training.encoded import Encoded
from training.scores.baselines import ridge
from training.scores.report import Report

_WIDEST = 32  # trees look at every number by itself, and take minutes for hundreds


def probes(numbers: int) -> dict[str, ClassifierMixin]:
    """By name: what tells a label from so many numbers, weakest first; a leak is what the strongest of them finds."""
    few = [PCA(_WIDEST, random_state=0)] if numbers > _WIDEST else []
    trees = HistGradientBoostingClassifier(max_iter=60, max_leaf_nodes=15, early_stopping=False, random_state=0)
    return {
        "logistic regression": make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=300)),
        "boosted trees": make_pipeline(StandardScaler(), *few, trees),
        "RBF SVM": make_pipeline(StandardScaler(), SVC(C=10.0)),
    }


def leak(report: Report, fit: Encoded, test: Encoded, explorer: Explorer) -> None:
    """What it tells of the recording's level and of who speaks; chance beside it.

    loudness_r2: recording level by ridge regression, 0 or less: nothing. Speakers: see `speaker_score`.
    """
    part = explorer.map_part
    squared = (ridge(fit.z[:, part], fit.level_db).predict(test.z[:, part]) - test.level_db) ** 2
    report.mean("leak.loudness_r2", squared, lambda mean: 1 - mean / test.level_db.var())
    speaker_score(report, "leak.speaker", test.z[:, part], test.speaker)
    speaker_score(report, "leak.seen_speaker", fit.z[:, part], fit.speaker)
    if "content" in explorer.layout.names:
        speaker_score(report, "leak.content_speaker", test.z[:, explorer.layout.part("content")], test.speaker)


def speaker_score(report: Report, key: str, z: np.ndarray, speaker: np.ndarray) -> None:
    """Accuracy of the strongest of several probes, its name, and that of each; and the share of the most frequent
    speaker. Five folds of the pairs. Nothing where there is nobody to tell."""
    fewest = int(np.bincount(speaker)[np.unique(speaker)].min())
    if len(np.unique(speaker)) < 2 or fewest < 2:
        return
    folds = StratifiedKFold(min(5, fewest), shuffle=True, random_state=0)
    right = {
        name: cross_val_predict(made, z, speaker, cv=folds) == speaker for name, made in probes(z.shape[1]).items()
    }
    best = max(right, key=lambda name: right[name].mean())
    report.mean(f"{key}_accuracy", right[best], speaker=speaker)
    report.put(f"{key}_probe", best)
    report.put(f"{key}_accuracy_by_probe", {name: float(found.mean()) for name, found in right.items()})
    report.put(f"{key}_chance", float(np.bincount(speaker).max() / len(speaker)))
