"""The panels of the page Models: each shows one thing of all checkpoints, and nothing where none has it."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from pages.models import comparison, controls, figures
from pages.shared import catalogue, choices
from pages.shared.catalogue import Checkpoint
from pages.shared.controls import TABLE
from pages.shared.figures.chart import chart
from pages.shared.messages import sentence, verbatim
from pages.shared.scores import BY_EFFECT, CHARTS, LEGEND, SCORES, STUDY_HELP


def readable(found: Sequence[Checkpoint]) -> list[Checkpoint]:
    """Those whose files can be read; a sentence on each of the others, and on those without scores."""
    for model in found:
        if model.problem:
            st.warning(sentence(model.problem))
        elif not model.get("scores"):
            st.info(f"{verbatim(model.name)} has no scores yet; `python -m training evaluate` measures them.")
    return [model for model in found if not model.problem]


def _scored(models: Sequence[Checkpoint]) -> list[Checkpoint]:
    return [model for model in models if model.get("scores")]


def why_the_default(models: Sequence[Checkpoint]) -> None:
    """What sets the default apart."""
    for model in models:
        if model.name == choices.Frame.checkpoint and (why := comparison.why(model, _scored(models))):
            st.header(f"Why {verbatim(model.name)} is the default")
            st.markdown(why)


def facts(models: Sequence[Checkpoint]) -> None:
    """What they are and how they were trained."""
    if models:
        st.header("What they are")
        st.table(catalogue.facts_table(models), **TABLE, alt="Architecture, size and training of each checkpoint")


def scores(models: Sequence[Checkpoint]) -> None:
    """All scores in a table, what they mean, and those that share a unit in charts."""
    scored = _scored(models)
    if not scored:
        return
    st.header("How they score")
    st.caption(LEGEND)
    st.table(comparison.score_table(scored), **TABLE, alt="Scores of each checkpoint beside baselines")
    st.subheader("What the scores mean", anchor="what-the-scores-mean")
    with st.expander("Each score in a sentence"):
        st.markdown("\n".join(f"- **{score.label}** ({score.direction}): {score.help}" for score in SCORES))
    names = [model.name for model in models]
    for column, (unit, chosen) in zip(st.columns(2, gap="large"), CHARTS.items(), strict=True):
        rows = [(f"{score.label}, {score.direction}", row) for score, row in comparison.compared(models, chosen)]
        figure = figures.scores_beside_baselines(rows, names, unit)
        with column:
            alt = f"Scores in {unit}, with intervals and baselines"
            chart(figure, alt, f"scores in {'percent' if unit == '%' else unit}", f"{alt}. {LEGEND}")


def robustness(models: Sequence[Checkpoint]) -> None:
    """What each finds where pairs were not made in the laboratory."""
    measured = {model.name: tables for model in models if (tables := comparison.robustness_tables(model))}
    if not measured:
        return
    st.header("Recordings as people have them")
    st.caption(
        "What Match answers under each condition. **Found**: share of the effects. **Knobs**: mean error of their "
        "positions, 0 to 1. **Left**: share of the distance between dry and wet that the answer leaves. **Explained**: "
        "share that is called so."
    )
    for model in models:
        for name, table in measured.get(model.name, {}).items():
            st.subheader(f"{verbatim(model.name)}: {verbatim(name)}")
            st.table(table, **TABLE, alt=f"What a match finds under each condition, {model.name}, {name}")
            strangers = model.number(f"scores.robustness.{name}.strangers.found")
            if strangers is not None:
                st.caption(f"Of sounds that no setting makes, {100 * strangers:.0f} % are called unexplained.")


def effect_by_effect(models: Sequence[Checkpoint]) -> None:
    """One measure for each effect."""
    measures = {key: score for key, score in BY_EFFECT.items() if comparison.by_effect(models, score)}
    if not measures:
        return
    st.header("Effect by effect")
    score = measures[controls.measure_picker(measures)]
    rows = comparison.by_effect(models, score)
    figure = figures.scores_beside_baselines(rows, [model.name for model in models], score.unit)
    said = f"{score.label}, {score.direction}: {score.help}"
    chart(figure, f"{score.label} for each effect and checkpoint", f"scores by effect {score.label}", said)
    st.caption(said)


def studies(models: Sequence[Checkpoint]) -> None:
    """Spaces to play in, compared, of each checkpoint that has a study."""
    for model in models:
        if model.study:
            name = verbatim(model.name)
            st.header(f"Which few numbers to play with? ({name})")
            st.markdown(STUDY_HELP)
            figure = figures.spaces(model.study)
            alt = f"Knob error, sound and zig-zag of each space of {model.name}"
            chart(figure, alt, f"{model.name} spaces to play in", f"{alt}, on speakers that no training heard.")
            alt = f"Spaces to play in, compared for {model.name}"
            st.dataframe(model.study, hide_index=True, alt=alt, placeholder="–")


def training(models: Sequence[Checkpoint]) -> None:
    """Error after each epoch."""
    if any(model.curve for model in models):
        st.header("Training")
        figure = figures.training_curves([model.curve for model in models], [model.name for model in models])
        said = "Error of the decoded spectrograms of unseen speakers after each epoch, in dB; lower is better."
        table = partial(curves_table, models)
        chart(figure, "Error of each checkpoint after each epoch", "training curves", said, table=table)
        st.caption(said)


def curves_table(models: Sequence[Checkpoint]) -> dict[str, list[object]]:
    """The training curves as columns for a file."""
    rows = [(model.name, *point) for model in models for point in model.curve]
    return {title: [row[place] for row in rows] for place, title in enumerate(("checkpoint", "epoch", "error_db"))}


def ablations(models: Sequence[Checkpoint]) -> None:
    """What was tried beside each."""
    for model in models:
        if model.ablations:
            st.header(f"What was tried for {verbatim(model.name)}")
        for words, rows in model.ablations.items():
            st.caption(
                f"{words} Mean and standard deviation of several seeds; short trainings, which compare with each other "
                "and not with what ships."
            )
            st.dataframe(rows, hide_index=True, alt=f"{model.name}: {words}", placeholder="–")


def cards(models: Sequence[Checkpoint]) -> None:
    """The model cards, those of strangers as plain text, and their downloads."""
    if models:
        st.header("Cards", anchor="cards")
    for model in models:
        with st.expander(verbatim(model.name)):
            controls.card_downloads(model)
            if model.fetched:
                st.code(model.card or "This repository has no README.md.", language=None, wrap_lines=True)
            else:
                st.markdown(catalogue.card_body(model.card) or "This folder has no README.md.")
