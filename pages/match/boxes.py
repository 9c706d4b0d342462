"""The answer as a rack: a box for each effect in signal order, to turn, drag, mute, leave out, and add to."""

from dataclasses import replace
from typing import Any

import streamlit as st

from core.effects import EFFECTS, Chain, Setting, effect_named
from core.effects.chain import MOST
from pages.match.answers import Found
from pages.match.rack import Box, boxes_of, changed, keep, ordered, played, swapped, untouched
from pages.shared import choices
from pages.shared.figures.theme import EFFECT_LABELS
from pages.shared.results import sounds
from pages.widgets.order import Chip, order

ADD, ORDER = "m_add", "m_order"
"""Session keys: the effect to add; the row of chips that are dragged."""


def rack(found: Found) -> None:
    """The row of boxes, what may be done to it, and how near it comes."""
    key, answer = found.key, found.chain
    boxes = boxes_of(key, answer)
    if len(boxes) > 1:
        silent = {box.effect for box in boxes if box.setting not in played(boxes).settings}
        chips = [Chip(box.effect, EFFECT_LABELS[box.effect], box.effect in silent) for box in boxes]
        order(ORDER, chips, _dragged().get("count", 0), lambda: _dropped(key, answer))
    with st.container(horizontal=True, key="m_boxes"):
        for number in range(len(boxes)):
            _box(key, answer, boxes, number)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        names = [effect.name for effect in EFFECTS if effect.name not in [box.effect for box in boxes]]
        st.selectbox(
            "Add an effect", names, None, EFFECT_LABELS.__getitem__, key=ADD, placeholder="Behind the others",
            on_change=_add, args=(key, answer), disabled=len(boxes) >= MOST, width=240,
            help=f"It comes last, its knobs at their defaults; a chain has {MOST} effects at most.",
        )  # fmt: skip
        st.button(
            "Back to the answer", on_click=untouched,
            disabled=played(boxes) == answer and len(boxes) == len(answer.settings), key="m_back",
            help="The effects, their order and their knobs as they were found.",
        )  # fmt: skip
    if "edited" in found.candidates:
        st.caption(
            f"What the boxes play now is “Edited” in the player above and in the downloads: at a distance of "
            f"{found.distance('edited'):.3f} from the wet sound, the answer {sounds.distance(found.answer[1]):.3f}."
        )


def _dragged() -> dict[str, Any]:
    """The order that the browser told last; see widgets.order."""
    return (choices.get(ORDER) or {}).get("order") or {}


def _dropped(question: str, answer: Chain) -> None:
    """Callback: the boxes in the order that the browser told."""
    keep(question, answer, ordered(boxes_of(question, answer), _dragged()["ids"]))


def _box(question: str, answer: Chain, boxes: tuple[Box, ...], number: int) -> None:
    """One box: its name, what may be done to it, its knobs."""
    box = boxes[number]
    label, own = EFFECT_LABELS[box.effect], effect_named(box.effect)
    silent = box.setting not in played(boxes).settings
    found = next((one.values for one in answer.settings if one.effect == box.effect), ())  # none of what was added
    with st.container(border=True, width=300, key=f"m_box_{number}"):
        st.markdown(f"**{number + 1} · {label}**" + (" :small[:gray[silent]]" if silent else ""), help=own.description)
        with st.container(horizontal=True, gap="small"):
            for name, change in _changes(boxes, number).items():
                text, then, pressed = change
                st.button(
                    name, on_click=_change, args=(question, answer, box.effect, name), disabled=then == boxes,
                    key=f"m_{box.effect}_{name}", help=f"{label}: {text}.", type="primary" if pressed else "tertiary",
                )  # fmt: skip
        for place, parameter in enumerate(own.parameters):
            key = f"m_turn_{box.effect}_{parameter.name}_{question}"  # a knob of another question is another one
            positions, drawn = choices.positions(parameter), choices.nearest_knobs(box.setting).values[place]
            choices.put(key, drawn)
            st.select_slider(
                parameter.title, positions, format_func=parameter.text, key=key, on_change=_turn,
                args=(question, answer, box.effect, place, key, drawn),
                help=parameter.description + (f" Found: {parameter.text(found[place])}." if found else ""),
            )  # fmt: skip


def _changes(boxes: tuple[Box, ...], number: int) -> dict[str, tuple[str, tuple[Box, ...], bool]]:
    """What a box's buttons do: name -> in words, the boxes then, and whether it is so already."""
    box = boxes[number]
    muted, solo = replace(box, muted=not box.muted), replace(box, solo=not box.solo)
    return {
        "←": ("earlier in the chain", swapped(boxes, number - 1), False),
        "→": ("later in the chain", swapped(boxes, number), False),
        "Mute": ("not heard, or heard again", changed(boxes, number, muted), box.muted),
        "Solo": ("alone, or with the others again", changed(boxes, number, solo), box.solo),
        "Delete": ("left out", boxes[:number] + boxes[number + 1 :], False),
    }


# Callbacks look at the boxes as they are, not as they were drawn: two quick changes may come before the next drawing.


def _number(boxes: tuple[Box, ...], effect: str) -> int | None:
    """Number of an effect's box; None where it is gone."""
    return next((number for number, box in enumerate(boxes) if box.effect == effect), None)


def _change(question: str, answer: Chain, effect: str, name: str) -> None:
    """Callback: one of `_changes` of a box."""
    boxes = boxes_of(question, answer)
    if (number := _number(boxes, effect)) is not None:
        keep(question, answer, _changes(boxes, number)[name][1])


def _turn(question: str, answer: Chain, effect: str, place: int, key: str, drawn: float) -> None:
    """Callback: one knob where its slider stands; those that were not touched stay exactly where they were found.

    drawn: where it was put. Of a slider that has just gone a browser may still tell, which to Streamlit is a change.
    """
    boxes = boxes_of(question, answer)
    if (number := _number(boxes, effect)) is None or choices.get(key) == drawn:
        return
    values = list(boxes[number].setting.values)
    values[place] = choices.get(key)
    turned = replace(boxes[number], setting=Setting(effect, tuple(values)))
    keep(question, answer, changed(boxes, number, turned))


def _add(question: str, answer: Chain) -> None:
    """Callback: one effect more, where there is room and it is not there yet."""
    boxes, effect = boxes_of(question, answer), choices.get(ADD)
    if effect and len(boxes) < MOST and _number(boxes, effect) is None:
        keep(question, answer, (*boxes, Box(Setting(effect, effect_named(effect).defaults))))
        choices.put(ADD, None)
