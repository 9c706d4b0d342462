"""What stands beside and below the pad of the page Play: the sound, the axes, a traverse, the downloads."""

import numpy as np
import pandas as pd
import streamlit as st

from core.audio import SAMPLE_RATE
from core.audio.io import encode, encode_exactly
from core.audio.own import Own
from core.audio.rate import playable
from core.effects import Chain, Setting
from core.effects.chain import plainest
from core.effects.chain_file import to_json
from core.effects.code import as_code, file_name
from pages.play import presets
from pages.play.meaning import Meaning
from pages.play.point import ALL, Heard
from pages.shared import choices, downloads, player, recordings
from pages.shared.controls import CLIP_LABELS
from pages.shared.figures import theme
from pages.shared.results import checkpoints
from pages.shared.results.sounds import wet

TABS = ("What the axes mean", "Traverse", "Presets", "Download")


def headline(heard: Heard) -> None:
    """The setting, and how far its knobs are from those of the point."""
    setting = heard.played.setting
    st.markdown(f"**{setting.text}**")
    if heard.away > 0.01:
        st.caption(
            f"No point plays exactly these knobs: those of the nearest are {100 * heard.away:.0f} % of their way off, "
            "on average. You hear the knobs."
        )
    elif setting.effects != heard.effects and heard.played.only == ALL:
        other = " → ".join(theme.EFFECT_LABELS[effect] for effect in heard.effects)
        st.caption(f"The nearest point of the map plays {other}. You hear the knobs.")


def likely(heard: Heard) -> None:
    """How sure the point is of its effect, or of each in its chain."""
    chained = len(heard.effects) > 1
    st.caption(f"How likely each effect is {'in the chain ' if chained else ''}at this point:")
    for effect, share in list(heard.probabilities.items())[:3]:
        st.progress(share, f"{theme.EFFECT_LABELS[effect]}: {'below 1' if share < 0.01 else f'{100 * share:.0f}'} %")


def sounds(heard: Heard, dry: Own) -> None:
    """The exact sound of the setting, and the dry one, as they were brought."""
    setting = heard.played.setting
    exact = wet(dry.audio, setting, dry.rate)
    player.sound("**Exact sound** of the knobs", exact, f"play-{file_name(setting)}", rate=dry.rate)
    player.sound("Dry", dry.audio, "play-dry", rate=dry.rate)
    if not dry.plain:
        st.caption(f"These two and all downloads are {dry.text}; what the pad plays is 24 kHz, mono.")


def tabs(name: str, heard: Heard, dry: Own, meaning: Meaning) -> None:
    """Below the pad; only the open tab is computed."""
    parts = (lambda: axes_table(heard, meaning), lambda: traverse(name, heard, dry), lambda: presets.shelf(name),
             lambda: download(name, heard, dry))  # fmt: skip
    for tab, part in zip(st.tabs(TABS, key="p_tab", on_change="rerun"), parts, strict=True):
        if tab.open:
            with tab:
                part()


def axes_table(heard: Heard, meaning: Meaning) -> None:
    """Each axis in words, and the numbers behind them."""
    of = "all effects" if heard.played.only == ALL else theme.EFFECT_LABELS[heard.played.only]
    lines = []
    for axis in range(len(heard.played.w)):
        words = [meaning.towards(axis), meaning.changes(axis)]
        falling = meaning.towards(axis, -1)
        text = "; ".join(part for part in words if part) or "nothing in particular"
        lines.append(f"- **Axis {axis + 1}** rising: {text}" + (f". Falling: {falling}." if falling else "."))
    st.markdown("\n".join(lines))
    columns = [f"Axis {axis + 1}" for axis in range(len(heard.played.w))]
    table = pd.DataFrame(meaning.correlations, index=list(meaning.labels), columns=columns)
    st.table(
        (table.round(2) + 0.0).style.format("{:+.2f}", na_rep="").map(_shade),
        alt=f"Rank correlation of each axis, {of}",
    )
    st.caption(
        f"Spearman's rank correlation over the points of the map ({of}): +1 where the one always rises with the other, "
        "-1 where it falls, 0 where they have nothing to do with each other. A knob counts over the points of its own "
        "effect, whether an effect is present over chains of two as well; in words above stands what reaches 0.3."
    )


