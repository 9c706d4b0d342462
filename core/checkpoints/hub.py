"""A name -> a verified local folder: checkpoints/, then this machine's cache, then the Hub at a pinned commit; publish.

The only user of huggingface_hub, which is imported where the network is needed and not before. Of a repository only the
files of a checkpoint (core.checkpoints.folder.FILES) are fetched, and none of them is ever run.

Read from the environment: LATENTFX_CACHE (folder of fetched checkpoints), LATENTFX_MODELS (references that the owner
of a server offers), HF_ENDPOINT, HF_HUB_OFFLINE, HF_TOKEN.
"""

import hashlib
import json
import os
import re
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from core.models.limits import CheckpointError, plain

if TYPE_CHECKING:
    from huggingface_hub import HfFileMetadata

CHECKPOINTS = Path(__file__).parents[2] / "checkpoints"
"""The folders that come with the product."""

Progress = Callable[[int, int], object]
"""Called with bytes done and bytes in all, many times a second."""

_MAIN = "main"
_REACH_S, _ANSWER_S, _CHUNK = 2.5, 10.0, 2**16
_CACHE_BYTES = 5 * 2**30
_STALE_S = 600  # a partial folder that nobody has written to for so long was left by a process that was killed
_REFERENCE = re.compile(
    r"(?P<repository>[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95})(@(?P<revision>[A-Za-z0-9][\w./+-]{0,99}))?",
    re.ASCII,
)
_COMMIT = re.compile(r"[0-9a-f]{40}")
_ORIGIN = "origin.json"


class HubError(CheckpointError):
    """A checkpoint that cannot be found, fetched or published, with the reason and the remedy in plain words."""


class Cancelled(HubError):
    """Whoever asked for a checkpoint no longer wants it."""


@dataclass(frozen=True)
class Reference:
    """A repository of the Hub, "org/name", at a branch, a tag or a commit."""

    repository: str
    revision: str = _MAIN

    @classmethod
    def parse(cls, text: str) -> "Reference":
        """Of "org/name" or "org/name@revision"; HubError for anything else, a path among them."""
        found = _REFERENCE.fullmatch(text.strip())
        if not found or ".." in text or "--" in found["repository"]:
            raise HubError(f"'{plain(text)}' names no checkpoint. Please write org/name or org/name@revision.")
        return cls(found["repository"], found["revision"] or _MAIN)

    def __str__(self) -> str:
        return self.repository if self.revision == _MAIN else f"{self.repository}@{self.revision}"


@dataclass(frozen=True)
class Cached:
    """A checkpoint of the cache: where it came from. revisions: what it was asked for as."""

    name: str
    repository: str
    commit: str
    revisions: tuple[str, ...]

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
        return Path(named)
    if _in_space() and os.access("/data", os.W_OK):
        return Path("/data/latentfx")
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "latentfx"


def cached() -> list[Cached]:
    """What the cache holds, by name: org/name@<the first 12 digits of the commit>. Touches no network."""
    found = []
    for folder in sorted(cache().glob("[!.]*/*@*")):
        try:
            origin = json.loads((folder / _ORIGIN).read_text(encoding="utf-8"))
            one = Cached(f"{folder.parent.name}/{folder.name}", **{**origin, "revisions": tuple(origin["revisions"])})
        except (OSError, ValueError, TypeError, KeyError):
            continue  # not ours, or just being removed
        found.append(one)
    return found


def offered() -> tuple[str, ...]:
    """The references that the owner of this server offers to all its visitors (LATENTFX_MODELS)."""
    given = (one.strip().removesuffix(f"@{_MAIN}") for one in os.environ.get("LATENTFX_MODELS", "").split(","))
    return tuple(dict.fromkeys(filter(None, given)))


def find(reference: str | Path | Reference) -> Path | None:
    """The folder of a checkpoint that is here already, see `fetch`; None where it is not. Touches no network."""
    if not isinstance(reference, Reference):
        for folder in (Path(reference), CHECKPOINTS / reference):
            if str(reference) and folder.is_dir():
                return folder
    return find_cached(str(reference))


def find_cached(text: str) -> Path | None:
    """The cache's folder for a reference or a name of `cached`, None where it has none; a path is never looked at."""
    try:
        wanted = Reference.parse(text)
    except HubError:
        return None
    return next((one.folder for one in cached() if one.answers(wanted)), None)


