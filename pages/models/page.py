"""Every checkpoint side by side: what it is, how it was trained, how it scores beside honest baselines."""

import streamlit as st

from pages.models import catalogue, hub
from pages.shared import choices, controls, figures, results

st.title("Models")
st.markdown(
    f"Every checkpoint of this installation. All pages use **{choices.checkpoint()}** now; the sidebar changes that. "
    "Scores were measured on speakers that no training heard."
)

found = results.models()
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
    if model.name == choices.Frame.checkpoint and (why := catalogue.why(model, scored)):
        st.subheader(f"Why {model.name} is the default")
        st.markdown(why)

if models:
    st.subheader("What they are")
    st.table(catalogue.facts_table(models), **controls.TABLE, alt="Architecture, size and training of each checkpoint")

if scored:
    st.subheader("How they score")
    st.caption(catalogue.LEGEND)
    st.table(catalogue.score_table(scored), **controls.TABLE, alt="Scores of each checkpoint beside baselines")
    with st.expander("What the scores mean"):
        st.markdown("\n".join(f"- **{score.label}** ({score.direction}): {score.help}" for score in catalogue.SCORES))
    for column, (unit, scores) in zip(st.columns(2, gap="large"), catalogue.CHARTS.items(), strict=True):
        rows = [(f"{score.label}, {score.direction}", row) for score, row in catalogue.compared(models, scores)]
        figure = figures.scores_beside_baselines(rows, names, unit)
        column.plotly_chart(figure, config=figures.CONFIG, alt=f"Scores in {unit}, with intervals and baselines")

if measures := {key: score for key, score in catalogue.BY_EFFECT.items() if catalogue.by_effect(models, score)}:
    st.subheader("Effect by effect")
    score = measures[controls.measure_picker(measures)]
    figure = figures.scores_beside_baselines(catalogue.by_effect(models, score), names, score.unit)
    st.plotly_chart(figure, config=figures.CONFIG, alt=f"{score.label} for each effect and checkpoint")
    st.caption(f"{score.label}, {score.direction}: {score.help}")

for model in models:
    if model.study:
        st.subheader(f"Which few numbers to play with? ({model.name})")
        st.markdown(catalogue.STUDY_HELP)
        figure = figures.spaces(model.study)
        st.plotly_chart(
            figure, config=figures.CONFIG, alt=f"Knob error, sound and zig-zag of each space of {model.name}"
        )
        alt = f"Spaces to play in, compared for {model.name}"
        st.dataframe(model.study, hide_index=True, alt=alt, placeholder="–")

if any(model.curve for model in models):
    st.subheader("Training")
    figure = figures.training_curves([model.curve for model in models], names)
    st.plotly_chart(figure, config=figures.CONFIG, alt="Error of each checkpoint after each epoch")
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
