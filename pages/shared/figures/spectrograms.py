"""Spectrograms as figures. One colour map and one dB range for every one of them.

The range goes from core's floor to 0 dB, a full-scale sine.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd  # noqa: F401  plotly looks for it at each figure, and must not find what another visitor half imported
import plotly.graph_objects as go

from core.audio.measure import FLOOR_DB, to_db

if TYPE_CHECKING:
    from core.explorer import Reconstruction
from pages.shared.figures.theme import COLOUR_MAP, DIFFERENCE_DB, DIFFERENCE_MAP, TICKS_HZ, db_axis


def spectrogram_grid(
    magnitudes: np.ndarray,
    row_titles: Sequence[str],
    column_titles: Sequence[str],
    bin_hz: np.ndarray,
    frame_s: float,
    row_height: int = 190,
) -> go.Figure:
    """Panels of one dB range, with one dB bar, seconds and Hz.

    magnitudes: (row, column, bin, frame), full scale at 1. Either list of titles may be empty.
    bin_hz: centre of each bin in Hz (bin,). frame_s: seconds a frame. row_height: pixels.
    """
    return level_grid(to_db(magnitudes), row_titles, column_titles, bin_hz, frame_s, row_height)


def level_grid(
    level_db: np.ndarray,
    row_titles: Sequence[str],
    column_titles: Sequence[str],
    bin_hz: np.ndarray,
    frame_s: float,
    row_height: int = 190,
) -> go.Figure:
    """As `spectrogram_grid`, of levels in dB (row, column, bin, frame)."""
    bar = db_axis(COLOUR_MAP, FLOOR_DB, 0, "dB", 0.5, 1.0)
    return _grid_of(level_db, bar, row_titles, column_titles, bin_hz, frame_s, row_height)


def difference_grid(
    level_db: np.ndarray,
    row_titles: Sequence[str],
    column_titles: Sequence[str],
    bin_hz: np.ndarray,
    frame_s: float,
    row_height: int = 190,
) -> go.Figure:
    """As `spectrogram_grid`, of differences in dB (row, column, bin, frame), on a scale that is even about 0."""
    bar = db_axis(DIFFERENCE_MAP, -DIFFERENCE_DB, DIFFERENCE_DB, "dB", 0.5, 1.0)
    return _grid_of(level_db, bar, row_titles, column_titles, bin_hz, frame_s, row_height)


def _stride(panels: np.ndarray) -> int:
    """Every how many frames are drawn: more columns than pixels help nobody."""
    return max(1, panels.shape[1] * panels.shape[-1] // 1536)


def _grid_of(
    level_db: np.ndarray, bar: dict, row_titles: Sequence[str], column_titles: Sequence[str], bin_hz: np.ndarray,
    frame_s: float, row_height: int,
) -> go.Figure:  # fmt: skip
    level_db, frame_s = level_db[..., :: _stride(level_db)], frame_s * _stride(level_db)
    rows, columns, _, frames = level_db.shape
    bars = {"coloraxis": bar}
    figure = _grid(rows, columns, row_titles, column_titles, bin_hz, frames * frame_s, row_height, bars)
    for number, panel in enumerate(level_db.reshape(rows * columns, *level_db.shape[2:])):
        _panel(figure, panel, number, bin_hz, frame_s, "coloraxis")
    return figure


def comparison(
    original: np.ndarray, decoded: np.ndarray, difference_db: np.ndarray, bin_hz: np.ndarray, frame_s: float
) -> go.Figure:
    """Dry and wet (columns); original, decoded, and their difference in dB (rows); each (2, bin, frame)."""
    titles = ("Original X", "Decoded X̂", "Difference")
    bars = {
        "coloraxis": db_axis(COLOUR_MAP, FLOOR_DB, 0, "dB", 0.67, 0.64),
        "coloraxis2": db_axis(DIFFERENCE_MAP, -DIFFERENCE_DB, DIFFERENCE_DB, "X̂ − X, dB", 0.14, 0.29),
    }
    figure = _grid(3, 2, titles, ("Dry", "Wet"), bin_hz, original.shape[-1] * frame_s, 210, bars)
    shown = [*to_db(original), *to_db(decoded), *difference_db]
    for number, panel in enumerate(shown):
        _panel(figure, panel, number, bin_hz, frame_s, "coloraxis" if number < 4 else "coloraxis2")
    return figure


def triptych(made: "Reconstruction", bin_hz: np.ndarray, frame_s: float) -> go.Figure:
    """Dry, wet, and the wet sound decoded, side by side."""
    magnitudes = np.stack([*made.original, made.decoded[1]])[None]
    return spectrogram_grid(magnitudes, (), ("Dry", "Wet", "Decoded"), bin_hz, frame_s)


def _grid(
    rows: int,
    columns: int,
    row_titles: Sequence[str],
    column_titles: Sequence[str],
    bin_hz: np.ndarray,
    seconds: float,
    row_height: int,
    bars: dict[str, dict],
) -> go.Figure:
    """Empty axes, and colour bars: zooming one panel zooms all; only the outer ones carry ticks."""
    gap_x, gap_y = min(0.02, 0.2 / columns), 14 / (row_height * rows)
    width, height = (1 - gap_x * (columns - 1)) / columns, (1 - gap_y * (rows - 1)) / rows
    ticks = _ticks_hz(bin_hz, row_height * height * rows)
    layout: dict = {
        "height": row_height * rows + 70,
        "showlegend": False,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 74 if len(row_titles) else 52, "r": 8, "t": 26 if len(column_titles) else 8, "b": 44},
        **bars,
    }
    for row in range(rows):
        for column in range(columns):
            number = row * columns + column
            left, top = column * (width + gap_x), 1 - row * (height + gap_y)
            layout[f"xaxis{_suffix(number)}"] = {
                "domain": [left, min(1.0, left + width)],
                "anchor": f"y{_suffix(number)}",
                "matches": "x" if number else None,
                "range": [0, seconds],
                "showticklabels": row == rows - 1,
                "ticks": "outside" if row == rows - 1 else "",
                "showgrid": False,
                "zeroline": False,
                "nticks": 7 if columns == 1 else 4 if columns < 4 else 3 if columns < 9 else 2,
                "title": {"text": "Time (s)" if row == rows - 1 and (columns < 6 or column == columns // 2) else ""},
            }
            layout[f"yaxis{_suffix(number)}"] = {
                "domain": [max(0.0, top - height), top],
                "anchor": f"x{_suffix(number)}",
                "matches": "y" if number else None,
                "range": [-0.5, len(bin_hz) - 0.5],
                "showticklabels": column == 0,
                "ticks": "outside" if column == 0 else "",
                "showgrid": False,
                "zeroline": False,
                "tickvals": np.interp(ticks, bin_hz, np.arange(len(bin_hz))),
                "ticktext": [f"{hz // 1000}k" if hz >= 1000 else str(hz) for hz in ticks],
                "title": {"text": "Hz" if column == 0 else "", "standoff": 4},
            }
    paper = {"xref": "paper", "yref": "paper", "showarrow": False}
    above = {"y": 1, "yanchor": "bottom", "xanchor": "center", "yshift": 3, "font": {"size": 12 if columns < 9 else 9}}
    beside = {"x": 0, "xanchor": "right", "yanchor": "middle", "xshift": -52, "textangle": -90}
    # All at once: plotly validates each of them anew whenever one is added.
    layout["annotations"] = [
        *(paper | above | {"text": text, "x": column * (width + gap_x) + width / 2}
          for column, text in enumerate(column_titles)),
        *(paper | beside | {"text": text, "y": 1 - row * (height + gap_y) - height / 2}
          for row, text in enumerate(row_titles)),
    ]  # fmt: skip
    return go.Figure(layout=layout)  # at once: update_layout takes as long again


def _ticks_hz(bin_hz: np.ndarray, pixels: float) -> list[int]:
    """Those of TICKS_HZ, from the top, whose labels do not touch on an axis of that many pixels."""
    ticks: list[int] = []
    low = np.inf
    for hz in reversed(TICKS_HZ):
        place = float(np.interp(hz, bin_hz, np.arange(len(bin_hz)))) * pixels / len(bin_hz)
        if bin_hz[0] <= hz <= bin_hz[-1] and low - place >= 13:
            ticks.append(hz)
            low = place
    return ticks


def _panel(
    figure: go.Figure, level_db: np.ndarray, number: int, bin_hz: np.ndarray, frame_s: float, coloraxis: str
) -> None:
    """One spectrogram (bin, frame) in whole dB: a byte a cell."""
    figure.add_trace(
        go.Heatmap(
            z=np.clip(np.round(level_db), -127, 127).astype(np.int8),
            x0=frame_s / 2,
            dx=frame_s,
            coloraxis=coloraxis,
            xaxis=f"x{_suffix(number)}",
            yaxis=f"y{_suffix(number)}",
            hovertemplate="%{x:.2f} s, %{z} dB<extra></extra>",
        )
    )


def _suffix(number: int) -> str:
    return "" if number == 0 else str(number + 1)
