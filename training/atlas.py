"""Build a checkpoint's atlas: thousands of settings and chains of two on shipped clips, encoded and mapped."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from rich.progress import track
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from core.audio.clips import clip_segment, clips, load_clip
from core.audio.measure import brightness_hz, loudness_lufs, to_db
from core.audio.spectrogram import Spectrogram, SpectrogramConfig, prepare_pair
from core.checkpoints.arrival import arriving
from core.effects import Chain, KnobLayout, Setting, effect_named, render
from core.explorer import Explorer
from core.latent.atlas import Atlas, ChainPoints
from core.latent.projection import PCA, block_rows, umap_coordinates
from training.corpus import Corpus
from training.encoded import encode
from training.pairs import PairTensors, look
from training.real_pairs import RealPairs
from training.seeds import stream
from training.target import open_target

BLOCK_FRAMES = 16  # the strongest of the PCAs that `evaluate` compares
COMPONENTS = 32
_OFF_DB = 0.2  # of a cell: the block PCA errs by .014 dB more, and takes half the room


@dataclass(frozen=True)
class AtlasRun:
    """Map a checkpoint: random settings of every effect on the shipped speech clips, which no training saw."""

    checkpoint: Path
    corpus: tuple[Path, ...]  # for the block PCA, the baseline that pages show beside a reconstruction
    settings: int = 1600  # of each effect
    chains: int = 3200  # of two effects each
    pca_pairs: int = 1024  # training pairs the block PCA is fitted to
    seed: int = 0
    workers: int = 2


class AtlasPoints(Dataset[tuple[Tensor, Tensor, Tensor]]):
    """Point i of the atlas: joint spectrogram, measurements, and facts (clip, offset, loudness, brightness, then of the
    first effect and of the second its number and its knobs, padded). First settings of each effect, then chains."""

    def __init__(
        self, effects: tuple[str, ...], settings: int, chains: int, seed: int, config: SpectrogramConfig
    ) -> None:
        self.effects, self.settings, self.chains, self.seed, self.config = effects, settings, chains, seed, config
        self.names = [clip.name for clip in clips() if clip.is_speech]
        self.knobs = KnobLayout(effects).most
        self.spectrogram = Spectrogram(config)

    def __len__(self) -> int:
        return self.alone + self.chains

    @property
    def alone(self) -> int:
        """How many points are no chains."""
        return len(self.effects) * self.settings

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor, Tensor]:
        generator, loudness = stream("points of the atlas", self.seed, index), -np.inf
        while not np.isfinite(loudness):  # one effect may leave nothing that another lets through
            clip, offset, numbers, values = self._drawn(index, generator)
            dry = clip_segment(self.names[clip], offset)
            both = zip(numbers, values, strict=True)
            wet = render(dry, Chain(tuple(Setting(self.effects[number], tuple(own)) for number, own in both)))
            loudness = loudness_lufs(wet)
        of_effects = np.full((2, 1 + self.knobs), np.nan, dtype=np.float32)
        for row, number, own in zip(of_effects, numbers, values, strict=False):
            row[0], row[1 : 1 + len(own)] = number, own
        heard = np.array([clip, offset, loudness, brightness_hz(wet)], dtype=np.float32)
        sounds = torch.from_numpy(np.stack(prepare_pair(dry, wet, self.config.samples)))
        return *look(sounds, self.spectrogram), torch.from_numpy(np.concatenate([heard, of_effects.ravel()]))

    def _drawn(
        self, index: int, generator: np.random.Generator
    ) -> tuple[int, int, Sequence[int], Sequence[np.ndarray]]:
        """Clip, offset, numbers of the effects in signal order, and their knobs."""
        clip = int(generator.integers(len(self.names)))
        alone = index < self.alone
        numbers = [index // self.settings] if alone else generator.choice(len(self.effects), 2, replace=False).tolist()
        # Stored as float32, so that a click renders exactly the setting that was encoded.
        counts = [len(effect_named(self.effects[number]).parameters) for number in numbers]
        values = [generator.random(count).astype(np.float32) for count in counts]
        return clip, int(generator.integers(len(load_clip(self.names[clip])))), numbers, values


def build(run: AtlasRun) -> Path:
    """Write atlas.npz into the checkpoint folder; the old one stays until the new one is whole."""
    explorer = open_target(run.checkpoint)
    least = -(-COMPONENTS // len(explorer.config.effects))
    if run.settings < least:
        raise SystemExit(f"A map takes {COMPONENTS} points at least. Please ask for --settings {least}.")
    config = explorer.spectrogram_config
    blocks = block_pca(run.corpus, explorer, run.pca_pairs, BLOCK_FRAMES)
    of_two = run.chains if len(explorer.config.effects) > 1 else 0
    points = AtlasPoints(explorer.config.effects, run.settings, of_two, run.seed, config)
    latents, facts = [], []
    about = f"Rendering and encoding {points.alone:,} settings and {of_two:,} chains"
    for _, mu, row in encode(explorer, points, about, workers=run.workers):
        latents.append(mu[:, explorer.map_part].numpy())
        facts.append(row.numpy())
    z, table = np.concatenate(latents), np.concatenate(facts)
    pca = PCA.fit(z, min(COMPONENTS, z.shape[1]))
    coordinates = pca.project(z).astype(np.float32)
    half = np.float16  # finer than a pixel of the map, a fiftieth of an LU, a thousandth of a frequency
    heard: dict[str, np.ndarray] = {
        "clip": table[:, 0].astype(np.int8), "offset": table[:, 1].astype(np.int32),
        "loudness_lufs": table[:, 2].astype(half), "brightness_hz": table[:, 3].astype(half),
        "umap_2d": umap_coordinates(coordinates, 2, seed=run.seed).astype(half),
        "umap_3d": umap_coordinates(coordinates, 3, seed=run.seed).astype(half),
    }  # fmt: skip
    of_effects = table[:, 4:].reshape(len(table), 2, -1)
    alone, chains = slice(points.alone), slice(points.alone, None)
    atlas = Atlas(
        effects=np.array(explorer.config.effects),
        clips=np.array(points.names),
        effect=of_effects[alone, 0, 0].astype(np.int8),
        values=of_effects[alone, 0, 1:],
        **{name: values[alone] for name, values in heard.items()},
        pca=coordinates[alone].astype(half),
        pca_mean=pca.mean,
        pca_basis=pca.basis,
        block_mean=blocks.mean.astype(half),
        block_basis=blocks.basis.astype(half),
        chains=ChainPoints(
            effect=of_effects[chains, :, 0].astype(np.int8),
            values=of_effects[chains, :, 1:],
            **{name: values[chains] for name, values in heard.items()},
            pca=coordinates[chains].astype(half),
        ),
    )
    with arriving(run.checkpoint) as staged:
        atlas.save(staged / "atlas.npz")
    return run.checkpoint / "atlas.npz"


def block_pca(corpus: tuple[Path, ...], explorer: Explorer, pairs: int, frames: int) -> PCA:
    """A PCA of dB spectrogram blocks of `frames` frames that spends as many numbers a segment as z does."""
    components = explorer.layout.size * frames // explorer.spectrogram_config.frames
    least = -(-components * frames // explorer.spectrogram_config.frames)
    if pairs < least:
        raise SystemExit(f"A PCA of {components} components needs {least} pairs. Please ask for --pca-pairs {least}.")
    source = RealPairs([Corpus(path) for path in corpus], "train", explorer.config.effects, seed=7, chains=0.0)
    tensors = PairTensors(source, pairs, explorer.spectrogram_config)
    about = f"Rendering {pairs:,} training pairs for the block PCA"
    batches = track(DataLoader(tensors, 32, num_workers=2), description=about)
    rows = block_rows(to_db(np.concatenate([joint[:, :2].numpy() for joint, *_ in batches])), frames)
    pca = PCA.fit(rows, components)
    return coarse(pca, pca.project(rows).std(axis=0))


def coarse(pca: PCA, deviation: np.ndarray, off: float = _OFF_DB) -> PCA:
    """A PCA that packs into less: each component's weights in steps that are the finer the further its coordinates go.

    deviation (component,): of the coordinates. off: by how much a cell that is restored may move, in their unit.
    Steps are powers of two, which leave half precision, as it is stored, fewer bits to tell apart.
    """
    step = 2.0 ** np.floor(np.log2(off * np.sqrt(12 / len(deviation)) / np.maximum(deviation, 1e-9)))
    return PCA(pca.mean, (np.round(pca.basis / step[:, None]) * step[:, None]).astype(np.float32))
