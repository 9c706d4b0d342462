"""Every checkpoint side by side: what it is, how it was trained, how it scores beside honest baselines."""

import streamlit as st

from pages.models import hub, panels, twin
from pages.shared import catalogue, choices
from pages.shared.messages import verbatim

st.title("Models")
st.markdown(
    f"Every checkpoint of this installation. All pages use **{verbatim(choices.checkpoint())}** now; the sidebar "
    "changes that. Scores were measured on speakers that no training heard."
)

models = panels.readable(catalogue.models())
panels.why_the_default(models)
panels.facts(models)
panels.scores(models)
panels.robustness(models)
panels.effect_by_effect(models)
panels.studies(models)
panels.training(models)
panels.ablations(models)
panels.cards(models)

st.header("From the Hub")
hub.search()
hub.shelf(models)
twin.offered()
