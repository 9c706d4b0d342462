"""The checkpoint that a command adds to."""

from pathlib import Path
from typing import Any

from core.explorer import Explorer


def open_target(folder: Path, **options: Any) -> Explorer:
    """An explorer of a checkpoint folder that is to be written to.

    Explorer.load would take a name, too; what is named so may lie in a cache, or be shipped. SystemExit where there is
    no such folder, before anything is computed.
    """
    if not (folder / "config.json").is_file():
        usual = f"checkpoints/{folder.name}"
        raise SystemExit(f"There is no checkpoint folder {folder}. Please give its path, such as --checkpoint {usual}.")
    return Explorer.load(folder, **options)
