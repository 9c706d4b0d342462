"""What the command line does, as functions."""

import os
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

from core.checkpoints.cache import fingerprint
from core.checkpoints.hub import fetch
from core.effects import Chain, Setting
from core.folder.items import FolderError, to_apply, to_encode, to_match, told_of_names
from core.folder.journal import Rows, journal_of
from core.folder.run import Progress, run
from core.folder.settings import parse_chain, read_settings
from core.folder.work import Apply, Encode, Match
from core.paths.route import Route

Files = Path | str | Sequence[Path | str]


@told_of_names()
def encode_files(
    files: Files,
    out: Path | str | None = None,
    checkpoint: str | Path = "factor",
    workers: int | None = None,
    on_progress: Progress | None = None,
) -> Rows:
    """z and w of recordings, a row each; x_dry and x_wet are a pair, a lone recording is its own dry and wet.

    files: recordings or folders of them. out: the table, .csv or .parquet; what it holds already is not done again.
    checkpoint: folder, name, or "org/name@revision" of the Hub. workers: processes; None: one a core.
    Returns rows, by column; where "reason" is set, nothing else is. Raises FolderError or CheckpointError, in one
    sentence, before any work. Ctrl-C: Stopped, a KeyboardInterrupt, after the table is written as far as it goes.
    """
    work = _with_checkpoint(Encode, checkpoint)
    return run(work, to_encode(_paths(files)), out, workers, on_progress)


@told_of_names()
def match_files(
    dry: Path | str,
    wet: Path | str | None = None,
    out: Path | str | None = None,
    checkpoint: str | Path = "factor",
    workers: int | None = None,
    on_progress: Progress | None = None,
) -> Rows:
    """Which setting turned each dry recording into its wet one, a row a pair; see Explorer.match and core.folder.work.

    dry, wet: two folders whose files have the same names, or two files; or one folder with x_dry and x_wet. The rest as
    in `encode_files`.
    """
    items = to_match(Path(dry), None if wet is None else Path(wet))
    return run(_with_checkpoint(Match, checkpoint), items, out, workers, on_progress)


@told_of_names()
def apply_files(
    what: str | Path,
    files: Files,
    out: Path | str,
    positions: Sequence[float] = (),
    preset: str = "",
    workers: int | None = None,
    on_progress: Progress | None = None,
) -> Rows:
    """Recordings through an effect, as WAV files in the folder `out`, named as they are; a row a sound.

    what: a setting, such as "delay:0.5,0.3,0.4" or "delay:time=0.25s,mix=0.4"; or the JSON file of a setting, of
    presets or of a path, as the pages export them. positions: on the path, 0 at A and 1 at B; default: all its steps.
    preset: the one of this name alone. The table of the rows is sounds.csv, in the same folder. The rest as in
    `encode_files`.
    """
    folder = Path(out)
    settings = read_settings(str(what), positions, preset)
    items = to_apply(_paths(files), folder, [one.label for one in settings])
    rows = folder / "sounds.csv"
    make_folder(folder, [] if os.path.exists(journal_of(rows)) else [Path(item.sound) for item in items])
    return run(Apply(settings, version()), items, rows, workers, on_progress)


@told_of_names()
def morph_files(
    a: str | Path,
    b: str | Path,
    out: str | Path,
    settings: Sequence[str | Setting | Chain] = (),
    route: Route | None = None,
    voice: str = "re-rendered",
    checkpoint: str | Path = "factor",
) -> list[Path]:
    """A path between two sounds: a WAV file a step, and the path file that the page Interpolate opens.

    a, b: two pairs, named by one of their files or by what both are called but for "_dry" and "_wet"; or, with two
    settings or chains, see `apply_files`, two recordings, which may be one. The first 5.46 s count. Knobs in
    route.locked stay at A's value; A and B have to share them. Returns the files that were written, the path file last.
    FolderError, CheckpointError, PathError or AudioError say in one sentence what is wrong.
    """
    from core.explorer import Explorer  # torch
    from core.folder import morph

    wanted, folder, ends = route or Route(), Path(out), (Path(a), Path(b))
    name = "-".join(end.stem for end in ends)
    make_folder(folder, morph.names(folder, name, wanted.steps))
    own = [parse_chain(one) if isinstance(one, str) else one for one in settings]
    explorer = Explorer.load(checkpoint, device="cpu")
    return morph.write(folder, name, *morph.morph(explorer, *ends, own, wanted, voice))


def make_folder(folder: Path, files: Sequence[Path]) -> None:
    """The folder for these new files; FolderError where it cannot be, or where one of them is there already."""
    if os.path.isfile(folder):  # pathlib's own fails at a name that is too long
        raise FolderError(f"--out {folder} is a file. Please name a folder for the sounds.")
    if not folder.parent.is_dir():
        raise FolderError(f"There is no folder {folder.parent} for --out {folder}. Please make it, or choose another.")
    if there := next(filter(os.path.exists, files), None):
        raise FolderError(f"{there} is there already. Please choose another --out, or remove it.")
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise FolderError(f"--out {folder} cannot be made ({error.strerror}). Please choose another.") from error


def version() -> str:
    """Of this program."""
    try:
        return metadata.version("latentfx")
    except metadata.PackageNotFoundError:  # run without being installed
        return "unknown"


def _paths(files: Files) -> list[Path]:
    return [Path(files)] if isinstance(files, Path | str) else [Path(file) for file in files]


def _with_checkpoint(kind: type[Encode], checkpoint: str | Path) -> Encode:
    folder = fetch(checkpoint).resolve()
    name = folder.name if Path(checkpoint).is_dir() else str(checkpoint)
    return kind(folder, name, fingerprint(folder), version())
