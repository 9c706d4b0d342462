"""A visit as one file: a zip of session.json and the recordings as they were brought.

    session.json          {"format": "latentfx-session/1", "checkpoint": "factor", "revision": "0123456789abcdef", ...}
    recordings/1.wav      the bytes that the visitor brought; which recording that is stands in session.json
    map.npz               the map of a recording of his, see core.own_map.file

Nothing is named by a stranger, so no part leads elsewhere; nothing is unpickled. The same visit makes the same bytes.
Browsers unpack what they fetch, so a zip that a Mac or Windows packed anew is opened, too: compressed, in a folder,
beside what these systems add. No part unfolds to more than it says, nor all of them to more than a visit may have.
"""

import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Annotated, Any, NoReturn

from msgspec import Meta

from core.audio.io import ENDINGS
from core.effects import Chain, Setting
from core.effects.chain import plainest
from core.own_map import file as map_file
from core.strict_json import Finite, JsonError, parse, plain, read
from pages.shared.notes import NOTED, ROWS
from pages.shared.presets import MOST, Name, Played, Preset, setting_of
from pages.shared.recordings import SHELF_BYTES, Recording
from pages.shared.visit import kinds
from pages.shared.visit.contents import Visit

FORMAT = "latentfx-session/1"
_JSON, _MAP, _MOST_JSON = "session.json", "map.npz", 16 * 2**20
_BESIDE = re.compile(r"(^|/)(__MACOSX/|\._|\.DS_Store$|Thumbs\.db$|desktop\.ini$)|/$")
"""Parts that a system adds where it packs a folder anew, and folders themselves."""
_RECORDING = Annotated[str, Meta(pattern=r"^recordings/[1-9][0-9]{0,2}(\.[a-z0-9]{2,5})?$")]
_UNREADABLE = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError
)  # fmt: skip
_EPOCH = (1980, 1, 1, 0, 0, 0)  # a zip's first moment: files do not differ by the clock


class SessionFileError(ValueError):
    """A file that cannot be opened as a session: a sentence names what is wrong, one the remedy."""


@dataclass(frozen=True)
class Opened:
    """What a file holds; checkpoint, revision: where it was made. map: the bytes of the map in it, the clip and the
    second from which it is made."""

    visit: Visit
    checkpoint: str
    revision: str
    map: tuple[bytes, str, float] | None = None


@dataclass(frozen=True)
class _Link:
    effect: Name
    values: list[Finite]


@dataclass(frozen=True)
class _Played:
    """then: what comes behind the first effect, where a chain is played."""

    checkpoint: Name
    w: Annotated[list[Finite], Meta(min_length=1, max_length=16)]
    only: Name
    effect: Name
    values: list[Finite]
    then: list[_Link] = field(default_factory=list)


@dataclass(frozen=True)
class _Preset:
    name: Name
    chain: list[_Link]
    played: _Played | None


@dataclass(frozen=True)
class _Sound:
    name: Name
    file: _RECORDING


@dataclass(frozen=True)
class _Map:
    clip: Name
    start_s: Annotated[float, Meta(ge=0, le=14_400)]


_Unit = Annotated[float, Meta(ge=0, le=1)]
_Row = dict[Name, str | int | float | bool | None]


@dataclass(frozen=True)
class _File:
    format: str
    checkpoint: Name
    revision: Name
    choices: Annotated[dict[Name, Any], Meta(max_length=2000)]
    brought: Annotated[dict[Name, Name], Meta(max_length=200)]
    rows: dict[Name, Annotated[list[_Row], Meta(max_length=ROWS)]]
    presets: Annotated[list[_Preset], Meta(max_length=MOST)]
    played: _Played | None
    curve: Annotated[list[tuple[_Unit, _Unit]], Meta(max_length=1000)]
    recordings: Annotated[list[_Sound], Meta(max_length=200)]
    map: _Map | None


def to_bytes(visit: Visit, checkpoint: str, revision: str) -> bytes:
    """The file of a visit, with the recordings that are in it."""
    names = [f"recordings/{number}{_ending(one.name)}" for number, one in enumerate(visit.recordings, 1)]
    written = {
        "format": FORMAT,
        "checkpoint": checkpoint,
        "revision": revision,
        "choices": {key: value for key, value in visit.choices.items() if not _at_default(key, value)},
        "brought": dict(visit.brought),
        "rows": {key: list(rows) for key, rows in visit.rows.items()},
        "presets": [_preset(one) for one in visit.presets],
        "played": visit.played and _played(visit.played),
        "curve": visit.curve,
        "recordings": [{"name": one.name[:200], "file": name}
                       for one, name in zip(visit.recordings, names, strict=True)],
        "map": (own := visit.own_map) and {"clip": own.clip, "start_s": own.start_s},
    }  # fmt: skip
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(zipfile.ZipInfo(_JSON, _EPOCH), json.dumps(written, indent=1, sort_keys=True))
        for one, name in zip(visit.recordings, names, strict=True):
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), one.data)
        if own:
            archive.writestr(zipfile.ZipInfo(_MAP, _EPOCH), map_file.to_bytes(own.own_map))
    return buffer.getvalue()


