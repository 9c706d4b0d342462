"""The chosen checkpoint as a page that needs no server: made step by step, stopped at any time, taken as a ZIP."""

import io
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.shared import choices, messages
from pages.shared.downloads import later
from pages.shared.job import Job, current
from pages.shared.results import checkpoints

if TYPE_CHECKING:
    from pages.static.build import Step

KEY = "twin"
COUNTS = (100, 500, 2000)


def offered() -> None:
    """How many points, the buttons, progress, and the download. To be called last."""
    st.header("A page without a server", anchor="without-a-server")
    st.markdown(
        "The checkpoint as one folder of plain files: map, a path, pad, reconstructions, scores, card; seen and heard "
        "from any web server, a free static Space, or opened as a file. `latentfx static OUT` makes it, too."
    )
    name = choices.checkpoint()
    count = st.segmented_control(
        "Points of the map", COUNTS, default=500, required=True, key="twin_points", format_func="{:,}".format,
        persist_state="session",
        help="2,000 take about 55 MB and some minutes; each sound is heard for 2.5 s.",
    )  # fmt: skip
    with messages.plain_errors():
        job = current(KEY, f"{checkpoints.revision(name)} {count}")
        running = job is not None and job.running
        with st.container(horizontal=True):
            st.button(
                "Make the page", on_click=_begin, args=(name, count), disabled=running, type="primary",
                help="Render, hear and draw all of it: seconds for a hundred points, minutes for thousands.",
            )  # fmt: skip
            st.button(
                "Stop", key="twin_stop", on_click=_stop, disabled=not running, help="End it; nothing is kept.",
            )  # fmt: skip
        if job is not None:
            _made(job, st.empty())


def _made(job: "Job[Step]", place: DeltaGenerator) -> None:
    """The page on its way, or the download of what is made."""
    if job.running:
        job.run(place, job.until, _text)
        st.rerun()
    if job.kept and job.kept[-1].done == job.kept[-1].total:
        st.download_button(
            "Page (ZIP)", later(lambda: zipped(_folder())), "latentfx-static.zip", "application/zip",
            help="Unpack it and open index.html, or: hf upload ORG/NAME FOLDER --repo-type space",
            on_click="ignore",
        )  # fmt: skip
    else:
        place.caption("Stopped; nothing is kept.")


def _stop() -> None:
    """Callback: no further step."""
    if job := choices.get(KEY):
        job.stop()


def _begin(name: str, count: int) -> None:
    """Callback: begin anew; what was made before goes."""
    from pages.static import pairs, points

    choices.put(f"{KEY}_place", tempfile.TemporaryDirectory(prefix="latentfx-", ignore_cleanup_errors=True))
    job = Job(KEY, f"{checkpoints.revision(name)} {count}", _steps(name, count, _folder()), most=1).keep()
    effects = len(checkpoints.explorer(name).config.effects)
    job.begin(3 + min(pairs.MOST, effects) + -(-count // points.TOGETHER))


def _steps(name: str, count: int, out: Path) -> "Iterator[Step]":
    from pages.static.build import build  # torch, and the widgets: not on the way to first paint

    yield from build(out, checkpoints.explorer(name), name, count)


def _folder() -> Path:
    return Path(choices.get(f"{KEY}_place").name) / "latentfx-static"


def _text(job: "Job[Step]") -> str:
    return f"{job.kept[-1].doing}: {job.done} of {job.until}" if job.kept else "Beginning"


def zipped(folder: Path) -> bytes:
    """All files of a folder, below its name."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, file.relative_to(folder.parent))
    return buffer.getvalue()
