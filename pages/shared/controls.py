"""Controls built from what core declares: clips, effects, parameters. Each owns its keys (see state.py)."""

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from core.audio import SAMPLE_RATE, SEGMENT
from core.audio.clips import clips, load_clip
from core.audio.io import FORMATS, AudioError, encode
from core.effects import EFFECTS, Parameter, Setting, effect_named
from core.models.limits import CheckpointError
from core.paths.route import PathError
from pages.shared import choices, figures, results
from pages.widgets.map_click import map_click

if TYPE_CHECKING:
    from pages.models.catalogue import Checkpoint, Score

CLIP_LABELS = {clip.name: clip.label for clip in clips()}
EFFECT_LABELS = figures.EFFECT_LABELS
TABLE = {"border": "horizontal", "hide_index": True, "hide_header": False}
"""For st.table with columns of Markdown, name: cells."""
OWN_LABELS = {choices.UPLOAD: "Upload a file", choices.RECORD: "Record now"}


@dataclass(frozen=True)
class Pair:
    """What a pair picker holds: dry and wet sound (time,), the clip's name, the setting, one line that says both.

    ready: the wet sound was brought as it is, and the setting is the nearest one.
    """

    clip: str
    setting: Setting
    label: str
    dry: np.ndarray
    wet: np.ndarray
    ready: bool = False


def clip_picker(key: str, default: str, own: bool = False) -> str:
    """Name of a shipped clip; with own also UPLOAD or RECORD."""
    labels = {**CLIP_LABELS, **OWN_LABELS} if own else CLIP_LABELS
    names = list(labels)
    text = "The dry sound." + (" The last two entries take your own recording." if own else "")
    return st.selectbox("Clip", names, names.index(default), labels.__getitem__, help=text, **choices.bound(key))


def effect_picker(key: str, default: str, ready: bool = False) -> str:
    """Name of an effect; with ready also state.READY."""
    labels = EFFECT_LABELS | ({choices.READY: "None: upload the wet sound"} if ready else {})
    names = list(labels)
    lines = "  \n".join(f"**{effect.label}**: {effect.description}" for effect in EFFECTS)
    return st.selectbox("Effect", names, names.index(default), labels.__getitem__, help=lines, **choices.bound(key))


def knob(key: str, parameter: Parameter, **events: Any) -> float:
    """A slider for one parameter: shows values in its unit, returns the knob position in [0, 1].

    events: what to call when it is moved, as st.select_slider takes it (on_change, args).
    """
    return st.select_slider(
        f"{parameter.label} ({parameter.unit})" if parameter.unit not in ("", ":1") else parameter.label,
        choices.positions(parameter),
        parameter.to_unit(parameter.default),
        parameter.text,
        help=f"{parameter.description} From {parameter.text(0.0)} to {parameter.text(1.0)}.",
        **events,
        **choices.bound(key),
    )


def dry_picker(key: str, default: str, whole: bool = False) -> tuple[str, np.ndarray | None, str]:
    """A clip (shipped, uploaded or recorded), its sound (time,), and its name for people.

    key: prefix of the widgets' keys, see state.PairState. The sound is None, with a sentence why, while there is none.
    whole: as in `own_sound`.
    """
    clip = clip_picker(choices.PairState(key).clip, default, own=True)
    try:
        return clip, *(own_sound(key, clip, whole) if clip in OWN_LABELS else (load_clip(clip), CLIP_LABELS[clip]))
    except AudioError as error:
        st.error(str(error))
        return clip, None, ""


def pair_picker(
    key: str, label: str, default_clip: str, default_effect: str, whole: bool = False, ready: bool = False,
    loop: bool | None = None, dense: bool = False,
) -> Pair | None:  # fmt: skip
    """Controls of one pair: a clip (shipped, uploaded or recorded), an effect, and a slider for each parameter.

    key: prefix of the widgets' keys, see state.PairState. Returns None, with a sentence why, while there is no sound.
    whole: as in `own_sound`. ready: the wet sound may be uploaded, too; its setting is then found, see
    Explorer.match. loop: make the dry sound as long as a model hears, see resources.stretched; None: leave it.
    dense: controls side by side.
    """
    keys = choices.PairState(key)
    if label:
        st.markdown(f"**{label}**")
    left, right = st.columns(2) if dense else (nullcontext(), nullcontext())
    with left:
        clip, dry, name = dry_picker(key, default_clip, whole)
    with right:
        effect = effect_picker(keys.effect, default_effect, ready)
    if effect == choices.READY:
        return _ready_pair(key, clip, dry, name, loop)
    parameters = effect_named(effect).parameters
    places = st.columns(len(parameters)) if dense else [nullcontext()] * len(parameters)
    values = []
    for place, parameter in zip(places, parameters, strict=True):
        with place:
            values.append(knob(keys.knob(effect, parameter.name), parameter))
    if dry is None:
        return None
    if loop is not None:
        dry = results.stretched(dry, loop)
    setting = Setting(effect, tuple(values))
    return Pair(clip, setting, f"{name} · {setting.text}", dry, results.wet(dry, setting))