def from_bytes(data: bytes) -> Opened:
    """The visit in a file. Raises SessionFileError, in plain words, for all that is none."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = _members(archive)
            if _JSON not in members:
                _refuse(f"has no {_JSON}", "choose a file that was downloaded here as “Session”")
            raw = parse(_part(archive, members[_JSON]))
            file = _checked(raw)
            found = [Recording(one.name, _part(archive, members[one.file])) for one in _named(file, members)]
            made = (_part(archive, members[_MAP]), file.map.clip, file.map.start_s) if file.map else None
        return Opened(_visit(file, found), file.checkpoint, file.revision, made)
    except JsonError as error:
        raise SessionFileError(f"The session's {_JSON} {error}. Please download the session again.") from error
    except _UNREADABLE as error:
        raise SessionFileError(
            "The file is no session, or only a part of one. Please choose the whole file, or download it again."
        ) from error


def _members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The parts of a zip by name, once they are known to be harmless."""
    parts = [(part.filename.replace("\\", "/"), part) for part in archive.infolist()]
    parts = [(name, part) for name, part in parts if not _BESIDE.search(name)]
    folder = next((name.removesuffix(_JSON) for name, _ in parts if name.endswith(f"/{_JSON}")), "")
    found = {name.removeprefix(folder): part for name, part in parts}
    if len(parts) > 202 or len(found) < len(parts):
        _refuse("has too many parts, or two of one name", "choose a file that was downloaded here as “Session”")
    if any(part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for part in found.values()):
        _refuse("was packed anew in an unknown way", "pack it as a zip, or choose the file as it was downloaded")
    if sum(part.file_size for name, part in found.items() if name != _JSON) > SHELF_BYTES:
        _refuse(f"has recordings of more than {SHELF_BYTES // 2**20} MB", "leave some of them out")
    if _JSON in found and found[_JSON].file_size > _MOST_JSON:
        _refuse(f"has more than {_MOST_JSON // 2**20} MB in {_JSON}", "choose another file")
    return found


def _part(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bytes:
    """A part, as long as it says: ZipFile.read unfolds all of it first, whatever that is."""
    with archive.open(part) as file:
        return file.read(part.file_size)


def _checked(raw: Any) -> _File:
    """The JSON, of this version."""
    said = raw.get("format") if isinstance(raw, dict) else None
    if isinstance(said, str) and said != FORMAT:
        _refuse(f"is of the version {said[:60]}, and this is {FORMAT}", "open it with the LatentFX that wrote it")
    return read(_File, raw)


def _named(file: _File, members: dict[str, zipfile.ZipInfo]) -> Iterable[_Sound]:
    """The recordings that the JSON names; each has its part, and there is no other part."""
    wanted = [_JSON, *(one.file for one in file.recordings), *([_MAP] if file.map else [])]
    if sorted(wanted) != sorted(members):
        _refuse("has other parts than it names", "choose a file that was downloaded here as “Session”")
    return file.recordings


def _visit(file: _File, found: list[Recording]) -> Visit:
    choices = {key: _choice(key, value) for key, value in file.choices.items()}
    if wrong := [key for key in file.rows if not NOTED.fullmatch(key)]:
        raise JsonError(f"rows.{plain(wrong[0])}", "are no rows of a page")
    if wrong := [key for key in file.brought if not key.endswith("_kept")]:
        raise JsonError(f"brought.{plain(wrong[0])}", "is no uploader")
    return Visit(
        choices=choices,
        brought=file.brought,
        rows={key: tuple(rows) for key, rows in file.rows.items()},
        presets=tuple(_read_preset(one, f"presets[{number}]") for number, one in enumerate(file.presets)),
        played=None if file.played is None else _read_played(file.played, "played"),
        curve=tuple(file.curve),
        recordings=tuple(found),
    )


def _choice(key: str, raw: Any) -> Any:
    if (kind := kinds.kind_of(key)) is None:
        raise JsonError(f"choices.{plain(key)}", "is no choice of this version")
    return read(kind, raw, f"choices.{key}")


def _at_default(key: str, value: Any) -> bool:
    return kinds.has_default(key) and value == kinds.default_of(key)


def _played(own: Played) -> dict[str, Any]:
    first, *others = map(_link, own.setting.settings)
    then = {"then": others} if others else {}
    return {"checkpoint": own.checkpoint, "w": own.w, "only": own.only, **first, **then}


def _link(own: Setting) -> dict[str, Any]:
    return {"effect": own.effect, "values": own.values}


def _preset(own: Preset) -> dict[str, Any]:
    links = [_link(setting) for setting in own.setting.settings]
    return {"name": own.name[:200], "chain": links, "played": own.played and _played(own.played)}


def _read_played(own: _Played, place: str) -> Played:
    links = [(place, own.effect, own.values)]
    links += [(f"{place}.then[{at}]", link.effect, link.values) for at, link in enumerate(own.then)]
    return Played(own.checkpoint, tuple(own.w), own.only, _read_chain(links, place))


def _read_preset(own: _Preset, place: str) -> Preset:
    links = [(f"{place}.chain[{at}]", link.effect, link.values) for at, link in enumerate(own.chain)]
    chain = _read_chain(links, f"{place}.chain")
    played = None if own.played is None else _read_played(own.played, f"{place}.played")
    return Preset(own.name, chain, played)


def _read_chain(links: Iterable[tuple[str, str, list[Finite]]], place: str) -> Setting | Chain:
    """A chain of links: the place of each in the file, its effect, its knobs."""
    settings = [setting_of(effect, values, where) for where, effect, values in links]
    try:
        return plainest(Chain(tuple(settings)))
    except ValueError as error:
        raise JsonError(place, f"cannot be played: {plain(error, 100)}") from error


def _ending(name: str) -> str:
    """What a recording's name ends in, where that is known."""
    ending = PurePath(name).suffix.lower()
    return ending if ending in ENDINGS else ""


def _refuse(why: str, remedy: str) -> NoReturn:
    raise SessionFileError(f"The session {why}. Please {remedy}.")
