"""The page itself: sections with places for the widgets, each widget once as a template, and one plain script."""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pages.static.pairs import Pair
from pages.static.paths import Path as SoundPath
from pages.widgets.shared import alone, mounting, parts

WIDGETS = ("map", "morph", "pad", "ab")
_FOLDER = Path(__file__).parents[1] / "widgets" / "twin"


@dataclass(frozen=True)
class Section:
    """title: of its heading. body: HTML."""

    key: str
    title: str
    body: str

    @property
    def html(self) -> str:
        return f'<section aria-labelledby="{self.key}"><h2 id="{self.key}">{self.title}</h2>\n{self.body}\n</section>'


def page(title: str, sections: Sequence[Section]) -> str:
    """index.html. title: may hold a stranger's words."""
    filled = {
        "title": html.escape(title),
        "css": alone() + (_FOLDER / "twin.css").read_text(encoding="utf-8"),
        "nav": "".join(f'<li><a href="#{one.key}">{one.title}</a></li>' for one in sections),
        "sections": "\n".join(one.html for one in sections),
        "templates": "\n".join(map(_template, WIDGETS)),
        "twin": mounting("twin"),
        "widgets": "\n".join(f"{name}: {mounting(name)}," for name in WIDGETS),
    }
    text = (_FOLDER / "twin.html").read_text(encoding="utf-8")
    return re.sub(r"<!-- (\w+) -->", lambda found: filled[found[1]], text)


def map_section(count: int, recording: str = "") -> Section:
    """recording: what is heard everywhere, where it is one."""
    over = f" on {html.escape(recording)}" if recording else ""
    words = (
        f"{count:,} settings of its effects{over}, as the model places them: near each other is what it hears alike."
    )
    return Section("map", "Map", f"<p>{words}</p>" + _place("map-place", "map", "map"))


def paths_section(paths: Sequence[SoundPath]) -> Section:
    """Each path with its voices, its player and its film strip."""
    return Section("paths", "Paths", "\n".join(map(_path, paths)))


def _path(path: SoundPath) -> str:
    voices = _choice(f"{path.key}-place", "Voice", [(voice.label, " ".join(voice.files), "") for voice in path.voices])
    player = _place(f"{path.key}-place", "morph", " ".join(path.voices[0].files))
    strip = f'<div class="st-key-{path.key}">{path.strip}</div>'
    return f"<h3>{html.escape(path.title)}</h3>\n{voices}{player}{strip}"


def pad_section(files: Sequence[str]) -> Section:
    words = "<p>Every effect and knob held by two numbers: drag the point and listen.</p>"
    return Section("pad", "Pad", words + _place("pad-place", "pad", " ".join(files)))


def pairs_section(pairs: Sequence[Pair]) -> Section:
    """Reconstructions, of which one is chosen."""
    choice = _choice("pair-place", "Sound", [(pair.label, pair.key, f"{pair.key}-shown") for pair in pairs])
    shown = "".join(
        f'<div id="{pair.key}-shown"{" hidden" * (number > 0)}><p>{html.escape(pair.words)}</p>{pair.strip}</div>'
        for number, pair in enumerate(pairs)
    )
    return Section("pairs", "Reconstructions", choice + _place("pair-place", "ab", pairs[0].key) + shown)


def _place(name: str, widget: str, files: str) -> str:
    return (
        f'<div id="{name}" data-widget="{widget}" data-files="{html.escape(files)}"></div>'
        '<p class="told" aria-live="polite"></p>'
    )


def _choice(place: str, legend: str, offered: Sequence[tuple[str, str, str]]) -> str:
    """A group of choices: label, files, and the part of the page that belongs to them."""
    inputs = "".join(
        f'<label><input type="radio" autocomplete="off" name="{place}" data-shows="{shows}"'
        f' data-files="{html.escape(files)}"'
        f"{' checked' * (number == 0)}> {html.escape(label)}</label>"
        for number, (label, files, shows) in enumerate(offered)
    )
    return f'<fieldset data-place="{place}"><legend>{legend}</legend>{inputs}</fieldset>'


def _template(name: str) -> str:
    own = parts(name)
    return f'<template id="widget-{name}"><style>{own["css"]}</style>{own["html"]}</template>'
