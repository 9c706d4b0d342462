"""What options of a command can be, looked at before any work."""

import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from math import isfinite
from pathlib import Path
from typing import Any

from core.checkpoints.folder import load
from core.effects import EFFECTS

_MAY_BE_ZERO = {
    "workers", "seed", "noise", "bottleneck", "label_epochs", "label_pairs", "beta_warmup", "match_examples",
    "search_examples", "loss_steps", "heard", "heard_examples",
}  # fmt: skip
"""Whole numbers that may be 0; all others are 1 at least."""
_LEAST = {"condition_examples": 2}
_ABOVE_ZERO = {"learning_rate", "epsilon", "hear_every"}
_SHARES = {"fixed", "chains", "label_chains", "content_share"}
_REPORTS = {"EvaluateRun"}  # whose `out` is a file
_MOST_SEED = 2**32 - 100  # what NumPy takes; runs use a few behind it


def asked() -> str:
    """The command line of this process, without where folders lie on this machine."""
    words = (Path(word).name if Path(word).is_absolute() else word for word in sys.argv[1:])
    return " ".join(["python -m training", *words])


def once(run: Any, words: Sequence[str]) -> None:
    """SystemExit, in a sentence, for an option of several values that is given twice: the last alone would count."""
    given = [word.partition("=")[0][2:].replace("-", "_") for word in words if word.startswith("--")]
    for name, value in vars(run).items():
        if isinstance(value, tuple | dict) and given.count(name) > 1:
            option = f"--{name.replace('_', '-')}"
            raise SystemExit(f"{option} is given twice. Please give it once, with all its values: {option} A B.")


def at_home(run: Any) -> Any:
    """A run (a dataclass) with "~" in its folders replaced, which a shell leaves in `--out=~/run`."""
    return replace(run, **{name: _at_home(value) for name, value in vars(run).items()})


def _at_home(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(map(_at_home, value))
    return Path(os.path.expanduser(value)) if isinstance(value, Path) else value


def refuse(run: Any) -> None:
    """SystemExit, in a sentence, for an option of a run (a dataclass) that no run can have."""
    for name, value in vars(run).items():
        if name == "out" and type(run).__name__ in _REPORTS:
            continue
        if wrong := _wrong(name, value):
            raise SystemExit(f"--{name.replace('_', '-')} {_text(value)} {wrong}.")


def _wrong(name: str, value: Any) -> str:
    """What is wrong with the value of an option; "" where nothing is."""
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, int):
        least = 0 if name in _MAY_BE_ZERO else _LEAST.get(name, 1)
        if value < least:
            return f"is too few: please ask for {least} at least"
        return "is too large for a seed" if name in ("seed", "noise") and value > _MOST_SEED else ""
    if isinstance(value, float):
        if name in _SHARES:
            return "" if 0 <= value <= 1 else "is no share: please ask for 0 to 1"
        least_ok = value > 0 if name in _ABOVE_ZERO else value >= 0
        return "" if isfinite(value) and least_ok else "is no number that it can be"
    if name == "effects":
        return _wrong_effects(value)
    return _wrong_folder(name, value) if isinstance(value, Path) else ""


def _wrong_effects(effects: tuple[str, ...]) -> str:
    known = [effect.name for effect in EFFECTS]
    strangers = [name for name in effects if name not in known]
    if strangers or not effects:
        return f"must be of these: {', '.join(known)}"
    return "" if len(set(effects)) == len(effects) else "names an effect twice"


def _wrong_folder(name: str, path: Path) -> str:
    if name == "start":
        load(path)
    if name in ("out", "cache"):
        there = next((one for one in (path, *path.parents) if one.exists()), path)
        return "" if there.is_dir() else f"cannot be a folder: {there} is a file"
    return ""


def _text(value: Any) -> str:
    return " ".join(value) if isinstance(value, tuple) else str(value)
