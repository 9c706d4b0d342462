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
        """Of "org/name" or "org/name@revision"; HubError for anything else, a path among them."""
        found = _REFERENCE.fullmatch(text.strip())
        if not found or ".." in text or "--" in found["repository"]:
            raise HubError(f"'{plain(text)}' names no checkpoint. Please write org/name or org/name@revision.")
        return cls(found["repository"], found["revision"] or MAIN)

    def __str__(self) -> str:
        return self.repository if self.revision == MAIN else f"{self.repository}@{self.revision}"


def is_folder_name(given: str | Path) -> bool:
    """Whether a name can only mean a folder, or most likely does: the folder that it would lie in is there."""
    text = str(given)
    if isinstance(given, Path) or text.startswith(("/", ".", "~")) or "\\" in text:
        return True
    return "@" not in text and (text.count("/") > 1 or ("/" in text and Path(text).parent.is_dir()))


def no_folder(given: str | Path) -> CheckpointError:
    """What to say of a folder that is not there. Its name is shown as it was given, without what Markdown obeys."""
    shown = re.sub(r"[^\w .,+~/\\:-]", "?", str(given)[:200])
    if Path(os.path.expanduser(given)).is_file():
        return CheckpointError(f"{shown} is a file. Please give the folder that it lies in; that holds a config.json.")
    return CheckpointError(f"There is no folder {shown}. Please check its name; a checkpoint's holds a config.json.")
