"""The latent map: clusters per effect; click a point to hear it."""

import streamlit as st

from pages.clusters import own_page, point
from pages.clusters.map import clickable_map, effects_in_colour, map_controls, map_of
from pages.shared import choices, messages
from pages.shared.controls import COLOURS
from pages.shared.figures.chart import take
from pages.shared.figures.latent_map import latent_map
from pages.shared.results import checkpoints, points
from pages.shared.visit import kept

st.title("Clusters")
st.markdown(
    "Each point is one setting of one effect, or a chain of two, placed by what the network heard. "
    "**Click a point to hear it.** A click on the legend hides an effect, a double click leaves it alone on the map. "
    "A recording of yours becomes a map, too."
)


@kept.fragment
def explore(name: str) -> None:
    """Map on the left, the chosen point on the right; a click reruns only this."""
    left, right = st.columns([5, 3], gap="medium")
    with messages.plain_errors():
        with left:
            map_controls()
            place = st.container()
            effects_in_colour()
        choice, atlas = choices.read(choices.Clusters), checkpoints.explorer(name).atlas
        with right:
            index = point.picker(len(atlas) + len(atlas.chains), point.first(name))
            point.details(name, points.point(name, index))
        with place:
            places = points.places(name, choice.projection, choice.dimensions)
            colours, names = points.point_colours(name, choice.colour), points.groups(name, choice.shown)
            figure = latent_map(places, *names, *colours, choice.shown, point.ring(index))
            clickable_map(figure)
            about = f"{choice.projection.upper()}, {choice.dimensions}-D, by {COLOURS[choice.colour].lower()}"
            take(
                lambda: figure,
                f"{name} map {about}",
                f"{len(atlas):,} settings of {len(atlas.effects)} effects and {len(atlas.chains):,} chains of two, "
                f"placed by what the network heard: {about}.",
                name,
                lambda: points.table(name, places),
            )


source = map_of()
with st.spinner("Loading the map"):
    if source == "own":
        own_page.show(choices.checkpoint())
    else:
        explore(choices.checkpoint())
