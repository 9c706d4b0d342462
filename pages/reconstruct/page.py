"""A pair beside what the checkpoint makes of it, heard and seen."""

import streamlit as st

from pages.reconstruct import panels
from pages.shared import choices, messages
from pages.shared.ab_player import ab_player, all_sounds
from pages.shared.controls import pair_picker
from pages.shared.messages import verbatim
from pages.shared.results import checkpoints, sounds

st.title("Reconstruct")
st.markdown("What is left of a sound after it went through the latent space and back.")

result, controls = st.columns([3, 1], gap="large")  # on a narrow screen what sounds comes first
pair = None
with controls, messages.plain_errors():
    pair = pair_picker("r", "", choices.Reconstruct.r_clip, choices.Reconstruct.r_effect)

with result, messages.plain_errors():
    if pair is None:
        st.info("Choose a sound to hear its reconstruction.")
    else:
        name = choices.checkpoint()
        made = sounds.reconstruction(name, pair.dry, pair.wet)
        heard = {"Dry": made.dry, "Wet": made.wet, "Dry, decoded": made.dry_decoded, "Wet, decoded": made.wet_decoded}
        ab_player("r_ab", heard, panels.TEXTS | {"Wet": pair.setting.text}, f"{checkpoints.revision(name)} {pair.clip}")
        st.caption(
            f"{verbatim(pair.label)}. All four are at the reference loudness of -23 LUFS (by the dry sound's gain), "
            "unless the player matches their loudness."
        )
        all_sounds("r_sounds", lambda: heard, f"{pair.clip}-{pair.setting.effect}")
        panels.errors(made)
        panels.figure(made, pair.label, name)
