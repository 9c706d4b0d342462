"""What a run leaves to look at and to listen to."""

import os
from io import BytesIO
from pathlib import Path
from typing import Any

import lightning
import numpy as np
import torch
from lightning.pytorch.loggers import WandbLogger
from lightning.pytorch.plugins.io import TorchCheckpointIO
from PIL import Image

from core.audio import io
from core.audio.inversion import direct, griffin_lim
from core.audio.measure import FLOOR_DB, to_db
from core.audio.spectrogram import Spectrogram, prepare_pair
from core.audio.views import pair_views
from training.pairs import Pairs


class WholeFiles(TorchCheckpointIO):
    """Saves resumable states so that a full disk or a kill leaves the last one whole.

    Lightning's own goes through the system's temporary folder; from another disk that is a copy, which may break off.
    """

    def save_checkpoint(self, checkpoint: dict[str, Any], path: str | Path, storage_options: Any = None) -> None:
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(path.name + ".partial")
        buffer = BytesIO()  # straight to a full disk, torch.save fails with a RuntimeError that does not say so
        torch.save(checkpoint, buffer)
        try:
            partial.write_bytes(buffer.getbuffer())
            os.replace(partial, path)
        finally:
            partial.unlink(missing_ok=True)


class Listen(lightning.Callback):
    """After every so many epochs: pictures and sounds of both channels, original above reconstruction.

    Written to <run>/listen/epoch-<n>/ and, where W&B is on, logged there. One pair of each effect.
    """

    def __init__(self, pairs: Pairs, every_epochs: int = 1) -> None:
        self.pairs, self.every_epochs = pairs, every_epochs

    def on_validation_epoch_end(self, trainer: lightning.Trainer, module: lightning.LightningModule) -> None:
        if trainer.sanity_checking or not trainer.is_global_zero or trainer.current_epoch % self.every_epochs:
            return
        model = module.model
        config = model.config.spectrogram
        spectrogram = Spectrogram(config).to(module.device)
        folder = Path(trainer.default_root_dir) / "listen" / f"epoch-{trainer.current_epoch}"
        folder.mkdir(parents=True, exist_ok=True)
        for index, effect in enumerate(self.pairs.effects):
            pair = self.pairs[index]
            arrays = (
                torch.from_numpy(a)[None].to(module.device) for a in prepare_pair(pair.dry, pair.wet, config.samples)
            )
            dry, wet = arrays
            with torch.no_grad():
                target = spectrogram(dry, wet)
                mu, _ = model.encode(target, pair_views(dry, wet, target, config))
                decoded = model.decode(mu)
                phase = spectrogram.stft(dry)[:, None]
                if config.channels == 4:
                    sound = direct(decoded, spectrogram, phase)[0].cpu().numpy()
                else:
                    sound = griffin_lim(spectrogram.linear(decoded, phase.abs()), spectrogram, phase)[0].cpu().numpy()
            picture = np.concatenate(
                [np.concatenate(list(x[0, :2].float().cpu().numpy()), axis=1) for x in (target, decoded)]
            )
            picture = np.uint8((1 - to_db(picture[::-1]) / FLOOR_DB) * 255)
            Image.fromarray(picture).save(folder / f"{effect}.png")
            names = ("dry", "wet", "dry_reconstructed", "wet_reconstructed")
            sounds = dict(zip(names, (pair.dry, pair.wet, *sound), strict=True))
            for name, audio in sounds.items():
                (folder / f"{effect}_{name}.flac").write_bytes(io.encode(audio, "flac"))
            for logger in trainer.loggers:
                if isinstance(logger, WandbLogger):
                    logger.log_image(f"{effect}/joint_spectrogram", [str(folder / f"{effect}.png")])
                    files = [str(folder / f"{effect}_{name}.flac") for name in names]
                    logger.log_audio(f"{effect}/audio", files, caption=list(names))
