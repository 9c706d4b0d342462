"""What was done so far, row by row: whatever ends a command, the same command goes on from here.

The journal lies beside the table, results.csv.journal: lines of JSON, the first with what the command was, each other
one with a row. A row is written at once and whole as soon as it is known; of one that a kill cut short, the line is
taken off again. In memory are only the places of the rows.
"""

import errno
import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO, Self

from core.folder.items import FolderError, Item

try:
    import fcntl
except ImportError:  # Windows: whoever starts a command twice there is not stopped
    fcntl = None  # type: ignore[assignment]

FORMAT, _ENDING = "latentfx-journal/1", ".journal"

Row = dict[str, Any]
"""By column: a text, a number, true or false; a column that says nothing of a row is left out."""


@dataclass(frozen=True)
class Begun:
    """What a journal begins with. about: what must be the same for its rows to stand beside new ones, by words for
    people. columns: of the table, see core.folder.table."""

    about: dict[str, str]
    columns: dict[str, str]
    format: str = FORMAT


class Journal:
    """Rows on disk, by item. A context: while it lasts no other process writes to it; its rows can be read later, too.

    begun: None where nothing is written yet.
    """

    def __init__(self, file: BinaryIO, path: Path | None) -> None:
        self._file, self._path = file, path
        self._places: dict[str, tuple[str, int]] = {}
        self._failed: set[str] = set()
        self.begun: Begun | None = None

    @classmethod
    def beside(cls, out: Path | None) -> Self:
        """The journal of a table, or one that nobody keeps. FolderError where it cannot be written."""
        if out is None:
            return cls(tempfile.TemporaryFile(buffering=0), None)
        path = journal_of(out)
        try:
            return cls(open(path, "r+b" if path.exists() else "x+b", buffering=0), path)
        except OSError as error:
            raise FolderError(f"{path} cannot be written ({error.strerror}). Please choose another --out.") from error

    def __enter__(self) -> Self:
        """FolderError where another command is at work on it, or where it is no journal."""
        if self._path is None:
            return self
        try:
            _lock(self._file)
            self._read()
        except BlockingIOError as error:
            raise FolderError(f"Another command is at work on {self._path}. Please wait for it.") from error
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise FolderError(f"{self._path} is no journal of LatentFX. Please remove it.") from error
        return self

    def __exit__(self, *error: object) -> None:
        if self._path and self.begun is None:  # nothing was begun: nothing stays
            self._path.unlink(missing_ok=True)
        if self._path:
            _unlock(self._file)

    def must_be(self, about: Mapping[str, str], items: Sequence[Item]) -> None:
        """FolderError where its rows are another command's, or of files that are not among these items."""
        if self.begun is None:
            return
        remedy = "Please choose another --out, or remove it with its journal."
        for name in dict.fromkeys([*about, *self.begun.about]):
            had, has = self.begun.about.get(name, "nothing"), about.get(name, "nothing")
            if had != has:
                raise FolderError(f"{self._table} was begun with {name} {had}, not {has}. {remedy}")
        if others := self._places.keys() - {item.key for item in items}:
            file = min(others).partition("\n")[0]
            raise FolderError(f"{self._table} also holds {file}, which is not among these recordings. {remedy}")

    def begin(self, about: Mapping[str, str], columns: Mapping[str, str]) -> None:
        """Write what the command is, of a journal that is still empty."""
        self.begun = Begun(dict(about), dict(columns))
        self._append(asdict(self.begun))

    def add(self, item: Item, row: Row) -> None:
        """Write a row; a later one of the same item takes its place."""
        content = {"key": item.key, "stamp": item.stamp, "row": row}
        self._note(content, self._append(content))

    def has(self, item: Item) -> bool:
        """Whether there is a row of this item, and its files are still the same."""
        stamp, _ = self._places.get(item.key, ("", 0))
        return stamp == item.stamp

    def done(self, item: Item) -> bool:
        """Whether nothing is left to do for it: what has a reason is tried again, as a disk that was full may have
        room, and a sound that was removed is made again."""
        if item.key in self._failed and not item.problem:
            return False
        return self.has(item) and (not item.sound or os.path.exists(item.sound))

    def row(self, item: Item) -> Row:
        """The row of an item that there is one of."""
        _, place = self._places[item.key]
        self._file.seek(place)
        return json.loads(self._line())["row"]

    def _append(self, content: Mapping[str, Any]) -> int:
        place, line = self._file.seek(0, os.SEEK_END), json.dumps(content).encode() + b"\n"
        try:
            if self._file.write(line) < len(line):  # a disk takes a part, where no more has room
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError as error:
            reason = f"{self._path} cannot be written ({error.strerror}). The same command goes on from there."
            raise FolderError(reason) from error
        return place

    def _read(self) -> None:
        place = 0
        for line in self._lines():
            content = json.loads(line)
            if self.begun is None:
                self.begun = Begun(**content)
                if self.begun.format != FORMAT:
                    raise ValueError("another format")
            else:
                self._note(content, place)
            place += len(line)
        self._file.truncate(place)  # what a kill cut short

    def _note(self, content: Mapping[str, Any], place: int) -> None:
        key = content["key"]
        self._places[key] = (content["stamp"], place)
        (self._failed.add if "reason" in content["row"] else self._failed.discard)(key)

    @property
    def _table(self) -> str:
        return str(self._path).removesuffix(_ENDING)

    def _lines(self) -> Iterator[bytes]:
        self._file.seek(0)
        with open(self._file.fileno(), "rb", closefd=False) as lines:
            yield from (line for line in lines if line.endswith(b"\n"))

    def _line(self) -> bytes:
        with open(self._file.fileno(), "rb", closefd=False) as lines:
            return lines.readline()


class Rows(Sequence[Row]):
    """The rows of items, in order, read one by one from their journal."""

    def __init__(self, journal: Journal, items: Sequence[Item]) -> None:
        self._journal, self._items = journal, [item for item in items if journal.has(item)]

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, number: Any) -> Any:
        chosen = self._items[number]
        return [self._journal.row(one) for one in chosen] if isinstance(chosen, list) else self._journal.row(chosen)


def journal_of(out: Path) -> Path:
    """Where the journal of a table lies."""
    return out.with_name(out.name + _ENDING)


def _lock(file: BinaryIO) -> None:
    """BlockingIOError where another holds it. A killed process holds nothing."""
    if fcntl:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _unlock(file: BinaryIO) -> None:
    if fcntl:
        fcntl.flock(file, fcntl.LOCK_UN)
