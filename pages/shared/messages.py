"""What pages say: strangers' words as they are, and what cannot be used in one sentence."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from core.audio.io import AudioError
from core.checkpoints.limits import CheckpointError
from core.effects.score import ScoreError
from core.paths.route import PathError
from core.processes import ProcessError

MOST = 200
"""Letters of a stranger's text that are shown."""

# What Markdown and Streamlit's own marks (:red[], $formula$) obey; at the beginning also what makes lists and headings.
_MARKS = re.compile(r"(?P<mark>[\\`*_{}\[\]~|$:<>&]|^[-+#]|(?<=^\d)[.)]|(?<=^\d\d)[.)])")
# What is looked for in the text once that is read: bare addresses, :names: of pictures, arrows.
_WORDS = re.compile(r"(?<=:)(?=[\w/+-])|(?<=www)(?=\.)|(?=@)|(?<=[-<>=~])(?=[-<>=])", re.IGNORECASE)
_JOINER = "\u2060"  # no width, no break


def verbatim(text: str, most: int = MOST) -> str:
    """A stranger's text (a file's or preset's name, words of a path file, a checkpoint or an address) for Markdown.

    It shows as it is written, on one line, at most `most` letters of it: no formatting, no link, no picture.
    """
    text = " ".join("".join(letter if letter.isprintable() else " " for letter in str(text)).split())
    text = text if len(text) <= most else text[: most - 1] + "…"
    return _MARKS.sub(r"\\\g<mark>", _WORDS.sub(_JOINER, text))


def read_out(text: str) -> str:
    """Markdown of one line, a stranger's words `verbatim` in it, as a person is to hear it: without marks."""
    return re.sub(r"\\(?=\W|_)", "", text.replace("**", "")).replace(_JOINER, "")


def milliseconds(samples: float, rate: int) -> str:
    """How long so many samples last, however few they are: "12.5 ms", "0.04 ms"."""
    ms = abs(samples) / rate * 1000
    return f"{ms:,.{1 if ms >= 0.1 else 2}f} ms"


def sentence(error: Exception | str) -> str:
    """An error or a note in its own words, for Markdown: it may quote a stranger's. Only our commands stay code."""
    parts = re.split(r"(`(?:python -m|git|pip) [^`]*`)", str(error)[:2000])
    return "".join(part if place % 2 else _between(part) for place, part in enumerate(parts))


def _between(part: str) -> str:
    """Part of a sentence, verbatim but for the spaces around it."""
    inner = part.strip()
    return part.replace(inner, verbatim(inner, len(inner)), 1) if inner else part


@contextmanager
def plain_errors() -> Iterator[None]:
    """Show a checkpoint, a recording, a path or a morph that cannot be used as one sentence; the page goes on."""
    try:
        yield
    except ValueError as error:
        if not isinstance(error, AudioError | CheckpointError | PathError | ProcessError | ScoreError):
            raise
        st.error(sentence(error))
