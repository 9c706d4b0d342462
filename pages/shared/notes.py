"""Rows that a page keeps for a visitor: answers, measurements, sentences to be told."""

import re
import time
from typing import Any

from pages.shared.choices import get, put

ROWS = 500
"""So many rows are kept under a key, the last ones."""
NOTED = re.compile(r"(blind|lab_[0-9a-f]{16})_rows")
"""Session keys of the rows that belong to a visit: answers of the listening test, measurements of Compare."""


def noted(key: str) -> list[dict[str, Any]]:
    """Rows that `note` has kept under a key, oldest first."""
    return list(get(f"{key}_rows", []))


def note(key: str, row: dict[str, Any]) -> None:
    """Keep a row for as long as the visitor stays, at most ROWS under a key."""
    put(f"{key}_rows", [*noted(key), row][-ROWS:])


def forget(key: str) -> None:
    """Let the rows under a key go."""
    put(f"{key}_rows", [])


def is_new(key: str, value: Any, seconds: float = 2.0) -> bool:
    """Whether value differs from that of the calls for this key before, or did so less than `seconds` ago: a second run
    that follows at once must not take back what the first one began."""
    seen, since = get(f"{key}_seen", (None, 0.0))
    if seen != value:
        since = time.monotonic()
        put(f"{key}_seen", (value, since))
    return time.monotonic() - since < seconds
