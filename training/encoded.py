"""Pairs after the encoder: rendered and encoded once, then read by every score, controller and study."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import torch
from rich.progress import track
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from core.audio.measure import gain_to, to_db
from core.explorer import Explorer
from training.pairs import Pair, Pairs, PairTensors

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
    """Test pairs after the encoder and back, for scores.

    spectrograms_db, decoded_db (pair, 2, bin, frame), half precision. z (pair, latent). effect, speaker (pair,):
    indices. level_db (pair,): what the pair was recorded at. label (pair, 1 + knob): as of PairTensors.
    """

    spectrograms_db: np.ndarray
    decoded_db: np.ndarray
    z: np.ndarray
    effect: np.ndarray
    speaker: np.ndarray
    level_db: np.ndarray
    label: np.ndarray

    def __len__(self) -> int:
        return len(self.z)

    @classmethod
    def of(cls, explorer: Explorer, pairs: TestPairs, count: int, about: str, workers: int = 0) -> "Encoded":
        """The first `count` pairs, rendered by `workers` processes. about: what the progress bar says."""
        rows: list[list[np.ndarray]] = [[], [], [], []]
        for joint, mu, label in encode(
            explorer, PairTensors(pairs, count, explorer.spectrogram_config), about, workers=workers
        ):
            rows[0].append(to_db(joint[:, :2].numpy()).astype(np.float16))
            rows[1].append(decode_db(explorer, mu)[:, :2].astype(np.float16))
            rows[2].append(mu.numpy())
            rows[3].append(label.numpy())
        spectrograms_db, decoded_db, z, labels = (np.concatenate(row) for row in rows)
        return cls(
            spectrograms_db,
            decoded_db,
            z,
            effect=np.arange(count) % len(pairs.effects),
            speaker=np.array([pairs.voice(index) for index in range(count)]),
            level_db=np.array([pairs.level_db(index) for index in range(count)]),
            label=labels,
        )

    def only(self, names: tuple[str, ...], effects: tuple[str, ...]) -> "Encoded":
        """The pairs of the named effects."""
        keep = np.isin(self.effect, [effects.index(name) for name in names])
        return Encoded(**{field.name: getattr(self, field.name)[keep] for field in fields(self)})


@dataclass(frozen=True)
class EncodedPairs(Dataset[tuple[Tensor, Tensor, Pair | None]]):
    """z (latent,) and label (1 + knob,) of each pair, for controllers; and the pair itself where it is to be heard.

    z (pair, latent): mu of what the atlas maps. label (pair, 1 + knob): as of PairTensors.
    """

    pairs: Pairs
    z: Tensor
    label: Tensor
    heard: bool = False

    @classmethod
    def of(
        cls, explorer: Explorer, tensors: PairTensors, about: str, heard: bool = False, workers: int = 2
    ) -> "EncodedPairs":
        """All of tensors, encoded. about: what the progress bar says."""
        rows = [
            (mu[:, explorer.map_part], label)
            for _, mu, label in encode(explorer, tensors, about, batch=64, workers=workers)
        ]
        z, label = (torch.cat(parts).clone() for parts in zip(*rows, strict=True))
        return cls(tensors.pairs, z, label, heard)

    def __len__(self) -> int:
        return len(self.z)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor, Pair | None]:
        return self.z[index], self.label[index], self.pairs[index] if self.heard else None
