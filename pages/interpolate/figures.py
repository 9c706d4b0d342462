"""Figures of a path: film strip, what its knobs and its sound do along it, and where it runs on the map."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from core.effects import effect_named
from core.paths.route import Route
from pages.shared.figures import theme
from pages.shared.figures.latent_map import latent_map
from pages.shared.figures.theme import EFFECT_COLOURS, EFFECT_LABELS

if TYPE_CHECKING:
    from core.paths.measures import PathMeasures

DASHES = ("solid", "dash", "dot")


def curves(
    positions: np.ndarray, knobs: dict[tuple[str, int], np.ndarray], shares: dict[str, np.ndarray],
    letters: Sequence[str] = ("A", "B"),
) -> go.Figure:  # fmt: skip
    """Knob positions (step,) of every effect that is heard along a path, and the share of each effect as a band.
    letters: what the ends are called."""
    figure = go.Figure()
    for effect, share in shares.items():
        if share.min() < 0.999:
            figure.add_scatter(
                x=positions, y=share, name=f"{EFFECT_LABELS[effect]}: share", mode="lines", fill="tozeroy",
                fillcolor=f"{EFFECT_COLOURS[effect]}4D", line={"width": 0, "color": EFFECT_COLOURS[effect]},
                hovertemplate="%{y:.0%}<extra>%{fullData.name}</extra>",
            )  # fmt: skip
    for (effect, number), values in knobs.items():
        parameter = effect_named(effect).parameters[number]
        texts = [parameter.text(value) if np.isfinite(value) else "" for value in values]
        figure.add_scatter(
            x=positions, y=values, name=f"{EFFECT_LABELS[effect]}: {parameter.label.lower()}", mode="lines+markers",
            line={"color": EFFECT_COLOURS[effect], "dash": DASHES[number % len(DASHES)]}, marker={"size": 5},
            customdata=texts, hovertemplate="%{customdata}<extra>%{fullData.name}</extra>",
        )  # fmt: skip
    return _along(figure, "Knob, lowest to highest", [-0.03, 1.03], 380 + 12 * max(0, len(figure.data) - 6), letters)


def heard(positions: np.ndarray, measures: "PathMeasures", letters: Sequence[str] = ("A", "B")) -> go.Figure:
    """Loudness and brightness of the sounds along a path."""
    figure = go.Figure()
    figure.add_scatter(
        x=positions, y=measures.loudness_lufs.round(1), name="Loudness (LUFS)", mode="lines+markers",
        line={"color": theme.PALETTE[4]}, hovertemplate="%{y} LUFS<extra></extra>",
    )  # fmt: skip
    figure.add_scatter(
        x=positions, y=measures.brightness_hz.round(), name="Brightness (Hz)", mode="lines+markers", yaxis="y2",
        line={"color": theme.PALETTE[1], "dash": "dash"}, hovertemplate="%{y} Hz<extra></extra>",
    )  # fmt: skip
    right = {"title": "Hz", "overlaying": "y", "side": "right", "showgrid": False, "tickmode": "auto"}
    figure.update_layout(yaxis2=right)
    return _along(figure, "LUFS", None, 260, letters)


def path_map(
    places: np.ndarray, effects: Sequence[str], effect: np.ndarray, steps: np.ndarray, ends: np.ndarray, route: Route
) -> go.Figure:
    """Where a path runs on the map. places (N, 2) of the atlas, steps (step, 2) of the path, ends (end, 2)."""
    figure = latent_map(places, effects, effect)
    figure.update_traces(
        marker_opacity=0.35, unselected={"marker": {"opacity": 0.35}}, selected={"marker": {"size": 5}}
    )
    line = {"mode": "lines+markers" if route.kind != "corners" else "markers", "hoverinfo": "skip", "showlegend": False}
    figure.add_scattergl(
        x=steps[:, 0],
        y=steps[:, 1],
        line={"color": "#D81B60", "width": 3},
        marker={"size": 7, "color": "#D81B60"},
        **line,
    )
    if route.via:
        via = places[list(route.via)]
        figure.add_scattergl(
            x=via[:, 0], y=via[:, 1], mode="markers", hoverinfo="skip", showlegend=False,
            marker={"size": 16, "symbol": "circle-open", "color": "#D81B60", "line": {"width": 3}},
        )  # fmt: skip
    for letter, (x, y) in zip(("C", "C moved") if route.kind == "difference" else "ABCD", ends, strict=False):
        figure.add_annotation(
            x=x, y=y, text=f"<b>{letter}</b>", showarrow=True, arrowcolor="#D81B60", ax=18, ay=-18,
            bgcolor="#D81B60", font={"color": "white"}, borderpad=3,
        )  # fmt: skip
    return figure


def _along(
    figure: go.Figure, title: str, limits: list[float] | None, height: int, letters: Sequence[str]
) -> go.Figure:  # fmt: skip
    figure.update_layout(
        height=height,
        margin={"l": 56, "r": 56, "t": 60, "b": 40},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        hovermode="x unified",
        xaxis={"title": f"Way from {' to '.join(letters)}", "tickformat": ".0%", "showgrid": False, "zeroline": False},
        yaxis={"title": title, "range": limits, "zeroline": False},
        legend={"orientation": "h", "yref": "container", "y": 1, "yanchor": "top", "title": ""},
    )
    return figure
