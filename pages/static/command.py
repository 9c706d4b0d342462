"""The command line of all: the commands of core.folder, and `latentfx static`, which needs the pages' widgets."""

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

from core.checkpoints.cache import fingerprint
from core.folder import __main__ as commands
from core.folder.items import FolderError
from core.paths.path_file import PathFile, PathFileError, from_json

if TYPE_CHECKING:
    from core.explorer import Explorer
    from core.own_map.own_map import OwnMap

Out = tyro.conf.Positional[Annotated[Path, tyro.conf.arg(metavar="OUT")]]
Map = Annotated[Path | None, tyro.conf.arg(metavar="FILE")]
Paths = Annotated[tuple[Path, ...], tyro.conf.arg(metavar="FILE ...")]


@dataclass(frozen=True)
class StaticRun:
    """A page without a server: one folder of plain files with the map, paths, the pad and reconstructions, all heard.

    Open OUT/index.html, serve the folder with any web server, or: hf upload ORG/NAME OUT --repo-type space

    Example: latentfx static twin --paths path.json
    """

    out: Out  # the folder; it must not be there yet
    points: int = 2000  # of the map
    paths: Paths = ()  # path files between shipped recordings; default: from Delay to Overdrive
    map: Map = None  # a map of your own recording, as the dashboard downloads it, instead of the checkpoint's
    checkpoint: str = "factor"  # folder, name, or org/name@revision of the Hub


def static(run: StaticRun) -> int:
    """Make the folder, with a bar on a terminal; prints what it holds. Exit status."""
    warnings.filterwarnings("ignore", message=".*ScriptRunContext.*")
    from core.explorer import Explorer  # torch, and the widgets: not where another command is asked for
    from pages.static import build

    build.check(run.out, run.points, len(run.paths))
    files = [_path(file) for file in run.paths]
    explorer = Explorer.load(run.checkpoint)
    name = explorer.name if Path(run.checkpoint).is_dir() else run.checkpoint
    own_map = _own_map(run.map, explorer) if run.map else None
    step = build.Step(0, 1, "")
    with commands.progress() as told:
        for step in build.build(run.out, explorer, name, run.points, files, own_map):
            told(step.done, step.total)
    size = build.size(run.out) / 1e6
    print(f"{run.out}: {size:.1f} MB; points at most {step.farthest:.3f} (MR-STFT) and {step.louder_lu:.2f} LU off")
    return 0


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise FolderError(f"{file} cannot be read ({error.strerror}). Please choose another file.") from error


def _path(file: Path) -> PathFile:
    """The path of a file; FolderError in its sentence, with the file's name, where it is none."""
    try:
        return from_json(_bytes(file))
    except PathFileError as error:
        raise FolderError(f"{file}: {error}") from error


def _own_map(file: Path, explorer: "Explorer") -> "OwnMap":
    """The map of a file; FolderError in its sentence where it is none, or another checkpoint's."""
    from core.own_map.file import MapFileError, from_bytes

    size = explorer.map_part.stop - explorer.map_part.start
    try:
        return from_bytes(_bytes(file), explorer.name, fingerprint(explorer.folder), size)
    except MapFileError as error:
        raise FolderError(str(error)) from error


def main() -> None:
    """What core.folder's command line does, and `static`."""
    commands.main({StaticRun: ("static", static)})


if __name__ == "__main__":
    main()
