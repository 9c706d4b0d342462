"""The latent map: clusters per effect; click a point to hear it."""

import streamlit as st

from pages.components import plots, resources, state, widgets

st.title("Clusters")
st.markdown(
    "Each point is one setting of one effect on a spoken sentence, placed by what the network heard. "
    "**Click a point to hear it.** A click on the legend hides an effect, a double click leaves it alone on the map."
)


@st.fragment
def explore(name: str) -> None:
    """Map on the left, the chosen point on the right; a click reruns only this."""
    choice = widgets.map_controls()
    left, right = st.columns([5, 3], gap="medium")
    with widgets.plain_errors():
        with left:
            atlas = resources.explorer(name).atlas
            places = atlas.coordinates(choice.projection, choice.dimensions)
            colours = resources.point_colours(name, choice.colour)
            widgets.clickable_map(
                plots.latent_map(places, atlas.effects, atlas.effect, *colours, choice.shown, state.ring())
            )
        with right:
            index = widgets.point_picker(len(atlas))
            if index is None:
                st.info("Click a point on the map, or choose one by its number.")
            else:
                details(name, resources.point(name, index))


def details(name: str, point: resources.Point) -> None:
    """The chosen point: its sound, played at once, its setting and its spectrograms."""
    st.markdown(f"**{point.setting.text}**  \n{widgets.CLIP_LABELS[point.clip]}")
    widgets.sound("Wet", point.wet, f"point-{point.index}-wet", autoplay=state.is_new("heard", point.index))
    widgets.sound("Dry", point.dry, f"point-{point.index}-dry")
    widgets.send_buttons(point.clip, point.setting)
    magnitudes = resources.spectrogram(name, point.dry, point.wet)[:, None]
    figure = plots.spectrogram_grid(magnitudes, ("Dry", "Wet"), (), **resources.axes(name), row_height=130)
    st.plotly_chart(figure, config=plots.CONFIG, alt=f"Spectrograms of dry and wet, {point.setting.text}")


with st.spinner("Loading the map"):
    explore(state.checkpoint())
