"""The state of a run, from which it goes on: opened and held against what is asked, before anything is computed."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from signal import SIGTERM
from typing import Any

import lightning
import torch
from lightning.pytorch.utilities.exceptions import SIGTERMException
from torch import Tensor

from core.checkpoints import folder as checkpoint
from core.checkpoints.limits import CheckpointError


def opened(file: Path) -> dict[str, Any]:
    """What Lightning kept of a run; empty where it kept nothing yet. SystemExit where the file is damaged."""
    if not file.exists():
        return {}
    try:
        state: dict[str, Any] = torch.load(file, "cpu", weights_only=True)
        return {"asked": None} | state
    except Exception as error:  # what is left of a file can raise anything
        raise SystemExit(
            f"{file} is damaged, or of another version of LatentFX. Please delete it to begin anew, or put a whole "
            "copy of it in its place."
        ) from error


def hold_against(out: Path, state: dict[str, Any], asked: dict[str, Any]) -> None:
    """SystemExit where the run to go on with was begun with other options, or on other pairs.

    asked: plain values that its weights depend on; see callbacks.WholeFiles.
    """
    before = state.get("asked", asked)
    if before is None:
        raise SystemExit(f"{out} was begun by another version of LatentFX. Please choose another --out.")
    if other := sorted(key for key in before.keys() | asked.keys() if before.get(key) != asked.get(key)):
        raise SystemExit(
            f"{out} was begun otherwise ({', '.join(other)}). Please start it again as it was, or choose another --out."
        )


def arrived(out: Path, file: Path, folder: Path, steps: int, asked: dict[str, Any]) -> bool:
    """Whether a VAE's run in `out` took its steps and its checkpoint folder has what came of them.

    SystemExit where the state in file is damaged or of another run, or where the folder has what was made for the
    weights that are there, and others are to come.
    """
    state = opened(file)
    hold_against(out, state, asked)
    if state.get("global_step", 0) >= steps and _holds(folder, state["state_dict"]):
        return True
    for name in ("controllers.safetensors", "atlas.npz"):
        if (folder / name).exists():
            raise SystemExit(
                f"{folder} has {name}, made for its own weights. Please move that folder away, or choose another --out."
            )
    return False


def _holds(folder: Path, weights: dict[str, Tensor]) -> bool:
    """Whether a checkpoint folder holds the weights of a VAEModule, as rounded as it stores them."""
    try:
        kept = checkpoint.load(folder)[0].state_dict()
    except CheckpointError:
        return False
    own = {name: weights[f"model.{name}"] for name in kept if f"model.{name}" in weights}
    return len(own) == len(kept) and all(
        torch.equal(kept[name], one.half().to(one) if one.is_floating_point() else one) for name, one in own.items()
    )


@contextmanager
def told_where_it_stops(trainer: lightning.Trainer, file: Path, every: int) -> Iterator[None]:
    """A training that keeps its state in file `every` so many steps: what stops it is told in a sentence."""
    try:
        yield
    except OSError as error:
        step = trainer.global_step // every * every
        raise SystemExit(
            f"Training stopped: {error}. The state of step {step} is in {file.parent}; once there is room, the same "
            "command goes on from it."
        ) from error
    except SIGTERMException as error:
        kept = f"the same command goes on from {file}" if file.exists() else "the same command begins anew"
        print(f"Training stopped at step {trainer.global_step}; {kept}.", file=sys.stderr)
        raise SystemExit(128 + SIGTERM) from error
