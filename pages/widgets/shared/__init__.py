"""What the widgets share: the way from their files into a page, their look, and the modules that make sound.

A widget is a folder: NAME.html with `<!-- bar -->` where the bar of a player goes, NAME.css, and NAME.js, a module that
imports what it needs and whose default export mounts it.
"""

from pathlib import Path
from typing import Any

import streamlit as st

from pages.widgets.shared.bundle import bundle

_WIDGETS = Path(__file__).parents[1]


def parts(name: str) -> dict[str, str]:
    """The html, css and js of the widget in the folder `name`, which need nothing else."""

    def read(folder: str, file: str) -> str:
        return (_WIDGETS / folder / file).read_text(encoding="utf-8")

    return {
        "html": read(name, f"{name}.html").replace("<!-- bar -->", read("shared", "bar.html").strip()),
        "css": read("shared", "player.css") + read(name, f"{name}.css"),
        "js": bundle(_WIDGETS / name / f"{name}.js"),
    }


def mounting(name: str) -> str:
    """An expression whose value is the function that mounts a widget: for pages without Streamlit, in a plain script,
    which also runs where a page was opened as a file."""
    return f"(() => {{{parts(name)['js'].replace('export default ', 'return ')}}})()"


def alone() -> str:
    """CSS of a page without Streamlit: the colours that widgets stand in, light and dark, as the dashboard has them."""
    return (_WIDGETS / "shared" / "alone.css").read_text(encoding="utf-8")


def component(name: str) -> Any:
    """Register the widget in the folder `name`; what comes back mounts it on a page."""
    own = parts(name)
    return st.components.v2.component(f"latentfx.{name}", html=own["html"], css=own["css"], js=own["js"])
