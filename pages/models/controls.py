"""Controls of the page Models."""

import json
from typing import TYPE_CHECKING

import streamlit as st

from pages.shared import choices

if TYPE_CHECKING:
    from pages.shared.catalogue import Checkpoint
    from pages.shared.scores import Score


def measure_picker(measures: "dict[str, Score]") -> str:
    """Which of the measures, named by key, is shown effect by effect."""
    default = choices.Models.by_effect if choices.Models.by_effect in measures else next(iter(measures))
    return st.segmented_control(
        "Measure",
        list(measures),
        default=default,
        required=True,
        format_func=lambda key: measures[key].label,
        help="  \n".join(f"**{score.label}** ({score.direction}): {score.help}" for score in measures.values()),
        **choices.bound("by_effect"),
    )


def card_downloads(model: "Checkpoint") -> None:
    """Buttons for a checkpoint's configuration and card."""
    with st.container(horizontal=True):
        st.download_button(
            "Configuration (JSON)", json.dumps(model.config, indent=1), f"{model.name}.json", "application/json",
            help="What rebuilds the model, what it was trained on, and every score.", on_click="ignore",
        )  # fmt: skip
        if model.card:
            st.download_button(
                "Card (Markdown)", model.card, f"{model.name}.md", "text/markdown",
                help="README.md of the folder, as the Hub shows it.", on_click="ignore",
            )  # fmt: skip
