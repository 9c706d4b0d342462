"""A figure on a page, and the same to take home. Nothing is drawn for paper before it is asked for."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from pages.shared import downloads
from pages.shared.figures import theme
from pages.shared.results import checkpoints

KINDS = {"svg": ("SVG", "image/svg+xml"), "pdf": ("PDF", "application/pdf"), "png": ("PNG", "image/png")}
Table = Mapping[str, Iterable[object]]


def chart(
    figure: go.Figure,
    alt: str,
    file: str,
    caption: str,
    name: str = "",
    table: Callable[[], Table] | None = None,
    config: Mapping[str, Any] = theme.CONFIG,
    **events: Any,
) -> None:
    """The figure, and a button to take it; see `take`. alt: what it shows, for those who do not see it.

    events: what else st.plotly_chart takes.
    """
    st.plotly_chart(figure, config=dict(config), alt=alt, **events)
    take(lambda: figure, file, caption, name, table)


def take(
    figure: Callable[[], go.Figure],
    file: str,
    caption: str,
    name: str = "",
    table: Callable[[], Table] | None = None,
    width: int = 900,
) -> None:
    """A button with the downloads of a figure: SVG, PDF and PNG with its caption; CSV where there is a table behind it.

    file: says what it is, see downloads.file_name; once on a page. caption: its settings in plain words. name: of the
    checkpoint that made it, which the caption then names, too. width: of its axes in pixels.
    """
    file = downloads.file_name(file)
    with st.popover("Download figure", type="tertiary", icon=":material/download:", key=f"take_{file}"):
        st.caption("For paper: on white, its settings below it.")
        with st.container(horizontal=True, gap="small"):
            for kind, (label, mime) in KINDS.items():
                _button(label, _printer(figure, caption, name, kind, width), f"{file}.{kind}", mime)
            if table is not None:
                _button("CSV", lambda: downloads.table_csv(table()), f"{file}.csv", "text/csv")


def _button(label: str, make: Callable[[], bytes | str], file: str, mime: str) -> None:
    made = downloads.later(make)
    st.download_button(label, made, file, mime, key=f"take_{file}", help=f"Download {file}", on_click="ignore")


def _printer(figure: Callable[[], go.Figure], caption: str, name: str, kind: str, width: int) -> Callable[[], bytes]:
    """What draws the figure as a file of a kind, when it is called."""

    def draw() -> bytes:
        from pages.shared.figures.printed import printed  # matplotlib: not on the way to first paint

        source = f"LatentFX, checkpoint {name}, weights {checkpoints.fingerprint(name)}" if name else "LatentFX"
        return printed(figure(), f"{caption}\n{source}", kind, width)

    return draw
