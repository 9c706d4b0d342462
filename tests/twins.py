"""A static twin to look into: made once, small; and its files, taken apart."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np

from core.audio.clips import load_clip
from core.audio.own import Own
from core.effects import Setting
from core.explorer import Explorer
from core.paths.path_file import End, PathFile, fingerprint
from core.paths.route import Route
from pages.static import build

POINTS = 40
CLIP = "speech_en_f_allison"


def path(explorer: Explorer, clip: str = CLIP, start: int = 0, steps: int = 3) -> PathFile:
    """A short path over one recording."""
    dry = fingerprint(Own.of(load_clip(CLIP)).lasting(131_072, True).heard)
    ends = tuple(End(clip, start, Setting.all_at(name, 0.5), dry) for name in ("delay", "overdrive"))
    return PathFile(explorer.name, "a revision", ends, Route(steps=steps), "parameter line")


def make(out: Path, explorer: Explorer) -> list[build.Step]:
    return list(build.build(out, explorer, "factor", POINTS, [path(explorer)]))


def content(file: Path) -> tuple[str, dict[str, Any], list[bytes]]:
    """Name, header and parts of a file of a twin."""
    text = file.read_bytes().decode("utf-16")
    found = re.fullmatch(r"latentfx\((.*)\);\n", text, re.DOTALL)
    assert found
    name, header, parts = json.loads(f"[{found[1]}]")
    return name, header, [_bytes(*part) for part in parts]


def _bytes(size: int, letters: str) -> bytes:
    numbers = np.array([ord(letter) - 0x3000 for letter in letters], int)
    bits = (numbers[:, None] >> np.arange(14, -1, -1)) & 1
    return np.packbits(bits.reshape(-1)[: 8 * size]).tobytes()
