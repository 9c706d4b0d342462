"""The latent map: clusters per effect; click a point to hear it."""

import streamlit as st

from pages.clusters.map import clickable_map, map_controls, point_picker, ring
from pages.shared import choices, controls, messages, notes, player
from pages.shared.figures import spectrograms, theme
from pages.shared.figures.latent_map import latent_map
from pages.shared.results import checkpoints, points, sounds

st.title("Clusters")
st.markdown(
    "Each point is one setting of one effect on a spoken sentence, placed by what the network heard. "
    "**Click a point to hear it.** A click on the legend hides an effect, a double click leaves it alone on the map."
)


@st.fragment
def explore(name: str) -> None:
    """Map on the left, the chosen point on the right; a click reruns only this."""
    choice = map_controls()
    left, right = st.columns([5, 3], gap="medium")
    with messages.plain_errors():
        with left:
            atlas = checkpoints.explorer(name).atlas
            places = atlas.coordinates(choice.projection, choice.dimensions)
            colours = points.point_colours(name, choice.colour)
            clickable_map(latent_map(places, atlas.effects, atlas.effect, *colours, choice.shown, ring()))
        with right:
            index = point_picker(len(atlas))
            if index is None:
                st.info("Click a point on the map, or choose one by its number.")
            else:
                details(name, points.point(name, index))


def details(name: str, point: points.Point) -> None:
    """The chosen point: its sound, played at once, its setting and its spectrograms."""
    st.markdown(f"**{point.setting.text}**  \n{controls.CLIP_LABELS[point.clip]}")
    player.sound("Wet", point.wet, f"point-{point.index}-wet", autoplay=notes.is_new("heard", point.index))
    player.sound("Dry", point.dry, f"point-{point.index}-dry")
    controls.send_buttons(point.clip, point.setting)
    magnitudes = sounds.spectrogram(name, point.dry, point.wet)[:, None]
    figure = spectrograms.spectrogram_grid(magnitudes, ("Dry", "Wet"), (), **checkpoints.axes(name), row_height=130)
    st.plotly_chart(figure, config=theme.CONFIG, alt=f"Spectrograms of dry and wet, {point.setting.text}")


with st.spinner("Loading the map"):
    explore(choices.checkpoint())
