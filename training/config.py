"""Configuration of a VAE training run: plain values, one dataclass, read by tyro from the command line."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from core.effects import EFFECTS

ALL_EFFECTS = tuple(effect.name for effect in EFFECTS)

OF_EFFECTS = ("study", "losses", "robustness")
"""Scores of other commands than `evaluate`; they hear nothing decoded, only what the effect part says."""


@dataclass(frozen=True)
class VAERun:
    """Train a VAE on a packed corpus; a killed run goes on where it was when started again with the same --out."""

    corpus: tuple[Path, ...]  # folders packed by `python -m training corpus`, each heard as often as any other
    out: Path = Path("runs/factor")  # run folder: curves, resumable state, and the checkpoint folder
    preset: Literal["factor", "joint-2ch", "joint-4ch", "week5"] = "factor"  # week5: the report's own model
    effects: tuple[str, ...] = ALL_EFFECTS
    fixed: float | None = None  # effects alone, all knobs here (the report: 0.5), in a laboratory
    chains: float = 1 / 3  # share of pairs that are chains of 2 or 3 effects
    brought: bool = True  # late, louder, noisy, at other rates, out of a running take, ...; else as in a laboratory
    pairs: int = 40_000  # pairs an epoch, rendered once
    # Folder of rendered pairs, 160 KB each (joint-4ch: 530 KB), and of label_pairs, 4 KB each, in its folder "labels";
    # runs may share one. By default in the run folder.
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
    measurement_weight: float = 15.0  # weight of the measurements' summed squared error; they are 1/110 of the numbers
    label_epochs: int = 30  # factor: epochs in which the effect's encoder learns from the labels; 0: no labels used
    label_pairs: int = 0  # factor: further pairs, measured alone, that the effect's encoder learns from, too
    label_chains: float = 0.5  # factor: share of them that are chains
    label_beta: float = 1e-3  # factor: weight of the effect part's KL beside the labels' error; 0: not sampled either
    change_weight: float = 1.0  # factor: weight of the squared error of wet - dry
    ear_weight: float = 0.0  # factor: weight of what an ear hears of errors, beside those in dB
    content_share: float = 0.5  # factor: share of the steps in which the content is learnt, before what is done to it
    effect_beta: float = 1.0  # factor, no labels used: weight of the effect part's KL
    clip: float = 1.0  # norm that gradients are cut to; 0: not cut
    per_element: bool = True  # divide the loss by the number of elements: same optimum, tame gradients
    save_every: int = 200  # steps between resumable states
    listen_every: int = 1  # epochs between pictures and sounds to look at and to listen to
    start: Path | None = None  # begin with the weights of this checkpoint folder, where names and shapes fit
    seed: int = 0
    noise: int | None = None  # seed of weights, order and noise; by default that of the pairs
    workers: int = 1
    devices: int = 1
    num_nodes: int = 1
    accelerator: str = "auto"
    precision: Literal["auto", "32-true", "bf16-mixed"] = "auto"  # auto: bf16 on a GPU; newer CPUs gain by it, too
    logger: Literal["csv", "wandb", "tensorboard"] = "csv"  # CSV is always written
    # Changes to the model's configuration, e.g. `--model width 128` or `--model phase cos_sin`.
    model: dict[str, int | float | str] = field(default_factory=dict)


@dataclass(frozen=True)
class ControllerRun:
    """Train a controller for a checkpoint, from its z to effect and knobs; it arrives in the checkpoint folder.

    A killed run goes on where it was when started again with the same --out.
    """

    checkpoint: Path
    corpus: tuple[Path, ...]  # folders packed by `python -m training corpus`, each heard as often as any other
    out: Path = Path("runs/controller")  # run folder: curves, resumable state, what it sounds like
    bottleneck: int = 0  # numbers of w; 0: none
    linear: bool = False  # one layer, the report's "simple linear network"
    width: int = 256
    fixed: float | None = None  # all knobs here in training and validation: the report's dummy values
    chains: float = 0.0  # share of pairs that are chains of 2 or 3 effects, which it then tells, too
    reads: str = ""  # tell chains at the points of this controller of the checkpoint, "w2" say, not from z
    brought: bool = True  # late, louder, noisy, ...; else, and where it learns from sounds, as in a laboratory
    pairs: int = 24_000
    cache: Path | None = None  # folder of rendered pairs, which runs may share; by default in the run folder
    vary: bool = True  # change speed and equalisation of the dry sound
    valid_pairs: int = 512
    calibration_pairs: int = 4000  # of the calibration speakers: how far off each knob may be
    epochs: int = 24
    max_steps: int | None = None
    batch: int = 256
    learning_rate: float = 5e-3  # peak of a one-cycle schedule; a low one leaves w of 2 numbers in a poor fold
    parameter_weight: float = 1.0  # of effect and knobs; 0: sound alone
    audio_weight: float = 0.0  # of MR-STFT + L1 through the real effect, by SPSA: 2 * draws + 1 sounds an example
    l1_weight: float = 1.0  # of L1 beside MR-STFT
    epsilon: float = 0.02  # how far SPSA moves the knobs
    draws: int = 1
    kl_weight: float = 0.01  # of w's KL divergence; 0: w is not sampled either
    start: str | None = None  # begin with this controller of the checkpoint
    save_every: int = 500  # steps between resumable states
    seed: int = 77  # not the VAE's, which knows the pairs of its own seed too well
    workers: int = 2  # processes that render
    logger: Literal["csv", "wandb", "tensorboard"] = "csv"  # CSV is always written

    @property
    def name(self) -> str:
        """What the checkpoint calls it: "full", "linear", "w2", "w4", ..., "w2-chains", ..."""
        if self.reads:
            return f"{self.reads}-chains"
        return "linear" if self.linear else f"w{self.bottleneck}" if self.bottleneck else "full"