def _ready_pair(key: str, clip: str, dry: np.ndarray | None, name: str, loop: bool | None) -> Pair | None:
    """A pair whose wet sound the visitor brings."""
    try:
        wet, _ = own_sound(f"{key}_wet", choices.UPLOAD, label="The wet sound")
    except AudioError as error:
        st.error(str(error))
        return None
    if dry is None or wet is None:
        return None
    found = results.match(choices.checkpoint(), dry, wet, 0)
    dry, wet, setting = found.dry, found.wet, found.answer.setting
    moved = f"{abs(found.lag) / SAMPLE_RATE * 1000:.1f} ms {'late' if found.lag > 0 else 'early'}; moved. "
    turned = f"The wet sound was turned up by {found.gain_db:.1f} dB. "
    st.caption(
        f"{'The wet sound came ' + moved if found.lag else ''}{turned if found.gain_db else ''}"
        f"Nearest setting: {setting.text}"
        + ("" if found.explained else ". No effect here explains the sound well; re-rendered, it will differ.")
    )
    if loop is not None:
        dry, wet = (results.stretched(sound, loop) for sound in (dry, wet))
    return Pair(clip, setting, f"{name} · a ready pair, near {setting.text}", dry, wet, ready=True)


def own_sound(key: str, kind: str, whole: bool = False, label: str = "") -> tuple[np.ndarray | None, str]:
    """A sound the visitor brings (time,) and its name; None until there is one; AudioError where it cannot be used.

    key: prefix of the widgets' keys. kind: UPLOAD or RECORD. whole: all of it, not a segment. label: of the widget.
    """
    remember = {"key": f"{key}_{kind}_file", "on_change": choices.keep_recording, "args": (key, kind)}
    if kind == choices.UPLOAD:
        text = label or "A recording"
        st.file_uploader(f"{text} ({FORMATS}, up to 25 MB)", help="It stays on this server's memory.", **remember)
    else:
        text = "All of it is used, up to 10 minutes." if whole else "The first 5.5 seconds are used."
        st.audio_input(label or "Your sound", sample_rate=SAMPLE_RATE, help=text, **remember)
    kept = choices.recording(key, kind)
    if kept is None:
        st.caption("Waiting for a sound.")
        return None, ""
    sound = results.recording(kept.data, kept.name)
    start = 0
    if len(sound) > SEGMENT and not whole:
        last = (len(sound) - SEGMENT) // SAMPLE_RATE
        start = SAMPLE_RATE * st.slider(
            "Start (s)", 0, last + 1, 0, help="The model hears 5.46 s: from here on.", **choices.bound(f"{key}_start_s")
        )
    st.caption(f"{kept.name}, {len(sound) / SAMPLE_RATE:.1f} s")
    return (sound if whole else results.excerpt(sound, start, kept.name)), kept.name


def sound(label: str, audio: np.ndarray, file: str, autoplay: bool = False) -> None:
    """A labelled player for audio (time,) at 24 kHz, at its own level, with a download. file: name without suffix."""
    data = encode(audio)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", gap="small"):
        st.markdown(label, width="content")
        st.download_button(
            "WAV",
            data,
            f"{file}.wav",
            "audio/wav",
            key=f"save_{file}",
            help=f"Download {file}.wav",
            type="tertiary",
            icon=":material/download:",
            on_click="ignore",
        )
    st.audio(data, format="audio/wav", autoplay=autoplay, alt=label)


COLOURS = {
    "effect": "Effect",
    "loudness": "Loudness (LUFS)",
    "brightness": "Brightness (Hz)",
    **{
        f"{effect.name}.{parameter.name}": f"{effect.label}: {parameter.label.lower()}"
        + (f" ({parameter.unit})" if parameter.unit else "")
        for effect in EFFECTS
        for parameter in effect.parameters
    },
}


