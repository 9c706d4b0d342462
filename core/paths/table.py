"""What plays along a path as a table that a spreadsheet reads."""

import csv
import io
from collections.abc import Iterator, Sequence

from core.effects import effect_named
from core.effects.automation import Node

Order = tuple[str, ...]
"""Effects in signal order, as they are played at once."""


def parameter_csv(nodes: Sequence[Node]) -> str:
    """The parameters along a path as CSV, a row a node: its position, the share of each effect or chain, each knob in
    its unit.

    A knob is empty where its effect, or that chain, is not heard.
    """
    orders = list(dict.fromkeys(own.effects for node in nodes for own, _ in node.blend.parts))
    columns: list[tuple[str, list[str]]] = [("position", [_digits(node.position) for node in nodes])]
    for order in orders:
        shares = [{own.effects: share for own, share in node.blend.parts}.get(order, 0.0) for node in nodes]
        columns.append((f"{_name(order)} share", [_digits(share) for share in shares]))
    for order in orders:
        columns += _knobs(nodes, order)
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([title for title, _ in columns])
    writer.writerows(zip(*(cells for _, cells in columns), strict=True))
    return buffer.getvalue()


def _knobs(nodes: Sequence[Node], order: Order) -> Iterator[tuple[str, list[str]]]:
    """Title and cells of each knob of a setting, or of a chain of that order."""
    found = [{own.effects: own.settings for own, _ in node.blend.parts}.get(order) for node in nodes]
    for place, effect in enumerate(order):
        for number, knob in enumerate(effect_named(effect).parameters):
            values = [_digits(knob.to_value(own[place].values[number])) if own else "" for own in found]
            chain = f"{_name(order)}: " if len(order) > 1 else ""
            yield f"{chain}{effect} {knob.name}" + (f" ({knob.unit})" if knob.unit else ""), values


def _name(order: Order) -> str:
    return " → ".join(order) or "bypass"


def _digits(value: float) -> str:
    return f"{value:.9g}"
