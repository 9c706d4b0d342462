"""The latent map: clusters per effect; click a point to hear it."""

import streamlit as st

from pages.shared import choices, controls, figures, results

st.title("Clusters")
st.markdown(
    "Each point is one setting of one effect on a spoken sentence, placed by what the network heard. "
    "**Click a point to hear it.** A click on the legend hides an effect, a double click leaves it alone on the map."
)


@st.fragment
def explore(name: str) -> None:
    """Map on the left, the chosen point on the right; a click reruns only this."""
    choice = controls.map_controls()
    left, right = st.columns([5, 3], gap="medium")
    with controls.plain_errors():
        with left:
            atlas = results.explorer(name).atlas
            places = atlas.coordinates(choice.projection, choice.dimensions)
            colours = results.point_colours(name, choice.colour)
            controls.clickable_map(
                figures.latent_map(places, atlas.effects, atlas.effect, *colours, choice.shown, choices.ring())
            )
        with right:
            index = controls.point_picker(len(atlas))
            if index is None:
                st.info("Click a point on the map, or choose one by its number.")
            else:
                details(name, results.point(name, index))


def details(name: str, point: results.Point) -> None:
    """The chosen point: its sound, played at once, its setting and its spectrograms."""
    st.markdown(f"**{point.setting.text}**  \n{controls.CLIP_LABELS[point.clip]}")
    controls.sound("Wet", point.wet, f"point-{point.index}-wet", autoplay=choices.is_new("heard", point.index))
    controls.sound("Dry", point.dry, f"point-{point.index}-dry")
    controls.send_buttons(point.clip, point.setting)
    magnitudes = results.spectrogram(name, point.dry, point.wet)[:, None]
    figure = figures.spectrogram_grid(magnitudes, ("Dry", "Wet"), (), **results.axes(name), row_height=130)
    st.plotly_chart(figure, config=figures.CONFIG, alt=f"Spectrograms of dry and wet, {point.setting.text}")


with st.spinner("Loading the map"):
    explore(choices.checkpoint())
