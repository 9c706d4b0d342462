"""How far off a controller may be, of each knob by itself, found on speakers that nothing else was decided on."""

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from core.checkpoints import folder as checkpoint
from training import card
from training.corpus import Corpus
from training.encoded import EncodedPairs
from training.pairs import Pairs, PairTensors
from training.target import open_target


@dataclass(frozen=True)
class CalibrateRun:
    """Calibrate the ranges of all controllers of a checkpoint, of each knob; their weights stay as they are."""

    checkpoint: Path
    corpus: tuple[Path, ...]  # folders packed by `python -m training corpus`, as many pairs of each
    pairs: int = 4000  # of the calibration speakers, in all
    seed: int = 104
    workers: int = 2


def calibrate(run: CalibrateRun) -> dict[str, Any]:
    """Store the checkpoint's controllers calibrated; returns what config.json says of it."""
    explorer = open_target(run.checkpoint)
    if not explorer.config.controllers:
        raise SystemExit(f"{run.checkpoint} has no controllers. Please run `python -m training controller` first.")
    parts, told = [], []
    for folder in run.corpus:
        corpus, count = Corpus(folder), run.pairs // len(run.corpus)
        pairs = Pairs(corpus, corpus.held_out("calibration"), explorer.config.effects, run.seed)
        tensors = PairTensors(pairs, count, explorer.spectrogram_config)
        about = f"Rendering and encoding {count:,} pairs of {len(pairs.speakers)} {pairs.split} speakers"
        parts.append(EncodedPairs.of(explorer, tensors, about, workers=run.workers))
        names = [speaker.name for speaker in pairs.speakers]
        told.append({"corpus": corpus.about, "split": pairs.split, "pairs": count, "speakers": names})
    z, knobs = (torch.cat([getattr(part, name) for part in parts]) for name in ("z", "knobs"))
    config = checkpoint.load_config(run.checkpoint)
    controllers = checkpoint.load_controllers(run.checkpoint, config)
    for controller in controllers.values():
        read = controllers.get(controller.config.reads)
        with torch.inference_mode():
            points = read.encode(z)[0] if read else z
        controller.calibrate(points, knobs)
    facts: dict[str, Any] = {"command": " ".join(["python -m training", *sys.argv[1:]]), "corpora": told}
    training = config.training | {"calibration": facts}
    checkpoint.save_controllers(run.checkpoint, controllers, replace(config, training=training))
    card.write(run.checkpoint)
    return facts
