"""The frame all pages share: page config, navigation, and a sidebar that says which checkpoint is in use."""

import streamlit as st

from pages.shared import arrival, choices, messages
from pages.shared.results import checkpoints

st.set_page_config(page_title="LatentFX", layout="wide", initial_sidebar_state="auto")

page = st.navigation(
    [
        st.Page("pages/overview/page.py", title="Overview", url_path="start", default=True),
        st.Page("pages/clusters/page.py", title="Clusters", url_path="clusters"),
        st.Page("pages/reconstruct/page.py", title="Reconstruct", url_path="reconstruct"),
        st.Page("pages/interpolate/page.py", title="Interpolate", url_path="interpolate"),
        st.Page("pages/play/page.py", title="Play", url_path="play"),
        st.Page("pages/match/page.py", title="Match", url_path="match"),
        st.Page("pages/models/page.py", title="Models", url_path="models"),
        # A default page has the bare address only: /overview leads to it by this one.
        st.Page("pages/overview/page.py", title="Overview", url_path="overview", visibility="hidden"),
    ]
)

with st.sidebar:
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
    device = st.empty()
    known, text = choices.get("runs_on", ("", ""))
    if known == choices.checkpoint():
        device.caption(text)

arrival.ensure(choices.checkpoint())
page.run()

# Loading the model takes seconds at a server's first visit: only now, when the page has painted.
with device, messages.plain_errors():
    text = f"Runs on: {checkpoints.device(choices.checkpoint())}"
    st.caption(text)
    choices.put("runs_on", (choices.checkpoint(), text))
