"""The frame all pages share: page config, navigation, and a sidebar that says which checkpoint is in use."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from streamlit.delta_generator_singletons import context_dg_stack, get_default_dg_stack_value
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core.processes import end_all
from pages.shared import address, arrival, choices, messages, scenes, tour
from pages.shared.results import checkpoints
from pages.shared.visit import kept
from pages.shared.visit import sidebar as visit

MARKS = Path(__file__).parent / "pages/shared/marks"


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[None]:
    """Of the server: nobody waits for a match that is under way when it is stopped."""
    yield
    end_all()


# `streamlit run` reads a file that holds an App once before any visitor comes. So st.navigation is called in time: a
# server that has not seen it yet takes pages/ for a folder of scripts, and answers a link to a page with "not found".
app = st.App(__file__, lifespan=lifespan)
for said in ("scriptrunner_utils.script_run_context", "caching.cache_data_api"):  # that there is no visitor yet
    logging.getLogger(f"streamlit.runtime.{said}").setLevel(logging.ERROR)

PAGES = [
    st.Page("pages/overview/page.py", title="Overview", url_path="start", default=True),
    st.Page("pages/report/page.py", title="Report", url_path="report"),
    st.Page("pages/clusters/page.py", title="Clusters", url_path="clusters"),
    st.Page("pages/reconstruct/page.py", title="Reconstruct", url_path="reconstruct"),
    st.Page("pages/interpolate/page.py", title="Interpolate", url_path="interpolate"),
    st.Page("pages/play/page.py", title="Play", url_path="play"),
    st.Page("pages/match/page.py", title="Match", url_path="match"),
    st.Page("pages/models/page.py", title="Models", url_path="models"),
    # A default page has the bare address only: /overview leads to it by this one.
    st.Page("pages/overview/page.py", title="Overview", url_path="overview", visibility="hidden"),
]
page = st.navigation(PAGES)


def sidebar() -> None:
    """Which checkpoint all pages use, and what it was trained on."""
    known = checkpoints.checkpoints()
    default = known.index(choices.Frame.checkpoint) if choices.Frame.checkpoint in known else 0
    st.selectbox(
        "Checkpoint",
        known,
        default,
        help="The trained model that every page uses: a folder in checkpoints/, or one fetched on the page Models.",
        placeholder="checkpoints/ is empty",
        **choices.bound("checkpoint"),
    )
    st.caption(checkpoints.trained_on(choices.checkpoint()))


def frame() -> None:
    """The page that was asked for, with what stands around every page."""
    # Asked for while a part of the page had just run, Streamlit 1.67 would draw the page within that part.
    context_dg_stack.set(get_default_dg_stack_value())
    st.set_page_config(page_title="LatentFX", page_icon=MARKS / "icon.svg", layout="wide", initial_sidebar_state="auto")
    st.logo(MARKS / "logo.svg", size="large", icon_image=MARKS / "icon.svg")
    st.html(MARKS / "frame.css")
    choices.keep_on_return(page.url_path, (scenes.OPEN, tour.STEP))
    address.tidy()
    choices.begin()
    try:
        with kept.watched():
            asked_for()
    finally:
        choices.end()


def asked_for() -> None:
    """The page itself, beside the sidebar."""
    visit.follow({one.url_path: one for one in PAGES})
    visit.mount()
    with st.sidebar:
        sidebar()
        visit.controls()
        device = st.empty()
        name, text = choices.get("runs_on", ("", ""))
        if name == choices.checkpoint():
            device.caption(text)

    arrival.ensure(choices.checkpoint())
    here = {"": "overview", "start": "overview"}.get(page.url_path, page.url_path)
    scenes.arrive(here)
    tour.bar(here)
    page.run()

    # Loading the model takes seconds at a server's first visit: only now, when the page has painted.
    with device, messages.plain_errors():
        text = f"Runs on: {checkpoints.device(choices.checkpoint())}"
        st.caption(text)
        choices.put("runs_on", (choices.checkpoint(), text))


if get_script_run_ctx():
    frame()
