"""A name -> a verified local folder: checkpoints/, then this machine's cache, then the Hub at a pinned commit; publish.

The only user of huggingface_hub, which is imported where the network is needed and not before. Of a repository only the
files of a checkpoint (core.checkpoints.limits.FILES) are fetched, and none of them is ever run.

Read from the environment: LATENTFX_MODELS (references that the owner of a server offers), HF_ENDPOINT, HF_HUB_OFFLINE,
HF_TOKEN; and LATENTFX_CACHE, see core.checkpoints.cache.
"""

import hashlib
import os
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from core.checkpoints.cache import (
    CHECKPOINTS,
    cache,
    cached,
    find,
    find_cached,
    in_space,
    make_room,
    remove,
    write_origin,
)
from core.checkpoints.limits import FILES, CheckpointError, file_of
from core.checkpoints.reach import answers
from core.checkpoints.reference import MAIN, Cancelled, HubError, Reference, bare, is_folder_name, no_folder
from core.strict_json import plain

if TYPE_CHECKING:
    from huggingface_hub import HfFileMetadata

__all__ = [
    "CHECKPOINTS", "Cancelled", "HubError", "Reference", "cached", "fetch", "find", "find_cached", "offered", "publish",
    "remove", "verify",
]  # fmt: skip

Progress = Callable[[int, int], object]
"""Called with bytes done and bytes in all, many times a second."""

_REACH_S, _ANSWER_S, _CHUNK = 2.5, 10.0, 2**16
_NOR_HERE = " There is no folder of that name here, either."
_COMMIT = re.compile(r"[0-9a-f]{40}")


def offered() -> tuple[str, ...]:
    """The references that the owner of this server offers to all its visitors (LATENTFX_MODELS)."""
    given = (bare(one).removesuffix(f"@{MAIN}") for one in os.environ.get("LATENTFX_MODELS", "").split(","))
    return tuple(dict.fromkeys(filter(None, given)))


