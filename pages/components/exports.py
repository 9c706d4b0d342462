"""What a visitor takes home: bytes of files, made from what the page shows."""

import io
import json
import zipfile
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from core.audio import SAMPLE_RATE
from core.audio.io import encode
from core.audio.measure import FLOOR_DB, to_db
from core.effects import Setting, effect_named
from pages.components import plots
from pages.components.widgets import Pair

if TYPE_CHECKING:
    from core.explorer import Interpolation
    from pages.components.playing import Spot


def path_json(checkpoint: str, path: "Interpolation", kind: str, part: str | None, a: Pair, b: Pair) -> bytes:
    """The path as JSON.

    format: name and version of this schema. checkpoint: its name. kind: "linear" or "spherical".
    part: what moves, "all", "content" or "effect".
    positions: 0 at A, 1 at B. drift_db: one a step.
    a, b: clip, effect, values (knob positions in [0, 1]), parameters (the same in their own units).
    """

    def end(pair: Pair) -> dict:
        setting = pair.setting
        return {
            "clip": pair.clip,
            "effect": setting.effect,
            "values": setting.values,
            "parameters": setting.physical,
        }

    content = {
        "format": "latentfx-path/1",
        "checkpoint": checkpoint,
        "kind": kind,
        "part": part or "all",
        "positions": [round(float(position), 6) for position in path.position],
        "a": end(a),
        "b": end(b),
        "drift_db": [round(float(drift), 4) for drift in path.drift_db],
    }
    return json.dumps(content, indent=1).encode()


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


def spots_json(spots: "Iterable[Spot]") -> bytes:
    """Saved spots as JSON: name, only ("all", or the one effect that the pad played), and all of `setting_dict`."""
    rows = [{"name": s.name, "only": s.only} | setting_dict(s.checkpoint, s.w, s.setting) for s in spots]
    return json.dumps({"format": "latentfx-spots/1", "spots": rows}, indent=1).encode()


def steps_zip(sounds: Iterable[tuple[int, np.ndarray]]) -> bytes:
    """All steps' sounds (time,) as step-01.wav ... in one ZIP."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for step, sound in sorted(sounds, key=lambda pair: pair[0]):
            archive.writestr(f"step-{step + 1:02d}.wav", encode(sound))
    return buffer.getvalue()


def strip_png(path: "Interpolation", bin_hz: np.ndarray, frame_s: float, title: str) -> bytes:
    """The film strip as a PNG for print: 200 dots an inch, Hz, seconds and one dB bar."""
    magnitudes, titles = plots.strip_panels(path)
    rows, columns, bins, frames = magnitudes.shape
    figure = Figure(figsize=(1.1 * columns + 1.6, 4.2), dpi=200, layout="constrained")
    axes = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    ticks = [hz for hz in plots.TICKS_HZ if bin_hz[0] <= hz <= bin_hz[-1]]
    for row in range(rows):
        for column in range(columns):
            ax = axes[row, column]
            image = ax.imshow(
                to_db(magnitudes[row, column]),
                cmap=plots.COLOUR_MAP.lower(),
                vmin=FLOOR_DB,
                vmax=0,
                origin="lower",
                aspect="auto",
                extent=(0, frames * frame_s, -0.5, bins - 0.5),
            )
            ax.set_yticks(np.interp(ticks, bin_hz, np.arange(bins)), [f"{hz:,}" for hz in ticks], fontsize=7)
            ax.tick_params(labelsize=7)
        axes[row, 0].set_ylabel(f"{('Dry', 'Wet')[row]}\nHz", fontsize=8)
    for column, text in enumerate(titles):
        axes[0, column].set_title(text, fontsize=9)
    figure.supxlabel(f"s ({frames * frame_s:.2f} s at {SAMPLE_RATE / 1000:.0f} kHz)", fontsize=8)
    figure.suptitle(title, fontsize=9)
    figure.colorbar(image, ax=axes, label="dB", pad=0.01)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return buffer.getvalue()
