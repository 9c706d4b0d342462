"""A path between sounds: played, seen as a film strip, measured, and downloaded."""

from dataclasses import replace

import streamlit as st

from pages.interpolate import controls, ends, listening_test, lock, path_file, views
from pages.interpolate.path_sounds import Walk
from pages.interpolate.player import path_player
from pages.shared import choices, messages
from pages.shared.results import checkpoints

st.title("Interpolate")
name = choices.checkpoint()

# What is seen first is not what is asked first: the settings decide how many ends there are, and come below the player.
with st.container(key="stage"):
    ends_place = st.container()
    player_place, voice_place = st.columns([5, 2], gap="medium")
settings_place = st.expander("Path settings", key="path_settings")
hidden = listening_test.running()
if hidden:
    with player_place:
        listening_test.hidden()
with messages.plain_errors():
    with settings_place:
        path_file.importer()
        kind, loop, matched = controls.kind_and_switches()
    with ends_place:
        path_file.told()
        pairs = ends.ends(kind, loop)
    with voice_place:
        voice = controls.voice_picker()
    with settings_place:
        route = controls.route_controls(kind, checkpoints.explorer(name).layout.names)
        if pairs and kind != "difference" and route.part != "content":  # else the effects are A's alone, or C's
            route = replace(route, locked=lock.picker(pairs))
    if pairs is None:
        st.stop()
    walk = Walk.between(name, pairs, route)
    with ends_place:
        lock.told(walk.joined, walk.ends, route.locked)
    with voice_place:
        lock.told_of_voice(voice, route.locked)
    with player_place:
        path_file.compared(walk)
        if not hidden:
            path_player(walk, voice, matched)
    views.show(walk, voice)
