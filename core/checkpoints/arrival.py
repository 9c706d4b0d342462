"""Files that arrive in a folder together: after a kill at any moment there are all the old ones or all the new ones.

They are written aside; one renaming decides that they are new; what a kill then left undone, the next reader or writer
does.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_STAGED, _DECIDED = ".staged", ".decided"


@contextmanager
def arriving(folder: Path) -> Iterator[Path]:
    """A new folder to write files into: those of the same name in `folder` give way to them when the block ends.

    The others stay. Where there is no `folder` yet, it appears whole. One writer at a time.
    """
    staged = folder / _STAGED if folder.is_dir() else folder.with_name(f".{folder.name}{_STAGED}")
    shutil.rmtree(staged, ignore_errors=True)  # a killed writer's
    staged.mkdir(parents=True)
    try:
        yield staged
        settle(folder)
        os.rename(staged, folder / _DECIDED if folder.is_dir() else folder)
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    settle(folder)


def settle(folder: Path) -> None:
    """Move decided files into their places, where a kill left some; OSError where the folder is not to be written."""
    decided = folder / _DECIDED
    if decided.is_dir() and not decided.is_symlink():
        for file in decided.iterdir():
            with suppress(FileNotFoundError):  # another process settles, too
                os.replace(file, folder / file.name)
        with suppress(FileNotFoundError):
            decided.rmdir()
