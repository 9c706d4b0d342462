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
    out: Path = Path("runs/factor")  # run folder: curves, resumable state, and the checkpoint folder
    preset: Literal["factor", "joint-2ch", "joint-4ch", "week5"] = "factor"  # week5: the report's own model
    effects: tuple[str, ...] = ALL_EFFECTS
    fixed: float | None = None  # all knobs here (the report: 0.5) instead of at random
    pairs: int = 60_000  # pairs an epoch, rendered once
    # Folder of rendered pairs, 160 KB each (joint-4ch: 530 KB); runs may share one. By default in the run folder.
    cache: Path | None = None
    roll: bool = True  # joint-*: turn each pair round in time by a random number of frames whenever it is read
    vary: bool = True  # change speed and equalisation of the dry sound, for more speakers than the corpus has
    valid_pairs: int = 512
    epochs: int = 6
    max_steps: int | None = None  # end here, the schedule with it
    batch: int = 32
    learning_rate: float = 1e-3  # peak of the schedule
    schedule: Literal["one-cycle", "constant"] = "one-cycle"  # constant: as in the report
    beta: float = 0.01  # weight of the summed KL beside the summed squared error
    beta_warmup: int = 500  # steps until beta is reached; 0: from the start, as in the report
    view_weight: float = 15.0  # weight of the views' summed squared error; they are 1/110 of the numbers
    change_weight: float = 1.0  # factor: weight of the squared error of wet - dry
    swap: float = 0.5  # factor: share of twins that are decoded with each other's effect part
    twin_weight: float = 10.0  # factor: weight of the squared distance of twins' effect parts
    label_weight: float = 200.0  # factor: weight of telling effect and knobs from the effect part; 0: no labels used
    effect_beta: float = 1.0  # factor: weight of the effect part's KL
    clip: float = 1.0  # norm that gradients are cut to; 0: not cut
    per_element: bool = True  # divide the loss by the number of elements: same optimum, tame gradients
    save_every: int = 200  # steps between resumable states
    seed: int = 0
    workers: int = 1
    devices: int = 1
    num_nodes: int = 1
    accelerator: str = "auto"
    precision: Literal["auto", "32-true", "bf16-mixed"] = "auto"  # auto: bf16 on a GPU; newer CPUs gain by it, too
    logger: Literal["csv", "wandb", "tensorboard"] = "csv"  # CSV is always written
    # Changes to the model's configuration, e.g. `--model width 128` or `--model phase cos_sin`.
    model: dict[str, int | float | str] = field(default_factory=dict)