def map_controls() -> choices.Clusters:
    """What the map shows: colour, projection, dimensions, effects in colour."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            "Colour by",
            list(COLOURS),
            format_func=COLOURS.__getitem__,
            width=260,
            help="The effect, a measure of the wet sound, or one parameter (points of other effects turn grey).",
            **choices.bound("colour"),
        )
        st.segmented_control(
            "Projection",
            ["umap", "pca"],
            default="umap",
            required=True,
            format_func=str.upper,
            help="UMAP keeps neighbours together. PCA keeps distances, along the directions of most change.",
            **choices.bound("projection"),
        )
        st.segmented_control(
            "Dimensions",
            [2, 3],
            default=2,
            required=True,
            format_func="{}-D".format,
            help="In 3-D, drag to turn the map.",
            **choices.bound("dimensions"),
        )
    st.pills(
        "Effects in colour",
        list(EFFECT_LABELS),
        selection_mode="multi",
        format_func=EFFECT_LABELS.__getitem__,
        help="Choose some to turn the others grey; none chosen means all.",
        **choices.bound("shown"),
    )
    return choices.read(choices.Clusters)


def clickable_map(figure: go.Figure) -> None:
    """The map; a click on a point chooses it. In 2-D the browser then turns the other points grey by itself."""

    def choose() -> None:
        if points := choices.get("map", {}).get("selection", {}).get("points", []):
            choices.pick(int(np.ravel(points[0]["customdata"])[0]))

    st.plotly_chart(
        figure,
        key="map",
        on_select=choose,
        selection_mode="points",
        config=figures.MAP_CONFIG,
        alt="Map of the settings",
    )
    if choices.read(choices.Clusters).dimensions == 3:
        map_click("map", choices.pick)


def point_picker(count: int) -> int | None:
    """Number of the chosen point, of count; a field and a button beside the map, for keyboards."""

    def draw() -> None:
        choices.put("point", random.randrange(count))

    with st.container(horizontal=True, vertical_alignment="bottom"):
        index = st.number_input(
            "Point", 0, count - 1, None, 1, placeholder="none", help="Number of the point.", **choices.bound("point")
        )
        st.button("Random point", on_click=draw, help="Choose any point of the map and play it.")
    return index


def send_buttons(clip: str, setting: Setting) -> None:
    """Make this pair A or B of the interpolation."""
    with st.container(horizontal=True, vertical_alignment="center"):
        for slot in ("a", "b"):
            if st.button(
                f"Send to {slot.upper()}",
                key=f"send_{slot}",
                on_click=choices.send,
                args=(slot, clip, setting),
                help=f"Make this clip and setting the {'start' if slot == 'a' else 'end'} of the path on Interpolate.",
            ):
                st.toast(f"{setting.text} is now {slot.upper()} on the page Interpolate.")
        st.page_link("pages/interpolate/page.py", label="Interpolate", icon=":material/arrow_forward:")


@contextmanager
def plain_errors() -> Iterator[None]:
    """Show a checkpoint, a recording or a path that cannot be used as one sentence; the rest of the page goes on."""
    try:
        yield
    except ValueError as error:
        if not isinstance(error, AudioError | CheckpointError | PathError):
            raise
        st.error(str(error))


def measure_picker(measures: "dict[str, Score]") -> str:
    """Which of the measures, named by key, is shown effect by effect."""
    default = choices.Models.by_effect if choices.Models.by_effect in measures else next(iter(measures))
    return st.segmented_control(
        "Measure",
        list(measures),
        default=default,
        required=True,
        format_func=lambda key: measures[key].label,
        help="  \n".join(f"**{score.label}** ({score.direction}): {score.help}" for score in measures.values()),
        **choices.bound("by_effect"),
    )


def card_downloads(model: "Checkpoint") -> None:
    """Buttons for a checkpoint's configuration and card."""
    with st.container(horizontal=True):
        st.download_button(
            "Configuration (JSON)", json.dumps(model.config, indent=1), f"{model.name}.json", "application/json",
            help="What rebuilds the model, what it was trained on, and every score.", on_click="ignore",
        )  # fmt: skip
        if model.card:
            st.download_button(
                "Card (Markdown)", model.card, f"{model.name}.md", "text/markdown",
                help="README.md of the folder, as the Hub shows it.", on_click="ignore",
            )  # fmt: skip
