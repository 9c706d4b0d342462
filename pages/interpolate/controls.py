"""Controls of the page Interpolate: which path, between which sounds, and what is heard of it."""

from collections.abc import Sequence

import streamlit as st

from core.paths.route import EASINGS, MAX_SIDE, MAX_STEPS, REACH, PathError, Route
from pages.shared import choices

KINDS = {
    "linear": "Linear",
    "spherical": "Spherical",
    "spline": "Through waypoints",
    "manifold": "Along the data",
    "corners": "Four corners",
    "difference": "Difference of two",
}
VOICES = {
    "transferred": "Transferred",
    "decoded": "Decoded",
    "re-rendered": "Re-rendered",
    "parameter line": "Parameter line",
    "crossfade": "Crossfade",
    "decoded dry": "Decoded dry",
}
_PARTS = {"all": "Everything", "content": "Words only", "effect": "Effect only"}


def kind_and_switches() -> tuple[str, bool, bool]:
    """Which kind of path; whether short sounds are repeated; whether the steps are brought to one loudness."""
    kind = st.pills(
        "Path",
        list(KINDS),
        default=choices.Interpolate.kind,
        required=True,
        wrap=True,
        format_func=KINDS.__getitem__,
        help="Linear: the straight line. Spherical: the arc about the origin. Through waypoints: a smooth curve "
        "through points that you choose on the map. Along the data: from neighbour to neighbour through the known "
        "settings, near real sounds all the way. Four corners: a square between four sounds. Difference of two: moves "
        "C by the difference of A and B, more of what was done from A to B.",
        **choices.bound("kind"),
    )
    with st.container(horizontal=True, gap="medium"):
        loop = st.toggle(
            "Loop short sounds", choices.Interpolate.loop,
            help="Sounds under 5.46 s are repeated; else they end in silence.", **choices.bound("loop"),
        )  # fmt: skip
        matched = st.toggle(
            "Equal loudness", help="Bring every step to -23 LUFS, so that you compare sound and not level.",
            **choices.bound("matched"),
        )  # fmt: skip
    return kind, loop, matched


def voice_picker() -> str:
    """Which voice is heard."""
    return st.pills(
        "Listen to",
        list(VOICES),
        default=choices.Interpolate.voice,
        required=True,
        wrap=True,
        format_func=VOICES.__getitem__,
        help="Transferred: the recordings themselves, each changed as the network says from its end to this point. "
        "Decoded: what the network makes of each point; over one recording the same. Re-rendered: the real effects, "
        "with the settings that the controller reads off each point; between chains one chain, whose effects come and "
        "go. To compare with: the parameter line (the real effects, knobs interpolated without any network, what is "
        "missing at one end faded evenly) and the crossfade of the two wet sounds. "
        "Decoded dry: the dry sound that the network decodes beside the wet one.",
        **choices.bound("voice"),
    )


def route_controls(kind: str, parts: Sequence[str]) -> Route:
    """The rest of the route: steps, how they are spread, what moves. parts: names of the parts of z."""
    part, reach, easing = "all", choices.Interpolate.reach, choices.Interpolate.easing
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        if kind == "corners":
            steps = st.slider(
                "Points a side", 2, MAX_SIDE, choices.Interpolate.side, width=200,
                help="Sounds along each side of the square.", **choices.bound("side"),
            )  # fmt: skip
        else:
            steps = st.slider(
                "Steps", 2, MAX_STEPS, choices.Interpolate.steps, width=240,
                help="Points of the path, its ends among them.", **choices.bound("steps"),
            )  # fmt: skip
            reach = st.slider(
                "From and to (0: A, 1: B)", -REACH, 1 + REACH, reach, 0.05, width=240,
                help="Below 0 and above 1 the path goes on beyond A and B: more of what tells them apart.",
                **choices.bound("reach"),
            )  # fmt: skip
            easing = st.selectbox(
                "Steps are spread", EASINGS, format_func=str.capitalize, width=170,
                help="Evenly; closer together at the ends; closer together in the middle; or so that the sound changes "
                "equally from each step to the next.",
                **choices.bound("easing"),
            )  # fmt: skip
        if len(parts) > 1 and kind != "difference":
            part = st.pills(
                "Move",
                ["all", *parts],
                default=choices.Interpolate.part,
                required=True,
                wrap=True,
                format_func=_PARTS.__getitem__,
                help="The part of the latent vector that goes from A to B; the rest stays at A. "
                "Effect only: A's words through B's effect. Words only: B's words through A's effect.",
                **choices.bound("part"),
            )
    via = waypoints() if kind == "spline" else ()
    low, high = reach
    if not low < high:
        raise PathError("The path has no length. Please pull the two ends of its slider apart.")
    return Route(kind, None if part == "all" else part, steps, low, high, easing, via)


def waypoints() -> tuple[int, ...]:
    """Points of the atlas that a spline goes through; typed, or clicked on the view "Map"."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        text = st.text_input(
            "Waypoints", placeholder="none: the straight line", width=320,
            help="Numbers of points on the map, in order, with commas. The view Map below adds one with each click.",
            **choices.bound("via"),
        )  # fmt: skip
        st.button("Clear waypoints", on_click=lambda: choices.put("via", ""), help="Back to the straight line.")
    return _numbers(text)


def chosen_waypoints() -> tuple[int, ...]:
    """The waypoints as they were typed last, also while another kind of path is heard."""
    return _numbers(choices.get("via") or "")


def _numbers(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(number) for number in text.replace(",", " ").split())
    except ValueError:
        raise PathError(f"{text!r} are no waypoints. Please give numbers of points, such as 120, 4031.") from None


def add_waypoint(index: int) -> None:
    """Callback: one more point for the spline to go through."""
    choices.put("via", ", ".join([*filter(None, [choices.get("via")]), str(index)]))
