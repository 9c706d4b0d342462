"""A folder at a time: any number of recordings encoded, matched, played through effects, morphed; `latentfx --help`.

items      which recordings, the pairs among them, names of the sounds that are made
settings   what is applied: a setting as it is typed, presets, a path
work       what a process does with one item; columns: what its row holds
processes  in parallel, stopped by Ctrl-C, a killed one costs one item
journal    what is done so far, on disk; table: CSV or Parquet of it
commands   the same as functions; morph: two sounds, a path between them
"""

from core.folder.commands import apply_files, encode_files, match_files, morph_files
from core.folder.items import FolderError

__all__ = ["FolderError", "apply_files", "encode_files", "match_files", "morph_files"]