def _shade(correlation: float) -> str:
    """A cell's colour, pale enough for the text of either theme: orange for rising together, blue for falling."""
    if np.isnan(correlation):
        return ""
    red, green, blue = (int(theme.PALETTE[5 if correlation > 0 else 4][i : i + 2], 16) for i in (1, 3, 5))
    return f"background-color: rgba({red}, {green}, {blue}, {0.5 * abs(correlation):.2f})"


def traverse(name: str, heard: Heard, dry: Own) -> None:
    """Seven steps along one axis, each with its sound."""
    played = heard.played
    numbers = list(range(1, len(played.w) + 1))
    if (choices.get("p_along") or 1) not in numbers:
        choices.put("p_along", 1)
    axis = st.segmented_control(
        "Axis", numbers, default=1, required=True, help="The others stay where they are.", **choices.bound("p_along")
    )
    steps = along(name, played.w, axis - 1, played.only)
    heard_at = [wet(dry.audio, setting, dry.rate) for _, setting in steps]
    for number, ((value, setting), sound) in enumerate(zip(steps, heard_at, strict=True), 1):
        text, place = st.columns([3, 2], vertical_alignment="center")
        text.markdown(f"**{number}** · axis {axis} at {value:.2f}  \n{setting.text}")
        heard_sound, rate = playable(sound, dry.rate)
        place.audio(encode(heard_sound, rate=rate), format="audio/wav", alt=f"Step {number}: {setting.text}")
    st.download_button(
        "All steps (ZIP of WAV)", lambda: downloads.steps_zip(enumerate(heard_at), dry.rate), "traverse.zip",
        "application/zip", help=f"The seven sounds, in order: {dry.text}, 32-bit float.", on_click="ignore",
    )  # fmt: skip


def along(
    name: str, w: tuple[float, ...], axis: int, only: str, steps: int = 7
) -> list[tuple[float, Setting | Chain]]:  # fmt: skip
    """Values along one axis, from the 2nd to the 98th percentile of the map, and what is played there."""
    explorer = checkpoints.explorer(name)
    places = explorer.places(len(w))[:, axis]
    if only != ALL:
        places = places[explorer.atlas.effect == list(map(str, explorer.atlas.effects)).index(only)]
    path = []
    for value in np.linspace(np.percentile(places, 2), np.percentile(places, 98), steps):
        point = np.array(w)
        point[axis] = value
        path.append((float(value), plainest(explorer.play(point, None if only == ALL else only).chain)))
    return path


def download(name: str, heard: Heard, dry: Own) -> None:
    """The setting, or the chain, as JSON, and as a program; and its sound, of all that was brought."""
    setting = heard.played.setting
    code, file = as_code(setting), file_name(setting)
    clip = choices.read(choices.Play).p_clip
    brought = recordings.whole("p", clip)
    whole = brought or dry
    is_part = brought is None and (clip not in CLIP_LABELS or bool(choices.get(choices.PairState("p").offset_s)))
    about = "What is heard of the recording" if is_part else "All of the recording"

    def made() -> bytes:
        return encode_exactly(wet(whole.audio, setting, whole.rate), whole.rate)

    st.download_button(
        f"Sound (WAV), {len(whole.heard) / SAMPLE_RATE:.1f} s", downloads.later(made), f"{file}.wav",
        "audio/wav", help=f"{about} through this setting: {whole.text}, 32-bit float.", on_click="ignore",
    )  # fmt: skip
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.download_button(
            "Code (Python)", code, f"{file}.py", "text/x-python", on_click="ignore",
            help="A script of its own that makes this sound of any recording.",
        )  # fmt: skip
        st.code(code, height=520)
    with right:
        if isinstance(setting, Setting):
            data = downloads.setting_json(name, heard.played.w, setting).decode()
            kind, about = "Setting", "Effect, knob positions, parameters with their units, and the point."
        else:
            data = to_json(setting)
            kind, about = "Chain", "Effects in signal order with values in their units, in the format of MultiAFx."
        st.download_button(
            f"{kind} (JSON)", data, f"{kind.lower()}.json", "application/json", on_click="ignore", help=about
        )  # fmt: skip
        st.code(data, "json", height=520)
