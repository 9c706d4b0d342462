"""Numbers of the page Report: a checkpoint's scores, and recordings at fixed knobs on its map."""

from typing import Any

import numpy as np

from core.audio.clips import clips
from core.effects import Setting
from pages.shared.catalogue import is_number
from pages.shared.memory import kept
from pages.shared.results.checkpoints import explorer, revision
from pages.shared.results.sounds import clip_segment, wet

TOGETHER, TIMES = 8, 2
"""Pairs that are encoded in one turn, and turns, for each effect."""
STUDY = {"knob error": "Knob error", "variation / range": "Zig-zag", "coverage": "Coverage"}
"""Columns of the study of small spaces that are shown."""


def score(name: str, key: str) -> float | None:
    """A number among the checkpoint's scores, by its key with dots; None where there is none."""
    value: Any = explorer(name).config.scores
    for part in key.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return float(value) if is_number(value) else None


def study(name: str) -> list[dict[str, Any]]:
    """Rows of the checkpoint's study of spaces to play in: its name, how many numbers, and STUDY; those of up to two
    numbers, and the one without a bottleneck."""
    rows = explorer(name).config.scores.get("study")
    there = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    whole = [row for row in there if all(is_number(row.get(key)) for key in ("numbers", *STUDY))]
    return [row for row in whole if isinstance(row.get("space"), str) and (row["numbers"] <= 2 or row is whole[0])]


def placed(name: str, setting: Setting) -> np.ndarray:
    """Where TOGETHER * TIMES stretches of the shipped speech (stretch, 2), all through one setting, lie on the map."""
    return np.concatenate([_placed(name, revision(name), setting, turn) for turn in range(TIMES)])


@kept("Encoding recordings at fixed knobs")
def _placed(name: str, revision: str, setting: Setting, turn: int) -> np.ndarray:
    model, draw = explorer(name), np.random.default_rng(turn)
    speech = [clip.name for clip in clips() if clip.is_speech]
    drys = [clip_segment(str(draw.choice(speech)), int(draw.integers(0, 96_000))) for _ in range(TOGETHER)]
    z = model.encode(np.stack(drys), np.stack([wet(dry, setting) for dry in drys]))
    return model.atlas.place(z[:, model.map_part], "umap", 2)
