"""What stands below the player of the page Reconstruct: the errors and the spectrograms."""

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from core.audio import SAMPLE_RATE
from core.audio.measure import gain_to
from core.audio.own import Own, as_channels
from core.audio.rate import resampled
from pages.shared.controls import Pair
from pages.shared.figures import spectrograms
from pages.shared.figures.chart import chart
from pages.shared.results import checkpoints, sounds

if TYPE_CHECKING:
    from core.explorer import Reconstruction

TEXTS = {
    "Dry": "the recording",
    "Dry, decoded": "rebuilt from its decoded spectrogram",
    "Wet, decoded": "the recording, changed in each band as decoded wet and dry spectrograms differ",
}


def by_both(name: str, other: str, pair: Pair) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """What is heard of two checkpoints, and what is said of it, by label: what `other` decodes is named after it."""
    sounds_of, texts = heard(name, sounds.reconstruction(name, pair.dry, pair.wet), pair), dict(TEXTS)
    if other:
        second = heard(other, sounds.reconstruction(other, pair.dry, pair.wet), pair)
        for label in ("Dry, decoded", "Wet, decoded"):
            sounds_of[f"{label} by {other}"], texts[f"{label} by {other}"] = second[label], TEXTS[label]
    return sounds_of, texts


def heard(name: str, made: "Reconstruction", pair: Pair) -> dict[str, np.ndarray]:
    """Label -> sound, (time,) or (channel, time), at the rate and in the channels of the pair.

    What the checkpoint changed is the recording itself; what it made up, the decoded dry sound, is brought to them.
    """
    own = pair.own
    if own.plain:
        return {"Dry": made.dry, "Wet": made.wet, "Dry, decoded": made.dry_decoded, "Wet, decoded": made.wet_decoded}
    dry, wet = (sounds.stretched(Own(sound, own.rate, made.dry), False).audio for sound in (own.audio, pair.own_wet))
    decoded = as_channels(resampled(made.dry_decoded, SAMPLE_RATE, own.rate), dry)
    gain = np.float32(gain_to(dry, sample_rate=own.rate))
    return {
        "Dry": dry * gain,
        "Wet": wet * gain,
        "Dry, decoded": sounds.stretched(Own(decoded, own.rate, made.dry), False).audio,
        "Wet, decoded": sounds.changed(name, dry * gain, own.rate, made.decoded, made.dry),
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
    chart(
        spectrograms.comparison(made.original, made.decoded, made.difference_db, **checkpoints.axes(name)),
        f"Spectrograms of {label}, original, decoded, and their difference",
        f"{name} reconstruction {label}",
        f"{label}: original, decoded, and their difference. Error of dry {made.rmse_db[0]:.2f} dB, of wet "
        f"{made.rmse_db[1]:.2f} dB; by a PCA {made.pca_rmse_db[0]:.2f} and {made.pca_rmse_db[1]:.2f} dB.",
        name,
    )
