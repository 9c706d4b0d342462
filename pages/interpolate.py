"""A path between two pairs: seen as a film strip, heard while it moves."""

import streamlit as st

from pages.components import plots, resources, state, widgets
from pages.components.path_player import path_player, step_sound

st.title("Interpolate")
st.markdown(
    "A walk through the latent space from sound A to sound B. Each step is decoded back into sound. "
    "With the same recording at both ends only the effect should change, and the sound of each step is that "
    "recording, changed as decoded."
)

name = state.checkpoint()
left, right = st.columns(2, gap="large")
with left:
    a = widgets.pair_picker("a", "A", "speech_en_f_allison", "delay")
with right:
    b = widgets.pair_picker("b", "B", "speech_en_f_allison", "overdrive")

with widgets.plain_errors():
    steps, kind, part, channel = widgets.path_controls(resources.explorer(name).layout.names)
    if a is None or b is None:
        st.info("Choose a sound for A and for B to walk between them.")
        st.stop()
    if len(a.dry) != len(b.dry):
        st.caption("A and B last differently long: the first 5.46 s of each count, and the shorter ends in silence.")
    with st.spinner("Decoding the path"):
        path = resources.interpolation(name, (a.dry, a.wet), (b.dry, b.wet), steps, kind, part)
    path_player(name, path, channel, (a.label, b.label))

    st.subheader("Every step")
    axes = resources.axes(name)
    strip = plots.film_strip(path, **axes)
    st.plotly_chart(strip, config=plots.CONFIG, alt=f"Spectrograms from {a.label} to {b.label}")
    st.caption("X A and X B are the originals; between them are the decoded steps. Above: dry; below: wet.")

    words, chart = st.columns([1, 2], vertical_alignment="center")
    with words:
        st.metric(
            "Drift of the dry sound",
            f"{path.mean_drift_db:.1f} dB",
            help="How far the decoded dry spectrogram moves from that of the first step: mean over the path. "
            "0 dB: only the effect changes. A joint vector cannot promise that; two recordings differ by far more.",
        )
    chart.plotly_chart(plots.drift(path), config=plots.CONFIG, alt="Drift of the dry sound at each step")

    widgets.path_downloads(
        name,
        path,
        kind,
        part,
        a,
        b,
        axes,
        lambda: ((step, step_sound(name, path, step, channel)) for step in range(steps)),
    )
