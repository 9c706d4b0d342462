"""Work in another process that one visitor waits for: it goes on while his page runs again, shows how far it is, and
ends when he has enough of it or has left."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.match.watch import Progress, Watch
from pages.shared import choices

Work = Callable[[Watch], Any]
"""Looks at a watch while it goes on; what it makes is `stopped` where that had enough."""

PATIENCE_S = 1.5
"""After this time it shows how far it is."""
_LEFT_S = 20.0  # nobody has looked for so long: he is gone
_LOOK_S = 0.2
_STOPPED = 3  # answers that are kept of what was stopped: as many as a page may wait for beside another
_KEY = "errands"


class Errand:
    """The work, begun. enough: whether the visitor wants no more than what was found so far."""

    def __init__(self, work: Work) -> None:
        self.enough, self._began = False, time.monotonic()
        self._seen = self._began
        self._progress: Progress | None = None
        self.answer: Future = Future()
        threading.Thread(target=self._run, args=(work,), daemon=True).start()

    def _run(self, work: Work) -> None:
        try:
            self.answer.set_result(work(Watch(self._going, self._tell)))
        except BaseException as error:  # it is raised where the visitor waits
            self.answer.set_exception(error)

    def _going(self) -> bool:
        return not self.enough and time.monotonic() - self._seen < _LEFT_S

    def _tell(self, progress: Progress) -> None:
        self._progress = progress

    @property
    def over(self) -> bool:
        """Whether it ended as nobody looked."""
        return self.answer.done() and not self.enough and not self._going()

    def stop(self) -> None:
        """Callback: what was found so far will do."""
        self.enough = True

    def wait(self) -> Any:
        """What it makes, or the error that it raises; how far it is, and a button that stops it, where that takes
        time. Any click ends the run of a page meanwhile."""
        place, bar = st.empty(), None
        while not wait([self.answer], _LOOK_S).done:
            self._seen = time.monotonic()
            if self._seen - self._began > PATIENCE_S:
                bar = bar or self._shown(place)
                bar.progress(*self._said())
        place.empty()
        return self.answer.result()

    def _shown(self, place: DeltaGenerator) -> DeltaGenerator:
        with place.container(horizontal=True, vertical_alignment="bottom"):
            bar = st.progress(0.0)
            st.button(
                "Stop listening", on_click=self.stop, disabled=self.enough, key=f"stop_{id(self)}",
                help="Answer with the nearest so far.",
            )  # fmt: skip
        return bar

    def _said(self) -> tuple[float, str]:
        if (now := self._progress) is None:
            return 0.0, "Stopping" if self.enough else "One effect after the other"
        best = f"the nearest leaves {100 * min(now.left, 1.0):.0f} % of the difference"
        return min(1.0, now.tried / now.most), f"{now.tried} of up to {now.most} chains heard: {best}"


def here(key: bytes) -> bool:
    """Whether this visitor waits for the work under a key, or has its answer after he had enough of it."""
    found = choices.get(_KEY, {}).get(key)
    return found is not None and not found.over


def awaited(key: bytes, work: Work) -> Any:
    """What the work makes, once it is done. Begun before, it is the one that goes on; others that this visitor no
    longer waits for end."""
    others = {other: errand for other, errand in choices.get(_KEY, {}).items() if other != key}
    for errand in others.values():
        errand.stop()
    own = choices.get(_KEY)[key] if here(key) else Errand(work)
    stopped = [(other, errand) for other, errand in others.items() if errand.answer.done()][-_STOPPED:]
    choices.put(_KEY, {**dict(stopped), key: own})
    try:
        found = own.wait()
    finally:
        if own.answer.done() and not own.enough:
            choices.get(_KEY).pop(key)
    if getattr(found, "stopped", False) and not own.enough:  # he came back just as it ended
        return awaited(key, work)
    return found


def again() -> None:
    """Callback: begin anew what was stopped."""
    choices.put(_KEY, {})
