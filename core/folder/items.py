"""Which recordings are worked on: those of a folder, the pairs among them; and what sounds that are made are called."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from unicodedata import normalize

from core.audio.io import ENDINGS, FORMATS

_MARK = re.compile(r"(?P<name>.+)[ ._-](?P<side>dry|wet)", re.IGNORECASE | re.DOTALL)
_SHOWN = 3

File = TypeVar("File", str, Path)


class FolderError(ValueError):
    """A command that cannot be carried out: one sentence names the thing and the remedy."""


@contextmanager
def told_of_names() -> Iterator[None]:
    """FolderError for a name that the disk refuses: it is too long, or lies in a folder that is locked."""
    try:
        yield
    except OSError as error:
        if error.filename is None:
            raise
        raise FolderError(f"{error.filename} cannot be used ({error.strerror}). Please choose another.") from error


@dataclass(frozen=True)
class Item:
    """What one row is made of.

    file: the recording, or the dry one of a pair. wet: the wet one, "" for a lone recording. number: of the setting
    that is applied. sound: where the sound that is made goes, "" where none is. problem: why nothing can be done.
    """

    file: str
    wet: str = ""
    number: int = 0
    sound: str = ""
    problem: str = ""

    @property
    def key(self) -> str:
        """Tells the row from all others of a table."""
        return "\n".join((self.file, self.wet, self.sound))

    @property
    def stamp(self) -> str:
        """Changes where a recording does."""
        return " ".join(_stamp(file) for file in (self.file, self.wet) if file)


def to_encode(given: Sequence[Path]) -> list[Item]:
    """Pairs by their names (x_dry, x_wet), and all other recordings alone."""
    files = [file for place in _some_of(given) for file in _listed(place)]
    sides = by_sides(files)
    pairs = {dry: wet for dry, wet in sides.values() if dry and wet}
    wets = set(pairs.values())
    return [Item(str(file), str(pairs.get(file, ""))) for file in dict.fromkeys(files) if file not in wets]


def to_match(dry: Path, wet: Path | None = None) -> list[Item]:
    """Pairs of a folder by their names, of two folders by names that both have, or one pair of two files.

    A recording without its other half is an item with a problem. Raises FolderError where there is no pair at all.
    """
    if wet is None:
        return _pairs_of_one(dry)
    if dry.is_file() and wet.is_file():
        return [Item(str(dry), str(wet))]
    for place, other in ((dry, wet), (wet, dry)):
        if place.is_file():
            raise FolderError(f"{place} is a file and {other} is none: please give two folders or two files.")
    return _pairs_of_two(dry, wet)


def to_apply(given: Sequence[Path], out: Path, names: Sequence[str]) -> list[Item]:
    """Each recording under each of the settings so named, with the sound's name: as its own, then the setting's.

    What lies in sub-folders of a folder is put into such. Raises FolderError where two sounds would have one name, or
    where what is made would be found as a recording the next time.
    """
    files: dict[Path, Path] = {}
    for place in _some_of(given):
        if place.is_dir() and out.resolve().is_relative_to(place.resolve()):
            raise FolderError(f"{out} lies in {place}, whose recordings are read. Please choose a folder beside it.")
        files |= {file: file.relative_to(place) if place.is_dir() else Path(file.name) for file in _listed(place)}
    items = [
        Item(str(file), number=number, sound=str(out / own.with_name(f"{own.stem}_{name}.wav")))
        for file, own in files.items()
        for number, name in enumerate(names)
    ]
    _once((item.sound, item.file) for item in items)
    return items


def pair_of(file: Path) -> tuple[Path, Path]:
    """The dry and the wet recording of a pair, of which one is named, or what both are called but for that.

    Raises FolderError where they are not there.
    """
    mark = _MARK.fullmatch(file.stem)
    name = mark["name"] if mark else file.stem
    folder = file.parent
    if not folder.is_dir():
        raise FolderError(f"There is no folder {folder}.")
    sides = by_sides(one for one in folder.iterdir() if one.suffix.lower() in ENDINGS)
    dry, wet = sides.get(compared(folder / name), (None, None))
    if not dry or not wet:
        raise FolderError(
            f"{file} is no pair: {folder} has no {name}_dry and {name}_wet. Please name both so, or give settings."
        )
    return dry, wet


def _some_of(given: Sequence[Path]) -> Sequence[Path]:
    if not given:
        raise FolderError("There is nothing to work on. Please name recordings, or folders of them.")
    return given


def _listed(place: Path) -> list[Path]:
    """The recordings of a folder and its sub-folders by name, hidden ones left out; or the one that place is."""
    if place.is_file():
        return [place]
    if not place.is_dir():
        raise FolderError(f"There is no file or folder {place}. Please check its name.")
    found = sorted(
        file
        for file in place.rglob("*")
        if file.suffix.lower() in ENDINGS
        and not any(part.startswith(".") for part in file.relative_to(place).parts)
        and file.is_file()
    )
    if not found:
        raise FolderError(f"{place} holds no recordings ({FORMATS}).")
    return found


def compared(name: Path) -> str:
    """A name as it is compared: a Mac writes accents as letters of their own."""
    return normalize("NFC", str(name))


def by_sides(files: Iterable[Path]) -> dict[str, tuple[Path | None, Path | None]]:
    """By folder and name without the mark: the dry and the wet recording, None where one is missing."""
    found: dict[str, dict[str, Path]] = defaultdict(dict)
    for file in files:
        if mark := _MARK.fullmatch(file.stem):
            own, side = found[compared(file.parent / mark["name"])], mark["side"].lower()
            if (known := own.setdefault(side, file)) != file:
                raise FolderError(
                    f"{known} and {file} are both the {side} sound of one pair. Please rename or remove one of them."
                )
    return {name: (own.get("dry"), own.get("wet")) for name, own in found.items()}


def _pairs_of_one(folder: Path) -> list[Item]:
    files = _listed(folder)
    sides = by_sides(files)
    pairs = {dry: wet for dry, wet in sides.values() if dry and wet}
    if not pairs:
        raise FolderError(
            f"{folder} holds no pairs: names such as take_dry.wav with take_wet.wav were looked for, and found "
            f"{_some(files)}. Please rename them, or give two folders."
        )
    wets = set(pairs.values())
    return [
        Item(str(file), str(pairs[file]))
        if file in pairs
        else Item(str(file), problem=f"{file} has no other half: a pair is named take_dry and take_wet.")
        for file in files
        if file not in wets
    ]


def _pairs_of_two(dry: Path, wet: Path) -> list[Item]:
    drys, wets = _by_name(dry, "dry", wet), _by_name(wet, "wet", dry)
    if not drys.keys() & wets.keys():
        raise FolderError(
            f"{dry} and {wet} hold no pairs: recordings of one name in both were looked for, and found "
            f"{_some(drys.values())} in the first and {_some(wets.values())} in the second. Please rename them."
        )
    found = [
        Item(str(file), str(wets[name])) if name in wets else _alone(file, wet, name) for name, file in drys.items()
    ]
    return found + [_alone(file, dry, name) for name, file in wets.items() if name not in drys]


def _alone(file: Path, other: Path, name: str) -> Item:
    return Item(str(file), problem=f"{file} has no other half: {other} has no {name}.")


def _by_name(folder: Path, side: str, other: Path) -> dict[str, Path]:
    """The recordings of a folder by their path in it, without suffix and mark; not those of the other folder, where
    that lies in this one."""
    named = []
    inner = other != folder and other.is_relative_to(folder)
    for file in _listed(folder):
        if inner and file.is_relative_to(other):
            continue
        mark = _MARK.fullmatch(file.stem)
        name = mark["name"] if mark and mark["side"].lower() == side else file.stem
        named.append((compared(file.relative_to(folder).with_name(name)), file))
    return _once(named)


def _once(named: Iterable[tuple[str, File]]) -> dict[str, File]:
    """Files by name; FolderError where two have one."""
    found: dict[str, File] = {}
    for name, file in named:
        if found.setdefault(name, file) != file:
            raise FolderError(f"{found[name]} and {file} have one name, {Path(name).name}. Please rename one of them.")
    return found


def _some(files: Iterable[Path]) -> str:
    names = [file.name for file in files]
    return ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else "")


def _stamp(file: str) -> str:
    try:
        about = Path(file).stat()
    except OSError:
        return "none"
    return f"{about.st_size}:{about.st_mtime_ns}"
