"""The frame all pages share: page config, navigation, and a sidebar that says which checkpoint is in use."""

import streamlit as st

from pages.components import hub_panel, resources, state, widgets

st.set_page_config(page_title="LatentFX", layout="wide", initial_sidebar_state="auto")

page = st.navigation(
    [
        st.Page("pages/overview.py", title="Overview", url_path="start", default=True),
        st.Page("pages/clusters.py", title="Clusters", url_path="clusters"),
        st.Page("pages/reconstruct.py", title="Reconstruct", url_path="reconstruct"),
        st.Page("pages/interpolate.py", title="Interpolate", url_path="interpolate"),
        st.Page("pages/play.py", title="Play", url_path="play"),
        st.Page("pages/match.py", title="Match", url_path="match"),
        st.Page("pages/models.py", title="Models", url_path="models"),
        # A default page has the bare address only: /overview leads to it by this one.
        st.Page("pages/overview.py", title="Overview", url_path="overview", visibility="hidden"),
    ]
)

with st.sidebar:
    known = resources.checkpoints()
    default = known.index(state.Frame.checkpoint) if state.Frame.checkpoint in known else 0
    st.selectbox(
        "Checkpoint",
        known,
        default,
        help="The trained model that every page uses: a folder in checkpoints/, or one fetched on the page Models.",
        placeholder="checkpoints/ is empty",
        **state.bound("checkpoint"),
    )
    st.caption(resources.trained_on(state.checkpoint()))
    device = st.empty()
    known, text = state.get("runs_on", ("", ""))
    if known == state.checkpoint():
        device.caption(text)

hub_panel.ensure(state.checkpoint())
page.run()

# Loading the model takes seconds at a server's first visit: only now, when the page has painted.
with device, widgets.plain_errors():
    text = f"Runs on: {resources.device(state.checkpoint())}"
    st.caption(text)
    state.put("runs_on", (state.checkpoint(), text))
