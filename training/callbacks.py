"""What a run leaves to look at and to listen to."""

import csv
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
from core.audio.measurements import measure_pair
from core.audio.spectrogram import Spectrogram, SpectrogramConfig, fit
from core.effects import KnobLayout, Setting, effect_named, render
from training.controller_module import ControllerModule
from training.encoded import EncodedPairs
from training.pairs import Source
from training.vae_module import VAEModule


class WholeFiles(TorchCheckpointIO):
    """Saves resumable states so that a full disk or a kill leaves the last one whole.

    Lightning's own goes through the system's temporary folder; from another disk that is a copy, which may break off.
    asked: kept with each, what it belongs to; see state.hold_against.
    """

    def __init__(self, asked: dict[str, Any]) -> None:
        super().__init__()
        self.asked = asked

    def save_checkpoint(self, checkpoint: dict[str, Any], path: str | Path, storage_options: Any = None) -> None:
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(path.name + ".partial")
        buffer = BytesIO()  # straight to a full disk, torch.save fails with a RuntimeError that does not say so
        torch.save(checkpoint | {"asked": self.asked}, buffer)
        try:
            partial.write_bytes(buffer.getbuffer())
            os.replace(partial, path)
        finally:
            partial.unlink(missing_ok=True)


class Listen(lightning.Callback):
    """After every so many epochs, pictures and sounds of both channels, original above reconstruction.

    Written to <run>/listen/epoch-<n>/ and, where W&B is on, logged there. One pair of each effect.
    """

    def __init__(self, pairs: Source, every_epochs: int) -> None:
        self.pairs, self.every_epochs = pairs, every_epochs

    def on_validation_epoch_end(self, trainer: lightning.Trainer, module: lightning.LightningModule) -> None:
        due = (trainer.current_epoch + 1) % self.every_epochs == 0
        if trainer.sanity_checking or not trainer.is_global_zero or not due:
            return
        assert isinstance(module, VAEModule)
        model = module.model
        config = model.config.spectrogram
        spectrogram = Spectrogram(config).to(module.device)
        folder = Path(trainer.default_root_dir) / "listen" / f"epoch-{trainer.current_epoch}"
        folder.mkdir(parents=True, exist_ok=True)
        for index, effect in enumerate(self.pairs.effects):
            pair = fit(self.pairs.sounds(index), config.samples)
            dry, wet = (torch.from_numpy(sound)[None].to(module.device) for sound in pair)
            with torch.no_grad():
                target = spectrogram(dry, wet)
                mu, _ = model.encode(target, measure_pair(dry, wet, target, config))
                decoded = model.decode(mu)
                phase = spectrogram.stft(dry)[:, None]
                if config.channels == 4:
                    sound = direct(decoded, spectrogram, phase)[0].cpu().numpy()
                else:
                    sound = griffin_lim(spectrogram.linear(decoded, phase.abs()), spectrogram, phase)[0].cpu().numpy()
            rows = [list(x[0, :2].float().cpu().numpy()) for x in (target, decoded)]
            names = ("dry", "wet", "dry_reconstructed", "wet_reconstructed")
            leave(trainer, folder, effect, rows, dict(zip(names, (*pair, *sound), strict=True)))


class HearSettings(lightning.Callback):
    """After each validation: input, reference and prediction of a controller, one pair of each effect.

    Sounds, spectra and a table of the knobs (CSV): in <run>/listen/epoch-<n>/ and, where W&B is on, logged there.
    """

    def __init__(self, valid_set: EncodedPairs) -> None:
        self.pairs, self.z = valid_set.pairs, valid_set.z
        self.effect, self.knobs = valid_set.place.argmax(dim=1), valid_set.knobs
        alone = ((valid_set.place > 0).sum(dim=1) == 1).nonzero()[:, 0].tolist()
        self.chosen = list({int(self.effect[index]): index for index in reversed(alone)}.values())[::-1]

    def on_validation_epoch_end(self, trainer: lightning.Trainer, module: lightning.LightningModule) -> None:
        if trainer.sanity_checking or not trainer.is_global_zero:
            return
        assert isinstance(module, ControllerModule)
        folder = Path(trainer.default_root_dir) / "listen" / f"epoch-{trainer.current_epoch}"
        folder.mkdir(parents=True, exist_ok=True)
        effects, layout = self.pairs.effects, KnobLayout(self.pairs.effects)
        with torch.no_grad():
            said = module.controller(self.z[self.chosen].to(module.device))
        config = SpectrogramConfig()
        spectrogram = Spectrogram(config)
        table = []
        for row, index in enumerate(self.chosen):
            effect, own = effects[self.effect[index]], layout.own(int(self.effect[index]))
            dry, wet = self.pairs.sounds(index)
            guesses, parameters = said.knobs[row, own].tolist(), effect_named(effect).parameters
            setting = Setting(effect, tuple(min(max(guess, 0.0), 1.0) for guess in guesses))
            sounds = {"input": dry, "reference": wet, "prediction": render(dry, setting)}
            audio = torch.from_numpy(np.stack([fit(sound, config.samples) for sound in sounds.values()]))
            leave(trainer, folder, effect, [list(spectrogram.magnitude(spectrogram.stft(audio)).numpy())], sounds)
            heard = effects[int(said.effect[row].argmax())]
            for parameter, true, guess in zip(parameters, self.knobs[index, own].tolist(), guesses, strict=True):
                table.append(
                    [effect, heard, parameter.name, round(true, 4), round(guess, 4), round(abs(guess - true), 4)]
                )
        head = ["effect", "heard as", "parameter", "true", "predicted", "error"]
        with (folder / "parameters.csv").open("w", newline="") as handle:
            csv.writer(handle).writerows([head, *table])
        for logger in trainer.loggers:
            if isinstance(logger, WandbLogger):
                logger.log_table("parameters", columns=head, data=table)


def leave(
    trainer: lightning.Trainer, folder: Path, name: str, rows: list[list[np.ndarray]], sounds: dict[str, np.ndarray]
) -> None:
    """Write a picture of magnitudes (bin, frame) in rows, and sounds (time,), into folder, and to W&B if it is on."""
    magnitudes = np.concatenate([np.concatenate(row, axis=1) for row in rows])
    picture = (1 - to_db(magnitudes[::-1]) / FLOOR_DB) * 255
    Image.fromarray(picture.astype(np.uint8)).save(folder / f"{name}.png")
    files = {kind: folder / f"{name}_{kind}.flac" for kind in sounds}
    for kind, audio in sounds.items():
        files[kind].write_bytes(io.encode(np.nan_to_num(audio), "flac"))
    for logger in trainer.loggers:
        if isinstance(logger, WandbLogger):
            logger.log_image(f"{name}/spectrogram", [str(folder / f"{name}.png")])
            logger.log_audio(f"{name}/audio", list(map(str, files.values())), caption=list(files))
