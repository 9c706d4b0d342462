"""What an address says, before widgets read it."""

import math
from typing import Any, get_args

from streamlit.runtime.state import get_session_state

from pages.shared.visit import kinds


def tidy() -> None:
    """Take out of the address what no choice can be. Once a run, before widgets.

    Streamlit takes an empty parameter for a choice that was cleared, also where one has to be chosen, and infinity for
    a number.
    """
    with get_session_state().query_params() as query:
        wrong = [key for key, value in query.items() if unusable(key, value)]
        for key in wrong:
            query.remove_param(key)
        if wrong:
            query.set_initial_query_params_from_current()  # what widgets begin with


def unusable(key: str, value: str) -> bool:
    """Whether a choice is empty that cannot be, or a number without end."""
    kind = kinds.kind_of(key)
    if not value:
        return kind is not None and not (kinds.has_default(key) and kinds.default_of(key) in (None, ""))
    return _is_number(kind) and _endless(value)


def _is_number(kind: Any) -> bool:
    return kind in (int, float) or any(map(_is_number, get_args(kind)))


def _endless(value: str) -> bool:
    try:
        return not math.isfinite(float(value))
    except ValueError:
        return False
