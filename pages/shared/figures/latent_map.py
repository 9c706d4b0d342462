"""The atlas as a figure."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd  # noqa: F401  plotly looks for it at each figure, and must not find what another visitor half imported
import plotly.graph_objects as go

from pages.shared.figures.theme import COLOUR_MAP, EFFECT_COLOURS, EFFECT_LABELS, GREY, PALETTE, SYMBOLS, db_axis

CHAIN, OTHER_CHAIN = "chain", "other chain"
"""What a point of several effects is called among the effects; it has no colour of theirs. Where some effects are
shown, a chain without any of them is another one."""
_CHAINS = (CHAIN, OTHER_CHAIN)
COLOURS = EFFECT_COLOURS | dict.fromkeys(_CHAINS, "#8C5A3C")
LABELS = EFFECT_LABELS | {CHAIN: "Chain of two", OTHER_CHAIN: "Other chains"}
_SYMBOLS = SYMBOLS | dict.fromkeys(_CHAINS, "pentagon")


def grouped(effects: Sequence[str], numbers: np.ndarray, shown: Sequence[str] = ()) -> tuple[list[str], np.ndarray]:
    """Names, the effects' and what chains are called, and which each point has (point,).

    numbers (point, 2): of each point's effects, -1 where it has one alone. shown: effects; chains without any of them
    are other ones.
    """
    wanted = [number for number, effect in enumerate(effects) if effect in shown or not shown]
    chained = np.where(np.isin(numbers, wanted).any(axis=1), len(effects), len(effects) + 1)
    return [*effects, *_CHAINS], np.where(numbers[:, 1] < 0, numbers[:, 0], chained)


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
    for name in sorted(effects, key=_CHAINS.__contains__, reverse=True):  # chains lie under what they are made of
        index = np.flatnonzero(effect == effects.index(name)).astype(np.int32)
        if not len(index) and name in _CHAINS:
            continue
        grey = (bool(shown) and name not in (*shown, CHAIN)) or (colour is not None and np.isnan(colour[index]).all())
        marker: dict[str, Any] = {
            "size": 5 if flat else 2.5,
            "line": {"width": 0},
            "color": GREY if grey else COLOURS[name],
        }
        marker["opacity"] = 0.8
        if flat:
            marker["symbol"] = _SYMBOLS[name]
        if colour is not None and not grey:
            marker |= {"color": colour[index].astype(np.float32), "coloraxis": "coloraxis"}
        _scatter(figure, places[index], marker, index, LABELS[name])
        figure.data[-1].legendrank = 1000 + (name in _CHAINS)  # the legend ends with them
    if point is not None:
        ring = {"size": 18 if flat else 9, "symbol": "circle-open", "color": "#D81B60", "line": {"width": 3}}
        _scatter(figure, places[[point]], ring, np.array([point], dtype=np.int32), "Chosen point")
        figure.data[-1].showlegend = False
    bars = {} if colour is None else {"coloraxis": db_axis(COLOUR_MAP, low, high, colour_title, 0.5, 1.0)}
    bare = {"showticklabels": False, "showgrid": False, "zeroline": False, "title": ""}
    figure.update_layout(
        bars,
        showlegend=colour is None,  # its marks would be black on a dark page
        height=560,
        margin={"l": 0, "r": 0, "t": 32, "b": 0},
        modebar={"bgcolor": "rgba(0,0,0,0)", "color": "#8A8A8A", "activecolor": PALETTE[4]},
        dragmode="pan" if flat else "orbit",
        clickmode="event+select",
        uirevision=f"{places.shape[1]} {places[:1]}",
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
