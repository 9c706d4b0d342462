"""Undo and redo of what a visitor chose: each step is what one click, drag or key changed, with all that followed.

A run of a page begins with what the visitor changed, and changes more on its way: knobs follow a point, a step that is
too far comes back. So what differs at the beginning of a run from the end of the one before is his; what differs at the
end of this run from the end of the one before is the step.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pages.shared import choices, presets
from pages.shared.visit import kinds
from pages.shared.visit.contents import DRAWN, PLAYED, STRAIGHT, plain

STEPS = 100
"""So many can be taken back."""
KEY, GO = "history", "history_go"
"""Session keys: this visitor's history; the page where what was taken back or done again is seen."""
_BESIDE = {presets.PRESETS: (), DRAWN: STRAIGHT}
"""What can be taken back beside choices, and what it is before it was ever chosen."""
_ABSENT = object()


@dataclass(frozen=True)
class Step:
    """Values by key before and after; page: on which they were chosen."""

    before: dict[str, Any]
    after: dict[str, Any]
    page: str


@dataclass
class History:
    """past, future: steps that can be taken back, and done again. rest: all values when the last run ended. begun:
    those before the run that goes on, where the visitor changed something; his: the keys of what he changed."""

    past: deque[Step] = field(default_factory=lambda: deque(maxlen=STEPS))
    future: deque[Step] = field(default_factory=lambda: deque(maxlen=STEPS))
    rest: dict[str, Any] | None = None
    begun: dict[str, Any] | None = None
    his: frozenset[str] = frozenset()

    def copy(self) -> "History":
        """The same steps, for a session that begins: what one takes back is not taken back in the other."""
        return History(self.past.copy(), self.future.copy())


def history() -> History:
    """This visitor's."""
    if (found := choices.get(KEY)) is None:
        choices.put(KEY, found := History())
    return found


def begin() -> None:
    """To be called when a run begins, before its widgets."""
    own, now = history(), _values()
    if own.rest is None:
        return
    if changed := {key for key, value in now.items() if own.rest.get(key, _ABSENT) != value}:
        own.begun = own.begun or own.rest
        own.his |= changed


def end(page: str) -> None:
    """To be called when a run ends; page: its path."""
    own, now = history(), _values()
    before = own.begun
    if before is not None:
        # What a page that was never seen shows for the first time was nobody's choice.
        moved = [key for key in now if (key in before or key in own.his) and before.get(key, _ABSENT) != now[key]]
        if moved:
            own.past.append(Step({key: before.get(key, _ABSENT) for key in moved}, {k: now[k] for k in moved}, page))
            own.future.clear()
    own.rest, own.begun, own.his = now, None, frozenset()


def undo() -> bool:
    """Callback: take the last step back; False where there is none."""
    own = history()
    return _move(own.past, own.future, lambda step: step.before)


def redo() -> bool:
    """Callback: do again what was taken back last; False where there is nothing."""
    own = history()
    return _move(own.future, own.past, lambda step: step.after)


def _move(source: deque[Step], target: deque[Step], values: Callable[[Step], dict[str, Any]]) -> bool:
    if not source:
        return False
    step = source.pop()
    target.append(step)
    for key, value in values(step).items():
        if value is not _ABSENT:
            choices.put(key, value)
        elif kinds.has_default(key):
            choices.put(key, kinds.default_of(key))
    if set(step.after) != {"checkpoint"}:
        choices.put(GO, step.page)
    history().rest = _values()
    return True


def _values() -> dict[str, Any]:
    """All that can be taken back, by session key."""
    held = dict(choices.everything())
    chosen = {key: plain(value) for key, value in held.items() if kinds.kind_of(key)}
    chosen |= {key: held.get(key, never) for key, never in _BESIDE.items()}
    return chosen | {key: held[key] for key in (PLAYED,) if key in held}
