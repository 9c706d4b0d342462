"""A pair beside what the checkpoint makes of it, heard and seen."""

import streamlit as st

from pages.reconstruct import panels
from pages.shared import choices, messages
from pages.shared.ab_player import ab_player, all_sounds
from pages.shared.controls import other_checkpoint, pair_picker
from pages.shared.messages import verbatim
from pages.shared.results import checkpoints, sounds

st.title("Reconstruct")
st.markdown("What is left of a sound after it went through the latent space and back.")

result, controls = st.columns([2, 1], gap="medium")  # on a narrow screen what sounds comes first
pair = None
with controls, messages.plain_errors():
    pair = pair_picker("r", "", choices.Reconstruct.r_clip, choices.Reconstruct.r_effect)
    other = other_checkpoint("r_other")

with result, messages.plain_errors():
    if pair is None:
        st.info("Choose a sound to hear its reconstruction.")
    else:
        name = choices.checkpoint()
        (heard, texts), rate = panels.by_both(name, other, pair), pair.own.rate
        version = f"{checkpoints.revision(name)} {pair.clip}"
        ab_player("r_ab", heard, texts | {"Wet": pair.setting.text}, version, rate=rate)
        made_up = "" if pair.own.plain else f" They are {pair.own.text}; of the decoded dry sound only 24 kHz, mono."
        st.caption(
            f"{verbatim(pair.label)}. All are at the reference loudness of -23 LUFS (by the dry sound's gain), "
            f"unless the player matches their loudness.{made_up}"
        )
        all_sounds("r_sounds", lambda: heard, f"{pair.clip}-{'-'.join(pair.setting.effects)}", rate)
        for one in filter(None, (name, other)):  # one film strip above the other
            if other:
                st.header(verbatim(one))
            made = sounds.reconstruction(one, pair.dry, pair.wet)
            panels.errors(made)
            panels.figure(made, pair.label, one)
