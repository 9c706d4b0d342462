"""What a checkpoint folder may hold and how much of it: it may come from a stranger. Bounds come before reading."""

from pathlib import Path

FILES = {
    "config.json": 2**20,
    "weights.safetensors": 2**29,
    "controllers.safetensors": 2**26,
    "atlas.npz": 2**26,
    "README.md": 2**20,
    "study.png": 2**22,
}
"""The files of a checkpoint, and how many bytes each may have. The first two are needed."""

MOST_WEIGHTS = 160_000_000
"""Numbers in all tensors of a file; the largest model here, the report's, has 127 million."""

HEADER_BYTES = 2**20
"""Of a safetensors file: a thousand times what a model here needs; the safetensors library would parse 100 MB."""

JSON_DEPTH = 12
"""Of objects in objects in config.json."""

_POINTER = b"version https://git-lfs.github.com/spec/"


class CheckpointError(ValueError):
    """A checkpoint folder that cannot be used, with the file, the reason and the remedy in plain words."""


def file_of(folder: Path, name: str) -> Path:
    """The path of one of FILES; CheckpointError where it is missing, no plain file, or larger than it may be.

    Links are not followed: one in a folder from a stranger may point at anything here. A pointer of Git LFS, which a
    clone without it leaves in the place of a large file, is told from a damaged file.
    """
    path = folder / name
    if path.is_symlink():
        raise CheckpointError(f"{folder.name}: {name} is a link, which is not followed. Please copy the file there.")
    if not path.is_file():
        raise CheckpointError(
            f"{folder.name}: {name} is missing. Please fetch the checkpoint again; a folder holds {', '.join(FILES)}."
        )
    if (size := path.stat().st_size) > FILES[name]:
        raise CheckpointError(f"{folder.name}: {name} has {size:,} bytes, more than the {FILES[name]:,} it may have.")
    with path.open("rb") as file:
        if file.read(len(_POINTER)) == _POINTER:
            raise CheckpointError(
                f"{folder.name}: {name} is a pointer of Git LFS, not the file itself. Please install Git LFS and run "
                f"`git lfs pull` in the folder that was cloned, or fetch the checkpoint from the Hub."
            )
    return path
