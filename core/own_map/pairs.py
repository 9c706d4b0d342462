"""Pairs that a visitor brings: their names, what a table says of them, and where they lie in z."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from core.audio.own import Own
from core.audio.spectrogram import prepare_pair
from core.own_map.listener import Encoder

MOST_PAIRS = 200
_ROWS, _COLUMNS, _LETTERS = 10_000, 40, 80


class PairsError(ValueError):
    """Pairs or a table that cannot be used: one sentence names the thing and the remedy."""


@dataclass(frozen=True)
class Pairs:
    """N pairs. names (N,). dry, wet: the recordings. z (N, part): what the checkpoint's atlas maps of each.

    columns: by name, what the table says of each pair, "" where it says nothing.
    """

    names: tuple[str, ...]
    dry: tuple[Own, ...] = field(repr=False)
    wet: tuple[Own, ...] = field(repr=False)
    z: np.ndarray
    columns: Mapping[str, tuple[str, ...]]

    def numbers(self, column: str) -> np.ndarray | None:
        """A column (N,) as numbers, NaN where it says nothing; None where it holds words."""
        try:
            found = np.array([float(value) if value else np.nan for value in self.columns[column]])
        except ValueError:
            return None
        return found if np.isfinite(found).any() else None


def encoded(encoder: Encoder, part: slice, samples: int, dry: Own, wet: Own) -> np.ndarray:
    """z (part,) of the beginning of one pair, as far as a model hears."""
    pair = np.stack(prepare_pair(dry.heard, wet.heard, samples))
    return encoder.encode_part(pair[None], part)[0]


def table_of(data: bytes, names: list[str]) -> dict[str, tuple[str, ...]]:
    """What a CSV says of pairs so named: by the names in its first column, x or x_dry.wav; by column.

    Raises PairsError where it is no CSV, or speaks of none of them.
    """
    try:
        rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    except (UnicodeDecodeError, csv.Error) as error:
        raise PairsError("The table is no CSV in UTF-8. Please export it as such.") from error
    if len(rows) < 2 or len(rows) > _ROWS or not 2 <= len(rows[0]) <= _COLUMNS:
        raise PairsError(
            f"The table needs a head, names of pairs first, 2 to {_COLUMNS} columns, and {_ROWS:,} rows at most."
        )
    head, said = rows[0], {}
    for row in rows[1:]:
        if row:
            said[_plain(row[0])] = row
    if not any(_plain(name) in said for name in names):
        raise PairsError("The table names none of the pairs. Please put their names into its first column.")
    found = {}
    for place, column in enumerate(head[1:], 1):
        of_each = (said.get(_plain(name), []) for name in names)
        found[column[:_LETTERS] or f"Column {place + 1}"] = tuple(
            row[place].strip()[:_LETTERS] if place < len(row) else "" for row in of_each
        )
    return found


def _plain(name: str) -> str:
    """A pair's name as a table may give it: without folder, ending and mark."""
    stem = Path(name.strip()).stem if Path(name.strip()).suffix else Path(name.strip()).name
    for mark in ("dry", "wet"):
        if stem.lower().endswith(mark) and len(stem) > 4 and stem[-4] in " ._-":
            return stem[:-4].lower()
    return stem.lower()
