"""What the boxes of the page Match hold: the answer's effects, until a visitor changes them."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from core.effects import Chain, Setting
from pages.shared import choices

RACK = "m_rack"
"""Session key, and in the address where they are not the answer's: the boxes as they are now, see `_written`."""
_MUTED, _SOLO = "muted", "solo"


@dataclass(frozen=True)
class Box:
    """One effect of the rack. Where any box is solo, only those that are sound."""

    setting: Setting
    muted: bool = False
    solo: bool = False

    @property
    def effect(self) -> str:
        return self.setting.effect


def played(boxes: tuple[Box, ...]) -> Chain:
    """What sounds."""
    alone = [box for box in boxes if box.solo]
    return Chain(tuple(box.setting for box in alone or boxes if box.solo or not box.muted))


def boxes_of(question: str, answer: Chain) -> tuple[Box, ...]:
    """The boxes as they were left, or as a link has them, or those of the answer. question: names it."""
    if choices.get(RACK) is None:
        choices.put(RACK, st.query_params.get(RACK, ""))
    own = tuple(Box(setting) for setting in answer.settings)
    left = _read(choices.get(RACK), question)
    boxes = own if left is None else left
    if boxes == own:
        st.query_params.pop(RACK, None)
    elif st.query_params.get(RACK) != choices.get(RACK):
        st.query_params[RACK] = choices.get(RACK)
    return boxes


def _written(question: str, boxes: tuple[Box, ...]) -> str:
    """Boxes for an address, to the last bit: "7f...: delay 0.21 0.5 0.65 muted, reverb 0.5 0.2 0.1"."""
    return f"{question}: " + ", ".join(
        " ".join([box.effect, *map(repr, map(float, box.setting.values)), *_marks(box)]) for box in boxes
    )


def _marks(box: Box) -> list[str]:
    return [mark for mark, there in ((_MUTED, box.muted), (_SOLO, box.solo)) if there]


def _read(text: str, question: str) -> tuple[Box, ...] | None:
    """What `_written` wrote of that question; None where it is anything else."""
    about, _, links = text.partition(": ")
    if about != question:
        return None
    try:
        boxes = tuple(_box(link.split(" ")) for link in links.split(", ") if links)
        Chain(tuple(box.setting for box in boxes))
    except (KeyError, ValueError):
        return None
    return boxes


def _box(words: Sequence[str]) -> Box:
    effect, *rest = words
    marks = [word for word in rest if word in (_MUTED, _SOLO)]
    values = tuple(float(word) for word in rest if word not in marks)
    return Box(Setting(effect, values), _MUTED in marks, _SOLO in marks)


def swapped(boxes: tuple[Box, ...], number: int) -> tuple[Box, ...]:
    """Boxes of which number and the next have changed places."""
    if not 0 <= number < len(boxes) - 1:
        return boxes
    return (*boxes[:number], boxes[number + 1], boxes[number], *boxes[number + 2 :])


def ordered(boxes: tuple[Box, ...], effects: Sequence[str]) -> tuple[Box, ...]:
    """Boxes in the order of these effects; as they are where those are others."""
    if sorted(effects) != sorted(box.effect for box in boxes):
        return boxes
    return tuple(sorted(boxes, key=lambda box: effects.index(box.effect)))


def changed(boxes: tuple[Box, ...], number: int, box: Box) -> tuple[Box, ...]:
    """Boxes of which one is another."""
    return (*boxes[:number], box, *boxes[number + 1 :])


def keep(question: str, answer: Chain, boxes: tuple[Box, ...]) -> None:
    """Callback: the rack as it is from now on; where it is the answer's, it goes with the answer."""
    choices.put(RACK, "" if boxes == tuple(map(Box, answer.settings)) else _written(question, boxes))


def untouched() -> None:
    """Callback: the boxes of the answer, whatever it becomes."""
    choices.put(RACK, "")
