"""What is read on the page: scores beside baselines, the model card, whom to thank. All of it as HTML.

Words of strangers are escaped; the card of a checkpoint that came from the Hub stays plain text.
"""

import html
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from markdown_it import MarkdownIt

from core.audio.clips import clips
from pages.shared.catalogue import Checkpoint, card_body
from pages.shared.scores import GROUPS, Measured, Score, compared


def described(folder: Path, name: str) -> Checkpoint:
    """What a checkpoint's folder says of itself. name: as it was asked for; one of the Hub has a slash."""
    return replace(Checkpoint.read(folder), name=name)


def scores(model: Checkpoint) -> str:
    """Every score that the checkpoint has, beside its baselines; a sentence where it has none."""
    rows: list[Sequence[str]] = []
    for group in GROUPS.values():
        rows += [_row(score, row[0]) for score, row in compared([model], group) if row[0]]
    if not rows:
        return "<p>This checkpoint has no scores yet.</p>"
    return _table("Scores on speakers that no training heard", ("Score", "Value", "95 % interval", "Beside"), rows)


def _row(score: Score, found: Measured | None) -> Sequence[str]:
    assert found is not None
    interval = f"{score.text(found.low)} to {score.text(found.high)}" if found.low < found.high else "–"
    beside = ", ".join(f"{name} {score.text(value)}" for name, value in found.baselines.items())
    return f"{score.label} ({score.direction})", score.text(found.value), interval, beside or "–"


def card(model: Checkpoint) -> str:
    """The model card: Markdown without HTML of its own, or, from the Hub, as it is written."""
    if model.fetched:
        return _folded(f"<pre>{html.escape(model.card)}</pre>")
    made = MarkdownIt("commonmark", {"html": False}).enable("table").render(card_body(model.card))
    made = made.replace("<table>", '<div class="scroll" tabindex="0"><table>').replace("</table>", "</table></div>")
    return _folded(f'<div class="card">{made}</div>')


def _folded(body: str) -> str:
    return (
        f"<details><summary>What the model is, what it was trained on, and what it cannot do</summary>{body}</details>"
    )


def credits() -> str:
    """Authors, licences and sources of the recordings that are heard."""
    rows = [(clip.label, clip.author, clip.licence, clip.source) for clip in clips()]
    return _table("Recordings", ("Recording", "Author", "Licence", "Source"), rows)


def _table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f'<th scope="col">{html.escape(text)}</th>' for text in heads)
    body = "".join(
        f'<tr><th scope="row">{html.escape(first)}</th>'
        + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells)
        + "</tr>"
        for first, *cells in rows
    )
    name = html.escape(caption)
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{name}"><table><caption>{name}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )
