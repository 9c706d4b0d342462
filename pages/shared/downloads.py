"""What a visitor takes home: bytes of files, made from what the page shows."""

import csv
import io
import json
import math
import re
import zipfile
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

import numpy as np

from core.audio.io import encode_exactly
from core.cells import inert
from core.effects import Setting, effect_named
from pages.shared import memory, queue

Content = TypeVar("Content")


def later(make: Callable[[], Content]) -> Callable[[], Content]:
    """For a download button: makes its content when it is pressed, in its turn, with this visitor's results at hand.

    Streamlit calls it on a thread that knows no visitor.
    """
    store = memory.visitors()

    def made() -> Content:
        with memory.lend(store), queue.turn():
            return make()

    return made


def file_name(*words: object) -> str:
    """Words as the name of a file without its suffix, "factor-clusters-umap-2-d": at most 80 letters."""
    return re.sub(r"[^a-z0-9.]+", "-", " ".join(map(str, words)).lower()).strip("-.")[:80] or "latentfx"


def table_csv(columns: Mapping[str, Iterable[object]]) -> str:
    """Columns, all equally long, as CSV with their names above; what is not there, None or NaN, is an empty cell."""
    rows = zip(*(list(column) for column in columns.values()), strict=True)
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(map(inert, columns))
    writer.writerows([_cell(value) for value in row] for row in rows)
    return file.getvalue()


def _cell(value: object) -> object:
    if isinstance(value, float | np.floating):
        return "" if math.isnan(value) else f"{value:.6g}"
    if isinstance(value, str):
        return inert(value)
    return "" if value is None else value


def setting_dict(checkpoint: str, w: Iterable[float], setting: Setting) -> dict:
    """One setting: effect, values (knob positions in [0, 1]), parameters (in their own units), and its point w."""
    parameters = effect_named(setting.effect).parameters
    return {
        "checkpoint": checkpoint,
        "w": list(w),
        "effect": setting.effect,
        "values": setting.values,
        "parameters": {p.name: {"value": setting.physical[p.name], "unit": p.unit} for p in parameters},
    }


def setting_json(checkpoint: str, w: Iterable[float], setting: Setting) -> bytes:
    """A setting as JSON, see `setting_dict`; format: name and version of this schema."""
    return json.dumps({"format": "latentfx-setting/1"} | setting_dict(checkpoint, w, setting), indent=1).encode()


def steps_zip(sounds: Iterable[tuple[int, np.ndarray]], rate: int) -> bytes:
    """All steps' sounds, (time,) or (channel, time), at `rate` Hz as step-01.wav ... in one ZIP."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for step, sound in sorted(sounds, key=lambda pair: pair[0]):
            archive.writestr(f"step-{step + 1:02d}.wav", encode_exactly(sound, rate))
    return buffer.getvalue()
