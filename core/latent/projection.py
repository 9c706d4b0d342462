"""From many latent points to a map: PCA and UMAP."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class PCA:
    """Principal components: mean (latent,), basis (component, latent) with orthonormal rows, largest first."""

    mean: np.ndarray
    basis: np.ndarray

    @classmethod
    def fit(cls, points: np.ndarray, components: int) -> "PCA":
        """Fit to points (point, latent); float32.

        The sign of each component makes its largest weight positive, so that refits do not flip.
        Raises ValueError where there are fewer points or dimensions than components.
        """
        from sklearn.decomposition import PCA as Fitted  # a second to import, and pages only project

        mean = points.mean(axis=0, dtype=np.float64)
        solver = "covariance_eigh" if points.shape[1] <= len(points) else "full"
        fitted = Fitted(components, svd_solver=solver).fit(points - mean.astype(points.dtype))
        return cls(mean.astype(np.float32), fitted.components_.astype(np.float32))

    def project(self, points: np.ndarray) -> np.ndarray:
        """Coordinates (point, component) of points (point, latent)."""
        return (points - self.mean) @ self.basis.T

    def restore(self, coordinates: np.ndarray) -> np.ndarray:
        """Points (point, latent) of coordinates (point, component)."""
        return coordinates @ self.basis + self.mean


def block_rows(spectrograms: np.ndarray, frames: int) -> np.ndarray:
    """Blocks of `frames` frames as rows (batch * block, channel * bin * frames) of (batch, channel, bin, frame)."""
    batch, channel, bins, total = spectrograms.shape
    blocks = spectrograms.reshape(batch, channel * bins, total // frames, frames)
    return blocks.transpose(0, 2, 1, 3).reshape(-1, channel * bins * frames)


def from_block_rows(rows: np.ndarray, shape: tuple[int, int, int, int], frames: int) -> np.ndarray:
    """Inverse of `block_rows` for spectrograms of that shape."""
    batch, channel, bins, total = shape
    return rows.reshape(batch, total // frames, channel * bins, frames).transpose(0, 2, 1, 3).reshape(shape)


def umap_coordinates(points: np.ndarray, dimensions: int, neighbours: int = 30, seed: int = 0) -> np.ndarray:
    """UMAP coordinates (point, dimensions) of points (point, feature), reproducible for one seed. McInnes 2018.

    Slow (a minute for 16,000 points) and slow to import: for building atlases, never for a page.
    """
    import umap  # costs seconds, and only this function needs it

    reducer = umap.UMAP(n_components=dimensions, n_neighbors=neighbours, min_dist=0.15, random_state=seed, n_jobs=1)
    return reducer.fit_transform(points).astype(np.float32)
