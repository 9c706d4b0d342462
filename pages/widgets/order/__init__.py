"""A chain's order as a row of chips, to be dragged with a mouse, a pen or a finger, or moved with keys."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from pages.widgets.shared import component

_mount = component("order")


@dataclass(frozen=True)
class Chip:
    """One place in the row. id: unlike all others'. silent: whether it says that nothing is heard of it."""

    id: str
    label: str
    silent: bool = False


def order(key: str, chips: Sequence[Chip], seen: int, on_change: Callable[[], None]) -> None:
    """Show the chips in this order; what somebody moves just then stays.

    seen: number of the last order that the server knows.
    on_change: called before the rerun that a release, or a key's rest, makes where the order is another one. The
    component's state under `key` then has `order`: {"ids": [str], "count": int}, all ids once.
    """
    data = {"chips": [asdict(chip) for chip in chips], "seen": seen}
    _mount(key=key, data=data, on_order_change=on_change)
