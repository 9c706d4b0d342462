"""What the parts of pages share that run in the browser: the way in, the look of a player, loops that run in step."""

from pathlib import Path
from typing import Any

import streamlit as st

_COMPONENTS = Path(__file__).parents[1]


def parts(name: str) -> dict[str, str]:
    """The html, css and js of the component in the folder `name`, after what all share."""

    def read(folder: str, kind: str) -> str:
        return (_COMPONENTS / folder / f"{folder}.{kind}").read_text(encoding="utf-8")

    return {"html": read(name, "html")} | {kind: read("player", kind) + read(name, kind) for kind in ("css", "js")}


def component(name: str) -> Any:
    """Register the component in the folder `name`; what comes back mounts it on a page."""
    return st.components.v2.component(f"latentfx.{name}", **parts(name))
