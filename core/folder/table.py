"""Rows as a table, CSV or Parquet by the name's ending."""

import csv
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from core.cells import inert
from core.folder.items import FolderError
from core.folder.journal import Row, journal_of

Columns = dict[str, str]
"""Names of a table's columns in order, and what each holds: a key of _TYPES."""

_TYPES = {"text": "string", "number": "float64", "whole": "int64", "truth": "bool_"}
_BATCH = 500  # rows of a thousand numbers in memory at once


def check(out: Path) -> None:
    """FolderError, before any work, for a table that could not be written, or would replace what is not ours."""
    if out.suffix.lower() not in (".csv", ".parquet"):
        raise FolderError(f"--out {out} names no table: please let it end in .csv or .parquet.")
    if not out.parent.is_dir():
        raise FolderError(f"There is no folder {out.parent} for --out {out}. Please make it, or choose another.")
    if out.is_dir():
        raise FolderError(f"--out {out} is a folder. Please name a file in it.")
    if out.exists() and not journal_of(out).exists():
        raise FolderError(f"{out} is there already{_whose(out)}. Please choose another --out, or remove it.")


def write(out: Path, columns: Columns, rows: Sequence[Row]) -> None:
    """Write the table; it arrives whole or not at all."""
    partial = out.with_name(f".{out.name}.partial")
    try:
        (_write_csv if out.suffix.lower() == ".csv" else _write_parquet)(partial, columns, rows)
        os.replace(partial, out)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise FolderError(f"{out} cannot be written ({error.strerror}). The same command goes on.") from error


def _write_csv(path: Path, columns: Columns, rows: Sequence[Row]) -> None:
    # Names of files may hold bytes that are no text.
    with path.open("w", newline="", encoding="utf-8", errors="backslashreplace") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([_cell(row.get(name)) for name in columns] for row in rows)


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return inert(value)
    return "" if value is None else str(value)


def _write_parquet(path: Path, columns: Columns, rows: Sequence[Row]) -> None:
    import pyarrow  # 0.3 s, and 60 MB
    from pyarrow import parquet

    schema = pyarrow.schema([(name, getattr(pyarrow, _TYPES[kind])()) for name, kind in columns.items()])
    with parquet.ParquetWriter(path, schema) as writer:
        for batch in _batches(rows):
            writer.write_table(pyarrow.Table.from_pylist([_text(row) for row in batch], schema))


def _batches(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    return (rows[start : start + _BATCH] for start in range(0, len(rows), _BATCH))


def _text(row: Row) -> Row:
    return {
        name: value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value
        for name, value in row.items()
    }


def _whose(out: Path) -> str:
    """What to say of a table that no journal lies beside."""
    try:
        with out.open(encoding="utf-8", errors="replace") as file:
            head = file.readline(200).strip()
    except OSError:
        return ""
    known = out.suffix.lower() == ".parquet" or head.startswith("file,")
    return " without its journal" if known else ", with other columns"
