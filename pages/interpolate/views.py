"""What stands below the player of the page Interpolate: strip, curves, map, compare, over time, listening test."""

from typing import Any

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.effects import effect_named
from pages.interpolate import beside, compare, controls, downloads, figures, listening_test, over_time
from pages.interpolate.path_sounds import Walk
from pages.shared import choices, messages, own_maps
from pages.shared.figures import theme
from pages.shared.figures.chart import chart, take
from pages.shared.figures.film_strip import film_strip, strip_figure, strip_width
from pages.shared.results import checkpoints

VIEWS = {
    "strip": "Film strip",
    "curves": "Curves",
    "map": "Map",
    "lab": "Compare",
    "beside": "Beside another checkpoint",
    "time": "Over time",
    "blind": "Listening test",
}


FORMER = {"Path lab": "lab", "Blind test": "blind"}
"""What views were called in links of before."""


def show(walk: Walk, voice: str) -> None:
    """One view at a time, so that no page waits for what nobody looks at; and its files."""
    if (former := st.query_params.get("view")) in FORMER:
        del st.query_params["view"]
        choices.put("view", FORMER[former])
    row = st.container(horizontal=True, gap="medium")
    view = row.pills(
        "Look at", list(VIEWS), default=choices.Interpolate.view, required=True, wrap=True,
        format_func=VIEWS.__getitem__,
        help="Film strip: the spectrogram of each step. Curves: knobs, loudness and brightness along the path. Map: "
        "where the path runs. Compare: kinds of path and voices side by side in numbers. "
        "Beside another checkpoint: the same path by both, by ear. Over time: a morph that you "
        "draw over a whole recording. Listening test: can you hear which sound lies between the others?",
        **choices.bound("view"),
    )  # fmt: skip
    with messages.plain_errors():
        match view:
            case "strip":
                strip(walk, row)
            case "curves":
                curves(walk, voice)
            case "map":
                path_map(walk)
            case "lab":
                compare.show(walk, controls.chosen_waypoints())
            case "beside":
                beside.show(walk, voice)
            case "time":
                over_time.show(walk, voice)
            case "blind":
                listening_test.show(walk, voice)
    with messages.plain_errors():  # also of what cannot be looked at so
        st.header("Download")
        downloads.buttons(walk, voice)


def strip(walk: Walk, row: DeltaGenerator) -> None:
    """The film strip, the player's playhead moving over it. row: takes the choice of what it shows."""
    path, axes = walk.path, checkpoints.axes(walk.name)
    against_a = row.pills(
        "Show", ["level", "difference"], default=choices.Interpolate.strip, required=True,
        format_func={"level": "Level", "difference": "Difference to A"}.__getitem__,
        help="Each step's spectrogram in dB, or how it differs from the first decoded step of its row.",
        **choices.bound("strip"),
    ) == "difference"  # fmt: skip
    with st.container(key="film_strip"):
        label = f"Spectrograms from {walk.ends[0].label} to {walk.ends[-1].label}"
        st.html(film_strip(path, **axes, label=label, against_a=against_a))
    ends = " to ".join(end.label for end in walk.ends)
    shown = "difference from A in dB" if against_a else "level in dB"
    take(
        lambda: strip_figure(path, **axes, against_a=against_a),
        f"{walk.name} film strip {shown}",
        f"{ends}; {path.route.kind}, {len(path.z)} steps; {shown}. Mean drift of the dry sound "
        f"{path.mean_drift_db:.2f} dB.",
        walk.name,
        width=strip_width(path),
    )
    if path.route.kind == "corners":
        st.caption("Decoded wet sounds as they lie on the square: A and B above, C and D below.")
        return
    if path.route.kind == "difference":
        difference(walk)
    else:
        st.caption("X A and X B are the originals; between them are the decoded steps. Above: dry; below: wet.")
    st.metric(
        "Drift of the dry sound", f"{path.mean_drift_db:.1f} dB",
        help="How far the decoded dry spectrogram moves from that of the first step: mean over the path, and at each "
        "step below the strip. 0 dB: only the effect changes. A joint vector cannot promise that; two recordings "
        "differ by far more.",
    )  # fmt: skip


def difference(walk: Walk) -> None:
    """What was added to C, and what is read where that leads."""
    explorer = checkpoints.explorer(walk.name)
    read = ""
    if explorer.config.controllers:
        read = f" Read off the end of the path: {explorer.estimate(walk.path.z_ends[1]).setting.text}."
    st.caption(
        "X C is the original; what tells B from A is added to it step by step, z(C) + z(B) - z(A). On the right what "
        f"the same difference of the knobs makes of C: {walk.ends[1].setting.text}.{read} Above: dry; below: wet."
    )


