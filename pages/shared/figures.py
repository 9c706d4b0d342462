"""Arrays to plotly figures. One colour map and one dB range for every spectrogram, one colour for every effect.

The range goes from core's floor to 0 dB, a full-scale sine.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd  # noqa: F401  plotly looks for it at each figure, and must not find what another visitor half imported
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from core.audio.measure import FLOOR_DB, to_db
from core.effects import EFFECTS

if TYPE_CHECKING:
    from core.explorer import Reconstruction
    from pages.models.catalogue import Measured

DIFFERENCE_DB = 24
"""Differences are shown from minus this to plus this."""
COLOUR_MAP = "Viridis"
"""Even to the eye and to colour-blind eyes."""
DIFFERENCE_MAP = [[0.0, "#0072B2"], [0.5, "#E4E4E4"], [1.0, "#D55E00"]]
GREY = "rgba(136,136,136,0.18)"
TICKS_HZ = (100, 200, 500, 1000, 2000, 5000, 10000)

# Okabe & Ito 2008, for colour-blind eyes; their black, unseen on a dark page, is grey here.
PALETTE = ("#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7", "#8A8A8A")
EFFECT_COLOURS = dict(zip((effect.name for effect in EFFECTS), PALETTE, strict=True))
EFFECT_LABELS = {effect.name: effect.label for effect in EFFECTS}
SYMBOLS = dict(
    zip(EFFECT_COLOURS, ("circle", "square", "diamond", "triangle-up", "cross", "x", "star", "hexagon"), strict=True)
)
# Checkpoints have colours of their own among effects, and each a symbol and a dash, too.
MODEL_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
MODEL_SYMBOLS = ("circle", "square", "diamond", "triangle-up", "star", "hexagon")
MODEL_DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
BASELINE_SYMBOLS = ("x-thin-open", "line-ns-open", "circle-open")

CONFIG = {"displaylogo": False, "showSendToCloud": False, "displayModeBar": False}
"""For st.plotly_chart(figure, config=plots.CONFIG)."""
MAP_CONFIG = CONFIG | {"scrollZoom": True, "displayModeBar": True, "modeBarButtonsToRemove": ["toImage"]}


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
    magnitudes, frame_s = magnitudes[..., :: _stride(magnitudes)], frame_s * _stride(magnitudes)
    bar = _db_axis(COLOUR_MAP, FLOOR_DB, 0, "dB", 0.5, 1.0)
    return _level_grid(to_db(magnitudes), bar, row_titles, column_titles, bin_hz, frame_s, row_height)


def difference_grid(
    level_db: np.ndarray,
    row_titles: Sequence[str],
    column_titles: Sequence[str],
    bin_hz: np.ndarray,
    frame_s: float,
    row_height: int = 190,
) -> go.Figure:
    """As `spectrogram_grid`, of differences in dB (row, column, bin, frame), on a scale that is even about 0."""
    level_db, frame_s = level_db[..., :: _stride(level_db)], frame_s * _stride(level_db)
    bar = _db_axis(DIFFERENCE_MAP, -DIFFERENCE_DB, DIFFERENCE_DB, "dB", 0.5, 1.0)
    return _level_grid(level_db, bar, row_titles, column_titles, bin_hz, frame_s, row_height)


def _stride(panels: np.ndarray) -> int:
    """Every how many frames are drawn: more columns than pixels help nobody."""
    return max(1, panels.shape[1] * panels.shape[-1] // 1536)


def _level_grid(
    level_db: np.ndarray, bar: dict, row_titles: Sequence[str], column_titles: Sequence[str], bin_hz: np.ndarray,
    frame_s: float, row_height: int,
) -> go.Figure:  # fmt: skip
    rows, columns, _, frames = level_db.shape
    figure = _grid(rows, columns, row_titles, column_titles, bin_hz, frames * frame_s, row_height)
    for number, panel in enumerate(level_db.reshape(rows * columns, *level_db.shape[2:])):
        _panel(figure, panel, number, bin_hz, frame_s, "coloraxis")
    figure.update_layout(coloraxis=bar)
    return figure


def comparison(
    original: np.ndarray, decoded: np.ndarray, difference_db: np.ndarray, bin_hz: np.ndarray, frame_s: float
) -> go.Figure:
    """Dry and wet (columns); original, decoded, and their difference in dB (rows); each (2, bin, frame)."""
    titles = ("Original X", "Decoded X̂", "Difference")
    figure = _grid(3, 2, titles, ("Dry", "Wet"), bin_hz, original.shape[-1] * frame_s, 210)
    shown = [*to_db(original), *to_db(decoded), *difference_db]
    for number, panel in enumerate(shown):
        _panel(figure, panel, number, bin_hz, frame_s, "coloraxis" if number < 4 else "coloraxis2")
    figure.update_layout(
        coloraxis=_db_axis(COLOUR_MAP, FLOOR_DB, 0, "dB", 0.67, 0.64),
        coloraxis2=_db_axis(DIFFERENCE_MAP, -DIFFERENCE_DB, DIFFERENCE_DB, "X̂ − X, dB", 0.14, 0.29),
    )
    return figure


def triptych(made: "Reconstruction", bin_hz: np.ndarray, frame_s: float) -> go.Figure:
    """Dry, wet, and the wet sound decoded, side by side."""
    magnitudes = np.stack([*made.original, made.decoded[1]])[None]
    return spectrogram_grid(magnitudes, (), ("Dry", "Wet", "Decoded"), bin_hz, frame_s)


def scores_beside_baselines(
    rows: Sequence[tuple[str, Sequence["Measured | None"]]], models: Sequence[str], unit: str
) -> go.Figure:
    """For every row, under its label, a lane for each model: value, 95 % interval, and its baselines in grey.

    rows: label, and what each of models scored. Models that scored nothing here get no lane.
    """
    figure = go.Figure()
    label_height, lane_height = 26, 18  # pixels
    shown = [number for number in range(len(models)) if any(values[number] for _, values in rows)]
    height = label_height + lane_height * len(shown)
    baselines: dict[str, list[tuple[float, float]]] = {}
    for lane, number in enumerate(shown):
        top = label_height + lane_height * (lane + 0.5)
        there = [(-height * row - top, values[number]) for row, (_, values) in enumerate(rows)]
        there = [(y, measured) for y, measured in there if measured]
        _markers(figure, [(measured.value, y) for y, measured in there], models[number], unit, **_model_marks(number))
        figure.data[-1].error_x = {
            "array": [measured.high - measured.value for _, measured in there],
            "arrayminus": [measured.value - measured.low for _, measured in there],
            "thickness": 2,
            "width": 5,
        }
        for y, measured in there:
            for name, value in measured.baselines.items():
                baselines.setdefault(name, []).append((value, y))
    for (name, places), symbol in zip(baselines.items(), BASELINE_SYMBOLS, strict=False):
        _markers(figure, places, name, unit, color=PALETTE[7], symbol=symbol, line={"width": 2, "color": PALETTE[7]})
    place = {"x": 0, "xref": "paper", "xanchor": "left", "yanchor": "top", "showarrow": False}
    line = {"type": "line", "x0": 0, "x1": 1, "xref": "paper", "yref": "y", "line": {"color": GREY, "width": 1}}
    _compare_layout(figure, height * len(rows) + 100)
    figure.update_layout(
        annotations=[place | {"text": label, "y": -height * row - 4} for row, (label, _) in enumerate(rows)],
        shapes=[line | {"y0": -height * row, "y1": -height * row} for row in range(len(rows))],
        xaxis={"title": unit, "rangemode": "tozero", "zeroline": False, "range": [0, 103] if unit == "%" else None},
        yaxis={"visible": False, "range": [-height * len(rows), 0], "fixedrange": True},
        margin={"l": 8, "r": 16},
    )
    return figure


def training_curves(curves: Sequence[Sequence[tuple[float, float]]], models: Sequence[str]) -> go.Figure:
    """Error in dB over epochs, a line for each of models that has any."""
    figure = go.Figure()
    for number, (model, curve) in enumerate(zip(models, curves, strict=True)):
        if curve:
            _markers(figure, curve, model, "dB", **_model_marks(number))
            dash = MODEL_DASHES[number % len(MODEL_DASHES)]
            figure.data[-1].update(mode="lines+markers", line={"color": figure.data[-1].marker.color, "dash": dash})
            figure.data[-1].hovertemplate = f"{model}, epoch %{{x}}: %{{y:.2f}} dB<extra></extra>"
    _compare_layout(figure, 340)
    figure.update_layout(xaxis={"title": "Epoch", "showgrid": False}, yaxis={"title": "Error (dB)"})
    return figure


SPACE_MARKS = {"knob error": ("always 0.5", 0.25), "MR-STFT / do nothing": ("do nothing", 1.0),
               "variation / range": ("monotone", 1.0)}  # fmt: skip
"""What is drawn of each space to play in, and what to compare it with."""


def spaces(rows: Sequence[Mapping[str, Any]]) -> go.Figure:
    """Knob error, distance of the sound and zig-zag of spaces to play in: a bar for each row of the study."""
    titles = [f"{measure}<br><sub>dashed: {name}</sub>" for measure, (name, _) in SPACE_MARKS.items()]
    figure = make_subplots(1, len(SPACE_MARKS), shared_yaxes=True, subplot_titles=titles, horizontal_spacing=0.03)
    names = [str(row["space"]) for row in rows]
    for column, (measure, (_, mark)) in enumerate(SPACE_MARKS.items(), start=1):
        values = [row[measure] for row in rows]
        figure.add_bar(
            x=values, y=names, orientation="h", marker_color=MODEL_COLOURS[0], text=[f"{one:.3g}" for one in values],
            hovertemplate="%{y}: %{x:.3f}<extra></extra>", row=1, col=column,
        )  # fmt: skip
        figure.add_vline(mark, line={"color": PALETTE[7], "width": 1, "dash": "dash"}, row=1, col=column)
    figure.update_yaxes(autorange="reversed")
    _compare_layout(figure, 60 + 26 * len(names))
    figure.update_layout(showlegend=False, margin={"t": 56})
    return figure


def _markers(figure: go.Figure, places: Sequence[tuple[float, float]], name: str, unit: str, **marker: object) -> None:
    x, y = zip(*places, strict=True)
    hover = f"{name}: %{{x:.2f}} {unit}<extra></extra>"
    marker = {"size": 9, **marker}
    figure.add_scatter(x=x, y=y, mode="markers", marker=marker, name=name, hovertemplate=hover, cliponaxis=False)


def _model_marks(number: int) -> dict[str, str]:
    """Colour and symbol of a checkpoint, the same in every figure."""
    return {
        "color": MODEL_COLOURS[number % len(MODEL_COLOURS)],
        "symbol": MODEL_SYMBOLS[number % len(MODEL_SYMBOLS)],
    }


def _compare_layout(figure: go.Figure, height: int) -> None:
    figure.update_layout(
        height=height,
        margin={"l": 52, "r": 8, "t": 8, "b": 92},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        legend={"orientation": "h", "yref": "container", "y": 0, "yanchor": "bottom", "title": ""},
        showlegend=True,
    )


def latent_map(
    places: np.ndarray,
    effects: Sequence[str],
    effect: np.ndarray,
    colour: np.ndarray | None = None,
    colour_title: str = "",
    shown: Sequence[str] = (),
    point: int | None = None,
) -> go.Figure:
    """The atlas as a WebGL scatter: one trace an effect, so that the legend toggles it; customdata: the point's index.

    places (N, 2) or (N, 3). effects: names that `effect` (N,) indexes. colour (N,): what to colour by, NaN for grey;
    None: by effect. shown: effects in colour, the rest grey; empty: all. point: one to circle.
    """
    figure = go.Figure()
    flat = places.shape[1] == 2
    places = places.astype(np.float32)
    low, high = (0.0, 1.0) if colour is None else np.nanpercentile(colour, [1, 99])
    for number, name in enumerate(effects):
        index = np.flatnonzero(effect == number).astype(np.int32)
        grey = (bool(shown) and name not in shown) or (colour is not None and np.isnan(colour[index]).all())
        marker = {"size": 5 if flat else 2.5, "line": {"width": 0}, "color": GREY if grey else EFFECT_COLOURS[name]}
        marker["opacity"] = 0.8
        if flat:
            marker["symbol"] = SYMBOLS[name]
        if colour is not None and not grey:
            marker |= {"color": colour[index].astype(np.float32), "coloraxis": "coloraxis"}
        _scatter(figure, places[index], marker, index, EFFECT_LABELS[name])
    if point is not None:
        ring = {"size": 18 if flat else 9, "symbol": "circle-open", "color": "#D81B60", "line": {"width": 3}}
        _scatter(figure, places[[point]], ring, np.array([point], dtype=np.int32), "Chosen point")
        figure.data[-1].showlegend = False
    if colour is not None:
        figure.update_layout(coloraxis=_db_axis(COLOUR_MAP, low, high, colour_title, 0.5, 1.0))
    figure.update_layout(showlegend=colour is None)  # its marks would be black on a dark page
    bare = {"showticklabels": False, "showgrid": False, "zeroline": False, "title": ""}
    figure.update_layout(
        height=560,
        margin={"l": 0, "r": 0, "t": 32, "b": 0},
        modebar={"bgcolor": "rgba(0,0,0,0)", "color": "#8A8A8A", "activecolor": PALETTE[4]},
        dragmode="pan" if flat else "orbit",
        clickmode="event+select",
        uirevision=f"{places.shape[1]} {places[0]}",
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        legend={"orientation": "h", "y": -0.02, "yanchor": "top", "itemsizing": "constant", "title": ""},
        scene={axis: bare | {"showbackground": False, "showspikes": False} for axis in ("xaxis", "yaxis", "zaxis")}
        | {"camera": {"eye": {"x": 0.95, "y": 0.95, "z": 0.75}}},
        xaxis=bare,
        yaxis=bare | {"scaleanchor": "x"},
    )
    return figure


def _scatter(figure: go.Figure, places: np.ndarray, marker: dict, index: np.ndarray, name: str) -> None:
    common = {
        "mode": "markers",
        "marker": marker,
        "name": name,
        "customdata": index,
        "hovertemplate": f"{name}, point %{{customdata}}<extra></extra>",
    }
    if places.shape[1] == 2:
        rest = {"color": "rgb(136,136,136)", "opacity": 0.2}
        common |= {"unselected": {"marker": rest}, "selected": {"marker": {"size": 14, "opacity": 1.0}}}
        figure.add_trace(go.Scattergl(x=places[:, 0], y=places[:, 1], **common))
    else:
        figure.add_trace(go.Scatter3d(x=places[:, 0], y=places[:, 1], z=places[:, 2], **common))


def _grid(
    rows: int,
    columns: int,
    row_titles: Sequence[str],
    column_titles: Sequence[str],
    bin_hz: np.ndarray,
    seconds: float,
    row_height: int,
) -> go.Figure:
    """Empty axes: zooming one panel zooms all; only the outer ones carry ticks."""
    gap_x, gap_y = min(0.02, 0.2 / columns), 14 / (row_height * rows)
    width, height = (1 - gap_x * (columns - 1)) / columns, (1 - gap_y * (rows - 1)) / rows
    ticks = _ticks_hz(bin_hz, row_height * height * rows)
    layout: dict = {}
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
    figure = go.Figure(layout=layout)
    figure.update_layout(
        height=row_height * rows + 70,
        showlegend=False,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        margin={"l": 74 if len(row_titles) else 52, "r": 8, "t": 26 if len(column_titles) else 8, "b": 44},
    )
    return figure


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


def _db_axis(colours: str | list, low: float, high: float, title: str, centre: float, length: float) -> dict:
    """A colour axis and its bar: centre and length as shares of the figure's height."""
    bar = {"title": {"text": title, "side": "right"}, "thickness": 10, "len": length, "y": centre, "outlinewidth": 0}
    return {"colorscale": colours, "cmin": low, "cmax": high, "colorbar": bar | {"x": 1.01, "xpad": 4}}
