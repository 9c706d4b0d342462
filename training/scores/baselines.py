"""What scores are beside: PCAs as large as z, nearest neighbours, linear probes, a crossfade of sounds."""

import numpy as np
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from core.explorer import Explorer
from core.latent.projection import PCA, block_rows
from training.encoded import Encoded

PCA_BLOCKS = (4, 16, 32)
NEIGHBOURS = 15


def fit_pca(spectrograms_db: np.ndarray, explorer: Explorer, frames: int, most_rows: int = 30_000) -> PCA:
    """A PCA of blocks of dB spectrograms (pair, 2, bin, frame) that spends as many numbers a segment as z does."""
    components = explorer.layout.size * frames // explorer.spectrogram_config.frames
    few = spectrograms_db[: max(1, most_rows * frames // explorer.spectrogram_config.frames)]
    return PCA.fit(block_rows(few.astype(np.float32), frames), components)


def by_pca(pca: PCA, pairs: Encoded) -> np.ndarray:
    """Coordinates (pair, number) of the blocks of each pair's spectrogram."""
    frames = pca.mean.size // int(np.prod(pairs.spectrograms_db.shape[1:3]))
    parts = np.array_split(pairs.spectrograms_db, max(1, len(pairs) // 200))
    return np.concatenate(
        [pca.project(block_rows(part.astype(np.float32), frames)).reshape(len(part), -1) for part in parts]
    )


def neighbours(z: np.ndarray, label: np.ndarray) -> KNeighborsClassifier:
    """Tells label (pair,) by the nearest of z (pair, latent)."""
    return KNeighborsClassifier(NEIGHBOURS).fit(z, label)


def ridge(z: np.ndarray, target: np.ndarray) -> Pipeline:
    """Ridge regression of target (pair, ...) on z (pair, latent)."""
    return make_pipeline(StandardScaler(), Ridge(1.0)).fit(z, target)


def probe() -> Pipeline:
    """A linear classifier, to be fitted."""
    return make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=200))


def crossfade(a: np.ndarray, b: np.ndarray, steps: int) -> np.ndarray:
    """Sounds (step, time) from a to b (time,), mixed in even steps."""
    position = np.linspace(0, 1, steps, dtype=np.float32)[:, None]
    return a + position * (b - a)
