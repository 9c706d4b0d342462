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
    **dict.fromkeys(("chain_clip", "chain_offset"), ("iu", 1)),
    **dict.fromkeys(("chain_loudness_lufs", "chain_brightness_hz"), ("f", 1)),
    **dict.fromkeys(("chain_umap_2d", "chain_umap_3d", "chain_pca"), ("f", 2)),
    "chain_effect": ("iu", 2),
    "chain_values": ("f", 3),
}
"""What each array is made of (numpy's dtype.kind) and how many axes it has."""
_CHAIN = "chain_"


@dataclass(frozen=True)
class ChainPoints:
    """Chains of two effects among the points of an atlas (M of them, also none); arrays, read-only.

    effect (M, 2): numbers of the effects in signal order. values (M, 2, P): their knob positions, NaN where there is
    none. clip, offset, loudness_lufs, brightness_hz (M,), umap_2d (M, 2), umap_3d (M, 3), pca (M, C): as an atlas has
    them.
    """

    effect: np.ndarray
    values: np.ndarray
    clip: np.ndarray
    offset: np.ndarray
    loudness_lufs: np.ndarray
    brightness_hz: np.ndarray
    umap_2d: np.ndarray
    umap_3d: np.ndarray
    pca: np.ndarray

    def __len__(self) -> int:
        return len(self.effect)

    @classmethod
    def none(cls, knobs: int, components: int) -> "ChainPoints":
        """No chain at all, of effects that have so many knobs at most, beside so many principal coordinates."""
        empty, place = np.empty(0, np.float32), np.empty(0, np.int32)
        effect, values = np.empty((0, 2), np.int8), np.empty((0, 2, knobs), np.float32)
        flat, deep = np.empty((0, 2), np.float32), np.empty((0, 3), np.float32)
        return cls(effect, values, place, place, empty, empty, flat, deep, np.empty((0, components), np.float16))

    def fit_together(self, knobs: int, components: int) -> bool:
        """Whether all arrays are of as many points, within bounds, of effects with so many knobs at most, and with so
        many principal coordinates."""
        sizes = {len(getattr(self, f.name)) for f in fields(self)}
        shapes = {"effect": (2,), "values": (2, knobs), "umap_2d": (2,), "umap_3d": (3,), "pca": (components,)}
        fit = all(getattr(self, name).shape[1:] == shape for name, shape in shapes.items())
        return fit and len(sizes) == 1 and len(self) <= MOST_POINTS

    def coordinates(self, projection: str, dimensions: int) -> np.ndarray:
        """Coordinates (M, dimensions); see Atlas.coordinates."""
        if projection == "pca":
            return self.pca[:, :dimensions]
        return self.umap_2d if dimensions == 2 else self.umap_3d


@dataclass(frozen=True)
class Atlas:
    """For every point (N of them) what it is and where it lies; arrays, read-only.

    effects, clips: names that `effect` and `clip` (N,) index. offset (N,): sample the looped clip starts at.
    values (N, P): knob positions, NaN where there is none.
    loudness_lufs, brightness_hz (N,): of the wet sound. umap_2d (N, 2), umap_3d (N, 3): coordinates on the maps.
    pca (N, C): principal coordinates of z, or of its effect part where there is one, with pca_mean (latent,) and
    pca_basis (C, latent) that made them; they place new points, too. block_mean (F,), block_basis (K, F): a PCA of
    spectrogram blocks that spends as many numbers a segment as z does, the baseline beside every reconstruction.
    chains: points that are chains of two, on the same maps.
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
    chains: ChainPoints

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
        np.savez_compressed(file, allow_pickle=False, **dict(self.arrays()))

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
                chains = ChainPoints(**{f.name: archive[_CHAIN + f.name] for f in fields(ChainPoints)})
                own = {name: archive[name] for name in _KINDS if not name.startswith(_CHAIN)}
                atlas = cls(**own, chains=chains)
        except (OSError, EOFError, KeyError, ValueError, NotImplementedError, zipfile.BadZipFile, zlib.error) as error:
            raise ValueError(f"{file.name} is damaged or missing ({error})") from error
        count = len(atlas.effect)
        per_point = ("clip", "offset", "values", "loudness_lufs", "brightness_hz", "umap_2d", "umap_3d", "pca")
        if not 8 < count <= MOST_POINTS or any(len(getattr(atlas, name)) != count for name in per_point):
            raise ValueError(f"{file.name}: its arrays have different lengths, or not 9 to {MOST_POINTS:,} points")
        if not chains.fit_together(atlas.values.shape[1], atlas.pca.shape[1]):
            raise ValueError(f"{file.name}: the arrays of its chains do not fit together")
        both = ((atlas.effect, chains.effect, atlas.effects), (atlas.clip, chains.clip, atlas.clips))
        for indices, of_chains, names in both:
            if (np.append(indices, of_chains) < 0).any() or (np.append(indices, of_chains) >= len(names)).any():
                raise ValueError(f"{file.name} speaks of effects or clips it does not name")
        if (
            (atlas.umap_2d.shape[1], atlas.umap_3d.shape[1]) != (2, 3)
            or atlas.pca.shape[1] < 3
            or atlas.pca_basis.shape != (atlas.pca.shape[1], len(atlas.pca_mean))
            or atlas.block_basis.shape[1] != len(atlas.block_mean)
        ):
            raise ValueError(f"{file.name}: its arrays do not fit together")
        for name, values in atlas.arrays():
            if values.dtype.kind == "f" and not name.endswith("values") and not np.isfinite(values).all():
                raise ValueError(f"{file.name}: {name} holds values that are not numbers")
        for offset, values in ((atlas.offset, atlas.values), (chains.offset, chains.values)):
            if (offset < 0).any() or (np.abs(values - 0.5) > 0.5).any():  # NaN: there is no such knob
                raise ValueError(f"{file.name}: a knob or an offset is out of range")
        return atlas

    def arrays(self) -> list[tuple[str, np.ndarray]]:
        """Names and arrays, as they are stored."""
        whole = [(name, getattr(self, name)) for name in _KINDS if not name.startswith(_CHAIN)]
        return whole + [(_CHAIN + f.name, getattr(self.chains, f.name)) for f in fields(self.chains)]
