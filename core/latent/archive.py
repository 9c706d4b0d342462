"""Archives of plain arrays, npz, that may come from a stranger: looked at before any of them is unpacked."""

import os
import struct
import zipfile
from collections.abc import Mapping
from math import prod
from typing import BinaryIO

import numpy as np

MOST_BYTES = 2**26
"""Of an archive."""
_UNPACKED, _DIRECTORY = 2**27, 2**14  # bytes: of its arrays, of the list of them

Kinds = Mapping[str, tuple[str, int]]
"""What each array is made of (numpy's dtype.kind) and how many axes it has."""


def check_archive(raw: BinaryIO, kinds: Kinds) -> None:
    """Raise ValueError unless an npz holds these arrays and no others, of their kinds, in moderate size.

    Only the ends of the file and the heads of its arrays are read: a small file can claim to unpack to terabytes.
    """
    size = raw.seek(0, os.SEEK_END)
    if size > MOST_BYTES:
        raise ValueError(f"it is larger than {MOST_BYTES:,} bytes")
    raw.seek(max(size - 42, 0))
    tail = raw.read()
    # As numpy writes it: the end record without a comment, and no locator of a larger directory before it.
    if len(tail) < 42 or tail[20:24] != b"PK\5\6" or tail[40:] != b"\0\0" or tail[:4] == b"PK\6\7":
        raise ValueError("it is no npz")
    if (directory := struct.unpack("<I", tail[32:36])[0]) > _DIRECTORY:
        raise ValueError(f"its directory has {directory:,} bytes")
    with zipfile.ZipFile(raw) as archive:
        members = {info.filename: info for info in archive.infolist()}
        wanted = {f"{name}.npy" for name in kinds}
        if set(members) != wanted or len(archive.infolist()) != len(wanted):
            raise ValueError("it has missing or unknown arrays")
        if sum(info.file_size for info in members.values()) > _UNPACKED:
            raise ValueError(f"its arrays unpack to more than {_UNPACKED:,} bytes")
        for name, (kind, axes) in kinds.items():
            _check_array(archive, members[f"{name}.npy"], name, kind, axes)


def _check_array(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str, kind: str, axes: int) -> None:
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError(f"{name} is packed in an unknown way")
    with archive.open(info) as member:
        if np.lib.format.read_magic(member) != (1, 0):
            raise ValueError(f"{name} has a header of another version")
        shape, _, dtype = np.lib.format.read_array_header_1_0(member)
        if dtype.kind not in kind or len(shape) != axes:
            raise ValueError(f"{name} holds {dtype} in {len(shape)} axes")
        if member.tell() + prod(shape) * dtype.itemsize != info.file_size:
            raise ValueError(f"{name} is not as long as it claims to be")
