"""The checkpoint that a command adds to."""

from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from core.explorer import Explorer


def open_target(folder: Path, **options: Any) -> Explorer:
    """An explorer of a checkpoint folder that is to be written to.

    Explorer.load would take a name, too; what is named so may lie in a cache, or be shipped. SystemExit where there is
    no such folder, or nothing can be written into it, before anything is computed.
    """
    there(folder)
    try:
        TemporaryFile(dir=folder).close()
    except OSError as error:
        raise SystemExit(
            f"{folder} cannot be written to ({error.strerror}). Please make it writable, or give a copy of it."
        ) from error
    return Explorer.load(folder, **options)


def there(folder: Path) -> Path:
    """The same folder; SystemExit where it holds no checkpoint."""
    if not (folder / "config.json").is_file():
        usual = f"checkpoints/{folder.name}"
        raise SystemExit(f"There is no checkpoint folder {folder}. Please give its path, such as --checkpoint {usual}.")
    return folder


def ready_to_match(explorer: Explorer) -> None:
    """SystemExit or CheckpointError where a checkpoint lacks what a match needs: its controller, its atlas."""
    explorer.controller("full")
    if not (explorer.folder / "atlas.npz").exists():
        raise SystemExit(f"{explorer.folder} has no atlas.npz. Please run `python -m training atlas` first.")
    _ = explorer.map
