"""What a checkpoint folder may hold and how much of it: it may come from a stranger. Bounds come before reading."""

from pathlib import Path

from core.strict_json import plain

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

_NEVER = "Files of that kind can hold programs and are never opened"
_STRANGERS = (
    (b"version https://git-lfs.github.com/spec/", "a pointer of Git LFS, not the file itself. Please install Git LFS "
     "and run `git lfs pull` in the folder that was cloned, or fetch the checkpoint from the Hub"),
    (b"<", "a web page, not the file itself: its address was saved, or somebody asks for a login. Please fetch the "
     "checkpoint from the Hub, or download the file by its own link"),
    (b"PK\3\4", f"a zip archive or a PyTorch file (.pt, .ckpt). {_NEVER}. Please unpack the archive, or ask for "
     "safetensors"),
    (b"\x80", f"a pickle. {_NEVER}. Please ask for safetensors"),
    (b"\x1f\x8b", "a packed archive (gzip). Please unpack it"),
    (b"7z\xbc\xaf", "a packed archive (7z). Please unpack it"),
    (b"Rar!", "a packed archive (RAR). Please unpack it"),
    (b"\x89HDF", "an HDF5 file, as Keras has them. Please ask for safetensors"),
    (b"GGUF", "a GGUF file, of another kind of model. Please ask for safetensors"),
)  # fmt: skip
"""How files of other kinds begin that stand in the place of ours, and what they are."""
_PICKLE = range(2, 6)  # versions, the byte behind the first
_HEAD = 64


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
        raise CheckpointError(f"{folder.name}: {name} is missing. {_instead(folder, name)}")
    if (size := path.stat().st_size) > FILES[name]:
        raise CheckpointError(f"{folder.name}: {name} has {size:,} bytes, more than the {FILES[name]:,} it may have.")
    if not size:
        raise CheckpointError(f"{folder.name}: {name} is empty. Please fetch the checkpoint again.")
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if found := _stranger(head, name):
        raise CheckpointError(f"{folder.name}: {name} is {found}.")
    return path


def _stranger(head: bytes, name: str) -> str:
    """What a file is that begins so, where it is surely not the one of that name; "" else."""
    for start, what in _STRANGERS:
        if not head.lstrip().startswith(start) or (start == b"PK\3\4" and name.endswith(".npz")):
            continue
        # A safetensors file begins with the length of its header, whose low bytes may be anything.
        if name.endswith(".safetensors") and head[8:9] == b"{" and int.from_bytes(head[:8], "little") <= HEADER_BYTES:
            return ""
        if start == b"\x80" and head[1:2] not in [bytes([version]) for version in _PICKLE]:
            continue
        return what if name != "README.md" else ""
    return ""


def _instead(folder: Path, name: str) -> str:
    """What may have been meant by a folder that lacks a file."""
    inside = sorted(folder.iterdir()) if folder.is_dir() else []
    if name == "config.json":
        if found := [path.name for path in inside if (path / name).is_file()]:
            return f"The checkpoint may be the folder {plain(found[0])} in it; please give that one's path."
        if torch_files := [path.name for path in inside if path.suffix in (".pt", ".pth", ".ckpt", ".bin", ".pkl")]:
            return (
                f"{plain(torch_files[0])} there is no file of ours. {_NEVER}. Please ask for one with config.json "
                "and weights.safetensors."
            )
    return f"Please fetch the checkpoint again; a folder holds {', '.join(FILES)}."