def fetch(
    reference: str | Path | Reference,
    on_progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Path:
    """The local folder of a checkpoint: a path, a name in checkpoints/, "org/name" or "org/name@revision" of the Hub,
    or its address there.

    What is in the cache is not asked for again. What is not is fetched at the commit that the revision stands for now:
    sizes first, then config.json, then the weights; it is loaded strictly, and only then moved into the cache, whole.
    Text that a visitor typed comes as a Reference, which is never looked up as a path.
    cancelled: asked many times a second whether to stop. Raises HubError (Cancelled among them) where the network or
    the repository is to blame, CheckpointError where the files are; nothing stays behind then.
    """
    if folder := find(reference):
        return folder
    if not isinstance(reference, Reference) and is_folder_name(reference):
        raise no_folder(reference)
    if "/" not in str(reference):
        known = ", ".join(sorted(config.parent.name for config in CHECKPOINTS.glob("*/config.json")))
        raise HubError(
            f"There is no checkpoint '{plain(reference)}'. Known: {known}; or org/name, org/name@revision on the Hub."
        )
    hub = _Hub(Reference.parse(str(reference)), "" if isinstance(reference, Reference) else _NOR_HERE)
    return _download(hub, on_progress or (lambda done, total: None), cancelled or bool)


def publish(folder: Path, repository: str, tag: str | None = None) -> str:
    """Send a checkpoint's files to the Hub in one commit, make the repository where there is none; the commit's hash.

    Files of an earlier checkpoint that this one lacks are taken away. tag: a name for the commit. The token comes from
    HF_TOKEN. HubError where anything is refused.
    """

    wanted = Reference.parse(repository if tag is None else f"{repository}@{tag}")
    if not os.environ.get("HF_TOKEN"):
        raise HubError("Publishing needs a token that may write; please set HF_TOKEN.")
    hub = _Hub(wanted)
    from huggingface_hub import CommitOperationAdd, CommitOperationCopy, CommitOperationDelete, HfApi

    api = HfApi(endpoint=hub.endpoint, token=hub.token)
    with hub.plain_errors("publish to"):
        api.create_repo(wanted.repository, exist_ok=True)
        here = [name for name in FILES if (folder / name).is_file()]
        there = [name for name in FILES if name not in here and hub.head(name, MAIN)]
        operations: list[CommitOperationAdd | CommitOperationCopy | CommitOperationDelete] = [
            *(CommitOperationAdd(path_in_repo=name, path_or_fileobj=folder / name) for name in here),
            *(CommitOperationDelete(path_in_repo=name) for name in there),
        ]
        commit = api.create_commit(wanted.repository, operations, commit_message=f"LatentFX checkpoint {folder.name}")
        if tag:
            api.create_tag(wanted.repository, tag=tag, revision=commit.oid)
    return str(commit.oid)


def _download(hub: "_Hub", on_progress: Progress, cancelled: Callable[[], bool]) -> Path:
    """Fetch into a folder beside the cache's own, verify, and move it there."""
    from core.checkpoints import folder as checkpoint

    wanted = hub.wanted
    with hub.plain_errors("fetch"):
        first = hub.head("config.json", wanted.revision)
        if first is None:
            raise HubError(f"{wanted} holds no LatentFX checkpoint: it has no config.json.")
        commit = str(first.commit_hash)
        if not _COMMIT.fullmatch(commit):
            raise HubError(f"The Hub does not say which commit {wanted} is.")
        name = f"{wanted.repository}@{commit[:12]}"
        if known := next((one for one in cached() if one.name == name), None):
            write_origin(known.folder, wanted.repository, commit, (*known.revisions, wanted.revision))
            return known.folder
        found = {file: about for file in FILES if (about := hub.head(file, commit))}
        sizes = {file: _size(wanted, file, about.size, FILES[file]) for file, about in found.items()}
        total, done = sum(sizes.values()), 0
        make_room(total)
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
            write_origin(folder, wanted.repository, commit, (wanted.revision,))
            target = cache() / name
            target.parent.mkdir(exist_ok=True)
            if all(one.name != name for one in cached()):
                with suppress(FileNotFoundError):
                    os.rename(target, Path(partial) / "damaged")
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
        file = file_of(folder, "atlas.npz")
        try:
            Atlas.load(file)
        except ValueError as error:
            raise CheckpointError(f"{folder.name}: {error}.") from error


def _size(wanted: Reference, name: str, size: int | None, most: int) -> int:
    """The size of a file as the Hub names it; HubError where it names none or too much."""
    if size is None or size > most:
        claimed = "of unknown size" if size is None else f"{size:,} bytes long"
        raise HubError(f"{wanted}: {name} is {claimed}; at most {most:,} bytes are fetched.")
    return size


class _Hub:
    """One repository of the Hub; HubError within three seconds where the network is off or nobody answers.

    beside: what more there is to say where there is no such repository, or nobody can be asked."""

    def __init__(self, wanted: Reference, beside: str = "") -> None:
        self.wanted, self.beside = wanted, beside
        if os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "ON", "YES", "TRUE"):
            raise HubError(
                f"{wanted}: HF_HUB_OFFLINE forbids to ask the Hub. What is on this machine works without it.{beside}"
            )
        # A visitor of a Space may not read with the owner's eyes: there the token opens what the owner offers, no more.
        mine = not in_space() or str(wanted) in offered()
        self.token = (mine and os.environ.get("HF_TOKEN")) or False
        self.endpoint = os.environ.get("HF_ENDPOINT", "").rstrip("/") or None
        started = time.monotonic()
        os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")  # read at import; it would ask the Hub who we are
        from huggingface_hub import constants  # 0.3 s

        if not answers(self.endpoint or constants.ENDPOINT, _REACH_S - min(time.monotonic() - started, 2.0)):
            raise HubError(
                f"{wanted}: the Hub cannot be reached. Please check the network; what is on this machine works "
                f"without.{beside}"
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
            beside = self.beside if code in (401, 404) else ""
            raise HubError(f"Could not {doing} {self.wanted}. {reason}{beside}") from error
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
