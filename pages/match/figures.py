"""Figures of the page Match: knobs with their uncertainty, and how far each candidate is from the wet sound."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from pages.shared.figures.theme import PALETTE

OWN, OTHERS, LIMIT = PALETTE[1], PALETTE[7], PALETTE[5]
MARKS = {"Truth": ("star", PALETTE[0])}
"""Symbol and colour of what stands beside the estimate on a knob; all others: a diamond."""


def knobs(
    labels: Sequence[str],
    estimate: Sequence[float],
    spread: Sequence[float],
    others: Mapping[str, Sequence[float]],
    texts: Mapping[str, Sequence[str]],
) -> go.Figure:
    """Knob positions in [0, 1] as bars with error bars (estimate, spread), and those of others as marks.

    texts: the same in the knobs' units, "Estimate" and others by name.
    """
    y = list(range(len(labels)))
    hover = "%{customdata}, at %{x:.0f} % of the knob<extra></extra>"
    figure = go.Figure(
        go.Bar(
            x=[100 * value for value in estimate], y=y, orientation="h", name="Estimate", width=0.5,
            marker={"color": OWN}, hovertemplate=hover, customdata=[f"Estimate: {text}" for text in texts["Estimate"]],
            error_x={
                "array": [100 * min(s, 1 - v) for v, s in zip(estimate, spread, strict=True)],
                "arrayminus": [100 * min(s, v) for v, s in zip(estimate, spread, strict=True)],
                "color": OTHERS, "thickness": 2, "width": 6,
            },
        )
    )  # fmt: skip
    for name, values in others.items():
        symbol, colour = MARKS.get(name, ("diamond", LIMIT))
        figure.add_scatter(
            x=[100 * value for value in values], y=y, mode="markers", name=name, cliponaxis=False, hovertemplate=hover,
            marker={"size": 14, "symbol": symbol, "color": colour, "line": {"width": 1, "color": "#1F2933"}},
            customdata=[f"{name}: {text}" for text in texts[name]],
        )  # fmt: skip
    _layout(figure, 120 + 36 * len(labels), "Knob position (%)", [0, 100])
    figure.update_layout(
        showlegend=True,
        legend={"orientation": "h", "yref": "container", "y": 0, "yanchor": "bottom"},
        yaxis={"tickvals": y, "ticktext": list(labels)},
        margin={"t": 8, "b": 84},
    )
    return figure


def distances(labels: Sequence[str], values: Sequence[float], answers: int, limit: float) -> go.Figure:
    """MR-STFT distances as bars, the first `answers` of them in colour; a line at the limit where it is finite."""
    figure = go.Figure(
        go.Bar(
            x=list(values), y=list(labels), orientation="h", width=0.6,
            marker={"color": [OWN if number < answers else OTHERS for number in range(len(labels))]},
            text=[f"{value:.2f}" for value in values], textposition="outside", cliponaxis=False,
            hovertemplate="%{y}: %{x:.3f}<extra></extra>",
        )
    )  # fmt: skip
    end = 1.15 * max(*values, 0.01)
    _layout(figure, 90 + 34 * len(labels), "MR-STFT distance from the wet sound", [0, end])
    if limit < end:
        figure.add_vline(limit, line={"color": LIMIT, "width": 2, "dash": "dash"})
        figure.add_annotation(
            x=limit, y=1, yref="paper", yanchor="bottom", text=f"explained below {limit:.2f}", showarrow=False
        )
    return figure


def _layout(figure: go.Figure, height: int, title: str, reach: list[float]) -> None:
    """Rows from the top down over one axis."""
    figure.update_layout(
        height=height,
        showlegend=False,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        margin={"l": 8, "r": 28, "t": 26, "b": 44},
        xaxis={"title": title, "range": reach, "zeroline": False},
        yaxis={"autorange": "reversed", "automargin": True, "showgrid": False},
    )
