"""The map of a recording as a figure: its points over the atlas, which stays grey behind them."""

import numpy as np
import plotly.graph_objects as go

from core.latent.atlas import Atlas
from core.own_map.own_map import OwnMap
from pages.shared import choices, own_maps
from pages.shared.figures.latent_map import latent_map

BEHIND = 2000
"""Points of the atlas, at most, that stand behind the map."""


def places_of(atlas: Atlas, own_map: OwnMap | None, projection: str, dimensions: int) -> np.ndarray:
    """Where each point lies (N, dimensions), by the checkpoint's own projection."""
    if own_map is None or not len(own_map):
        return np.zeros((0, dimensions), dtype=np.float32)
    return atlas.place(own_map.made.z, projection, dimensions)


def own_figure(atlas: Atlas, own_map: OwnMap | None, choice: choices.Clusters, chosen: int | None) -> go.Figure:
    """chosen: the point to circle."""
    places = places_of(atlas, own_map, choice.projection, choice.dimensions)
    names, group = own_maps.groups(own_map, choice.shown) if own_map else ([], np.zeros(0, dtype=int))
    colour, title = own_maps.colours(own_map, choice.colour) if own_map and len(own_map) else (None, "")
    if colour is not None and not np.isfinite(colour).any():
        colour = None
    figure = latent_map(places, names, group, colour, title, choice.shown, chosen)
    some = np.linspace(0, len(atlas) - 1, min(BEHIND, len(atlas))).astype(int)
    behind = atlas.coordinates(choice.projection, choice.dimensions)[some].astype(np.float32)
    look = {
        "mode": "markers", "hoverinfo": "skip", "showlegend": False, "name": "The checkpoint's map",
        "marker": {"size": 3 if choice.dimensions == 2 else 1.5, "color": "rgb(136,136,136)", "opacity": 0.16},
    }  # fmt: skip
    if choice.dimensions == 2:
        figure.add_scattergl(x=behind[:, 0], y=behind[:, 1], unselected={"marker": {"opacity": 0.16}}, **look)
    else:
        figure.add_scatter3d(x=behind[:, 0], y=behind[:, 1], z=behind[:, 2], **look)
    figure.data = (figure.data[-1], *figure.data[:-1])
    figure.update_layout(uirevision=f"own {choice.projection} {choice.dimensions}")
    return figure
