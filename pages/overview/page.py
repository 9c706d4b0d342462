"""What this is, and a first listen."""

import streamlit as st

from core.effects import Setting, effect_named
from pages.overview.words import GLOSSARY, PAGES
from pages.shared import choices, controls, messages, tour
from pages.shared.ab_player import ab_player, all_sounds
from pages.shared.figures import spectrograms
from pages.shared.figures.chart import chart
from pages.shared.results import checkpoints, sounds
from pages.shared.visit import kept

st.title("LatentFX")
st.markdown(
    "An audio effect turns a dry sound into a wet one. LatentFX shows both to a neural network that keeps only a short "
    "list of numbers: a point in its latent space. Effects that sound alike land near each other there, and every "
    "point can be turned back into sound. So you can see eight effects as a map, hear what the network kept of a "
    "sound, and walk from one effect to another."
)
tour.begin("**Take the tour**: eight steps, two minutes")


@kept.fragment
def listen() -> None:
    """One clip, one effect: dry, wet, and what the network makes of the wet one."""
    player, choice = st.columns([2, 1], gap="medium")
    with choice:
        clip = controls.clip_picker("listen_clip", choices.Overview.listen_clip)
        effect = effect_named(controls.effect_picker("listen_effect", choices.Overview.listen_effect))
        st.caption(effect.description)
    with player, messages.plain_errors():
        name, dry = choices.checkpoint(), sounds.clip(clip)
        setting = Setting(effect.name, effect.defaults)
        made = sounds.reconstruction(name, dry, sounds.wet(dry, setting))
        heard = {"Dry": made.dry, "Wet": made.wet, "Decoded": made.wet_decoded}
        texts = {"Dry": "the recording", "Wet": setting.text, "Decoded": "what the network kept of the wet sound"}
        ab_player("listen", heard, texts, f"{checkpoints.revision(name)} {clip}")
        all_sounds("listen_sounds", lambda: heard, f"{clip}-{effect.name}")
        chart(
            spectrograms.triptych(made, **checkpoints.axes(name)),
            f"Spectrograms of {clip}: dry, with {effect.label}, decoded",
            f"{name} {clip} {effect.name} dry wet decoded",
            f"{controls.CLIP_LABELS[clip]}: dry; wet, {setting.text}; the wet sound decoded.",
            name,
        )


st.header("A first listen")
listen()

st.header("Go on")
pages = list(PAGES.items())
for row in (pages[:4], pages[4:]):
    for column, (page, text) in zip(st.columns(4), row, strict=False):
        with column:
            st.page_link(f"pages/{page}/page.py", label=f"**{page.capitalize()}**", icon=":material/arrow_forward:")
            st.caption(text)

with st.expander("Words used here"):
    st.markdown("\n".join(f"- **{word}**: {meaning}" for word, meaning in GLOSSARY.items()))
