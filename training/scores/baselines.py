"""What scores are beside: PCAs as large as z, nearest neighbours, linear probes, a crossfade of sounds."""

from collections.abc import Iterator

import numpy as np
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from core.explorer import Explorer
from core.latent.projection import PCA, block_rows
from training.encoded import Encoded

PCA_BLOCKS = (16, 32)
"""Frames of a block: shorter ones rebuild worse, blocks of 64 no better."""
NEIGHBOURS = 15
_ROUNDS, _SPARE = 5, 30
_PART = 64  # pairs at once


def fit_pca(spectrograms_db: np.ndarray, explorer: Explorer, frames: int) -> PCA:
    """A PCA of blocks of dB spectrograms (pair, 2, bin, frame) that spends as many numbers a segment as z does."""
    return pca_of(spectrograms_db, frames, explorer.layout.size * frames // explorer.spectrogram_config.frames)


def fit_pca_alone(spectrograms_db: np.ndarray, explorer: Explorer, channel: int, frames: int = 32) -> PCA:
    """A PCA of blocks of one channel alone, with as many numbers a segment as the model has for it.

    Dry, where z has a content part: as many as that. Else all: what the model tells of both channels with them, this
    tells of one.
    """
    own = explorer.layout.part("content") if channel == 0 and "content" in explorer.layout.names else slice(None)
    numbers = len(range(explorer.layout.size)[own])
    few = spectrograms_db[:, channel : channel + 1]
    return pca_of(few, frames, numbers * frames // explorer.spectrogram_config.frames)


def pca_of(spectrograms_db: np.ndarray, frames: int, components: int) -> PCA:
    """A PCA of blocks of spectrograms (pair, channel, bin, frame), which are read in parts: they are gigabytes.

    By subspace iteration: the covariance is only ever multiplied, never held.
    """

    def parts() -> Iterator[np.ndarray]:
        for start in range(0, len(spectrograms_db), _PART):
            yield block_rows(spectrograms_db[start : start + _PART].astype(np.float32), frames)

    count = sum(len(rows) for rows in parts())
    mean = (sum(rows.sum(axis=0, dtype=np.float64) for rows in parts()) / count).astype(np.float32)
    wide = min(components + _SPARE, count, len(mean))
    basis = np.random.default_rng(0).standard_normal((len(mean), wide)).astype(np.float32)
    for _ in range(_ROUNDS):
        basis = np.linalg.qr(sum((rows - mean).T @ ((rows - mean) @ basis) for rows in parts()))[0]
    small = sum(own.T @ own for own in ((rows - mean) @ basis for rows in parts()))
    turned = np.linalg.eigh(small)[1][:, ::-1][:, :components]
    return PCA(mean, (basis @ turned).T)


def by_pca(pca: PCA, pairs: Encoded) -> np.ndarray:
    """Coordinates (pair, number) of the blocks of each pair's spectrogram."""
    frames = pca.mean.size // int(np.prod(pairs.spectrograms_db.shape[1:3]))
    starts = range(0, len(pairs), _PART)
    parts = (pairs.spectrograms_db[start : start + _PART].astype(np.float32) for start in starts)
    return np.concatenate([pca.project(block_rows(part, frames)).reshape(len(part), -1) for part in parts])


def neighbours(z: np.ndarray, label: np.ndarray) -> KNeighborsClassifier:
    """Tells label (pair,) by the nearest of z (pair, latent)."""
    return KNeighborsClassifier(min(NEIGHBOURS, len(z))).fit(z, label)


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
