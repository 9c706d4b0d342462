"""Whoever waits for a match: is told how far it is, and may have enough."""

from collections.abc import Callable
from dataclasses import dataclass


class Enough(Exception):
    """Whoever waits wants no more than what was found so far."""


@dataclass(frozen=True)
class Progress:
    """How many chains were polished, of how many at most, and the share of the distance between dry and wet that the
    best of them leaves."""

    tried: int
    most: int
    left: float


@dataclass(frozen=True)
class Watch:
    """going: whether the search goes on, asked before every sound. tell: called with each chain that was polished."""

    going: Callable[[], bool] = lambda: True
    tell: Callable[[Progress], None] = lambda progress: None

    def check(self) -> None:
        """Raises Enough where the search does not go on."""
        if not self.going():
            raise Enough


NOBODY = Watch()
