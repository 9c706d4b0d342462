"""What the boxes of the page Match hold: the answer's effects, until a visitor changes them."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.effects import Chain, Setting
from pages.shared import choices

RACK = "m_rack"
"""Session key: (version, boxes), as they are now."""


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


def boxes_of(version: str, answer: Chain) -> tuple[Box, ...]:
    """The boxes as they were left, or those of the answer."""
    about, boxes = choices.get(RACK, ("", ()))
    return boxes if about == version else tuple(Box(setting) for setting in answer.settings)


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


def keep(version: str, boxes: tuple[Box, ...]) -> None:
    """Callback: the rack as it is from now on."""
    choices.put(RACK, (version, boxes))
