"""What plays along a path as a table that a spreadsheet reads."""

import csv
import io
from collections.abc import Iterator, Sequence

from core.effects import Faded, effect_named
from core.effects.automation import Node
from core.effects.fade import Played

Order = tuple[str, ...]
"""Effects in signal order, as they are played at once."""


def parameter_csv(nodes: Sequence[Node]) -> str:
    """The parameters along a path as CSV, a row a node: its position, the share of each effect or chain, each knob in
    its unit, and of a chain that fades the amount of each effect.

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
    """Title and cells of each amount and knob of a setting, or of a chain of that order."""
    found = [{own.effects: own for own, _ in node.blend.parts}.get(order) for node in nodes]
    for place, effect in enumerate(order):
        chain = f"{_name(order)}: " if len(order) > 1 else ""
        again = f" {order[: place + 1].count(effect)}" if order.count(effect) > 1 else ""
        amounts = [_amount(own, place) for own in found]
        if any(isinstance(own, Faded) for own in found):
            yield f"{chain}{effect}{again} amount", [_digits(amount) for amount in amounts]
        for number, knob in enumerate(effect_named(effect).parameters):
            values = [
                _digits(knob.to_value(own.settings[place].values[number])) if own and amount else ""
                for own, amount in zip(found, amounts, strict=True)
            ]
            yield f"{chain}{effect}{again} {knob.name}" + (f" ({knob.unit})" if knob.unit else ""), values


def _amount(own: Played | None, place: int) -> float:
    """How much there is of the effect in that place."""
    return own.parts[place][1] if isinstance(own, Faded) else float(own is not None)


def _name(order: Order) -> str:
    return " → ".join(order) or "bypass"


def _digits(value: float) -> str:
    return f"{value:.9g}"
