"""Every checkpoint side by side: what it is, how it was trained, how it scores beside honest baselines."""

import streamlit as st

from pages.models import catalogue, comparison, controls, figures, hub
from pages.models.scores import BY_EFFECT, CHARTS, LEGEND, SCORES, STUDY_HELP
from pages.shared import choices
from pages.shared.controls import TABLE
from pages.shared.figures import theme

st.title("Models")
st.markdown(
    f"Every checkpoint of this installation. All pages use **{choices.checkpoint()}** now; the sidebar changes that. "
    "Scores were measured on speakers that no training heard."
)

found = catalogue.models()
models = [model for model in found if not model.problem]
scored = [model for model in models if model.get("scores")]
names = [model.name for model in models]
for model in found:
    if model.problem:
        st.warning(model.problem)
    elif model not in scored:
        st.info(f"{model.name} has no scores yet; `python -m training evaluate` measures them.")

st.subheader("From the Hub")
hub.search()
hub.shelf(models)

for model in models:
    if model.name == choices.Frame.checkpoint and (why := comparison.why(model, scored)):
        st.subheader(f"Why {model.name} is the default")
        st.markdown(why)

if models:
    st.subheader("What they are")
    st.table(catalogue.facts_table(models), **TABLE, alt="Architecture, size and training of each checkpoint")

if scored:
    st.subheader("How they score")
    st.caption(LEGEND)
    st.table(comparison.score_table(scored), **TABLE, alt="Scores of each checkpoint beside baselines")
    with st.expander("What the scores mean"):
        st.markdown("\n".join(f"- **{score.label}** ({score.direction}): {score.help}" for score in SCORES))
    for column, (unit, scores) in zip(st.columns(2, gap="large"), CHARTS.items(), strict=True):
        rows = [(f"{score.label}, {score.direction}", row) for score, row in comparison.compared(models, scores)]
        figure = figures.scores_beside_baselines(rows, names, unit)
        column.plotly_chart(figure, config=theme.CONFIG, alt=f"Scores in {unit}, with intervals and baselines")

if measures := {key: score for key, score in BY_EFFECT.items() if comparison.by_effect(models, score)}:
    st.subheader("Effect by effect")
    score = measures[controls.measure_picker(measures)]
    figure = figures.scores_beside_baselines(comparison.by_effect(models, score), names, score.unit)
    st.plotly_chart(figure, config=theme.CONFIG, alt=f"{score.label} for each effect and checkpoint")
    st.caption(f"{score.label}, {score.direction}: {score.help}")

for model in models:
    if model.study:
        st.subheader(f"Which few numbers to play with? ({model.name})")
        st.markdown(STUDY_HELP)
        figure = figures.spaces(model.study)
        st.plotly_chart(figure, config=theme.CONFIG, alt=f"Knob error, sound and zig-zag of each space of {model.name}")
        alt = f"Spaces to play in, compared for {model.name}"
        st.dataframe(model.study, hide_index=True, alt=alt, placeholder="–")

if any(model.curve for model in models):
    st.subheader("Training")
    figure = figures.training_curves([model.curve for model in models], names)
    st.plotly_chart(figure, config=theme.CONFIG, alt="Error of each checkpoint after each epoch")
    st.caption("Error of the decoded spectrograms of unseen speakers after each epoch, in dB; lower is better.")

for model in models:
    if model.ablations:
        st.subheader(f"What was tried for {model.name}")
        st.dataframe(model.ablations, hide_index=True, alt=f"Ablations of {model.name}", placeholder="–")

if models:
    st.subheader("Cards")
for model in models:
    with st.expander(model.name):
        controls.card_downloads(model)
        st.markdown(catalogue.card_body(model.card) or "This folder has no README.md.")
