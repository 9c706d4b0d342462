"""Figures that only the page Report has: clusters at fixed knobs, and two planes beside each other."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from pages.shared.figures.theme import EFFECT_COLOURS, EFFECT_LABELS, SYMBOLS

_BARE = {"showticklabels": False, "showgrid": False, "zeroline": False, "title": ""}


def clusters(random: Mapping[str, np.ndarray], fixed: Mapping[str, np.ndarray]) -> go.Figure:
    """Points (N, 2) of each effect at random settings, pale, and at fixed knobs, strong."""
    figure = go.Figure()
    for kind, places, size, opacity in (("random knobs", random, 4, 0.25), ("all knobs at 0.5", fixed, 11, 1.0)):
        for effect, own in places.items():
            _points(figure, own, effect, f"{EFFECT_LABELS[effect]}, {kind}", size, opacity)
    figure.update_layout(xaxis=_BARE, yaxis=_BARE | {"scaleanchor": "x"})
    return _layout(figure, 460)


def planes(
    titles: Sequence[str], places: Sequence[np.ndarray], effects: Sequence[str], effect: np.ndarray
) -> go.Figure:
    """The same points on several planes, each (N, 2), side by side. effects: names that effect (N,) indexes."""
    figure = make_subplots(1, len(places), subplot_titles=titles, horizontal_spacing=0.04)
    for column, plane in enumerate(places, start=1):
        for number, name in enumerate(effects):
            own = plane[effect == number]
            _points(figure, own, name, EFFECT_LABELS[name], 3, 0.6, row=1, col=column)
            figure.data[-1].showlegend = column == 1
    figure.update_xaxes(_BARE)
    figure.update_yaxes(_BARE)
    return _layout(figure, 420)


def _points(
    figure: go.Figure, own: np.ndarray, effect: str, name: str, size: int, opacity: float, **place: int
) -> None:
    own = own.astype(np.float32)
    line = {"width": 1 if size > 8 else 0, "color": "#1F2933"}
    marker = {
        "size": size,
        "opacity": opacity,
        "color": EFFECT_COLOURS[effect],
        "symbol": SYMBOLS[effect],
        "line": line,
    }
    trace = go.Scattergl(
        x=own[:, 0], y=own[:, 1], mode="markers", marker=marker, name=name, hovertemplate=f"{name}<extra></extra>"
    )
    figure.add_trace(trace, **place)


def _layout(figure: go.Figure, height: int) -> go.Figure:
    figure.update_layout(
        height=height,
        margin={"l": 0, "r": 0, "t": 32, "b": 0},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        showlegend=True,
        legend={"orientation": "h", "y": -0.02, "yanchor": "top", "itemsizing": "constant", "title": ""},
    )
    return figure
