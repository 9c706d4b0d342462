"""Pairs after the encoder: rendered and encoded once, then read by every score, controller and study."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path
from tempfile import TemporaryFile, gettempdir
from typing import Any

import numpy as np
import torch
from rich.progress import track
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from core.audio.measure import gain_to, to_db
from core.explorer import Explorer
from core.models.controller import Controller
from core.models.factor_vae import FactorVAE
from training.pairs import Labelled, Pair, Pairs, PairTensors, Source

LEVELS_DB = (-12.0, 12.0)


def encode(
    explorer: Explorer, examples: Dataset[Any], about: str, batch: int = 32, workers: int = 0
) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Joint spectrograms (batch, channel, bin, frame), mu (batch, latent), and what examples have third; on the CPU.

    examples: joint spectrogram, measurements and anything, as PairTensors has them. about: what the progress bar says.
    """
    for joint, measurements, rest in track(DataLoader(examples, batch, num_workers=workers), description=about):
        with torch.inference_mode():
            mu, _ = explorer.model.encode(joint.to(explorer.device), measurements.to(explorer.device))
        yield joint, mu.float().cpu(), rest


def _effects(
    explorer: Explorer, model: FactorVAE, pairs: Labelled, about: str, workers: int
) -> Iterator[tuple[Tensor, Tensor]]:
    """The effect part of mu (batch, effect), which is read off the measurements alone, and the labels; on the CPU."""
    for measurements, label in track(DataLoader(pairs, 64, num_workers=workers), description=about):
        with torch.inference_mode():
            mu, _ = model.encode_effect(measurements.to(explorer.device))
        yield mu.float().cpu(), label


def decode_db(explorer: Explorer, mu: Tensor) -> np.ndarray:
    """Decoded joint spectrograms of mu (batch, latent), in dB."""
    with torch.inference_mode():
        return to_db(explorer.model.decode(mu.to(explorer.device)).float().cpu().numpy())


class TestPairs(Pairs):
    """Pairs as recorded at levels of -12 ... 12 dB; level_matched: with every wet sound as loud as its dry one."""

    __test__ = False  # for pytest: not a test

    def __init__(self, *args: Any, level_matched: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        self.level_matched = level_matched

    def level_db(self, index: int) -> float:
        """What pair `index` was recorded at, against -23 LUFS."""
        return float(self._stream("level", index).uniform(*LEVELS_DB))

    def __getitem__(self, index: int) -> Pair:
        pair = super().__getitem__(index)
        gain = np.float32(10 ** (self.level_db(index) / 20))
        match = np.float32(gain_to(pair.wet) / gain_to(pair.dry)) if self.level_matched else 1
        return replace(pair, dry=pair.dry * gain, wet=pair.wet * gain * match)


@dataclass(frozen=True)
class Encoded:
    """Pairs after the encoder, and the first of them after the decoder, for scores.

    spectrograms_db (pair, 2, bin, frame): half precision, on the disk; decoded_db likewise, of the first pairs.
    z (pair, latent). measurements (pair, measurement). bands (pair, 2 * bin): mean and deviation over time of wet - dry
    in dB. effect, speaker (pair,): indices. level_db (pair,): what the pair was recorded at. place (pair, effect)
    and knobs (pair, knob): the two parts of a label, see pairs.Source.
    """

    spectrograms_db: np.ndarray
    decoded_db: np.ndarray
    z: np.ndarray
    measurements: np.ndarray
    bands: np.ndarray
    effect: np.ndarray
    speaker: np.ndarray
    level_db: np.ndarray
    place: np.ndarray
    knobs: np.ndarray

    def __len__(self) -> int:
        return len(self.z)

    @property
    def label(self) -> np.ndarray:
        """Place and knobs in a row (pair, effect + knob)."""
        return np.concatenate([self.place, self.knobs], axis=1)

    @classmethod
    def of(
        cls, explorer: Explorer, pairs: TestPairs, count: int, about: str, workers: int = 0, decoded: int = 0
    ) -> "Encoded":
        """The first `count` pairs, rendered by `workers` processes, and the first `decoded` of them decoded.

        about: what the progress bar says.
        """
        config, done = explorer.spectrogram_config, 0
        shape = (2, config.bins, config.frames)
        spectrograms, back = on_disk((count, *shape)), on_disk((min(decoded, count), *shape))
        rows: list[tuple[np.ndarray, ...]] = []
        tensors = Measured(PairTensors(pairs, count, config))
        for joint, mu, (measurements, label) in encode(explorer, tensors, about, workers=workers):
            both = to_db(joint[:, :2].numpy())
            spectrograms[done : done + len(both)] = both
            if (left := len(back) - done) > 0:
                back[done : done + len(both)] = decode_db(explorer, mu[:left])[:, :2]
            change = both[:, 1] - both[:, 0]
            bands = np.concatenate([change.mean(axis=2), change.std(axis=2)], axis=1)
            rows.append((mu.numpy(), measurements.numpy(), bands, label.numpy()))
            done += len(both)
        z, measured, bands, labels = (np.concatenate(row) for row in zip(*rows, strict=True))
        speaker = np.array([pairs.voice(index) for index in range(count)])
        level_db = np.array([pairs.level_db(index) for index in range(count)])
        place, knobs = np.split(labels, [len(pairs.effects)], axis=1)
        effect = place.argmax(axis=1)
        return cls(spectrograms, back, z, measured, bands, effect, speaker, level_db, place, knobs)

    def only(self, names: tuple[str, ...], effects: tuple[str, ...]) -> "Encoded":
        """The pairs of the named effects, none of them decoded."""
        keep = np.isin(self.effect, [effects.index(name) for name in names])
        parts = {field.name: getattr(self, field.name)[keep] for field in fields(self) if field.name != "decoded_db"}
        return Encoded(decoded_db=self.decoded_db[:0], **parts)


class Measured(Dataset[tuple[Tensor, Tensor, tuple[Tensor, Tensor]]]):
    """Pairs whose measurements come a second time beside the label, for who wants them without the encoder."""

    def __init__(self, pairs: PairTensors) -> None:
        self.pairs = pairs

    def __len__(self) -> int:
        return len(self.pairs)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor, tuple[Tensor, Tensor]]:
        joint, measurements, label = self.pairs[index]
        return joint, measurements, (measurements, label)


