"""Checkpoints that are on this machine already: those of the product, and the cache of fetched ones. No network.

Read from the environment: LATENTFX_CACHE (folder of fetched checkpoints).
"""

import hashlib
import json
import os
import shutil
import tempfile
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from core.checkpoints.limits import FILES
from core.checkpoints.reference import HubError, Reference
from core.strict_json import JsonError, parse, plain, read

CHECKPOINTS = Path(__file__).parents[2] / "checkpoints"
"""The folders that come with the product."""

_MOST_BYTES = 5 * 2**30
_STALE_S = 600  # a partial folder that nobody has written to for so long was left by a process that was killed
_ORIGIN = "origin.json"


@dataclass(frozen=True)
class _Origin:
    """Where a checkpoint came from. revisions: what it was asked for as. sizes: bytes of each file as it arrived."""

    repository: str
    commit: str
    revisions: tuple[str, ...]
    sizes: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Cached(_Origin):
    """A checkpoint of the cache, named as in `cached`, and where it came from."""

    name: str = ""

    @property
    def folder(self) -> Path:
        return cache() / self.name

    @property
    def size(self) -> int:
        """Bytes of all its files."""
        return sum(file.stat().st_size for file in self.folder.glob("*"))

    def answers(self, wanted: Reference) -> bool:
        same = wanted.revision in self.revisions or (
            len(wanted.revision) > 6 and self.commit.startswith(wanted.revision)
        )
        return same and self.repository == wanted.repository


def cache() -> Path:
    """Folder of fetched checkpoints: LATENTFX_CACHE, else a Space's persistent folder, else the user's cache folder."""
    if named := os.environ.get("LATENTFX_CACHE"):
        return Path(os.path.expanduser(named))
    if in_space() and os.access("/data", os.W_OK):
        return Path("/data/latentfx")
    return Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")) / "latentfx"


def cached() -> list[Cached]:
    """What the cache holds, whole, by name: org/name@<the first 12 digits of the commit>. Touches no network."""
    found = []
    for folder in sorted(cache().glob("[!.]*/*@*")):
        with suppress(OSError, JsonError):  # not ours, or just being removed
            origin = read(_Origin, parse((folder / _ORIGIN).read_bytes()))
            if origin.sizes.items() <= _sizes(folder).items():  # else damaged: fetched again when it is asked for
                found.append(Cached(**vars(origin), name=f"{folder.parent.name}/{folder.name}"))
    return found


def _sizes(folder: Path) -> dict[str, int]:
    """Bytes of each file of a checkpoint that is there."""
    return {name: (folder / name).stat().st_size for name in FILES if (folder / name).is_file()}


def fingerprint(folder: Path) -> str:
    """The state of a checkpoint's weights, the same wherever it lies: 16 hexadecimal digits."""
    content = hashlib.sha256()
    for file in ("weights.safetensors", "controllers.safetensors"):
        if (path := folder / file).is_file():
            content.update(path.read_bytes())
    return content.hexdigest()[:16]


def in_space() -> bool:
    """Whether this server is a Space of the Hub, open to anybody."""
    return bool(os.environ.get("SPACE_ID"))


def find(reference: str | Path | Reference) -> Path | None:
    """The folder of a checkpoint that is here already, see `fetch`; None where it is not. Touches no network."""
    if not isinstance(reference, Reference):
        both = (Path(os.path.expanduser(reference)), CHECKPOINTS / reference)
        folders = [folder for folder in both if str(reference) and os.path.isdir(folder)]
        # A folder that happens to be called like a shipped checkpoint does not hide it.
        if folders:
            return next((folder for folder in folders if (folder / "config.json").is_file()), folders[0])
    return find_cached(str(reference))


def find_cached(text: str) -> Path | None:
    """The cache's folder for a reference or a name of `cached`, None where it has none; a path is never looked at."""
    try:
        wanted = Reference.parse(text)
    except HubError:
        return None
    return next((one.folder for one in cached() if one.answers(wanted)), None)


def remove(name: str) -> None:
    """Take a checkpoint, named as in `cached`, out of the cache; what is loaded goes on. HubError for another name."""
    if name not in {one.name for one in cached()}:
        raise HubError(f"The cache holds no '{plain(name)}'.")
    try:
        with tempfile.TemporaryDirectory(prefix=".partial-", dir=cache()) as waste:
            os.rename(cache() / name, Path(waste) / "removed")  # all at once: whoever looks sees it whole or not at all
    except OSError as error:
        raise HubError(f"The cache's {plain(name)} cannot be removed ({error.strerror}).") from error


def write_origin(folder: Path, repository: str, commit: str, revisions: tuple[str, ...]) -> None:
    """Note in a fetched folder where it came from, and what it was asked for as."""
    partial = folder / "origin.partial"
    partial.write_text(json.dumps(asdict(_Origin(repository, commit, tuple(dict.fromkeys(revisions)), _sizes(folder)))))
    os.replace(partial, folder / _ORIGIN)


def make_room(total: int) -> None:
    """Clear away what killed downloads left; HubError where the cache or the disk has no room for `total` bytes."""
    folder = cache()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for left in folder.glob(".partial-*"):
            with suppress(FileNotFoundError):  # it has just arrived
                if time.time() - max(file.stat().st_mtime for file in (left, *left.rglob("*"))) > _STALE_S:
                    shutil.rmtree(left, ignore_errors=True)
        used = sum(one.size for one in cached())
        free = shutil.disk_usage(folder).free
    except OSError as error:
        reason = (
            f"The cache folder {folder} cannot be used ({error.strerror}). Please set LATENTFX_CACHE to another one."
        )
        raise HubError(reason) from error
    if used + total > _MOST_BYTES or total > free:
        raise HubError(
            f"There is no room for {total / 1e6:.0f} MB: the cache holds {used / 1e6:.0f} MB of at most "
            f"{_MOST_BYTES / 1e6:.0f}, the disk has {free / 1e6:.0f} free. Please remove one on the page Models."
        )
