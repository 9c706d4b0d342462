"""What a visit consists of: gathered from where the pages keep it, and put back there."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from pages.shared import choices, own_maps, presets, recordings
from pages.shared.memory import size_of
from pages.shared.notes import NOTED, ROWS
from pages.shared.own_maps import Held
from pages.shared.presets import Played, Preset
from pages.shared.recordings import Recording
from pages.shared.visit import kinds

PLAYED, DRAWN, PAIRS = "p_heard", "t_drawn", "o_pairs"
"""Session keys: what the pad plays (pages.play.point); the curve over a recording (pages.interpolate.path_sounds); the
visitor's pairs on the map (pages.clusters.own_pairs)."""
STRAIGHT = ((0.0, 0.0), (1.0, 1.0))
"""The curve before one was drawn."""
PASSING = ("blind_series", "m_refined", "path_file_ends")
"""Session keys of what comes back after a reload and is in no file: it is on its way to an answer."""
_BROUGHT = "_kept"  # what an uploader's or a recorder's key ends in that says what it brought


@dataclass(frozen=True)
class Visit:
    """choices: by key, see `kinds`. brought: key of an uploader -> key of what it put on the shelf. rows: of
    pages.shared.notes. played: pages.shared.presets.Played. curve: ((share of its length, position), ...).
    pairs: of pages.clusters.own_pairs, in no file. passing: by session key, see PASSING."""

    choices: Mapping[str, Any]
    brought: Mapping[str, str] = field(default_factory=dict)
    rows: Mapping[str, tuple[dict[str, Any], ...]] = field(default_factory=dict)
    presets: tuple[Preset, ...] = ()
    played: Played | None = None
    curve: tuple[tuple[float, float], ...] = ()
    recordings: tuple[Recording, ...] = ()
    own_map: Held | None = None
    pairs: Any = None
    passing: Mapping[str, Any] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Bytes of it all."""
        return size_of(self)


def gathered() -> Visit:
    """This visit as it is now."""
    held = dict(choices.everything())
    return Visit(
        choices={key: plain(value) for key, value in held.items() if kinds.kind_of(key)},
        brought={key: value for key, value in held.items() if key.endswith(_BROUGHT) and isinstance(value, str)},
        rows={key: tuple(rows) for key, rows in held.items() if NOTED.fullmatch(key) and rows},
        presets=tuple(presets.presets()),
        played=held.get(PLAYED),
        curve=tuple(held.get(DRAWN, ())),
        recordings=tuple(recordings.shelf().values()),
        own_map=held.get(own_maps.KEY),
        pairs=held.get(PAIRS),
        passing={key: held[key] for key in PASSING if held.get(key)},
    )


def plain(value: Any) -> Any:
    """A choice as it is compared: widgets give lists where they were given tuples."""
    return tuple(value) if isinstance(value, list) else value


def put_choices(wanted: Mapping[str, Any], rest: bool) -> None:
    """Put these choices into their widgets, before those run; rest: all others go back to their defaults."""
    for key, _ in choices.everything() if rest else ():
        if kinds.kind_of(key) and key not in wanted and kinds.has_default(key):
            choices.put(key, kinds.default_of(key))
    for key, value in wanted.items():
        choices.put(key, value)


def put_back(visit: Visit, fresh: bool = False) -> None:
    """Put a visit into a session, before its widgets run: its choices instead of those that are there, all else beside
    it; of two maps the one that is there stays.

    fresh: the session has just begun, and what it has chosen that the visit lacks stands in its address.
    Raises PresetsError or AudioError, and changes nothing, where it all would be too much.
    """
    shelf = recordings.beside(visit.recordings)
    presets.keep(visit.presets)
    recordings.lay_out(shelf)
    put_choices(visit.choices, rest=not fresh)
    for key, value in (*visit.brought.items(), *visit.passing.items()):
        choices.put(key, deepcopy(value))
    for key, rows in visit.rows.items():
        before = list(choices.get(key, ()))
        choices.put(key, [*before, *(row for row in rows if row not in before)][-ROWS:])
    choices.put(PLAYED, visit.played)
    if visit.own_map and choices.get(own_maps.KEY) is None:
        choices.put(own_maps.KEY, visit.own_map)
    if visit.pairs and choices.get(PAIRS) is None:
        choices.put(PAIRS, visit.pairs)
    if visit.curve:
        choices.put(DRAWN, visit.curve)
