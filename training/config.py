"""Configuration of a VAE training run: plain values, one dataclass, read by tyro from the command line."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from core.effects import EFFECTS

ALL_EFFECTS = tuple(effect.name for effect in EFFECTS)


@dataclass(frozen=True)
class VAERun:
    """Train a VAE on a packed corpus; a killed run goes on where it was when started again with the same --out."""

    corpus: Path  # a folder packed by `python -m training corpus`
    out: Path = Path("runs/joint-2ch")  # run folder: curves, resumable state, and the checkpoint folder
    preset: Literal["joint-2ch", "week5"] = "joint-2ch"  # week5: the report's own model and loss weights
    effects: tuple[str, ...] = ALL_EFFECTS
    fixed: float | None = None  # all knobs here (the report: 0.5) instead of at random
    pairs: int = 24_000  # pairs an epoch; rendered once if cached, anew each epoch otherwise
    cache: bool = True  # keep rendered pairs in the run folder (160 KB each)
    roll: bool = True  # turn each pair round in time by a random number of frames whenever it is read
    valid_pairs: int = 512
    epochs: int = 11
    batch: int = 32
    learning_rate: float = 1e-3  # peak of the schedule
    schedule: Literal["one-cycle", "constant"] = "one-cycle"  # constant: as in the report
    beta: float = 0.01  # weight of the summed KL beside the summed squared error
    beta_warmup: int = 500  # steps until beta is reached; 0: from the start, as in the report
    view_weight: float = 15.0  # weight of the views' summed squared error; they are 1/110 of the numbers
    clip: float = 1.0  # norm that gradients are cut to; 0: not cut
    per_element: bool = True  # divide the loss by the number of elements: same optimum, tame gradients
    save_every: int = 200  # steps between resumable states
    seed: int = 0
    workers: int = 1
    devices: int = 1
    num_nodes: int = 1
    accelerator: str = "auto"
    logger: Literal["csv", "wandb", "tensorboard"] = "csv"  # CSV is always written
    model: dict[str, int | float] = field(default_factory=dict)  # changes to the model's configuration, e.g. width=128
