"""Colours, ranges and settings that all figures share."""

import pandas as pd  # noqa: F401  plotly looks for it at each figure, and must not find what another visitor half imported

from core.effects import EFFECTS

DIFFERENCE_DB = 24
"""Differences are shown from minus this to plus this."""
COLOUR_MAP = "Viridis"
"""Even to the eye and to colour-blind eyes."""
DIFFERENCE_MAP = [[0.0, "#0072B2"], [0.5, "#E4E4E4"], [1.0, "#D55E00"]]
GREY = "rgba(136,136,136,0.18)"
TICKS_HZ = (100, 200, 500, 1000, 2000, 5000, 10000)

# Okabe & Ito 2008, for colour-blind eyes; their black, unseen on a dark page, is grey here.
PALETTE = ("#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7", "#8A8A8A")
_SHAPES = ("circle", "square", "diamond", "triangle-up", "cross", "x", "star", "hexagon")
EFFECT_LABELS = {effect.name: effect.label for effect in EFFECTS}
EFFECT_COLOURS = {name: PALETTE[number % len(PALETTE)] for number, name in enumerate(EFFECT_LABELS)}
SYMBOLS = {  # with the second round of colours comes another shape for each
    name: _SHAPES[(number + number // len(PALETTE)) % len(_SHAPES)] for number, name in enumerate(EFFECT_LABELS)
}

CONFIG = {"displaylogo": False, "showSendToCloud": False, "displayModeBar": False}
"""For st.plotly_chart(figure, config=theme.CONFIG)."""
MAP_CONFIG = CONFIG | {"scrollZoom": True, "displayModeBar": True, "modeBarButtonsToRemove": ["toImage"]}


def db_axis(colours: str | list, low: float, high: float, title: str, centre: float, length: float) -> dict:
    """A colour axis and its bar: centre and length as shares of the figure's height."""
    bar = {"title": {"text": title, "side": "right"}, "thickness": 10, "len": length, "y": centre, "outlinewidth": 0}
    return {"colorscale": colours, "cmin": low, "cmax": high, "colorbar": bar | {"x": 1.01, "xpad": 4}}
