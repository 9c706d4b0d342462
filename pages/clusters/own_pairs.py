"""The visitor's own pairs on the map, coloured by a column of his table."""

import html
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from core.audio.io import ENDINGS, AudioError
from core.audio.own import MOST_SAMPLES, Own, load_own
from core.folder.items import FolderError, by_sides
from core.own_map.own_map import as_mapped
from core.own_map.pairs import MOST_PAIRS, Pairs, PairsError, encoded, table_of
from pages.shared import choices, messages, player, queue
from pages.shared.figures.theme import COLOUR_MAP, PALETTE
from pages.shared.results import checkpoints

_FILES, _KEPT, _SAID = "o_pair_files", "o_pairs", "o_pairs_said"
PAIRS_BYTES = 64 * 2**20
"""So much of a visitor's pairs is held; of each the first 5.46 s."""
_GROUPS = 12


@dataclass(frozen=True)
class _Held:
    fingerprint: str
    pairs: Pairs


def kept(name: str) -> Pairs | None:
    """The visitor's pairs as this checkpoint hears them."""
    held: _Held | None = choices.get(_KEPT)
    return held.pairs if held and held.fingerprint == checkpoints.fingerprint(name) else None


def panel(name: str) -> None:
    """Where pairs are brought, and how they are coloured and heard."""
    with st.expander("Your pairs", icon=":material/compare:"):
        st.file_uploader(
            "Recordings named x_dry and x_wet, and a CSV about them", [*(end[1:] for end in ENDINGS), "csv"],
            accept_multiple_files=True, key=_FILES, on_change=_bring, args=(name,),
            help="The first column of the CSV holds the names, x; the others colour the pairs on the map. They stay in "
            "this server's memory while you stay.",
        )  # fmt: skip
        for said in choices.get(_SAID, []):
            st.warning(said)
        pairs = kept(name)
        if pairs is None:
            return
        if pairs.columns:
            st.selectbox("Colour pairs by", list(pairs.columns), help="A column of your table.", key="o_pair_colour")
        number = st.selectbox(
            "Pair", range(len(pairs.names)), format_func=pairs.names.__getitem__, key="o_pair",
            help="The pair that is heard below.",
        )  # fmt: skip
        if number < len(pairs.names):
            for label, own in (("Wet", pairs.wet[number]), ("Dry", pairs.dry[number])):
                player.sound(label, own.audio, f"pair-{number}-{label.lower()}", rate=own.rate)


def _bring(name: str) -> None:
    """What the uploader holds becomes the pairs; what cannot be used is said, the rest goes on."""
    said: list[str] = []
    try:
        pairs = _read(name, choices.get(_FILES) or [], said)
        choices.put(_KEPT, _Held(checkpoints.fingerprint(name), pairs) if pairs else None)
    except (PairsError, FolderError) as error:
        said.append(messages.sentence(error))
    choices.put(_SAID, said)


def _read(name: str, files: list, said: list[str]) -> Pairs | None:
    explorer, held_bytes = checkpoints.explorer(name), 0
    by_name = {file.name: file for file in files}
    sides = by_sides(Path(file) for file in by_name if not file.lower().endswith(".csv"))
    missing = [stem for stem, (dry, wet) in sides.items() if not dry or not wet]
    if missing:
        said.append(messages.verbatim(f"Without their other half: {', '.join(missing)}."))
    found: list[tuple[str, Own, Own, np.ndarray]] = []
    if len(sides) > MOST_PAIRS:
        said.append(f"More than {MOST_PAIRS} pairs: the first {MOST_PAIRS}, by name, are used.")
    for stem, (dry, wet) in list(sides.items())[:MOST_PAIRS]:
        if not dry or not wet:
            continue
        try:
            own, other = (
                as_mapped(load_own(by_name[str(f)].getvalue(), str(f), most=MOST_SAMPLES), str(f)) for f in (dry, wet)
            )
        except AudioError as error:
            said.append(messages.sentence(error))
            continue
        held_bytes += sum(one.audio.nbytes + one.heard.nbytes for one in (own, other))
        if held_bytes > PAIRS_BYTES:
            said.append(f"More than {PAIRS_BYTES // 2**20} MB of pairs: the first {len(found)} are used.")
            break
        with queue.turn():
            samples = explorer.spectrogram_config.samples
            z = encoded(explorer.codec, explorer.map_part, samples, own, other)
        found.append((stem, own, other, z))
    if not found:
        return None
    names, drys, wets, places = zip(*found, strict=True)
    tables = [file for file in files if file.name.lower().endswith(".csv")]
    columns = table_of(tables[0].getvalue(), list(names)) if tables else {}
    return Pairs(names, drys, wets, np.stack(places), columns)


def add(figure: go.Figure, pairs: Pairs, places: np.ndarray, column: str | None) -> None:
    """The pairs on the map, at places (N, 2) or (N, 3): a colour for each word of a column, or a scale for numbers."""
    column = column if column in pairs.columns else next(iter(pairs.columns), None)
    numbers = pairs.numbers(column) if column else None
    said = pairs.columns[column] if column else ("",) * len(pairs.names)
    look = {"size": 13 if places.shape[1] == 2 else 6, "symbol": "diamond", "line": {"width": 1.5, "color": "#D81B60"}}
    if numbers is not None:
        bar = {"title": {"text": html.escape(column or "")}, "x": 0.0, "xanchor": "left", "thickness": 10, "len": 0.4}
        known = np.flatnonzero(np.isfinite(numbers)).tolist()
        scale = {"color": numbers[known], "colorscale": COLOUR_MAP, "colorbar": bar}
        _scatter(figure, pairs, places, known, look | scale, "Your pairs", said)
        if missing := sorted(set(range(len(said))) - set(known)):
            _scatter(figure, pairs, places, missing, look | {"color": "gray"}, "Your pairs without a number", said)
        return
    words = sorted(set(said))[: _GROUPS - 1]
    for place, word in enumerate([*words, None]):
        own = [at for at, value in enumerate(said) if (value == word if word is not None else value not in words)]
        if own:
            label = "Your pairs" if not column else (word or "none") if word is not None else "others"
            _scatter(figure, pairs, places, own, look | {"color": PALETTE[place % len(PALETTE)]}, label, said)


def _scatter(
    figure: go.Figure, pairs: Pairs, places: np.ndarray, own: list[int], marker: dict, label: str, said: tuple[str, ...]
) -> None:
    hover = [html.escape(f"{pairs.names[at]} · {said[at]}".rstrip(" ·")) for at in own]
    common = {
        "mode": "markers", "marker": marker, "name": html.escape(label), "hovertext": hover, "hoverinfo": "text",
    }  # fmt: skip
    if places.shape[1] == 2:
        figure.add_scattergl(x=places[own, 0], y=places[own, 1], unselected={"marker": {"opacity": 1.0}}, **common)
    else:
        figure.add_scatter3d(x=places[own, 0], y=places[own, 1], z=places[own, 2], **common)
