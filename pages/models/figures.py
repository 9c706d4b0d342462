"""Scores, curves and spaces as figures, checkpoints side by side."""

import html
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd  # noqa: F401  plotly looks for it at each figure, and must not find what another visitor half imported
import plotly.graph_objects as go
from plotly.subplots import make_subplots

if TYPE_CHECKING:
    from pages.shared.scores import Measured
from pages.shared.figures.theme import GREY, PALETTE

# Checkpoints have colours of their own among effects, and each a symbol and a dash, too.
MODEL_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
MODEL_SYMBOLS = ("circle", "square", "diamond", "triangle-up", "star", "hexagon")
MODEL_DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
BASELINE_SYMBOLS = ("x-thin-open", "line-ns-open", "circle-open")


def scores_beside_baselines(
    rows: Sequence[tuple[str, Sequence["Measured | None"]]], models: Sequence[str], unit: str
) -> go.Figure:
    """For every row, under its label, a lane for each model: value, 95 % interval, and its baselines in grey.

    rows: label, and what each of models scored. Models that scored nothing here get no lane.
    """
    figure = go.Figure()
    label_height, lane_height = 26, 18  # pixels
    lanes = [number for number in range(len(models)) if any(values[number] for _, values in rows)]
    height = label_height + lane_height * len(lanes)
    baselines: dict[str, list[tuple[float, float]]] = {}
    for lane, number in enumerate(lanes):
        top = label_height + lane_height * (lane + 0.5)
        own = [(-height * row - top, values[number]) for row, (_, values) in enumerate(rows)]
        there = [(y, measured) for y, measured in own if measured]
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
            figure.data[-1].hovertemplate = f"{shown(model)}, epoch %{{x}}: %{{y:.2f}} dB<extra></extra>"
    _compare_layout(figure, 340)
    figure.update_layout(xaxis={"title": "Epoch", "showgrid": False}, yaxis={"title": "Error (dB)"})
    return figure


SPACE_MARKS = {"knob error": ("Knob error", "always 0.5", 0.25),
               "MR-STFT / do nothing": ("MR-STFT /<br>do nothing", "do nothing", 1.0),
               "variation / range": ("Zig-zag", "one way", 1.0)}  # fmt: skip
"""What is drawn of each space to play in, what it is called on few pixels, and what to compare it with."""


def spaces(rows: Sequence[Mapping[str, Any]]) -> go.Figure:
    """Knob error, distance of the sound and zig-zag of spaces to play in: a bar for each row of the study."""
    titles = [f"{title}<br><sub>dashed:<br>{name}</sub>" for title, name, _ in SPACE_MARKS.values()]
    figure = make_subplots(1, len(SPACE_MARKS), shared_yaxes=True, subplot_titles=titles, horizontal_spacing=0.03)
    names = [shown(row["space"]) for row in rows]
    for column, (measure, (_, _, mark)) in enumerate(SPACE_MARKS.items(), start=1):
        values = [row[measure] for row in rows]
        figure.add_bar(
            x=values, y=names, orientation="h", marker_color=MODEL_COLOURS[0], text=[f"{one:.3g}" for one in values],
            hovertemplate="%{y}: %{x:.3f}<extra></extra>", row=1, col=column,
        )  # fmt: skip
        figure.add_vline(mark, line={"color": PALETTE[7], "width": 1, "dash": "dash"}, row=1, col=column)
        figure.update_xaxes(range=[0, 1.6 * max(*values, mark)], nticks=4, row=1, col=column)
    figure.update_traces(textposition="outside", textfont={"size": 10}, cliponaxis=False)
    figure.update_annotations(font={"size": 12})
    figure.update_yaxes(autorange="reversed")
    _compare_layout(figure, 90 + 26 * len(names))
    figure.update_layout(showlegend=False, margin={"t": 84})
    return figure


def shown(text: object) -> str:
    """A stranger's words for plotly, which takes some tags for its own, and %{...} for a value."""
    return html.escape(str(text)[:80]).replace("%{", "% {")


def _markers(figure: go.Figure, places: Sequence[tuple[float, float]], name: str, unit: str, **marker: object) -> None:
    x, y = zip(*places, strict=True)
    name = shown(name)
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
