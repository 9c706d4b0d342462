"""The command line: `latentfx COMMAND`, see `--help` of each."""

import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from inspect import cleandoc
from io import TextIOWrapper
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal, Union

import tyro
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from core.audio.io import AudioError
from core.cells import shown
from core.checkpoints.limits import CheckpointError
from core.folder.commands import apply_files, encode_files, match_files, morph_files
from core.folder.items import FolderError
from core.folder.journal import Rows
from core.folder.run import Progress as Told
from core.folder.run import Stopped
from core.paths.path_file import PathFileError
from core.paths.route import PathError, Route

Files = tyro.conf.Positional[Annotated[tuple[Path, ...], tyro.conf.arg(metavar="FILE|FOLDER ...")]]
Dry = tyro.conf.Positional[Annotated[Path, tyro.conf.arg(metavar="DRY")]]
Wet = tyro.conf.Positional[Annotated[Path | None, tyro.conf.arg(metavar="WET")]]
What = tyro.conf.Positional[Annotated[str, tyro.conf.arg(metavar="WHAT")]]
A = tyro.conf.Positional[Annotated[Path, tyro.conf.arg(metavar="A")]]
B = tyro.conf.Positional[Annotated[Path, tyro.conf.arg(metavar="B")]]
Locked = Annotated[tuple[str, ...], tyro.conf.arg(metavar="EFFECT.KNOB ...")]
Workers = Annotated[int | None, tyro.conf.arg(metavar="INT")]

_FAILED = 3  # exit status
_SHOWN = 5


@dataclass(frozen=True)
class EncodeRun:
    """The latent vector z and the points w of recordings, a row each.

    x_dry.wav and x_wet.wav are a pair; any other recording is its own dry and wet.

    Example: latentfx encode recordings --out z.csv
    """

    files: Files  # recordings, or folders of them
    out: Path  # the table: .csv or .parquet; what it holds already is not done again
    checkpoint: str = "factor"  # folder, name, or org/name@revision of the Hub
    workers: Workers = None  # processes; default: one a core


@dataclass(frozen=True)
class MatchRun:
    """Which effect, and which setting of it, turned each dry recording into its wet one.

    Pairs have one name in two folders, or are x_dry.wav and x_wet.wav in one.

    Example: latentfx match dry_takes wet_takes --out settings.parquet
    """

    dry: Dry  # folder of the dry recordings, or of both, or one recording
    wet: Wet = None  # folder of the wet ones, or one recording
    out: Path = tyro.MISSING  # the table: .csv or .parquet; what it holds already is not done again
    checkpoint: str = "factor"  # folder, name, or org/name@revision of the Hub
    workers: Workers = None  # processes; default: one a core


@dataclass(frozen=True)
class ApplyRun:
    """Recordings through an effect, as WAV files of 32-bit floats that are named as they are, and a table of them.

    WHAT is a setting: delay:0.5,0.3,0.4 (positions of the knobs, 0 to 1), delay:time=0.25s,mix=0.4 (in their units);
    or a chain of them in signal order: "overdrive:drive=20 | delay"; or a JSON file: a setting, presets or a path as
    the dashboard exports them, or a chain as core.effects.chain_file writes it.

    Example: latentfx apply path.json recordings --out along --position 0 0.5 1
    """

    what: What  # a setting, a chain, or a JSON file of a setting, a chain, presets or a path
    files: Files  # recordings, or folders of them
    out: Path  # folder for the sounds and for the table sounds.csv
    position: tuple[float, ...] = ()  # on a path: 0 at A, 1 at B; default: each of its steps
    preset: str = ""  # the one of this name alone; default: all
    workers: Workers = None  # processes; default: one a core


@dataclass(frozen=True)
class MorphRun:
    """A path from one sound to another: a WAV file a step, and the path file that the page Interpolate opens.

    A and B are pairs, named by one of their files; or, with --settings, recordings, which may be one. Knobs that both
    have can be locked; the voices "re-rendered" and "parameter line" hold them exactly, the others play no knobs.

    Example: latentfx morph voice.wav voice.wav --settings delay:0.5,0.3,0.4 overdrive:drive=30dB --out morph
    """

    a: A  # x_dry.wav, or a recording
    b: B  # y_dry.wav, or a recording
    out: Path  # folder for the sounds and the path file
    settings: tuple[str, str] | None = None  # what A and B are played through, see latentfx apply
    kind: Literal["linear", "spherical", "manifold"] = "linear"  # manifold: along the data
    part: str | None = None  # of z, that moves alone, such as effect; default: all of it
    steps: int = 11  # from 2 to 41
    easing: Literal["even", "slow ends", "slow middle", "equal change"] = "even"  # how the steps are spread
    lock: Locked = ()  # knobs that stay at A's value all the way, such as delay.mix
    voice: Literal["re-rendered", "transferred", "decoded", "parameter line", "crossfade", "decoded dry"] = (
        "re-rendered"
    )
    checkpoint: str = "factor"  # folder, name, or org/name@revision of the Hub


