"""What the part that is to tell of the effect tells of other things."""

import numpy as np
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from core.explorer import Explorer
from training.encoded import Encoded
from training.scores.baselines import probe, ridge
from training.scores.report import Report


def leak(report: Report, fit: Encoded, test: Encoded, explorer: Explorer) -> None:
    """What it tells of the recording's level and of who speaks; chance beside it.

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
    """Accuracy of a linear probe, and the share of the most frequent speaker; nothing where there is nobody to tell."""
    fewest = int(np.bincount(speaker)[np.unique(speaker)].min())
    if len(np.unique(speaker)) < 2 or fewest < 2:
        return
    folds = StratifiedKFold(min(5, fewest), shuffle=True, random_state=0)
    report.mean(f"{key}_accuracy", cross_val_predict(probe(), z, speaker, cv=folds) == speaker)
    report.put(f"{key}_chance", float(np.bincount(speaker).max() / len(speaker)))