def curves(walk: Walk, voice: str) -> None:
    """Knobs, loudness and brightness along the path, in the voice that is heard."""
    from core.paths.measures import knob_curves, share_curves  # not on the way to first paint

    if walk.path.route.kind == "corners":
        st.info("Curves belong to a path from A to B; a square has none. Please choose another kind of path.")
        return
    blends = walk.rendered(voice) or walk.blends
    measures = walk.measures(voice)
    knobs, positions = knob_curves(blends), walk.path.position
    ends = " to ".join(end.label for end in walk.ends)
    told = f"{ends}; {walk.path.route.kind}, {len(positions)} steps; {controls.VOICES[voice].lower()}."
    chart(
        figures.curves(positions, knobs, share_curves(blends), walk.letters),
        "Knobs along the path",
        f"{walk.name} knobs along the path",
        f"Knobs of {told}",
        walk.name,
        lambda: knob_columns(positions, knobs),
    )
    st.caption(
        "Knobs that render this path; a band shows how much of each effect there is where it comes or goes, or two "
        "play at once."
    )
    st.dataframe(knob_rows(knobs), hide_index=True, alt="Zig-zag of each knob", placeholder="–")
    heard = {"position": positions, "loudness_lufs": measures.loudness_lufs, "brightness_hz": measures.brightness_hz}
    chart(
        figures.heard(positions, measures, walk.letters),
        "Loudness and brightness along the path",
        f"{walk.name} loudness and brightness along the path",
        f"Loudness and brightness of {told}",
        walk.name,
        lambda: heard,
    )
    st.caption(f"Loudness and brightness of the voice “{controls.VOICES[voice]}”.")


def path_map(walk: Walk) -> None:
    """The path on the cluster map; a click adds a waypoint to a spline."""
    explorer = checkpoints.explorer(walk.name)
    atlas, path = explorer.atlas, walk.path
    steps, ends = (atlas.place(z[:, explorer.map_part], "umap", 2) for z in (path.z, path.z_ends))
    shown = atlas.coordinates("umap", 2), list(map(str, atlas.effects)), atlas.effect
    if path.route.kind != "spline" and (own := own_maps.chosen(walk.name)):  # waypoints are the atlas's points
        shown = atlas.place(own.made.z, "umap", 2), *own_maps.groups(own)
    figure = figures.path_map(*shown, steps, ends, path.route)

    def choose() -> None:
        if points := choices.get("path_map", {}).get("selection", {}).get("points", []):
            controls.add_waypoint(int(np.ravel(points[0]["customdata"])[0]))

    events: dict[str, Any] = {"on_select": choose, "selection_mode": "points"} if path.route.kind == "spline" else {}
    st.plotly_chart(
        figure, key="path_map", config=theme.MAP_CONFIG, alt="The path on the map of the settings", **events
    )
    take(
        lambda: figure,
        f"{walk.name} path on the map",
        f"{' to '.join(end.label for end in walk.ends)}; {path.route.kind}, {len(path.z)} steps; UMAP, 2-D.",
        walk.name,
        lambda: {"step": range(1, len(steps) + 1), "x": steps[:, 0], "y": steps[:, 1]},
    )
    told = "Click points of the map to lead the path through them. " if events else ""
    st.caption(
        f"{told}The map flattens {len(explorer.atlas.pca_mean)} numbers to two, so a straight path may look bent; "
        "steps stand where their nearest known settings do. Mean distance of the steps from the nearest setting: "
        f"**{explorer.distance(path):.1f}** "
        "(1: as near as neighbours are to each other)."
    )


def knob_columns(positions: np.ndarray, knobs: dict[tuple[str, int], np.ndarray]) -> dict[str, list[float]]:
    """The knobs along a path as columns for a file, each in its unit; NaN where its effect is not heard."""
    columns = {"position": positions.tolist()}
    for (effect, number), values in knobs.items():
        knob = effect_named(effect).parameters[number]
        title = f"{effect}.{knob.name} {knob.unit}".strip()
        columns[title] = [knob.to_value(float(value)) if np.isfinite(value) else np.nan for value in values]
    return columns


def knob_rows(knobs: dict[tuple[str, int], np.ndarray]) -> list[dict[str, Any]]:
    """A table of the knobs along a path: from, to, zig-zag, and whether the knob goes one way only."""
    from core.paths.measures import zigzag  # not on the way to first paint

    rows = []
    for (effect, number), values in knobs.items():
        parameter, known = effect_named(effect).parameters[number], values[np.isfinite(values)]
        wander = zigzag(values)
        rows.append(
            {
                "Effect": theme.EFFECT_LABELS[effect],
                "Knob": parameter.label,
                "From": parameter.text(float(known[0])),
                "To": parameter.text(float(known[-1])),
                "Zig-zag (1: one way)": round(wander, 2) if np.isfinite(wander) else None,
                "Course": "stands still" if not np.isfinite(wander) else "one way" if wander < 1.005 else "turns",
            }
        )
    return rows