Run = (
    Annotated[EncodeRun, tyro.conf.subcommand("encode", description=cleandoc(EncodeRun.__doc__ or ""))]
    | Annotated[MatchRun, tyro.conf.subcommand("match", description=cleandoc(MatchRun.__doc__ or ""))]
    | Annotated[ApplyRun, tyro.conf.subcommand("apply", description=cleandoc(ApplyRun.__doc__ or ""))]
    | Annotated[MorphRun, tyro.conf.subcommand("morph", description=cleandoc(MorphRun.__doc__ or ""))]
)


def main(more: Mapping[type, tuple[str, Callable[[Any], int]]] = MappingProxyType({})) -> None:
    """more: commands that others add, by the dataclass of their options: a name, and what runs them.

    Exit status: 0; 1 with a sentence where nothing could be done; 3 where some rows have a reason; 130 by Ctrl-C."""
    if isinstance(sys.stdout, TextIOWrapper):  # names of files have letters that the output's encoding may lack
        sys.stdout.reconfigure(errors="backslashreplace")
    added = [_subcommand(name, kind) for kind, (name, _) in more.items()]
    run = tyro.cli(
        Union[(Run, *added)],
        prog="latentfx",
        description="A folder of recordings at a time; `latentfx COMMAND --help` says more.",
    )  # type: ignore[call-overload]
    try:
        sys.exit(more[type(run)][1](run) if type(run) in more else _done(run))
    except (AudioError, CheckpointError, FolderError, PathError, PathFileError) as error:
        sys.exit(str(error))
    except KeyboardInterrupt as stopped:
        print(f"Stopped: {stopped}" if isinstance(stopped, Stopped) else "Stopped.", file=sys.stderr)
        sys.exit(130)


def _subcommand(name: str, kind: type) -> Any:
    return Annotated[kind, tyro.conf.subcommand(name, description=cleandoc(kind.__doc__ or ""))]


def _done(run: EncodeRun | MatchRun | ApplyRun | MorphRun) -> int:
    if isinstance(run, MorphRun):
        route = Route(run.kind, run.part, run.steps, easing=run.easing, locked=run.lock)
        with warnings.catch_warnings(record=True) as notes:  # what there is to say of a recording, see core.audio.io
            files = morph_files(run.a, run.b, run.out, run.settings or (), route, run.voice, run.checkpoint)
        for note in notes:
            print(note.message, file=sys.stderr)
        print(f"{run.out}: {len(files) - 1} sounds, and {files[-1].name}")
        return 0
    with progress() as told:
        match run:
            case EncodeRun():
                rows = encode_files(run.files, run.out, run.checkpoint, run.workers, told)
            case MatchRun():
                rows = match_files(run.dry, run.wet, run.out, run.checkpoint, run.workers, told)
            case ApplyRun():
                rows = apply_files(run.what, run.files, run.out, run.position, run.preset, run.workers, told)
    return _summed_up(run.out, rows)


def _summed_up(out: Path, rows: Rows) -> int:
    """Print what became of it, and the first reasons; the exit status."""
    reasons = [row["reason"] for row in rows if "reason" in row]
    about = f", {len(reasons):,} of them with a reason:" if reasons else ""
    print(f"{out}: {len(rows):,} row{'s' * (len(rows) != 1)}{about}")
    for reason in reasons[:_SHOWN]:
        print(f"  {shown(reason)}")
    if len(reasons) > _SHOWN:
        print(f"  and {len(reasons) - _SHOWN:,} more, in the column reason")
    return _FAILED if reasons else 0


@contextmanager
def progress() -> Iterator[Told]:
    """A bar with the time that is left, on a terminal; nothing elsewhere."""
    console = Console(stderr=True)
    columns = BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn()
    with Progress(*columns, console=console, disable=not console.is_terminal) as shown:
        task = shown.add_task("", total=None)
        yield lambda done, total: shown.update(task, completed=done, total=total)


if __name__ == "__main__":
    main()