def on_disk(shape: tuple[int, ...]) -> np.ndarray:
    """An array in half precision that lies in a file which goes with it: thousands of spectrograms are gigabytes.

    SystemExit where there is no room for it; found out later, that would kill the process.
    """
    if 0 in shape:
        return np.empty(shape, np.float16)
    size = 2 * int(np.prod(shape))
    with TemporaryFile() as file:
        try:
            os.posix_fallocate(file.fileno(), 0, size)
        except OSError as error:
            raise SystemExit(
                f"{gettempdir()}: no room for {size / 1e9:.1f} GB of spectrograms ({error}). Please set TMPDIR to a "
                "folder with room, or ask for fewer examples."
            ) from error
        return np.memmap(file, np.float16, "r+", shape=shape)


def to_encode(explorer: Explorer, pairs: Source, count: int, cache: Path) -> PairTensors:
    """The first `count` pairs, kept in cache as far as `EncodedPairs.of` reads them: an effect part of its own is read
    off the measurements alone."""
    alone = isinstance(explorer.model, FactorVAE)
    return PairTensors(pairs, count, explorer.spectrogram_config, cache, measured_alone=alone)


@dataclass(frozen=True)
class EncodedPairs(Dataset[tuple[Tensor, Tensor, Pair | None]]):
    """z (latent,) and label (effect + knob,) of each pair, for controllers; the pair itself where it is to be heard.

    z (pair, latent): mu of what the atlas maps, see also `at_points`. label (pair, effects + knob): see pairs.Source.
    """

    pairs: Source
    z: Tensor
    label: Tensor
    heard: bool = False

    @property
    def place(self) -> Tensor:
        """Place (pair, effect) of each effect in the chain, from 1 on; 0 where it is not in it."""
        return self.label[:, : len(self.pairs.effects)]

    @property
    def knobs(self) -> Tensor:
        """Knobs (pair, knob), NaN where they are of an effect that is not there."""
        return self.label[:, len(self.pairs.effects) :]

    def alone(self) -> "EncodedPairs":
        """The pairs with one effect; `heard` no more, as they are no longer the first ones."""
        one = (self.place > 0).sum(dim=1) == 1
        return EncodedPairs(self.pairs, self.z[one], self.label[one])

    def at_points(self, controller: Controller) -> "EncodedPairs":
        """The same pairs, each with its point w (pair, w) of a controller in z's place."""
        with torch.inference_mode():
            w, _ = controller.encode(self.z)
        return replace(self, z=w.clone())

    @classmethod
    def of(
        cls, explorer: Explorer, tensors: PairTensors, about: str, heard: bool = False, workers: int = 2
    ) -> "EncodedPairs":
        """All of tensors, encoded. about: what the progress bar says."""
        if isinstance(explorer.model, FactorVAE):
            rows = list(_effects(explorer, explorer.model, Labelled(tensors), about, workers))
        else:
            encoded = encode(explorer, tensors, about, batch=64, workers=workers)
            rows = [(mu[:, explorer.map_part], label) for _, mu, label in encoded]
        z, label = (torch.cat(parts).clone() for parts in zip(*rows, strict=True))
        return cls(tensors.pairs, z, label, heard)

    def __len__(self) -> int:
        return len(self.z)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor, Pair | None]:
        heard = self.pairs[index] if self.heard and isinstance(self.pairs, Pairs) else None
        return self.z[index], self.label[index], heard
