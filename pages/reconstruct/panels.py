"""What stands below the player of the page Reconstruct: the errors and the spectrograms."""

from typing import TYPE_CHECKING

import streamlit as st

from pages.shared.figures import spectrograms, theme
from pages.shared.results import checkpoints

if TYPE_CHECKING:
    from core.explorer import Reconstruction

TEXTS = {
    "Dry": "the recording",
    "Dry, decoded": "rebuilt from its decoded spectrogram",
    "Wet, decoded": "the recording, changed in each band as decoded wet and dry spectrograms differ",
}


def errors(made: "Reconstruction") -> None:
    """How far both channels are from their originals, beside PCA."""
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


def figure(made: "Reconstruction", label: str, name: str) -> None:
    """Original, decoded and their difference. label: of the pair. name: of the checkpoint."""
    st.plotly_chart(
        spectrograms.comparison(made.original, made.decoded, made.difference_db, **checkpoints.axes(name)),
        config=theme.CONFIG,
        alt=f"Spectrograms of {label}, original, decoded, and their difference",
    )
