"""Which recording becomes the map: begin, stop, go on; or a map that was kept as a file."""

import streamlit as st

from core.audio.io import AudioError
from core.own_map.own_map import MOST_POINTS, as_mapped
from pages.clusters import own_file
from pages.shared import choices, controls, messages, own_maps, recordings
from pages.shared.own_maps import Held

POINTS = (100, 200, 500, 1000, MOST_POINTS)
_WHY_NOT = "o_why_not"


def recording(name: str, held: Held | None) -> None:
    """The recording and the buttons; folded away while there is a map."""
    with st.expander("Recording", expanded=held is None, icon=":material/graphic_eq:"):
        left, right = st.columns(2, gap="large")
        with left:
            clip, own, label = controls.dry_picker("o", choices.Clusters.o_clip)
            too_short = ""
            if own is not None:
                try:
                    as_mapped(own, label)
                except AudioError as error:
                    too_short = messages.sentence(error)
                    st.error(too_short)
            points = st.segmented_control(
                "Points", POINTS, default=choices.Clusters.o_points, required=True, format_func="{:,}".format,
                help="So many random settings: each effect as often as any other, all knobs drawn evenly; where the "
                "checkpoint tells chains, each third one is a chain of two.",
                **choices.bound("o_points"),
            )  # fmt: skip

            def begin() -> None:
                if own is not None:
                    brought, start_s = recordings.chosen("o", clip), recordings.begun_s("o", clip)
                    key = brought.key if brought else clip
                    choices.put(_WHY_NOT, own_maps.begin(name, own, label, key, start_s, points))

            st.button(
                "Make the map", type="primary", on_click=begin, disabled=own is None or bool(too_short),
                help="Play the recording through that many settings, encode what is heard, and lay it out as the "
                "checkpoint lays out its own map.",
            )  # fmt: skip
        with right:
            own_file.opener(name)
    if why_not := choices.get(_WHY_NOT):
        st.warning(why_not)


def progress(held: Held) -> None:
    """How far the map is, and the buttons that stop it and let it go on."""
    making = held.making
    if making is None or making.done == making.wanted.points:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        total, left_s = making.wanted.points, making.seconds_left
        text = f"{making.done:,} of {total:,} points"
        if making.running:
            begins = f"{own_maps.PROCESSES} processes begin to listen"
            text += f" · {begins if left_s is None else f'{left_s:.0f} s left'}"
        st.progress(making.done / total, text)
        if making.running:
            st.button("Stop", key="o_stop", on_click=making.stop, help="No more points; those that are there stay.")
        else:
            st.button("Go on", key="o_go_on", on_click=_go_on, args=(held,), help="Make the points that are missing.")
    if making.problem:
        st.error(making.problem)


def _go_on(held: Held) -> None:
    choices.put(_WHY_NOT, own_maps.go_on(held))
