"""The atlas: a checkpoint's map of thousands of settings, computed once and stored beside the weights."""

import zipfile
import zlib
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from core.latent.archive import check_archive
from core.latent.projection import PCA

MOST_POINTS = 200_000
_KINDS = {
    **dict.fromkeys(("effects", "clips"), ("U", 1)),
    **dict.fromkeys(("effect", "clip", "offset"), ("iu", 1)),
    **dict.fromkeys(("loudness_lufs", "brightness_hz", "pca_mean", "block_mean"), ("f", 1)),
    **dict.fromkeys(("values", "umap_2d", "umap_3d", "pca", "pca_basis", "block_basis"), ("f", 2)),
}
"""What each array is made of (numpy's dtype.kind) and how many axes it has."""


@dataclass(frozen=True)
class Atlas:
    """For every point (N of them) what it is and where it lies; arrays, read-only.

    effects, clips: names that `effect` and `clip` (N,) index. offset (N,): sample the looped clip starts at.
    values (N, P): knob positions, NaN where there is none.
    loudness_lufs, brightness_hz (N,): of the wet sound. umap_2d (N, 2), umap_3d (N, 3): coordinates on the maps.
    pca (N, C): principal coordinates of z, or of its effect part where there is one, with pca_mean (latent,) and
    pca_basis (C, latent) that made them; they place new points, too. block_mean (F,), block_basis (K, F): a PCA of
    spectrogram blocks that spends as many numbers a segment as z does, the baseline beside every reconstruction.
    """

    effects: np.ndarray
    clips: np.ndarray
    effect: np.ndarray
    clip: np.ndarray
    offset: np.ndarray
    values: np.ndarray
    loudness_lufs: np.ndarray
    brightness_hz: np.ndarray
    umap_2d: np.ndarray
    umap_3d: np.ndarray
    pca: np.ndarray
    pca_mean: np.ndarray
    pca_basis: np.ndarray
    block_mean: np.ndarray
    block_basis: np.ndarray

    def __len__(self) -> int:
        return len(self.effect)

    def coordinates(self, projection: str, dimensions: int) -> np.ndarray:
        """Coordinates (N, dimensions) of every point; projection "umap" or "pca", dimensions 2 or 3."""
        if projection == "pca":
            return self.pca[:, :dimensions]
        return self.umap_2d if dimensions == 2 else self.umap_3d

    def place(self, z: np.ndarray, projection: str, dimensions: int, neighbours: int = 8) -> np.ndarray:
        """Coordinates (point, dimensions) of new points z (point, latent).

        PCA: exactly. UMAP: the mean of the nearest atlas points in principal coordinates, weighted by 1/distance.
        """
        own = PCA(self.pca_mean, self.pca_basis).project(np.atleast_2d(z))
        if projection == "pca":
            return own[:, :dimensions]
        placed = []
        for point in own:
            distance = np.linalg.norm(self.pca - point, axis=1)
            nearest = np.argpartition(distance, neighbours)[:neighbours]
            weight = 1 / (distance[nearest] + 1e-6)
            placed.append(weight @ self.coordinates("umap", dimensions)[nearest] / weight.sum())
        return np.array(placed, dtype=np.float32)

    def save(self, file: Path) -> None:
        """Write a compressed npz."""
        np.savez_compressed(file, **{f.name: getattr(self, f.name) for f in fields(self)})

    @classmethod
    def load(cls, file: Path) -> "Atlas":
        """Read an npz without ever unpickling; ValueError where arrays are missing, unknown or do not fit together.

        The file may come from a stranger: what its arrays claim to be is checked before any of them is unpacked.
        """
        try:
            if file.is_symlink():
                raise ValueError("it is a link")
            with file.open("rb") as raw:
                check_archive(raw, _KINDS)
            with np.load(file, allow_pickle=False) as archive:
                atlas = cls(**{f.name: archive[f.name] for f in fields(cls)})
        except (OSError, EOFError, KeyError, ValueError, NotImplementedError, zipfile.BadZipFile, zlib.error) as error:
            raise ValueError(f"{file.name} is damaged or missing ({error})") from error
        count = len(atlas.effect)
        per_point = ("clip", "offset", "values", "loudness_lufs", "brightness_hz", "umap_2d", "umap_3d", "pca")
        if not 8 < count <= MOST_POINTS or any(len(getattr(atlas, name)) != count for name in per_point):
            raise ValueError(f"{file.name}: its arrays have different lengths, or not 9 to {MOST_POINTS:,} points")
        for indices, names in ((atlas.effect, atlas.effects), (atlas.clip, atlas.clips)):
            if indices.min() < 0 or indices.max() >= len(names):
                raise ValueError(f"{file.name} speaks of effects or clips it does not name")
        if (
            (atlas.umap_2d.shape[1], atlas.umap_3d.shape[1]) != (2, 3)
            or atlas.pca.shape[1] < 3
            or atlas.pca_basis.shape != (atlas.pca.shape[1], len(atlas.pca_mean))
            or atlas.block_basis.shape[1] != len(atlas.block_mean)
        ):
            raise ValueError(f"{file.name}: its arrays do not fit together")
        for name in (name for name, (kind, _) in _KINDS.items() if kind == "f" and name != "values"):
            if not np.isfinite(getattr(atlas, name)).all():
                raise ValueError(f"{file.name}: {name} holds values that are not numbers")
        if atlas.offset.min() < 0 or (np.abs(atlas.values - 0.5) > 0.5).any():  # NaN: there is no such knob
            raise ValueError(f"{file.name}: a knob or an offset is out of range")
        return atlas
