"""Promise: any model that offers what core.models.codec.VAE says, and no more, goes from sound to z and back."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from core.audio import SEGMENT
from core.audio.spectrogram import SpectrogramConfig, prepare_pair
from core.effects import random_setting, render
from core.explorer import Explorer
from core.models.codec import Codec

GROUPS = 16


@dataclass(frozen=True)
class LevelsConfig:
    spectrogram: SpectrogramConfig
    parts: tuple[tuple[str, int], ...] = (("joint", 2 * GROUPS),)


class Levels(nn.Module):
    """z: the log level of dry and of wet in groups of bands, and nothing of time."""

    def __init__(self) -> None:
        super().__init__()
        self.config = LevelsConfig(SpectrogramConfig())

    def compress(self, magnitude: Tensor) -> Tensor:
        return torch.log(magnitude + 1e-6)

    def expand(self, compressed: Tensor) -> Tensor:
        return compressed.exp()

    def encode(self, magnitude: Tensor, measurements: Tensor) -> tuple[Tensor, Tensor]:
        mu = self.compress(magnitude).unflatten(2, (GROUPS, -1)).mean(dim=(3, 4)).flatten(1)
        return mu, torch.zeros_like(mu)

    def decode_compressed(self, z: Tensor) -> Tensor:
        spectrogram = self.config.spectrogram
        levels = z.unflatten(1, (2, GROUPS)).repeat_interleave(spectrogram.bins // GROUPS, dim=2)
        return levels[..., None].expand(-1, -1, -1, spectrogram.frames)

    def decode(self, z: Tensor) -> Tensor:
        return self.expand(self.decode_compressed(z))

    def kl(self, mu: Tensor, logvar: Tensor) -> Tensor:
        return mu**2


def test_another_model_is_one_class(dry: np.ndarray) -> None:
    codec, dry = Codec.on(Levels, torch.device("cpu")), np.resize(dry, SEGMENT)
    z = codec.encode(dry, 2 * dry)
    assert z.shape == (2 * GROUPS,)
    assert abs(np.median(z[GROUPS:] - z[:GROUPS]) - np.log(2)) < 0.1
    decoded = codec.decode(z)
    assert decoded.shape == codec.spectrogram(dry, dry).shape == (1, 2, 128, 256)
    assert codec.to_audio(decoded, dry).shape == (1, 2, SEGMENT)
    louder = codec.transfer(decoded, dry)[0]
    assert 1.8 < np.linalg.norm(louder) / np.linalg.norm(dry) < 2.2
    assert codec.encode_long(np.resize(dry, 3 * SEGMENT), np.resize(dry, 3 * SEGMENT)).shape == (3, 2 * GROUPS)


def test_a_part_of_z_is_what_encode_gives_there(explorer: Explorer, dry: np.ndarray) -> None:
    wets = np.stack([render(dry, random_setting(effect, seed=3)) for effect in ("delay", "bitcrush")])
    pairs = np.stack([np.stack(prepare_pair(dry, wet, SEGMENT)) for wet in wets])
    whole = explorer.encode(np.stack([dry] * 2), wets)
    for part in (explorer.map_part, slice(0, 5)):
        found = explorer.codec.encode_part(pairs, part)
        assert np.allclose(found, whole[:, part], atol=1e-4 * np.abs(whole).max())
