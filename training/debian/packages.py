"""From packages to a corpus: fetched, unpacked, their recordings sorted by who is heard."""

import os
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from rich.progress import track

from training.corpus import ABOUT, SPLIT_LIST


def _nothing(unpacked: Path) -> None:
    """Where all recordings are files of their own."""


@dataclass(frozen=True)
class Collection:
    """A corpus that packages hold.

    about: what it is, in a few words. packages: with their licences. splits: who is in which. speaker_of: who is heard
    in a file of the packages (path below them), or None where it is not to be used. unfold: writes files of what lies
    in others, once the packages are unpacked in a folder.
    """

    about: str
    packages: Mapping[str, str]
    splits: Mapping[str, tuple[str, ...]]
    speaker_of: Callable[[str], str | None]
    unfold: Callable[[Path], None] = _nothing


def fetch(collection: Collection, folder: Path) -> None:
    """Build a corpus out of its packages; nothing is installed. Needs apt-get and dpkg-deb, and `apt-get update` once
    before. Much of the audio is GPL: train on it, do not pass it on."""
    unpacked = folder / ".packages"
    unpacked.mkdir(parents=True, exist_ok=True)
    for package in track(collection.packages, description=f"Fetching {len(collection.packages)} packages"):
        if (unpacked / package / "version").is_file():
            continue
        try:
            _run("apt-get", "download", "-q", package, cwd=unpacked)
            archive = next(unpacked.glob(f"{package}_*.deb"))
            _run("dpkg-deb", "-x", archive.name, package, cwd=unpacked)
        except (FileNotFoundError, subprocess.CalledProcessError) as error:
            why = (getattr(error, "stderr", "") or str(error)).strip().splitlines()[-1]
            raise SystemExit(
                f"{package} of Debian 12 could not be fetched: {why} Please run `apt-get update` first."
            ) from error
        version = archive.name.split("_")[1].replace("%3a", ":")
        (unpacked / package / "version").write_text(version)
        archive.unlink()
    collection.unfold(unpacked)
    sort_by_speaker(collection, unpacked, folder)
    versions = [
        f"{name} {(unpacked / name / 'version').read_text()} ({terms})" for name, terms in collection.packages.items()
    ]
    (folder / ABOUT).write_text(f"{collection.about} out of the Debian packages {', '.join(versions)}\n")


def _run(*command: str, cwd: Path) -> None:
    subprocess.run(command, cwd=cwd, check=True, capture_output=True, text=True)


def sort_by_speaker(collection: Collection, unpacked: Path, folder: Path) -> None:
    """Link every recording of the unpacked packages into folder/<speaker>, and say there who is in which split."""
    for package in collection.packages:
        for file in sorted((unpacked / package).rglob("*")):
            speaker = collection.speaker_of(file.relative_to(unpacked).as_posix())
            if speaker:
                link = folder / speaker / f"{file.parent.name}_{file.name}"
                link.parent.mkdir(exist_ok=True)
                if not link.exists():
                    link.symlink_to(os.path.relpath(file, link.parent))
    lines = [f"{split}: {name}" for split, names in collection.splits.items() for name in names]
    (folder / SPLIT_LIST).write_text("\n".join(lines) + "\n")
