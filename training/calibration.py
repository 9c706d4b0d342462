"""How far off a controller may be, of each knob by itself, found on speakers that nothing else was decided on."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core.checkpoints import folder as checkpoint
from training import card
from training.controller import calibrate as calibrate_one
from training.corpus import Corpus
from training.encoded import EncodedPairs
from training.options import asked
from training.pairs import PairTensors
from training.real_pairs import RealPairs
from training.target import open_target


@dataclass(frozen=True)
class CalibrateRun:
    """Calibrate all controllers of a checkpoint anew, as when they are trained, on pairs as people have them: the range
    of each knob, and what it takes to be in a chain. Their weights stay as they are."""

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
    corpora = [Corpus(folder) for folder in run.corpus]
    source = RealPairs(corpora, corpora[0].held_out("calibration"), explorer.config.effects, run.seed)
    told = [
        {"corpus": corpus.about, "split": source.split, "pairs": run.pairs // len(corpora),
         "speakers": [speaker.name for speaker in corpus.split(source.split)]}
        for corpus in corpora
    ]  # fmt: skip
    tensors = PairTensors(source, run.pairs, explorer.spectrogram_config)
    about = f"Rendering and encoding {run.pairs:,} {source.split} pairs"
    pairs = EncodedPairs.of(explorer, tensors, about, workers=run.workers)
    config = checkpoint.load_config(run.checkpoint)
    controllers = checkpoint.load_controllers(run.checkpoint, config)
    for controller in controllers.values():
        read = controllers.get(controller.config.reads)
        calibrate_one(controller, pairs.at_points(read) if read else pairs)
    facts: dict[str, Any] = {"command": asked(), "corpora": told}
    training = config.training | {"calibration": facts}
    checkpoint.save_controllers(run.checkpoint, controllers, replace(config, training=training))
    card.write(run.checkpoint)
    return facts
