"""What a checkpoint is called: a folder, a name in checkpoints/, or "org/name@revision" of the Hub."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from core.checkpoints.limits import CheckpointError
from core.strict_json import plain

MAIN = "main"
_REFERENCE = re.compile(
    r"(?P<repository>[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95})(@(?P<revision>[A-Za-z0-9][\w./+-]{0,99}))?",
    re.ASCII,
)

_HOST = re.compile(r"(hf://|(https?://)?(www\.)?(huggingface\.co|hf\.co)/)?")
_PAGE = re.compile(r"([^/@]+/[^/@]+)(/(tree|blob|resolve|commit)/(?P<revision>[^/@]+)(/[^@]*)?|/)?(?P<at>@.*)?")


class HubError(CheckpointError):
    """A checkpoint that cannot be found, fetched or published, with the reason and the remedy in plain words."""


class Cancelled(HubError):
    """Whoever asked for a checkpoint no longer wants it."""


@dataclass(frozen=True)
class Reference:
    """A repository of the Hub, "org/name", at a branch, a tag or a commit."""

    repository: str
    revision: str = MAIN

    @classmethod
    def parse(cls, text: str) -> "Reference":
        """Of "org/name", "org/name@revision" or an address, see `bare`; HubError for anything else, as for a path."""
        found = _REFERENCE.fullmatch(bare(text))
        if not found or ".." in text or "--" in found["repository"]:
            raise HubError(f"'{plain(text)}' names no checkpoint. Please write org/name or org/name@revision.")
        return cls(found["repository"], found["revision"] or MAIN)

    def __str__(self) -> str:
        return self.repository if self.revision == MAIN else f"{self.repository}@{self.revision}"


def bare(text: str) -> str:
    """A name of the Hub as "org/name" or "org/name@revision" out of an address as it is copied from a browser, say
    https://huggingface.co/org/name/tree/revision; anything else as it is."""
    name = _HOST.sub("", text.strip(), count=1)
    found = _PAGE.fullmatch(name)
    return found[1] + (found["at"] or (f"@{found['revision']}" if found["revision"] else "")) if found else name


def is_folder_name(given: str | Path) -> bool:
    """Whether a name can only mean a folder, or most likely does: the folder that it would lie in is there."""
    if isinstance(given, Path):
        return True
    text = bare(given)
    if text.startswith(("/", ".", "~")) or "\\" in text:
        return True
    if "@" in text or "://" in text:
        return False
    return text.count("/") > 1 or ("/" in text and os.path.isdir(Path(text).parent))


def no_folder(given: str | Path) -> CheckpointError:
    """What to say of a folder that is not there. Its name is shown as it was given, without what Markdown obeys."""
    shown = re.sub(r"[^\w .,+~/\\:-]", "?", str(given)[:200])
    if os.path.isfile(os.path.expanduser(given)):
        return CheckpointError(f"{shown} is a file. Please give the folder that it lies in; that holds a config.json.")
    return CheckpointError(f"There is no folder {shown}. Please check its name; a checkpoint's holds a config.json.")
