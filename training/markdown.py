"""Tables in Markdown."""

from collections.abc import Iterable, Sequence
from typing import Any


def table(head: Sequence[str], rows: Iterable[Iterable[Any]]) -> list[str]:
    """Its lines: a head, a rule, and a line a row."""
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    return lines + [f"| {' | '.join(map(str, row))} |" for row in rows]


def table_of(rows: list[dict[str, Any]]) -> list[str]:
    """The lines of a table of rows with the same names, which are its head."""
    return table(tuple(rows[0]), (row.values() for row in rows))
