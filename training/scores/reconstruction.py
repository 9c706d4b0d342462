"""How near a decoded spectrogram is to the true one."""

from collections.abc import Callable, Iterator

import numpy as np

from core.audio.measure import FLOOR_DB
from core.explorer import Explorer
from core.latent.projection import PCA, block_rows, from_block_rows
from training.encoded import Encoded
from training.scores.baselines import PCA_BLOCKS, fit_pca_alone
from training.scores.report import Report

CHANNELS = ("dry", "wet")
BANDS = {"below 500 Hz": (0, 500), "500 to 2,000 Hz": (500, 2000), "2,000 to 5,000 Hz": (2000, 5000),
         "above 5,000 Hz": (5000, np.inf)}  # fmt: skip
"""What errors are told apart by: name, and Hz from and to."""
_PART = 32


def reconstruction(report: Report, fit: Encoded, test: Encoded, explorer: Explorer, pcas: dict[int, PCA]) -> None:
    """RMSE in dB of dry and wet on mu, beside PCAs and the mean spectrum of the test pairs themselves, of the pairs
    that were decoded.

    at_floor: share of cells at the floor of -70 dB, where there is nothing to rebuild; above_floor_rmse_db: over the
    others. r2: against the mean spectrum, bin by bin. pca: of both channels, as many numbers as z, the best of several
    lengths of blocks; pca_alone: of this channel alone, see `fit_pca_alone`.
    """
    alone = [fit_pca_alone(fit.spectrograms_db, explorer, channel) for channel in range(len(CHANNELS))]
    count = len(test.decoded_db)
    effects, effect = explorer.config.effects, test.effect[:count]
    hz = explorer.spectrogram_config.bin_hz()
    bands = [np.flatnonzero((hz >= low) & (hz < high)) for low, high in BANDS.values()]
    for channel, name in enumerate(CHANNELS):
        key, candidates = f"reconstruction.{name}", _candidates(test, channel, pcas, alone)
        errors = _Errors.of(test, channel, bands, candidates)
        cells = errors.cells.sum(axis=1)
        report.put(f"{key}.at_floor", float(1 - errors.above["true"].sum() / cells.sum()))
        best = min((f"pca_{frames}_frame_blocks" for frames in PCA_BLOCKS), key=lambda pca: errors.all[pca].sum())
        for words, candidate in {"": "decoded", "pca_": best, "pca_alone_": "pca_alone", "mean_": "mean"}.items():
            report.ratio(f"{key}.{words}rmse_db", errors.all[candidate].sum(axis=1), cells, np.sqrt)
            above = errors.above[candidate].sum(axis=1), errors.above["true"].sum(axis=1)
            report.ratio(f"{key}.{words}above_floor_rmse_db", *above, np.sqrt)
        decoded, mean = (errors.all[candidate].sum(axis=1) for candidate in ("decoded", "mean"))
        report.ratio(f"{key}.r2", decoded, mean, lambda ratio: 1 - ratio)
        for row, band in enumerate(BANDS):
            for measure, value in errors.of_band(row).items():
                report.put(f"{key}.bands.{band}.{measure}", value)
        if name == "wet":
            squared = errors.all["decoded"].sum(axis=1) / cells
            report.by_effect("reconstruction.wet_rmse_db_by_effect", squared, effect, effects, np.sqrt)


class _Errors:
    """Sums over cells of one channel, each (pair, band). cells: how many there are; all: of squared errors in dB, by
    candidate; above: the same over cells whose truth lies above the floor, and as "true" how many those are."""

    def __init__(self) -> None:
        self.cells = np.empty(0)
        self.all: dict[str, np.ndarray] = {}
        self.above: dict[str, np.ndarray] = {}

    @classmethod
    def of(
        cls, test: Encoded, channel: int, bands: list[np.ndarray], candidates: dict[str, Callable[[slice], np.ndarray]]
    ) -> "_Errors":
        """Of the pairs that were decoded, a few at a time.

        bands: bins of each. candidates: what they make of a slice of the pairs.
        """
        found = cls()
        everything: dict[str, list[np.ndarray]] = {"cells": []}
        for part in _parts(len(test.decoded_db)):
            true = test.spectrograms_db[part, channel].astype(np.float32)
            above = true > FLOOR_DB
            everything["cells"].append(_by_band(np.ones_like(true), bands))
            everything.setdefault("above true", []).append(_by_band(above, bands))
            for name, make in candidates.items():
                squared = (make(part) - true) ** 2
                everything.setdefault(f"all {name}", []).append(_by_band(squared, bands))
                everything.setdefault(f"above {name}", []).append(_by_band(squared * above, bands))
        sums = {name: np.concatenate(parts) for name, parts in everything.items()}
        found.cells = sums.pop("cells")
        found.all = {name[4:]: value for name, value in sums.items() if name.startswith("all ")}
        found.above = {name[6:]: value for name, value in sums.items() if name.startswith("above ")}
        return found

    def of_band(self, band: int) -> dict[str, float]:
        """What there is to say of one of BANDS."""
        cells, above = self.cells[:, band].sum(), self.above["true"][:, band].sum()
        decoded, mean = self.all["decoded"][:, band].sum(), self.all["mean"][:, band].sum()
        return {
            "rmse_db": float(np.sqrt(decoded / cells)),
            "above_floor_rmse_db": float(np.sqrt(self.above["decoded"][:, band].sum() / max(above, 1))),
            "at_floor": float(1 - above / cells),
            "r2": float(1 - decoded / mean),
        }


def _candidates(
    test: Encoded, channel: int, pcas: dict[int, PCA], alone: list[PCA]
) -> dict[str, Callable[[slice], np.ndarray]]:
    """What stands in for the true spectrograms of one channel: of a slice of the pairs, (pair, bin, frame) in dB."""

    def through(pca: PCA, channels: slice, place: int) -> Callable[[slice], np.ndarray]:
        def restored(part: slice) -> np.ndarray:
            target = test.spectrograms_db[part, channels].astype(np.float32)
            frames = pca.mean.size // (target.shape[1] * target.shape[2])
            rows = pca.restore(pca.project(block_rows(target, frames)))
            return np.maximum(from_block_rows(rows, target.shape, frames), FLOOR_DB)[:, place]

        return restored

    parts = (test.spectrograms_db[part, channel].astype(np.float64) for part in _parts(len(test.decoded_db)))
    mean = np.concatenate([part.mean(axis=2) for part in parts]).mean(axis=0)
    return {
        "decoded": lambda part: test.decoded_db[part, channel].astype(np.float32),
        "mean": lambda part: mean[None, :, None].astype(np.float32),
        "pca_alone": through(alone[channel], slice(channel, channel + 1), 0),
        **{f"pca_{frames}_frame_blocks": through(pca, slice(None), channel) for frames, pca in pcas.items()},
    }


def _parts(count: int) -> Iterator[slice]:
    return (slice(start, min(start + _PART, count)) for start in range(0, count, _PART))


def _by_band(values: np.ndarray, bands: list[np.ndarray]) -> np.ndarray:
    """Sums (pair, band) of values (pair, bin, frame)."""
    by_bin = values.sum(axis=2, dtype=np.float64)
    return np.stack([by_bin[:, bins].sum(axis=1) for bins in bands], axis=1)
