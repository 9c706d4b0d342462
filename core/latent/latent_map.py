"""The latent map: what answers questions about a checkpoint's atlas."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from core.latent.atlas import Atlas
from core.latent.graph import NeighbourGraph
from core.latent.projection import PCA, block_rows, from_block_rows
from core.strict_json import plain


class LatentMap:
    """An atlas, its neighbourhoods and its projections. part: where in z lies what the atlas maps."""

    def __init__(self, atlas: Atlas, part: slice) -> None:
        self.atlas, self.part = atlas, part
        self.pca = PCA(atlas.pca_mean, atlas.pca_basis)

    def check(self, effects: Sequence[str], knobs: Sequence[int], bins: int, frames: int, clips: Sequence[str]) -> None:
        """Raise ValueError unless the atlas was made for such a model, from such clips.

        effects: their names. knobs: how many each of them has. bins, frames: of the model's spectrograms.
        """
        atlas = self.atlas
        block, odd = divmod(atlas.block_mean.size, 2 * bins)  # of dry and wet
        chained = atlas.chains.effect.ravel(), atlas.chains.values.reshape(-1, atlas.values.shape[1])
        both = ((atlas.effect, atlas.values), chained)
        if (
            atlas.pca_mean.shape != (self.part.stop - self.part.start,)
            or tuple(atlas.effects) != tuple(effects)
            or odd
            or not block
            or frames % block
            or any(  # a point of each effect has a position for each of its knobs
                np.isnan(values[effect == number, :count]).any() or count > values.shape[1]
                for effect, values in both
                for number, count in enumerate(knobs)
            )
        ):
            raise ValueError("atlas.npz was made for another model")
        if unknown := sorted({str(name) for name in atlas.clips} - set(clips)):
            raise ValueError(f"atlas.npz was made from other clips ({plain(unknown[0])})")

    @cached_property
    def neighbours(self) -> NeighbourGraph:
        """The atlas as a graph of neighbours, in its principal coordinates."""
        return NeighbourGraph(self.atlas.pca, self.atlas.effect)

    @property
    def z(self) -> np.ndarray:
        """The mapped part of z (N, part), float32, of every point, as its principal coordinates tell it."""
        return self.pca.restore(self.atlas.pca).astype(np.float32)

    @property
    def chain_z(self) -> np.ndarray:
        """The same of the atlas's chains (M, part)."""
        return self.pca.restore(self.atlas.chains.pca).astype(np.float32)

    def project(self, z: np.ndarray) -> np.ndarray:
        """Principal coordinates (point, component) of z (point, latent)."""
        return self.pca.project(z[:, self.part])

    def nearest(self, z: np.ndarray) -> tuple[int, np.ndarray]:
        """Of the point of the atlas nearest to z (latent,): the number of its effect, and its knobs (knob,)."""
        point = np.linalg.norm(self.atlas.pca - self.project(z[None]), axis=1).argmin()
        return int(self.atlas.effect[point]), self.atlas.values[point]

    def distance(self, z: np.ndarray) -> float:
        """Mean distance of z (point, latent) from the nearest point of the atlas, over the usual distance between
        neighbours there; 1: as near as real pairs are to each other."""
        return float(self.neighbours.distance(self.project(z)).mean() / self.neighbours.usual_distance)

    def by_blocks(self, spectrograms_db: np.ndarray) -> np.ndarray:
        """Magnitudes in dB (batch, 2, bin, frame) through the atlas's PCA of blocks and back."""
        pca = PCA(self.atlas.block_mean.astype(np.float32), self.atlas.block_basis.astype(np.float32))
        batch, channel, bins, frames = spectrograms_db.shape
        block = pca.mean.size // (channel * bins)
        rows = pca.restore(pca.project(block_rows(spectrograms_db, block)))
        return from_block_rows(rows, (batch, channel, bins, frames), block)
