"""Which of three sounds lies between the other two? A listening test whose answers mean something.

Each trial draws three steps of the path anew, and their order anew; nothing on the page shows which they are, and what
was right is told when the series is over.
"""

import csv
import io
import random
from dataclasses import dataclass
from typing import Any

import streamlit as st

from core.cells import inert
from pages.interpolate.controls import VOICES
from pages.interpolate.path_sounds import Walk
from pages.shared import choices, notes, player

KEY = "blind"
CHANCE = 1 / 3
FIELDS = {
    "participant", "trial", "path", "voice", "order", "answer", "right", "correct", "steps", "from", "to",
}  # fmt: skip
"""Of an answer, see `row`."""
LENGTHS = (6, 12, 24)
_DRAWN = random.SystemRandom()  # never two participants the same


@dataclass(frozen=True)
class Trial:
    """Three steps of a path in one voice, in the order in which they are heard; path: Walk.key."""

    path: str
    voice: str
    steps: tuple[int, ...]
    name: str = ""  # no other trial's

    @property
    def right(self) -> int:
        """Number of the sound between the others, 1 ... 3."""
        return self.steps.index(sorted(self.steps)[1]) + 1


@dataclass
class Series:
    """So many trials of one participant; `now` is the trial that waits for an answer."""

    participant: str
    length: int
    done: int = 0
    now: Trial | None = None


def running() -> bool:
    """Whether answers are awaited: what plays or shows the path would give them away."""
    return choices.get("view") == "blind" and choices.get(f"{KEY}_series") is not None


def hidden() -> None:
    """What stands in the player's place while a series runs, and the way out of it, whatever becomes of the path."""
    st.info("The player is hidden while a series of the listening test runs.")
    st.button("End the series", on_click=choices.put, args=(f"{KEY}_series", None), help="Shows what was right.")


