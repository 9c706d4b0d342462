"""The atlas: a checkpoint's map of thousands of settings, computed once and stored beside the weights."""

import struct
import zipfile
import zlib
from dataclasses import dataclass, fields
from math import prod
from pathlib import Path

import numpy as np

from core.latent.projection import PCA

MOST_POINTS = 200_000
_FILE, _UNPACKED, _DIRECTORY = 2**26, 2**27, 2**14  # bytes: of the file, of its arrays, of the list of them
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
            check_archive(file)
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


def check_archive(file: Path) -> None:
    """Raise ValueError unless an npz holds an atlas's arrays and no others, of their kinds, in moderate size.

    Only the ends of the file and the heads of its arrays are read: a small file can claim to unpack to terabytes.
    """
    if file.is_symlink() or file.stat().st_size > _FILE:
        raise ValueError(f"it is a link, or larger than {_FILE:,} bytes")
    with file.open("rb") as raw:
        raw.seek(max(file.stat().st_size - 42, 0))
        tail = raw.read()
    # As numpy writes it: the end record without a comment, and no locator of a larger directory before it.
    if len(tail) < 42 or tail[20:24] != b"PK\5\6" or tail[40:] != b"\0\0" or tail[:4] == b"PK\6\7":
        raise ValueError("it is no npz")
    if (directory := struct.unpack("<I", tail[32:36])[0]) > _DIRECTORY:
        raise ValueError(f"its directory has {directory:,} bytes")
    with zipfile.ZipFile(file) as archive:
        members = {info.filename: info for info in archive.infolist()}
        wanted = {f"{name}.npy" for name in _KINDS}
        if set(members) != wanted or len(archive.infolist()) != len(wanted):
            raise ValueError("it has missing or unknown arrays")
        if sum(info.file_size for info in members.values()) > _UNPACKED:
            raise ValueError(f"its arrays unpack to more than {_UNPACKED:,} bytes")
        for name, (kind, axes) in _KINDS.items():
            info = members[f"{name}.npy"]
            if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise ValueError(f"{name} is packed in an unknown way")
            with archive.open(info) as member:
                if np.lib.format.read_magic(member) != (1, 0):
                    raise ValueError(f"{name} has a header of another version")
                shape, _, dtype = np.lib.format.read_array_header_1_0(member)
                if dtype.kind not in kind or len(shape) != axes:
                    raise ValueError(f"{name} holds {dtype} in {len(shape)} axes")
                if member.tell() + prod(shape) * dtype.itemsize != info.file_size:
                    raise ValueError(f"{name} is not as long as it claims to be")