def fetch(
    reference: str | Path | Reference,
    on_progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Path:
    """The local folder of a checkpoint: a path, a name in checkpoints/, "org/name" or "org/name@revision" of the Hub.

    What is in the cache is not asked for again. What is not is fetched at the commit that the revision stands for now:
    sizes first, then config.json, then the weights; it is loaded strictly, and only then moved into the cache, whole.
    Text that a visitor typed comes as a Reference, which is never looked up as a path.
    cancelled: asked many times a second whether to stop. Raises HubError (Cancelled among them) where the network or
    the repository is to blame, CheckpointError where the files are; nothing stays behind then.
    """
    if folder := find(reference):
        return folder
    if "/" not in str(reference):
        known = ", ".join(sorted(config.parent.name for config in CHECKPOINTS.glob("*/config.json")))
        raise HubError(
            f"There is no checkpoint '{plain(reference)}'. Known: {known}; or org/name, org/name@revision on the Hub."
        )
    return _download(Reference.parse(str(reference)), on_progress or (lambda done, total: None), cancelled or bool)


def remove(name: str) -> None:
    """Take a checkpoint, named as in `cached`, out of the cache; what is loaded goes on. HubError for another name."""
    if name not in {one.name for one in cached()}:
        raise HubError(f"The cache holds no '{plain(name)}'.")
    with tempfile.TemporaryDirectory(prefix=".partial-", dir=cache()) as waste:
        os.rename(cache() / name, Path(waste) / "removed")  # all at once: whoever looks sees it whole or not at all


def publish(folder: Path, repository: str, tag: str | None = None) -> str:
    """Send a checkpoint's files to the Hub in one commit, make the repository where there is none; the commit's hash.

    Files of an earlier checkpoint that this one lacks are taken away. tag: a name for the commit. The token comes from
    HF_TOKEN. HubError where anything is refused.
    """
    from core.checkpoints import folder as checkpoint

    wanted = Reference.parse(repository if tag is None else f"{repository}@{tag}")
    if not os.environ.get("HF_TOKEN"):
        raise HubError("Publishing needs a token that may write; please set HF_TOKEN.")
    hub = _Hub(wanted)
    from huggingface_hub import CommitOperationAdd, CommitOperationCopy, CommitOperationDelete, HfApi

    api = HfApi(endpoint=hub.endpoint, token=hub.token)
    with hub.plain_errors("publish to"):
        api.create_repo(wanted.repository, exist_ok=True)
        here = [name for name in checkpoint.FILES if (folder / name).is_file()]
        there = [name for name in checkpoint.FILES if name not in here and hub.head(name, _MAIN)]
        operations: list[CommitOperationAdd | CommitOperationCopy | CommitOperationDelete] = [
            *(CommitOperationAdd(path_in_repo=name, path_or_fileobj=folder / name) for name in here),
            *(CommitOperationDelete(path_in_repo=name) for name in there),
        ]
        commit = api.create_commit(wanted.repository, operations, commit_message=f"LatentFX checkpoint {folder.name}")
        if tag:
            api.create_tag(wanted.repository, tag=tag, revision=commit.oid)
    return str(commit.oid)


def _download(wanted: Reference, on_progress: Progress, cancelled: Callable[[], bool]) -> Path:
    """Fetch into a folder beside the cache's own, verify, and move it there."""
    from core.checkpoints import folder as checkpoint

    hub = _Hub(wanted)
    with hub.plain_errors("fetch"):
        first = hub.head("config.json", wanted.revision)
        if first is None:
            raise HubError(f"{wanted} holds no LatentFX checkpoint: it has no config.json.")
        commit = str(first.commit_hash)
        if not _COMMIT.fullmatch(commit):
            raise HubError(f"The Hub does not say which commit {wanted} is.")
        name = f"{wanted.repository}@{commit[:12]}"
        if known := next((one for one in cached() if one.name == name), None):
            _write_origin(known.folder, wanted.repository, commit, (*known.revisions, wanted.revision))
            return known.folder
        found = {file: about for file in checkpoint.FILES if (about := hub.head(file, commit))}
        sizes = {file: _size(wanted, file, about.size, checkpoint.FILES[file]) for file, about in found.items()}
        total, done = sum(sizes.values()), 0
        _make_room(total)
        with tempfile.TemporaryDirectory(prefix=".partial-", dir=cache(), ignore_cleanup_errors=True) as partial:
            folder = Path(partial) / name.rpartition("/")[2]
            folder.mkdir()
            for file, size in sizes.items():
                digest = hashlib.sha256()
                with (folder / file).open("wb") as sink:
                    for chunk in hub.body(file, commit):
                        if cancelled():
                            raise Cancelled(f"{wanted} was not fetched: you stopped it.")
                        digest.update(chunk)
                        done += len(chunk)
                        if sink.tell() + len(chunk) > size:
                            raise HubError(f"{wanted}: {file} is longer than the {size:,} bytes the Hub named.")
                        sink.write(chunk)
                        on_progress(done, total)
                    if sink.tell() != size:
                        raise HubError(
                            f"{wanted}: {file} ended after {sink.tell():,} of {size:,} bytes. Please try again."
                        )
                etag = str(found[file].etag)  # of a large file: its SHA-256
                if re.fullmatch(r"[0-9a-f]{64}", etag) and etag != digest.hexdigest():
                    raise HubError(f"{wanted}: {file} did not arrive as it was sent. Please try again.")
                if file == "config.json":  # before the weights: it may be no model of ours
                    checkpoint.outline(folder, checkpoint.load_config(folder))
            verify(folder)
            _write_origin(folder, wanted.repository, commit, (wanted.revision,))
            target = cache() / name
            target.parent.mkdir(exist_ok=True)
            try:
                os.rename(folder, target)
            except OSError:
                if not target.is_dir():  # else somebody else was as quick
                    raise
    return target


def verify(folder: Path) -> None:
    """Load every file of a checkpoint strictly; CheckpointError with the first reason not to trust it."""
    from core.checkpoints import folder as checkpoint
    from core.latent.atlas import Atlas

    _, config = checkpoint.load(folder)
    checkpoint.load_controllers(folder, config)
    if (folder / "atlas.npz").exists():
        try:
            Atlas.load(folder / "atlas.npz")
        except ValueError as error:
            raise CheckpointError(f"{folder.name}: {error}.") from error


def _write_origin(folder: Path, repository: str, commit: str, revisions: tuple[str, ...]) -> None:
    partial = folder / "origin.partial"
    origin = Cached("", repository, commit, tuple(dict.fromkeys(revisions)))
    partial.write_text(json.dumps({key: value for key, value in asdict(origin).items() if key != "name"}))
    os.replace(partial, folder / _ORIGIN)


def _size(wanted: Reference, name: str, size: int | None, most: int) -> int:
    """The size of a file as the Hub names it; HubError where it names none or too much."""
    if size is None or size > most:
        claimed = "of unknown size" if size is None else f"{size:,} bytes long"
        raise HubError(f"{wanted}: {name} is {claimed}; at most {most:,} bytes are fetched.")
    return size


def _make_room(total: int) -> None:
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
    if used + total > _CACHE_BYTES or total > free:
        raise HubError(
            f"There is no room for {total / 1e6:.0f} MB: the cache holds {used / 1e6:.0f} MB of at most "
            f"{_CACHE_BYTES / 1e6:.0f}, the disk has {free / 1e6:.0f} free. Please remove one on the page Models."
        )


def _in_space() -> bool:
    return bool(os.environ.get("SPACE_ID"))


class _Hub:
    """One repository of the Hub; HubError within three seconds where the network is off or nobody answers."""

    def __init__(self, wanted: Reference) -> None:
        self.wanted = wanted
        if os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "ON", "YES", "TRUE"):
            raise HubError(
                f"{wanted}: HF_HUB_OFFLINE forbids to ask the Hub. What is on this machine works without it."
            )
        # A visitor of a Space may not read with the owner's eyes: there the token opens what the owner offers, no more.
        mine = not _in_space() or str(wanted) in offered()
        self.token = (mine and os.environ.get("HF_TOKEN")) or False
        self.endpoint = os.environ.get("HF_ENDPOINT", "").rstrip("/") or None
        started = time.monotonic()
        os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")  # read at import; it would ask the Hub who we are
        from huggingface_hub import constants  # 0.3 s

        if not _answers(self.endpoint or constants.ENDPOINT, _REACH_S - min(time.monotonic() - started, 2.0)):
            raise HubError(
                f"{wanted}: the Hub cannot be reached. Please check the network; what is on this machine works without."
            )

    def head(self, name: str, revision: str) -> "HfFileMetadata | None":
        """What the Hub says of a file (commit, size, etag), None where there is none."""
        from huggingface_hub import get_hf_file_metadata
        from huggingface_hub.errors import EntryNotFoundError

        try:
            return get_hf_file_metadata(
                self._url(name, revision), token=self.token, timeout=_ANSWER_S, endpoint=self.endpoint
            )
        except EntryNotFoundError:
            return None

    def body(self, name: str, revision: str) -> Iterator[bytes]:
        """The bytes of a file as they arrive."""
        from huggingface_hub import get_session
        from huggingface_hub.utils import build_hf_headers, hf_raise_for_status

        # Unpacked bytes only: what a server calls compressed could unpack to anything.
        headers = build_hf_headers(token=self.token) | {"Accept-Encoding": "identity"}
        with get_session().stream("GET", self._url(name, revision), headers=headers, timeout=_ANSWER_S) as response:
            hf_raise_for_status(response)
            yield from response.iter_raw(_CHUNK)

    def _url(self, name: str, revision: str) -> str:
        from huggingface_hub import hf_hub_url

        return hf_hub_url(self.wanted.repository, name, revision=revision, endpoint=self.endpoint)

    @contextmanager
    def plain_errors(self, doing: str) -> Iterator[None]:
        """What the network and the Hub answer, in plain words; never their own, which may quote an address or a key."""
        import httpx2
        from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, OfflineModeIsEnabled, RevisionNotFoundError

        try:
            yield
        except CheckpointError:
            raise
        except GatedRepoError as error:
            raise HubError(
                f"{self.wanted} is gated: please ask its owner for access on the Hub, and set HF_TOKEN."
            ) from error
        except RevisionNotFoundError as error:
            raise HubError(f"{self.wanted.repository} has no revision '{self.wanted.revision}'.") from error
        except HfHubHTTPError as error:
            code = error.response.status_code
            reason = _REASONS.get(code, f"The Hub has a problem of its own ({code}). Please try again later.")
            raise HubError(f"Could not {doing} {self.wanted}. {reason}") from error
        except OfflineModeIsEnabled as error:
            raise HubError(f"Could not {doing} {self.wanted}. HF_HUB_OFFLINE forbids it.") from error
        except httpx2.TimeoutException as error:
            reason = f"The Hub did not answer within {_ANSWER_S:.0f} s. Please try again later."
            raise HubError(f"Could not {doing} {self.wanted}. {reason}") from error
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise HubError(f"Could not {doing} {self.wanted}. The connection broke. Please try again.") from error
        except ValueError as error:  # a name or the head of a model card that the Hub has other rules for
            raise HubError(f"The Hub does not accept {self.wanted}: {plain(error, 300)}.") from error
        except OSError as error:
            raise HubError(f"Could not {doing} {self.wanted}: {error.strerror}. Is the disk full?") from error


_REASONS = {
    401: "There is no such repository, or it is private; then HF_TOKEN has to open it.",
    403: "The Hub refuses access (403). Does HF_TOKEN allow it?",
    404: "There is no such repository. Please check its name.",
    409: "That name or tag is already in use there.",
    429: "The Hub asks for a pause (too many requests). Please try again in some minutes.",
}


def _answers(endpoint: str, seconds: float) -> bool:
    """Whether there is anybody at the endpoint, or at the proxy that leads there: huggingface_hub would try for 23 s.

    In a thread of its own, as no timeout ends the look-up of a name.
    """
    answer: SimpleQueue[bool] = SimpleQueue()

    def knock() -> None:
        try:
            parts = urlsplit(endpoint)
            proxy = None if proxy_bypass(parts.hostname or "") else getproxies().get(parts.scheme)
            parts = urlsplit(proxy if "//" in proxy else f"//{proxy}") if proxy else parts
            port = parts.port or (443 if parts.scheme == "https" else 80)
            socket.create_connection((parts.hostname or "", port), seconds).close()
            answer.put(True)
        except (OSError, ValueError):
            answer.put(False)

    threading.Thread(target=knock, daemon=True).start()
    try:
        return answer.get(timeout=seconds)
    except Empty:
        return False
