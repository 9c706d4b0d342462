"""What this is, and a first listen."""

import streamlit as st

from core.audio.clips import load_clip
from core.effects import Setting, effect_named
from pages.shared import choices, controls, messages, player, queue
from pages.shared.figures import spectrograms, theme
from pages.shared.results import checkpoints, sounds

st.title("LatentFX")
st.markdown(
    "An audio effect is what turns a dry sound into a wet one. "
    "LatentFX shows both to a neural network, a variational autoencoder, which keeps only a short list of numbers: "
    "a point in its latent space. "
    "Effects that sound alike land near each other there, and every point can be turned back into sound. "
    "So you can see eight effects as a map, hear what the network kept of a sound, and walk from one effect to another."
)


@st.fragment
def listen() -> None:
    """One clip, one effect: dry, wet, and what the network makes of the wet one."""
    choice_clip, choice_effect = st.columns(2)
    with choice_clip:
        clip = controls.clip_picker("listen_clip", choices.Overview.listen_clip)
    with choice_effect:
        effect = effect_named(controls.effect_picker("listen_effect", choices.Overview.listen_effect))
    dry = load_clip(clip)
    wet = sounds.wet(dry, Setting(effect.name, effect.defaults))
    left, middle, right = st.columns(3)
    with left:
        player.sound("**Dry**: the recording", dry, f"{clip}-dry")
    with middle:
        player.sound(f"**Wet**: through the {effect.label}", wet, f"{clip}-{effect.name}")
    st.caption(f"{effect.label}: {effect.description}")
    with messages.plain_errors():
        with right, queue.turn("Decoding"):
            made = sounds.reconstruction(choices.checkpoint(), dry, wet)
            player.sound("**Decoded**: the wet sound again", made.wet_decoded, f"{clip}-{effect.name}-decoded")
        figure = spectrograms.triptych(made, **checkpoints.axes(choices.checkpoint()))
        st.plotly_chart(figure, config=theme.CONFIG, alt=f"Spectrograms of {clip}: dry, with {effect.label}, decoded")


st.subheader("A first listen")
listen()

st.subheader("Go on")
for column, (page, text) in zip(
    st.columns(6),
    {
        "clusters": "16,000 settings of eight effects on one map. Click a point to hear it.",
        "reconstruct": "Your sound or one of ours through an effect, beside what the network keeps of it.",
        "interpolate": "A path from one effect to another, heard while it moves.",
        "play": "Every effect and knob held by a few numbers: drag a point and hear it.",
        "match": "A dry and a wet sound in, the effect and its knobs out.",
        "models": "Every checkpoint side by side: what it is, and how it scores beside honest baselines.",
    }.items(),
    strict=True,
):
    with column:
        st.page_link(f"pages/{page}/page.py", label=f"**{page.capitalize()}**", icon=":material/arrow_forward:")
        st.caption(text)
