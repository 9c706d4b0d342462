"""Scores of several checkpoints beside each other and their baselines."""

from collections.abc import Sequence

from pages.shared.catalogue import NOT_SAID, Checkpoint, is_number
from pages.shared.figures.theme import EFFECT_LABELS
from pages.shared.messages import verbatim
from pages.shared.scores import BEST, GROUPS, Measured, Score, best, compared

MEANING = "[What they mean](#what-the-scores-mean)"


def why(default: Checkpoint, models: list[Checkpoint]) -> str:
    """Two sentences on what sets the default apart from the others, out of their scores; none where they lack."""
    drift = "interpolation.top_row_drift_db"
    others = "; ".join(
        model.say(verbatim(model.name).replace("{", "{{").replace("}", "}}") + ": {:.2f} dB", f"scores.{drift}")
        for model in models
        if model.name != default.name
    )
    text = default.say(
        "It keeps words and effect apart: on a path from effect to effect over one recording, the decoded dry sound "
        "drifts by {:.2f} dB (OTHERS). The part that moves tells the effect in {:.1%} of cases and the speaker in "
        "{:.1%}, where always naming the most frequent speaker makes {:.1%}.",
        *(f"scores.{key}" for key in (drift, "clusters.knn_accuracy", "leak.speaker_accuracy", "leak.speaker_chance")),
    ).replace("OTHERS", others or "nothing to compare")
    return "" if NOT_SAID in text else text.replace("%", " %")


def by_effect(models: Sequence[Checkpoint], score: Score) -> list[tuple[str, list[Measured | None]]]:
    """One of BY_EFFECT: label of each effect that any model has it for, with each model's."""
    return [(label, row) for name, label in EFFECT_LABELS.items() for _, row in compared(models, [score.of(name)])]


def score_table(models: Sequence[Checkpoint]) -> dict[str, list[str]]:
    """Columns of Markdown, labels, then a cell for each model: every score that any of them has, under headings.

    The link at its head is something to focus: without it a keyboard could not scroll a wide table.
    """
    rows = []
    for heading, scores in GROUPS.items():
        found = compared(models, scores)
        if found:
            rows.append([f"**{heading}**"] + [""] * len(models))
        for score, row in found:
            stars = best(score, row)
            cells = [score_cell(score, measured, index in stars) for index, measured in enumerate(row)]
            rows.append([f"{score.label}  \n:small[:gray[{score.direction}]]", *cells])
    return dict(
        zip([MEANING, *(verbatim(model.name) for model in models)], map(list, zip(*rows, strict=True)), strict=False)
    )


def score_cell(score: Score, measured: Measured | None, star: bool) -> str:
    """Value and interval, and in a second line the baselines; a dash where there is no such score."""
    if measured is None:
        return "–"
    value = f"**{score.text(measured.value)}**" + (f" {BEST}" if star else "")
    if measured.low < measured.high:
        low, high = (score.text(end).removesuffix(score.unit).strip() for end in (measured.low, measured.high))
        value += f" ({low}\u00a0to\u00a0{high})"
    baselines = " · ".join(
        f"{name} {score.text(found)}".replace(" ", "\u00a0") for name, found in measured.baselines.items()
    )
    return f"{value}  \n:small[:gray[{baselines}]]" if baselines else value


ROBUSTNESS = {
    "found": ("Found", 100, "{:.0f} %"), "error": ("Knobs", 1, "{:.3f}"), "leftover": ("Left", 1, "{:.3f}"),
    "explained": ("Explained", 100, "{:.0f} %"),
}  # fmt: skip
"""Columns, by what their numbers are multiplied and how they are written, by the key of a score; narrow, as a phone has
to hold them."""


def robustness_tables(model: Checkpoint) -> dict[str, dict[str, list[str]]]:
    """What a match finds under each condition, as a table for each corpus that was measured, by its name."""
    tables = {}
    found = model.get("scores.robustness")
    for name in found if isinstance(found, dict) else ():
        rows = model.get(f"scores.robustness.{name}.conditions")
        if isinstance(rows, dict) and rows:
            table = {"": [f"**{verbatim(str(condition).replace('_', '.'))}**" for condition in rows]}
            for key, (title, scale, shape) in ROBUSTNESS.items():
                cells = [row.get(key) if isinstance(row, dict) else None for row in rows.values()]
                table[title] = [shape.format(scale * cell) if is_number(cell) else NOT_SAID for cell in cells]
            tables[str(name)] = table
    return tables
