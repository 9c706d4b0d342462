"""A pair beside what the checkpoint makes of it, seen and heard."""

import streamlit as st

from pages.shared import choices, messages, player, queue
from pages.shared.controls import pair_picker
from pages.shared.figures import spectrograms, theme
from pages.shared.results import checkpoints, sounds

st.title("Reconstruct")
st.markdown("What is left of a sound after it went through the latent space and back.")

controls, result = st.columns([1, 3], gap="large")
with controls:
    pair = pair_picker("r", "", "speech_en_f_allison", "delay")

with result, messages.plain_errors():
    if pair is None:
        st.info("Choose a sound on the left to see its reconstruction.")
    else:
        with queue.turn("Decoding"):
            made = sounds.reconstruction(choices.checkpoint(), pair.dry, pair.wet)
        for column, channel, rmse_db, pca_db, against_db in zip(
            st.columns(2), ("Dry", "Wet"), made.rmse_db, made.pca_rmse_db, made.against_pca_db, strict=True
        ):
            column.metric(
                f"{channel}: error of the reconstruction",
                f"{rmse_db:.1f} dB",
                f"{against_db:+.1f} dB against PCA ({pca_db:.1f} dB)",
                delta_color="inverse",
                help="Root mean square difference of the two spectrograms in dB, limited to -70 dB; lower is better. "
                "PCA: the best linear compression with as many numbers a segment.",
            )
        st.plotly_chart(
            spectrograms.comparison(
                made.original, made.decoded, made.difference_db, **checkpoints.axes(choices.checkpoint())
            ),
            config=theme.CONFIG,
            alt=f"Spectrograms of {pair.label}, original, decoded, and their difference",
        )
        left, right = st.columns(2)
        name = f"{pair.clip}-{pair.setting.effect}"
        with left:
            player.sound("**Dry**", made.dry, f"{name}-dry")
            player.sound("**Dry, decoded**", made.dry_decoded, f"{name}-dry-decoded")
        with right:
            player.sound("**Wet**", made.wet, f"{name}-wet")
            player.sound("**Wet, decoded**", made.wet_decoded, f"{name}-wet-decoded")
        st.caption(
            f"{pair.label}. All four are at the reference loudness of -23 LUFS (by the dry sound's gain). "
            "The decoded dry sound is rebuilt from its spectrogram; the decoded wet one is the recording, changed in "
            "each band as the decoded wet spectrogram differs from the decoded dry one."
        )
