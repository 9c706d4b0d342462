"""Promise: PCA is PCA; the atlas is what the checkpoint says of 16,000 settings, and comes back from disk."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from sklearn.decomposition import PCA as ReferencePCA

from core.audio.clips import clip_segment
from core.audio.measure import loudness_lufs
from core.effects import EFFECTS, render
from core.explorer import Explorer
from core.latent.atlas import Atlas
from core.latent.projection import PCA, block_rows, from_block_rows, umap_coordinates
from training.atlas import AtlasRun, build


@pytest.mark.parametrize("shape", [(300, 20), (30, 200)])
def test_pca_agrees_with_scikit_learn(shape: tuple[int, int]) -> None:
    points = (np.random.default_rng(0).normal(size=shape) * np.linspace(3, 0.1, shape[1])).astype(np.float32)
    ours, theirs = PCA.fit(points, 5), ReferencePCA(5, svd_solver="full").fit(points)
    assert np.allclose(np.abs(ours.basis @ theirs.components_.T), np.eye(5), atol=1e-3)
    assert np.allclose(ours.basis @ ours.basis.T, np.eye(5), atol=1e-4)
    assert (ours.basis.max(axis=1) == np.abs(ours.basis).max(axis=1)).all()  # the largest weight is positive
    assert ours.mean.dtype == ours.basis.dtype == np.float32
    error = np.mean((ours.restore(ours.project(points)) - points) ** 2)
    reference = np.mean((theirs.inverse_transform(theirs.transform(points)) - points) ** 2)
    assert error == pytest.approx(reference, rel=1e-3)
    with pytest.raises(ValueError, match="components"):
        PCA.fit(points, 301)


def test_blocks_come_back() -> None:
    spectrograms = np.random.default_rng(0).normal(size=(3, 2, 5, 16))
    rows = block_rows(spectrograms, 4)
    assert rows.shape == (12, 40)
    assert np.array_equal(from_block_rows(rows, spectrograms.shape, 4), spectrograms)


def test_umap_keeps_separate_heaps_separate() -> None:
    generator = np.random.default_rng(0)
    heaps = np.concatenate([generator.normal(loc, 0.3, (60, 8)) for loc in (-5, 0, 5)]).astype(np.float32)
    first, second = (umap_coordinates(heaps, 2, neighbours=10) for _ in range(2))
    assert np.array_equal(first, second)
    middles = first.reshape(3, 60, 2).mean(axis=1)
    spread = first.reshape(3, 60, 2).std(axis=1).max()
    assert min(np.linalg.norm(middles[i] - middles[j]) for i, j in ((0, 1), (0, 2), (1, 2))) > 2 * spread


def test_atlas_holds_as_many_settings_of_every_effect(explorer: Explorer) -> None:
    atlas = explorer.atlas
    assert len(atlas) >= 12_000
    assert list(atlas.effects) == [effect.name for effect in EFFECTS]
    assert np.bincount(atlas.effect).tolist() == [len(atlas) // 8] * 8
    for name in ("umap_2d", "umap_3d", "pca", "loudness_lufs", "brightness_hz"):
        assert np.isfinite(getattr(atlas, name)).all()


@pytest.mark.parametrize("point", [0, 5000, -1])
def test_a_point_of_the_atlas_renders_again_to_itself(explorer: Explorer, point: int) -> None:
    atlas = explorer.atlas
    setting = explorer.knobs.setting_of_point(atlas.effect[point], atlas.values[point])
    dry = clip_segment(str(atlas.clips[atlas.clip[point]]), int(atlas.offset[point]))
    wet = render(dry, setting)
    assert loudness_lufs(wet) == pytest.approx(atlas.loudness_lufs[point], abs=0.01)
    z = explorer.encode(dry, wet)[explorer.map_part]
    own = PCA(atlas.pca_mean, atlas.pca_basis).project(z[None])[0]
    assert np.linalg.norm(own - atlas.pca[point]) < 0.02 * np.linalg.norm(atlas.pca[point])
    for projection, dimensions in (("umap", 2), ("umap", 3), ("pca", 2), ("pca", 3)):
        coordinates = atlas.coordinates(projection, dimensions)
        placed = atlas.place(z, projection, dimensions)[0]
        assert np.linalg.norm(placed - coordinates[point]) < 0.1 * np.ptp(coordinates, axis=0).max()


def test_atlas_survives_the_disk_and_damage_is_noticed(explorer: Explorer, tmp_path: Path) -> None:
    file = tmp_path / "atlas.npz"
    explorer.atlas.save(file)
    again = Atlas.load(file)
    for (name, stored), (same, read) in zip(explorer.atlas.arrays(), again.arrays(), strict=True):
        assert name == same
        assert np.array_equal(stored, read, equal_nan=stored.dtype.kind == "f")
    whole = file.read_bytes()
    for damage in (b"", whole[: len(whole) // 2], b"no zip at all", whole[:5000] + b"\0" * 500 + whole[5500:]):
        file.write_bytes(damage)
        with pytest.raises(ValueError, match=r"atlas\.npz"):
            Atlas.load(file)


def test_a_checkpoint_is_mapped(small_run: Path, corpus: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(small_run / "checkpoint", tmp_path / "checkpoint"))
    with pytest.raises(SystemExit, match="--pca-pairs 1"):
        build(AtlasRun(folder, (corpus,), settings=16, pca_pairs=0, workers=0))
    build(AtlasRun(folder, (corpus,), settings=16, chains=6, pca_pairs=8, workers=0))
    explorer = Explorer.load(folder, device="cpu")
    atlas = explorer.atlas
    assert np.bincount(atlas.effect).tolist() == [16] * 3
    assert all(np.isfinite(getattr(atlas, name)).all() for name in ("umap_2d", "umap_3d", "pca"))
    chains = atlas.chains
    assert len(chains) == 6
    assert (chains.effect[:, 0] != chains.effect[:, 1]).all()
    first, second = (
        explorer.knobs.setting_of_point(*of_one) for of_one in zip(chains.effect[0], chains.values[0], strict=True)
    )
    wet = render(clip_segment(str(atlas.clips[chains.clip[0]]), int(chains.offset[0])), first | second)
    assert loudness_lufs(wet) == pytest.approx(chains.loudness_lufs[0], abs=0.01)
