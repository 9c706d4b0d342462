"""A page with nothing but the morph player, a film strip of its steps and the curve; sines instead of real sounds."""

import numpy as np
import streamlit as st

from pages.shared import choices
from pages.widgets.curve import curve
from pages.widgets.morph import morph
from tests.browser.sine_path import COUNT, RATE, SAMPLES, SIDE, VOICES, sine

AT_ONCE = 3  # sounds sent in one rerun


def released() -> None:
    choices.put("released", [*choices.get("released", []), choices.get("morph")["position"]["at"]])


@st.fragment
def player(square: bool, voice: str, path: str, quiet: bool) -> None:
    count = SIDE * SIDE if square else COUNT
    held = choices.get("morph", {}).get("held") or {}
    keys = held.get("keys", []) if held.get("version") == path else []
    first = (0, SIDE - 1, count - SIDE, count - 1) if square else (0, count - 1)
    order = [*first, *(step for step in range(count) if step not in first)]
    missing = [key for step in order if (key := f"{voice}/{step}") not in keys]
    if voice == "late" and "late" not in choices.get("allowed", ()):
        missing = []
    sending = missing[:AT_ONCE]
    choices.put("log", [*choices.get("log", []), *(f"{path}:{key}" for key in sending)])
    choices.put("runs", choices.get("runs", 0) + 1)
    morph(
        "morph",
        {key: sine(voice, int(key.partition("/")[2])) for key in sending},
        keys,
        version=path,
        voice=voice,
        labels=[f"sound {step}" for step in range(count)],
        samples=SAMPLES,
        rate=RATE,
        position=(0.0, 0.0) if square else 0.0,
        gains={f"{voice}/{step}": 0.25 for step in range(count)} if quiet else {},
        side=SIDE if square else 0,
        strip="strip",
        on_release=lambda: choices.put(
            "released", [*choices.get("released", []), choices.get("morph")["position"]["at"]]
        ),
    )
    st.text(f"runs {choices.get('runs')}; sent {' '.join(choices.get('log'))}; released {choices.get('released', [])}")


def main() -> None:
    square = st.query_params.get("kind") == "square"
    with st.sidebar:
        voice = st.radio("Voice", VOICES, key="voice")
        path = st.radio("Path", ("first", "second"), key="path")
        quiet = st.checkbox("Quiet", key="quiet")
        st.button("Let the late voice come", on_click=lambda: choices.put("allowed", ("late",)))
        theirs = st.checkbox("Another curve", key="theirs")
    st.title("Morph")
    player(square, voice, path, quiet)
    with st.container(key="strip"):
        panel = '<div data-step="{}" style="position: relative; width: 40px; height: 40px; background: gray"></div>'
        row = "".join(panel.format(step) for step in range(SIDE * SIDE if square else COUNT))
        st.html(2 * f'<div style="display: flex; gap: 2px">{row}</div>')
    curve_panel(theirs)


@st.fragment
def curve_panel(theirs: bool) -> None:
    points = choices.get("curve", {}).get("points") or [(0.0, 0.0), (4.5, 1.0)]
    choices.put("curves", choices.get("curves", 0) + 1)
    wave = np.abs(np.sin(np.linspace(0, 30, 200))) * np.linspace(1, 0.2, 200)
    curve("curve", wave.tolist(), 4.5, [(0.0, 0.25), (4.5, 0.75)] if theirs else points, lambda: None)
    st.text(f"curves {choices.get('curves')}; points {[tuple(point) for point in points]}")


if __name__ == "__main__":
    main()