def draw(path: str, voice: str, count: int) -> Trial:
    """Three of count steps, one half-way between two others, as far apart as chance will have it, in random order."""
    half = _DRAWN.randint(1, (count - 1) // 2)
    first = _DRAWN.randint(0, count - 1 - 2 * half)
    steps = _DRAWN.sample((first, first + half, first + 2 * half), 3)
    return Trial(path, voice, tuple(steps), f"{_DRAWN.getrandbits(64):x}")


def show(walk: Walk, voice: str) -> None:
    """A series of trials, and when it is over how its answers compare with guessing."""
    if walk.path.route.kind == "corners":
        st.info("The listening test needs a path from A to B. Please choose another kind of path.")
        return
    if len(walk) < 3:
        st.info("The listening test needs a path of three steps at least. Please choose more under Path settings.")
        return
    series = choices.get(f"{KEY}_series")
    if series is None:
        _begin()
        if rows := [one for one in notes.noted(KEY) if is_answer(one)]:
            _results(rows)
    else:
        _trial(walk, voice, series)


def _begin() -> None:
    st.markdown(
        "Three sounds of the path in random order, one of them half-way between the other two. **Which one?** "
        "Each time they are drawn anew, all are brought to one loudness and the player is hidden; how many were right "
        "is told at the end."
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        code = st.text_input(
            "Participant", max_chars=20, placeholder="code", width=180, key=f"{KEY}_participant",
            persist_state="session",
            help="A code of letters and digits that stands in the file beside each answer. No name.",
        )  # fmt: skip
        length = st.selectbox(
            "Trials", LENGTHS, 1, width=120, key=f"{KEY}_length", persist_state="session",
            help="How many make a series.",
        )  # fmt: skip
        room = notes.ROWS - len(notes.noted(KEY))
        st.button(
            "Begin", type="primary", help="Hides the player and plays the first three.", on_click=choices.put,
            disabled=length > room,
            args=(f"{KEY}_series", Series("".join(filter(str.isalnum, code)) or "anonymous", length)),
        )  # fmt: skip
    if length > room:
        st.warning(f"{notes.ROWS} answers are kept at most. Please download them, and forget them to begin anew.")


def _trial(walk: Walk, voice: str, series: Series) -> None:
    """Three sounds and an answer. Another path or voice is another trial."""
    trial = series.now
    if trial is None or (trial.path, trial.voice) != (walk.key, voice):
        trial = series.now = draw(walk.key, voice, len(walk))
    st.markdown(f"**Trial {series.done + 1} of {series.length}.** Which sound lies between the other two?")
    for column, (place, step) in zip(st.columns(3), enumerate(trial.steps, start=1), strict=True):
        with column:
            sound = walk.sound(step, voice) * walk.gain(step, voice)
            player.sound(f"Sound {place}", sound, f"sound-{place}")
    answer = st.radio(
        "The sound in between", [1, 2, 3], index=None, horizontal=True, key=f"{KEY}_answer_{trial.name}",
        help="All three are brought to one loudness.",
    )  # fmt: skip

    def judge() -> None:
        if answer is not None:
            notes.note(KEY, row(walk, trial, series, answer))
            series.done, series.now = series.done + 1, None
            if series.done == series.length:
                choices.put(f"{KEY}_series", None)

    st.button("Answer", type="primary", disabled=answer is None, on_click=judge, help="Keep this answer and go on.")


def row(walk: Walk, trial: Trial, series: Series, answer: int) -> dict[str, Any]:
    """One answer, as it stands in the file. order: the steps as they were heard, counted from 1."""
    return {
        "participant": series.participant, "trial": series.done + 1, "path": walk.path.route.kind,
        "voice": trial.voice, "order": " ".join(str(step + 1) for step in trial.steps), "answer": answer,
        "right": trial.right, "correct": answer == trial.right, "steps": len(walk),
        "from": walk.ends[0].label, "to": walk.ends[1].label,
    }  # fmt: skip


def is_answer(row: dict[str, Any]) -> bool:
    """Whether a row, which may come out of a session file, is one of `row`, of a voice that is known here."""
    return row.keys() >= FIELDS and row["voice"] in VOICES and isinstance(row["correct"], bool)


def _results(rows: list[dict[str, Any]]) -> None:
    st.dataframe(summary(rows), hide_index=True, alt="Answers beside chance")
    st.dataframe(
        [{name: one[name] for name in ("participant", "trial", "voice", "order", "answer", "right")} for one in rows],
        hide_index=True, alt="All answers",
    )  # fmt: skip
    with st.container(horizontal=True):
        st.download_button(
            "Answers (CSV)", lambda: as_csv(rows), "listening-test.csv", "text/csv", on_click="ignore",
            help="One line an answer.",
        )  # fmt: skip
        st.button(
            "Forget all answers", on_click=notes.forget, args=(KEY,), help="The next series begins an empty table."
        )


def summary(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Share of right answers by voice, with its exact 95 % interval (Clopper & Pearson 1934), the chance level, and the
    odds of guessing that well (one-sided binomial test)."""
    from scipy.stats import binomtest  # not on the way to first paint

    found = []
    for voice in dict.fromkeys(one["voice"] for one in rows):
        answers = [one["correct"] for one in rows if one["voice"] == voice]
        low, high = binomtest(sum(answers), len(answers), CHANCE).proportion_ci(method="exact")
        guessing = binomtest(sum(answers), len(answers), CHANCE, alternative="greater").pvalue
        found.append(
            {
                "Voice": VOICES[voice], "Answers": len(answers), "Right": sum(answers),
                "Share (%)": round(100 * sum(answers) / len(answers)),
                "95 % interval (%)": f"{100 * low:.0f} … {100 * high:.0f}", "Chance (%)": 33,
                "p of guessing": round(float(guessing), 3),
            }
        )  # fmt: skip
    return found


def as_csv(rows: list[dict[str, Any]]) -> bytes:
    """All answers as CSV."""
    text = io.StringIO()
    writer = csv.DictWriter(text, [name for name in rows[0] if name in FIELDS], extrasaction="ignore")
    writer.writeheader()
    for one in rows:
        writer.writerow({name: inert(value) if isinstance(value, str) else value for name, value in one.items()})
    return text.getvalue().encode()
