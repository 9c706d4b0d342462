"""The static twin of a checkpoint: one folder of plain files that any web server serves, and that opens as files, too.

It is filled under another name and gets its own when all is there: a folder that was stopped or killed on the way never
looks finished.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.explorer import Explorer
from core.folder.items import FolderError, told_of_names
from core.own_map.own_map import OwnMap
from core.paths.path_file import PathFile
from pages.static import index, pad, pairs, paths, points, tables

MOST_POINTS = 10_000
_README = """---
title: {title}
emoji: 🎛️
colorFrom: blue
colorTo: yellow
sdk: static
app_file: index.html
license: other
short_description: Hear the latent space of audio effects, without a server
---

# {title}

A page of LatentFX without a server: open `index.html`, or serve this folder with any web server. As a static Space it
is free: `hf upload ORG/NAME . --repo-type space`. The recordings have licences of their own, listed on the page.
"""


@dataclass(frozen=True)
class Step:
    """Where the work is: so many of so many steps are done, and what comes next. farthest, louder_lu: of all sounds of
    points so far, the largest MR-STFT distance from what the dashboard plays, and the largest change of loudness."""

    done: int
    total: int
    doing: str
    farthest: float = 0.0
    louder_lu: float = 0.0


def build(
    out: Path,
    explorer: Explorer,
    name: str,
    count: int = 2000,
    files: Sequence[PathFile] = (),
    own_map: OwnMap | None = None,
) -> Iterator[Step]:
    """Make the folder `out`, step by step; whoever closes the iterator stops the work, and nothing stays.

    name: of the checkpoint, as it was asked for. count: of the points of the map. files: paths; none: a default one.
    own_map: what the map shows instead of the checkpoint's atlas.
    FolderError, before any work, where the folder is there already, or where a number is out of range; PathFileError,
    PathError or CheckpointError where a path cannot be walked.
    """
    check(out, count, len(files))
    return _built(out, explorer, name, count, list(files) or [paths.default(explorer)], own_map)


@told_of_names()
def check(out: Path, count: int, files: int) -> None:
    """FolderError, in one sentence, unless a twin can be made there."""
    if out.exists() or out.is_symlink():
        raise FolderError(f"{out} is there already. Please choose another folder, or remove it.")
    if not out.parent.is_dir():
        raise FolderError(f"There is no folder {out.parent} for {out.name}. Please make it, or choose another.")
    if not 1 <= count <= MOST_POINTS:
        raise FolderError(f"A map has 1 to {MOST_POINTS:,} points, not {count:,}. Please choose another --points.")
    if files > paths.MOST:
        raise FolderError(f"A page has {paths.MOST} paths at most, not {files}. Please choose fewer.")


def _built(
    out: Path, explorer: Explorer, name: str, count: int, files: Sequence[PathFile], own_map: OwnMap | None
) -> Iterator[Step]:
    with _begun(out) as folder:
        data = folder / "data"
        data.mkdir()
        known = points.brought(explorer, own_map, count) if own_map else points.chosen(explorer, count)
        packs = -(-len(known) // points.TOGETHER)
        total = packs + len(files) + 1 + min(pairs.MOST, len(explorer.config.effects))
        done, far, loud = 0, 0.0, 0.0
        _write(data, "map", points.first(known))
        sections = [index.map_section(len(known), own_map.name if own_map else "")]

        walked: list[paths.Path] = []
        for file in files:
            yield Step(done, total, "Walking a path")
            walked.append(paths.made(explorer, file, f"path-{len(walked) + 1}"))
            _write_all(data, walked[-1].scripts)
            done += 1
        sections.append(index.paths_section(walked))

        yield Step(done, total, "Rendering the pad")
        if playing := pad.made(explorer):
            _write_all(data, playing.scripts)
            sections.append(index.pad_section(list(playing.scripts)))
        done += 1

        shown = []
        for pair in pairs.made(explorer):
            yield Step(done, total, "Reconstructing")
            shown.append(pair)
            _write(data, pair.key, pair.script)
            done += 1
        sections.append(index.pairs_section(shown))

        for pack, content, sounds in points.files(known):
            _write(data, pack, content)
            done += 1
            far = max([far, *(sound.distance for sound in sounds)])
            loud = max([loud, *(abs(sound.louder_lu) for sound in sounds)])
            yield Step(done, total, "Rendering the points", far, loud)

        model = tables.described(explorer.folder, name)
        sections += [
            index.Section("scores", "Scores", tables.scores(model)),
            index.Section("card", "Model card", tables.card(model)),
            index.Section("credits", "Credits", tables.credits()),
        ]
        title = f"LatentFX: {name}"
        (folder / "README.md").write_text(_README.format(title=_plain(title)), encoding="utf-8")
        (folder / "index.html").write_text(index.page(title, sections), encoding="utf-8")
    yield Step(done, total, "Done", far, loud)


def size(folder: Path) -> int:
    """Bytes of all files in a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


@contextmanager
def _begun(out: Path) -> Iterator[Path]:
    """A folder beside out that becomes out at the end; removed where it does not come to that."""
    try:
        folder = Path(tempfile.mkdtemp(prefix=f".{out.name}-", suffix="-begun", dir=out.parent))
    except OSError as error:
        raise FolderError(
            f"{out.parent} cannot be written ({error.strerror}). Please choose another folder."
        ) from error
    try:
        yield folder
        folder.chmod(0o777 & ~_umask())
        if out.exists():  # an empty folder would be taken over in silence
            raise FolderError(f"{out} has come meanwhile. Please choose another folder.")
        folder.rename(out)
    except OSError as error:
        raise FolderError(f"{out} cannot be written ({error.strerror}). Please choose another folder.") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _umask() -> int:
    now = os.umask(0)
    os.umask(now)
    return now


def _write(folder: Path, name: str, content: bytes) -> None:
    (folder / f"{name}.js").write_bytes(content)


def _write_all(folder: Path, scripts: dict[str, bytes]) -> None:
    for name, content in scripts.items():
        _write(folder, name, content)


def _plain(title: str) -> str:
    """A title as YAML and Markdown take it, whatever a checkpoint is called."""
    return "".join(letter if letter.isalnum() or letter in " -_./" else " " for letter in title)
