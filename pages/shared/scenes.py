"""Scenes: a page set up to show one thing, and links that open it so, from this visit or a bare address.

An address with ?open=NAME sets that page's choices to the scene's, and all others of the page to their defaults. Loaded
anew, it does so again, but for what the address says besides.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import streamlit as st

from core.effects import Setting, effect_named
from pages.shared import choices

OPEN = "open"
"""The parameter of the address that names a scene."""

FIRST_CLIP, SECOND_CLIP = "speech_en_f_allison", "speech_en_m_uh0"


def halfway(effect: str) -> Setting:
    """An effect with all knobs at 0.5, to the nearest slider step: the report's fixed setting."""
    return choices.nearest_knobs(Setting(effect, (0.5,) * len(effect_named(effect).parameters)))


DELAY, OVERDRIVE = halfway("delay"), halfway("overdrive")


@dataclass(frozen=True)
class Scene:
    """page: its folder. state: its dataclass of choices. own: those that differ from the defaults. pairs: prefix of a
    pair's controls: clip and setting."""

    page: str
    state: type
    own: Mapping[str, Any] = field(default_factory=dict)
    pairs: Mapping[str, tuple[str, Setting]] = field(default_factory=dict)

    def set_up(self) -> None:
        """Make the page's choices those of the scene. Before its widgets run."""
        for one in fields(self.state):
            choices.put(one.name, self.own.get(one.name, one.default))
        for prefix, (clip, setting) in self.pairs.items():
            choices.set_pair(prefix, clip, setting)


def _path(a: tuple[str, Setting], b: tuple[str, Setting]) -> Scene:
    return Scene("interpolate", choices.Interpolate, {}, {"a": a, "b": b})


SCENES = {
    "listen": Scene("overview", choices.Overview),
    "clusters": Scene("clusters", choices.Clusters, {"shown": ("delay", "overdrive")}),
    "overdrive": Scene("reconstruct", choices.Reconstruct, {}, {"r": (FIRST_CLIP, OVERDRIVE)}),
    "delay": Scene("reconstruct", choices.Reconstruct, {}, {"r": (FIRST_CLIP, DELAY)}),
    "same-audio": _path((FIRST_CLIP, DELAY), (FIRST_CLIP, OVERDRIVE)),
    "different-audio": _path((FIRST_CLIP, OVERDRIVE), (SECOND_CLIP, OVERDRIVE)),
    "umap": Scene("clusters", choices.Clusters),
    "bottleneck": Scene("play", choices.Play),
    "match": Scene("match", choices.Match),
    "report": Scene("report", choices.Report),
}


def link(name: str, label: str) -> None:
    """A link that opens a scene with the checkpoint in use; in a tab of its own, too."""
    query = {OPEN: name, "checkpoint": choices.checkpoint()}
    page = f"pages/{SCENES[name].page}/page.py"
    st.page_link(page, label=label, icon=":material/arrow_forward:", query_params=query)


def arrive(page: str) -> None:
    """Set up the scene that the address of this page names, if it names one. Once a run, before widgets."""
    name = st.query_params.get(OPEN, "")
    reach(OPEN, name, SCENES.get(name), page)


def reach(key: str, value: Any, scene: Scene | None, page: str) -> bool:
    """Whether scene is one of this page. It is set up when an address first says so, and not again while it does: what
    the visitor changes there is his. key, value: what the address says."""
    here = scene is not None and scene.page == page
    if here and choices.get(key) != value:
        scene.set_up()  # type: ignore[union-attr]
    choices.put(key, value if here else None)
    return here
