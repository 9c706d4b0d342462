"""Trainings that are repeated with several seeds: each is made once, and their scores are put side by side."""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from core.checkpoints import folder as checkpoint
from training import card
from training.markdown import table_of


def once(done: Path, asked: dict[str, Any], make: Callable[[], dict[str, float]]) -> dict[str, float]:
    """Scores of a training as a file has them, where it was finished with the same options; else made, and written.

    asked: what scores depend on, as plain values.
    """
    found = json.loads(done.read_text()) if done.exists() else {}
    if found.get("asked") != asked:
        found = {"asked": asked, "scores": make()}
        done.parent.mkdir(parents=True, exist_ok=True)
        partial = done.with_suffix(".partial")
        partial.write_text(json.dumps(found, indent=1) + "\n")
        os.replace(partial, done)
    scores: dict[str, float] = found["scores"]
    return scores


def spread(scores: list[dict[str, float]], digits: int = 3) -> dict[str, str]:
    """Mean and standard deviation over seeds of each score, in words."""
    cells = {}
    for key in scores[0]:
        values = [one[key] for one in scores]
        deviation = f" ± {np.std(values, ddof=1):.{digits}f}" if len(values) > 1 else ""
        cells[key] = f"{np.mean(values):.{digits}f}{deviation}"
    return cells


def store(folder: Path, rows: list[dict[str, str]], facts: dict[str, Any]) -> None:
    """Add facts to what a checkpoint's config.json and card say of its training, and print the rows."""
    config = checkpoint.load_config(folder)
    checkpoint.save_config(folder, replace(config, training=config.training | facts))
    card.write(folder)
    print("\n".join(table_of(rows)))
