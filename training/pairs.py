"""Dry/wet pairs, rendered by worker processes while the model trains; the i-th pair of a seed is always the same."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from core.audio.spectrogram import Spectrogram, SpectrogramConfig, prepare_pair
from core.audio.views import pair_views, view_size
from core.effects import Setting, effect_named, render
from training.corpus import Corpus


@dataclass(frozen=True)
class Pair:
    """One example: dry and wet (time,), the speaker's index, the setting."""

    dry: np.ndarray
    wet: np.ndarray
    speaker: int
    setting: Setting


class Pairs:
    """Pair i of a split of a corpus: speaker, words, effect and knobs drawn from the seed (seed, i).

    effects are taken in turn, so that any run of them is balanced. fixed: all knobs at this position (the report: 0.5).
    """

    def __init__(
        self, corpus: Corpus, split: str, effects: tuple[str, ...], seed: int = 0, fixed: float | None = None
    ) -> None:
        self.corpus, self.effects, self.seed, self.fixed = corpus, effects, seed, fixed
        self.speakers = corpus.split(split)

    def __getitem__(self, index: int) -> Pair:
        generator = np.random.default_rng((self.seed, index))
        speaker = int(generator.integers(len(self.speakers)))
        effect = self.effects[index % len(self.effects)]
        knobs = generator.random(len(effect_named(effect).parameters))
        setting = Setting(effect, tuple(knobs) if self.fixed is None else (self.fixed,) * len(knobs))
        dry = self.corpus.segment(self.speakers[speaker], generator)
        return Pair(dry, render(dry, setting), speaker, setting)


class PairTensors(Dataset[tuple[Tensor, Tensor]]):
    """Joint spectrogram (2, bin, frame) and views (view,) of each pair, float32.

    With a cache folder each pair is rendered once, stored there in half precision (dB, so that quiet bins keep
    theirs), and read from then on: rendering takes four times as long as a training step.
    A pair's mark is written after its data, so that a killed run leaves no half-written pair behind.
    roll: turn each spectrogram round in time by a random number of frames, dry and wet alike, each time it is read; the
    views stay, as they hardly know when something was said. Without it a model learns 24,000 cached pairs by heart.
    """

    def __init__(
        self, pairs: Pairs, count: int, config: SpectrogramConfig, cache: Path | None = None, roll: bool = False
    ) -> None:
        self.pairs, self.count, self.config = pairs, count, config
        self.spectrogram = Spectrogram(config)
        self.cache, self.roll = cache, roll
        if cache is not None:
            cache.mkdir(parents=True, exist_ok=True)
            self.magnitudes = self._map("magnitudes.f16", np.float16, (count, 2, config.bins, config.frames))
            self.views = self._map("views.f32", np.float32, (count, view_size(config)))
            self.done = self._map("done.u8", np.uint8, (count,))

    def _map(self, name: str, kind: type, shape: tuple[int, ...]) -> np.memmap:
        assert self.cache is not None
        file = self.cache / name
        size = int(np.prod(shape)) * np.dtype(kind).itemsize
        return np.memmap(file, kind, mode="r+" if file.exists() and file.stat().st_size == size else "w+", shape=shape)

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        magnitude, views = self.read(index)
        if self.roll:
            magnitude = magnitude.roll(int(torch.randint(self.config.frames, ())), dims=-1)
        return magnitude, views

    def read(self, index: int) -> tuple[Tensor, Tensor]:
        """Pair `index` from the cache, or rendered and kept there."""
        if self.cache is None:
            return self.compute(index)
        if self.done[index]:
            logs = torch.from_numpy(self.magnitudes[index].astype(np.float32))
            return 10**logs, torch.from_numpy(np.array(self.views[index]))
        magnitude, views = self.compute(index)
        self.magnitudes[index] = torch.log10(magnitude + 1e-6).half().numpy()
        self.views[index] = views.numpy()
        self.done[index] = 1
        return magnitude, views

    def compute(self, index: int) -> tuple[Tensor, Tensor]:
        """Render pair `index` and look at it."""
        pair = self.pairs[index]
        dry, wet = prepare_pair(pair.dry, pair.wet, self.config.samples)
        dry, wet = torch.from_numpy(dry)[None], torch.from_numpy(wet)[None]
        with torch.no_grad():
            magnitude = self.spectrogram(dry, wet)
            return magnitude[0], pair_views(dry, wet, magnitude, self.config)[0]
