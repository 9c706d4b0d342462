"""Over time: draw the position over a whole recording, and hear it as one sound."""

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np
import streamlit as st

from core.audio import SAMPLE_RATE
from core.audio.io import encode, encode_exactly
from core.audio.own import Own
from core.audio.rate import playable
from core.effects import Chain, Setting
from core.paths.path_file import to_json
from pages.interpolate.controls import VOICES
from pages.interpolate.path_sounds import DRAWN, Walk
from pages.shared import choices, controls, memory, queue
from pages.shared.results import checkpoints
from pages.shared.visit.contents import STRAIGHT
from pages.widgets.curve import curve

KEY = "t_curve"
OFFERED = ("transferred", "re-rendered", "parameter line", "decoded")
BY_NETWORK = ("transferred", "decoded")  # over one recording the same
PEAKS = 600
Points = tuple[tuple[float, float], ...]


def show(walk: Walk, voice: str) -> None:
    """A recording, the curve over it, and the morph as one sound to hear and to keep."""
    if walk.path.route.kind == "corners":
        st.info(
            "A morph over time goes from one end to another; a square has four. Please choose another kind of path."
        )
        return
    if voice not in OFFERED:
        st.info(f"The voice “{VOICES[voice]}” has no morph over time. Please listen to another voice.")
        return
    a, b = walk.letters
    way = f"from {a}'s to {b}'s" if walk.path.route.kind != "difference" else "from C's by what tells B's from A's"
    st.markdown(
        f"The effect moves {way} while one recording plays, as long as it is. "
        f"**Draw where it is when**: the bottom is {a}, the top is {b}."
    )
    _, own, label = controls.dry_picker("t", choices.Interpolate.t_clip, whole=True)
    if own is None:
        return
    seconds = len(own.heard) / SAMPLE_RATE
    points = drawn(seconds)
    curve(KEY, peaks(own.heard), seconds, points, lambda: keep(choices.get(KEY)["points"]), (a, b))
    made = Morph(walk, voice, own, label, points)
    st.button(
        "Render the morph", type="primary", on_click=choices.put, args=("t_asked", True),
        help=f"Makes one sound of {seconds:.1f} s, {own.text}; other controls stop it.",
    )  # fmt: skip
    if choices.get("t_asked"):
        choices.put("t_asked", False)  # whatever the visitor does next stops it
        made.render()
    made.show()


def drawn(seconds: float) -> Points:
    """The curve (time in s, position) as it was drawn last, stretched over so many seconds; from A to B at first."""
    return tuple((share * seconds, position) for share, position in choices.get(DRAWN, STRAIGHT))


def keep(points: Sequence[Sequence[float]]) -> None:
    """Keep what the hand drew, [time in s, position] to the end of the recording, for as long as the visitor stays."""
    end_s = points[-1][0]
    choices.put(DRAWN, tuple((time / end_s, float(position)) for time, position in points))


def peaks(dry: np.ndarray) -> list[float]:
    """The loudest sample of each of some stretches of dry (time,), 0 ... 1."""
    edges = np.linspace(0, len(dry), min(PEAKS, len(dry)) + 1).astype(int)
    loudest = np.maximum.reduceat(np.abs(dry), edges[:-1])
    return (loudest / max(float(loudest.max()), 1e-9)).round(3).tolist()


class Morph:
    """One recording, whose effect follows the points (time in s, position) along a walk."""

    def __init__(self, walk: Walk, voice: str, own: Own, label: str, points: Points) -> None:
        self.walk, self.voice, self.own, self.label, self.points = walk, voice, own, label, points
        self.key = f"{walk.key} {voice} {memory.digest(own.audio).hex()} {own.rate} {points}"

    @property
    def settings(self) -> list[Setting | Chain]:
        """Of A and B; by a difference of A, B and C, and what the rule makes of C."""
        return [pair.setting for pair in self.walk.chosen]

    def render(self) -> None:
        """Make the sound, with progress, and keep it for this visitor, within the bytes that are his."""
        progress = st.progress(0.0, "Rendering")
        parts, stretches = [], self.parts()
        while True:
            with queue.turn():
                part = next(stretches, None)
            if part is None:
                break
            parts.append(part)
            done = sum(part.shape[-1] for part in parts) / self.own.audio.shape[-1]
            progress.progress(min(1.0, done), "Rendering")
        progress.empty()
        memory.visitors().put(self.key.encode(), np.concatenate(parts, axis=-1))
        choices.put("t_morph", self.key)

    def parts(self) -> Iterator[np.ndarray]:
        """The sound in stretches, at the recording's rate and in its channels."""
        from core.paths import over_time

        explorer, route = checkpoints.explorer(self.walk.name), self.walk.path.route
        if self.voice in BY_NETWORK:
            yield from over_time.decoded(explorer, self.own, self.settings, route, self.points)
        else:
            from core.effects.live import play

            yield play(self.score(), [self.own.audio], rate=self.own.rate)

    def score(self) -> dict:
        """What the real effects do, as plain data; see core.effects.score."""
        from core.effects.automation import write_score
        from core.paths import over_time

        explorer, route = checkpoints.explorer(self.walk.name), self.walk.path.route
        nodes = over_time.nodes(explorer, self.own.heard, self.settings, route, self.voice)
        return write_score(self.own.audio, nodes, self.points, self.own.rate)

    def path_file(self, store: memory.Store) -> str:
        """The path as a file, with its score. store: of the visitor's results, as this runs outside his page's run."""
        with memory.lend(store), queue.turn():
            return to_json(self.walk.file(self.voice, self.points, self.score()))

    def show(self) -> None:
        """The sound that was last rendered, if it is this one, and its files."""
        key, entry = choices.get("t_morph"), memory.visitors().get(self.key.encode())
        if key != self.key or entry is None:
            if key:
                st.caption("The sound, the path or the curve changed since the last rendering; please render again.")
            return
        sound, rate = entry.value, self.own.rate
        played, played_rate = playable(sound, rate)
        st.audio(encode(played, rate=played_rate), format="audio/wav")
        with st.container(horizontal=True):
            st.download_button(
                "Morph (WAV)", lambda: encode_exactly(sound, rate), "morph.wav", "audio/wav", on_click="ignore",
                help=f"The sound above: {self.own.text}, 32-bit float.",
            )  # fmt: skip
            if self.voice in BY_NETWORK:
                return
            from core.effects.code import morph_as_code

            st.download_button(
                "Dry sound (WAV)", lambda: encode_exactly(self.own.audio, rate), "dry.wav", "audio/wav",
                on_click="ignore", help="What the script below reads.",
            )  # fmt: skip
            st.download_button(
                "Path with score (JSON)", partial(self.path_file, memory.visitors()), "morph.json", "application/json",
                on_click="ignore",
                help="What every knob does when: the script plays it.",
            )  # fmt: skip
            st.download_button(
                "Script (Python)", morph_as_code, "morph.py", "text/x-python", on_click="ignore",
                help="Plays the score on the dry sound with pedalboard alone; its samples equal those above.",
            )  # fmt: skip
