"""Which of three sounds lies between the other two? A blind test of a path's midpoint."""

import csv
import io
import random

import streamlit as st

from pages.interpolate import controls as path_widgets
from pages.interpolate.path_sounds import Walk
from pages.shared import notes, player

KEY = "blind"
CHANCE = 1 / 3


def show(walk: Walk, voice: str) -> None:
    """Three sounds in random order, an answer, and how the answers so far compare with guessing."""
    if walk.path.route.kind == "corners":
        st.info("The blind test needs a path from A to B. Please choose another kind of path.")
        return
    st.markdown(
        "Three sounds in random order: A, B, and the middle of the path. **Which one lies between the other two?**"
    )
    task = f"{walk.key} {voice} {len(notes.noted(KEY))}"
    places = [0, len(walk) // 2, len(walk) - 1]
    random.Random(task).shuffle(places)  # one order until it is answered
    for column, (number, step) in zip(st.columns(3), enumerate(places), strict=True):
        with column:
            sound, gain = walk.sound(step, voice)
            player.sound(f"Sound {number + 1}", sound * gain, f"blind-{number + 1}")
    answer = st.radio(
        "The sound in between", [1, 2, 3], index=None, horizontal=True, key=f"{KEY}_answer_{len(notes.noted(KEY))}",
        help="All three are brought to one loudness. The next three come with another order.",
    )  # fmt: skip

    def judge() -> None:
        if answer is not None:
            right = places.index(len(walk) // 2) + 1
            notes.note(
                KEY,
                {
                    "path": walk.path.route.kind, "voice": voice, "from": walk.ends[0].label, "to": walk.ends[1].label,
                    "order": " ".join("A" if s == 0 else "B" if s == len(walk) - 1 else "middle" for s in places),
                    "answer": answer, "right": right, "correct": answer == right,
                },
            )  # fmt: skip

    st.button("Answer", type="primary", disabled=answer is None, on_click=judge, help="Keep this answer and go on.")
    rows = notes.noted(KEY)
    if not rows:
        return
    last = rows[-1]
    st.info(f"{'Right' if last['correct'] else 'Wrong'}: sound {last['right']} was the middle ({last['order']}).")
    st.dataframe(summary(rows), hide_index=True, alt="Answers beside chance")
    left, right = st.columns([1, 3])
    left.download_button(
        "Answers (CSV)",
        lambda: as_csv(rows),
        "blind-test.csv",
        "text/csv",
        on_click="ignore",
        help="One line an answer.",
    )
    right.button("Begin again", on_click=lambda: notes.forget(KEY), help="Forgets all answers.")


def summary(rows: list[dict]) -> list[dict]:
    """Share of right answers by voice, with a 95 % interval (Wilson 1927), the chance level, and the odds of guessing
    that well (one-sided binomial test)."""
    from scipy.stats import binomtest  # not on the way to first paint

    table = []
    for voice in dict.fromkeys(row["voice"] for row in rows):
        answers = [row["correct"] for row in rows if row["voice"] == voice]
        test = binomtest(sum(answers), len(answers), CHANCE, alternative="greater")
        low, high = binomtest(sum(answers), len(answers), CHANCE).proportion_ci(method="wilson")
        table.append(
            {
                "Voice": path_widgets.VOICES[voice], "Answers": len(answers), "Right": sum(answers),
                "Share (%)": round(100 * sum(answers) / len(answers)),
                "95 % interval (%)": f"{100 * low:.0f} … {100 * high:.0f}", "Chance (%)": 33,
                "p of guessing": round(float(test.pvalue), 3),
            }
        )  # fmt: skip
    return table


def as_csv(rows: list[dict]) -> bytes:
    """All answers as CSV."""
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0].keys())
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()
