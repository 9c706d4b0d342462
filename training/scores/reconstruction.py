"""How near a decoded spectrogram is to the true one."""

import numpy as np

from core.audio.measure import FLOOR_DB
from core.explorer import Explorer
from core.latent.projection import PCA, block_rows, from_block_rows
from training.encoded import Encoded
from training.scores.report import Report


def reconstruction(report: Report, test: Encoded, explorer: Explorer, pcas: dict[int, PCA], most: int = 512) -> None:
    """RMSE in dB and R2 of dry and wet on mu, beside PCAs of blocks of several lengths and the mean spectrum."""
    target = test.spectrograms_db[:most].astype(np.float32)
    candidates = {"": test.decoded_db[:most].astype(np.float32)}
    for frames, pca in pcas.items():
        rows = pca.restore(pca.project(block_rows(target, frames)))
        candidates[f"pca_{frames}_frame_blocks_"] = np.maximum(from_block_rows(rows, target.shape, frames), FLOOR_DB)
    candidates["mean_"] = np.broadcast_to(target.mean(axis=(0, 3), keepdims=True), target.shape)
    for channel, name in enumerate(("dry", "wet")):
        error = {key: ((value - target)[:, channel] ** 2).mean(axis=(1, 2)) for key, value in candidates.items()}
        variance = float(target[:, channel].var())
        report.mean(f"reconstruction.{name}.rmse_db", error[""], np.sqrt)
        report.mean(f"reconstruction.{name}.r2", error[""] / variance, lambda part: 1 - part)
        best = min((key for key in error if key.startswith("pca")), key=lambda key: error[key].mean())
        report.mean(f"reconstruction.{name}.pca_rmse_db", error[best], np.sqrt)
        for key in error:
            if key:
                report.put(f"reconstruction.{name}.{key}rmse_db", float(np.sqrt(error[key].mean())))
        if name == "wet":
            names = explorer.config.effects
            report.by_effect("reconstruction.wet_rmse_db_by_effect", error[""], test.effect[:most], names, np.sqrt)
