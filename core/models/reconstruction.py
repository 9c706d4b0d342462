"""A pair and what a VAE makes of it, beside a baseline that spends as many numbers."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.audio.measure import rmse_db, to_db
from core.audio.spectrogram import prepare_pair
from core.models.codec import Codec


@dataclass(frozen=True)
class Reconstruction:
    """A pair and what the VAE makes of it.

    original, decoded: magnitudes (2, bin, frame). difference_db: decoded over original in dB (2, bin, frame).
    dry, wet, dry_decoded, wet_decoded: sounds (time,) at the reference loudness; wet_decoded by `transfer`.
    rmse_db, pca_rmse_db: error of dry and of wet, by the VAE and by a PCA that spends as many numbers a segment.
    """

    original: np.ndarray
    decoded: np.ndarray
    difference_db: np.ndarray
    dry: np.ndarray
    wet: np.ndarray
    dry_decoded: np.ndarray
    wet_decoded: np.ndarray
    rmse_db: tuple[float, float]
    pca_rmse_db: tuple[float, float]

    @property
    def against_pca_db(self) -> tuple[float, float]:
        """How much more the VAE errs than the PCA, dry and wet, in dB; below 0: less."""
        return self.rmse_db[0] - self.pca_rmse_db[0], self.rmse_db[1] - self.pca_rmse_db[1]


def reconstruct(
    codec: Codec, dry: np.ndarray, wet: np.ndarray, by_pca: Callable[[np.ndarray], np.ndarray]
) -> Reconstruction:
    """Encode and decode one pair (time,), (time,), and compare.

    by_pca: magnitudes in dB (batch, 2, bin, frame) through a PCA of blocks and back.
    """
    dry, wet = prepare_pair(dry, wet, codec.spectrogram_config.samples)
    joint, made = codec.spectrogram(dry, wet), codec.decode(codec.encode(dry, wet))
    original, decoded = joint[0, :2], made[0, :2]
    baseline = 10 ** (by_pca(to_db(joint[:, :2]))[0] / 20)
    return Reconstruction(
        original=original,
        decoded=decoded,
        difference_db=to_db(decoded) - to_db(original),
        dry=dry,
        wet=wet,
        dry_decoded=codec.step_sound(made[0], dry, channel=0, same_audio=True),
        wet_decoded=codec.step_sound(made[0], dry, channel=1, same_audio=True),
        rmse_db=(rmse_db(decoded[0], original[0]), rmse_db(decoded[1], original[1])),
        pca_rmse_db=(rmse_db(baseline[0], original[0]), rmse_db(baseline[1], original[1])),
    )
