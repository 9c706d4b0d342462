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
from pages.shared.visit.contents import PAIRS

_FILES, _SAID, _BEFORE = "o_pair_files", "o_pairs_said", "o_pairs_before"
"""Session keys: the uploader; what cannot be used; the pairs that are kept beside those in the uploader."""
PAIRS_BYTES = 64 * 2**20
"""So much of a visitor's pairs is held; of each the first 5.46 s."""
_GROUPS = 12

_Pair = tuple[Own, Own, np.ndarray]


@dataclass(frozen=True)
class _Held:
    fingerprint: str
    pairs: Pairs


def kept(name: str, key: str = PAIRS) -> Pairs | None:
    """The visitor's pairs, under a session key, as this checkpoint hears them."""
    held: _Held | None = choices.get(key)
    return held.pairs if held and held.fingerprint == checkpoints.fingerprint(name) else None


def panel(name: str) -> None:
    """Where pairs are brought, and how they are coloured and heard."""
    with st.expander("Your pairs", icon=":material/compare:"):
        brought = st.file_uploader(
            "Recordings named x_dry and x_wet, and a CSV about them", [*(end[1:] for end in ENDINGS), "csv"],
            accept_multiple_files=True, key=choices.uploader(_FILES), on_change=_bring, args=(name,),
            help="The first column of the CSV holds the names, x; the others colour the pairs on the map. They stay in "
            "this server's memory while you stay; more of them come beside those that are there.",
        )  # fmt: skip
        if not brought:
            choices.put(_BEFORE, choices.get(PAIRS))
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
        st.button("Remove these pairs", key="o_pairs_remove", on_click=_remove, help="Take them off the map.")


def _remove() -> None:
    """Callback: forget all pairs, those in the uploader, too."""
    for key in (PAIRS, _BEFORE):
        choices.put(key, None)
    choices.put(_SAID, [])
    choices.empty(_FILES)


def _bring(name: str) -> None:
    """Callback: what the uploader holds comes beside the pairs that were there when it was empty; what cannot be used
    is said, the rest goes on."""
    said: list[str] = []
    files = choices.get(choices.uploader(_FILES)) or []
    try:
        pairs = _with_table(_read(name, files, said), files, kept(name, _BEFORE), said)
        choices.put(PAIRS, _Held(checkpoints.fingerprint(name), pairs) if pairs else None)
    except (PairsError, FolderError) as error:
        said.append(messages.sentence(error))
    choices.put(_SAID, said)


def _read(name: str, files: list, said: list[str]) -> dict[str, _Pair]:
    """Dry, wet and z of all pairs by their names: those from before, then those of the files."""
    by_name = {file.name: file for file in files}
    sides = by_sides(Path(file) for file in by_name if not _is_table(file))
    missing = [stem for stem, (dry, wet) in sides.items() if not dry or not wet]
    if missing:
        said.append(messages.verbatim(f"Without their other half: {', '.join(missing)}."))
    new = {stem: (str(dry), str(wet)) for stem, (dry, wet) in sides.items() if dry and wet}
    before = kept(name, _BEFORE)
    old = zip(before.names, before.dry, before.wet, before.z, strict=True) if before else ()
    found: dict[str, _Pair] = {stem: (dry, wet, z) for stem, dry, wet, z in old if stem not in new}
    for stem, both in new.items():
        if len(found) == MOST_PAIRS:
            said.append(f"More than {MOST_PAIRS} pairs: the first {MOST_PAIRS}, by name, are used.")
            break
        try:
            dry, wet = (as_mapped(load_own(by_name[side].getvalue(), side, most=MOST_SAMPLES), side) for side in both)
        except AudioError as error:
            said.append(messages.sentence(error))
            continue
        if sum(_bytes(*pair[:2]) for pair in found.values()) + _bytes(dry, wet) > PAIRS_BYTES:
            said.append(f"More than {PAIRS_BYTES // 2**20} MB of pairs: the first {len(found)} are used.")
            break
        found[stem] = (dry, wet, _encoded(name, dry, wet))
    return found


def _bytes(dry: Own, wet: Own) -> int:
    return sum(one.audio.nbytes + one.heard.nbytes for one in (dry, wet))


def _encoded(name: str, dry: Own, wet: Own) -> np.ndarray:
    explorer = checkpoints.explorer(name)
    with queue.turn():
        return encoded(explorer.codec, explorer.map_part, explorer.spectrogram_config.samples, dry, wet)


def _with_table(found: dict[str, _Pair], files: list, before: Pairs | None, said: list[str]) -> Pairs | None:
    """The pairs with what the first CSV says of them, or without one, what was said of them before."""
    names, tables = tuple(found), [file for file in files if _is_table(file.name)]
    if not found:
        if tables:
            said.append("There is a table, and there are no pairs. Please bring recordings named x_dry and x_wet, too.")
        return None
    columns = table_of(tables[0].getvalue(), list(names)) if tables else _said_of(names, before)
    drys, wets, places = zip(*found.values(), strict=True)
    return Pairs(names, drys, wets, np.stack(places), columns)


def _said_of(names: tuple[str, ...], before: Pairs | None) -> dict[str, tuple[str, ...]]:
    """What was said of these pairs, by column; "" of those that are new."""
    if before is None:
        return {}
    told = {column: dict(zip(before.names, own, strict=True)) for column, own in before.columns.items()}
    return {column: tuple(of_each.get(stem, "") for stem in names) for column, of_each in told.items()}


def _is_table(file: str) -> bool:
    return file.lower().endswith(".csv")


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
