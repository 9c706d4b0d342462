"""A corpus: any folder with one sub-folder of audio a speaker, packed once into one array that training maps."""

import hashlib
import json
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from core.audio import SAMPLE_RATE, SEGMENT
from core.audio.io import AudioError, read
from core.audio.measure import gain_to

AUDIO = {".wav", ".flac", ".ogg", ".mp3", ".aif", ".aiff"}
PACKED, INDEX = "packed.int16", "packed.json"
VALID_LIST = "valid_speakers.txt"
ABOUT = "about.txt"  # one line: what the corpus is and under which licences, for the model card


@dataclass(frozen=True)
class Speaker:
    """One speaker of a packed corpus: recordings as (start, length) in samples of the packed array."""

    name: str
    split: str
    recordings: tuple[tuple[int, int], ...]

    @property
    def minutes(self) -> float:
        return sum(length for _, length in self.recordings) / SAMPLE_RATE / 60


class Corpus:
    """A packed corpus on disk, mapped, not loaded; cheap to hand to worker processes."""

    def __init__(self, folder: Path) -> None:
        if not (folder / INDEX).is_file():
            raise SystemExit(f"{folder} holds no packed corpus. Please run: python -m training corpus {folder}")
        rows = json.loads((folder / INDEX).read_text())
        self.folder = folder
        self.speakers = tuple(
            Speaker(row["name"], row["split"], tuple((start, length) for start, length in row["recordings"]))
            for row in rows
        )
        self.audio = np.memmap(folder / PACKED, dtype=np.int16, mode="r")

    @property
    def digest(self) -> str:
        """Tells corpora apart that were packed from other recordings."""
        return hashlib.sha256((self.folder / INDEX).read_bytes()).hexdigest()[:16]

    @property
    def about(self) -> str:
        """What the corpus is and under which licences, as its folder says; the folder's name where it does not."""
        file = self.folder / ABOUT
        return file.read_text().strip() if file.is_file() else self.folder.name

    def split(self, split: str) -> tuple[Speaker, ...]:
        """Speakers of "train", "valid" or "all"; SystemExit where there is none."""
        chosen = tuple(s for s in self.speakers if split in ("all", s.split))
        if not chosen:
            others = ", ".join(speaker.name for speaker in self.speakers)
            raise SystemExit(
                f"{self.folder} has no speaker for the split {split!r}, only {others}. It takes two at least, "
                "one of them unseen by training: please add a folder of recordings, or pack again with --valid NAME: "
                f"python -m training corpus {self.folder}"
            )
        return chosen

    def segment(self, speaker: Speaker, generator: np.random.Generator) -> np.ndarray:
        """A dry segment (SEGMENT,) at -23 LUFS."""
        words = self.words(speaker, generator, SEGMENT)
        return words * np.float32(gain_to(words))

    def words(self, speaker: Speaker, generator: np.random.Generator, samples: int) -> np.ndarray:
        """Recordings of one speaker (samples,), joined with 50-100 ms of silence; each peaks near 0 dB, as packed."""
        out = np.zeros(samples, dtype=np.float32)
        filled = 0
        while filled < samples:
            start, length = speaker.recordings[generator.integers(len(speaker.recordings))]
            offset = int(generator.integers(length - samples + 1)) if length > samples else 0
            piece = self.audio[start + offset : start + min(length, offset + samples - filled)]
            out[filled : filled + len(piece)] = piece / 32768.0
            filled += len(piece) + int(generator.integers(SAMPLE_RATE // 20, SAMPLE_RATE // 10))
        return out


def pack(folder: Path, valid_speakers: tuple[str, ...] = ()) -> None:
    """Decode every recording under folder/<speaker>/ to 24 kHz, trim silence, peak-normalise, and write one array.

    Validation speakers: those named, or in valid_speakers.txt, or a tenth of all chosen by a hash of their names.
    Unreadable, silent and byte-identical files are counted and left out. SystemExit where nothing is left.
    """
    console, reader = Console(), _Reader()
    named = set(valid_speakers or _lines(folder / VALID_LIST))
    sub_folders = (
        sorted(path for path in folder.iterdir() if path.is_dir() and path.name[0] != ".") if folder.is_dir() else []
    )
    rows: list[dict[str, Any]] = []
    position, partial = 0, folder / (PACKED + ".partial")
    if not sub_folders:
        raise SystemExit(f"{folder} has no sub-folders. A corpus holds one folder of audio a speaker.")
    if strangers := sorted(named - {path.name for path in sub_folders}):
        raise SystemExit(f"{folder} has no folder of the validation speaker {', '.join(strangers)}.")
    with partial.open("wb") as packed:
        for sub in track(sub_folders, description=f"Packing {len(sub_folders)} speakers", console=console):
            recordings = []
            for samples in reader.recordings(sub):
                packed.write(samples.tobytes())
                recordings.append((position, len(samples)))
                position += len(samples)
            if recordings:
                rows.append({"name": sub.name, "split": "train", "recordings": recordings})
    if not rows:
        partial.unlink()
        raise SystemExit(f"{folder} holds no readable recording in any of its {len(sub_folders)} sub-folders.")
    names = sorted((row["name"] for row in rows), key=lambda name: hashlib.sha256(name.encode()).digest())
    valid = named & set(names) or set(names[: len(names) // 10 or (1 if len(names) > 1 else 0)])
    for row in rows:
        row["split"] = "valid" if row["name"] in valid else "train"
    os.replace(partial, folder / PACKED)
    (folder / INDEX).write_text(json.dumps(rows))
    _tell(folder, sub_folders, reader, console)


class _Reader:
    """Decodes every recording once, and counts what it leaves out. skipped: a sentence for each unreadable file."""

    def __init__(self) -> None:
        self.seen: set[bytes] = set()
        self.copies = 0
        self.skipped: list[str] = []

    def recordings(self, folder: Path) -> Iterator[np.ndarray]:
        """The recordings under folder, trimmed, at 24 kHz and peak-normalised, int16."""
        for file in sorted(path for path in folder.rglob("*") if path.suffix.lower() in AUDIO):
            try:
                digest = hashlib.sha256(file.read_bytes()).digest()
                if digest in self.seen:
                    self.copies += 1
                    continue
                self.seen.add(digest)
                audio = trim(read(file))
            except OSError as error:  # a link to nothing, a disk that is away
                self.skipped.append(f"{file.name} cannot be read ({error.strerror}).")
            except AudioError as error:
                self.skipped.append(str(error))
            else:
                yield np.round(audio / np.abs(audio).max() * 32000).astype(np.int16)


def _tell(folder: Path, sub_folders: list[Path], reader: _Reader, console: Console) -> None:
    """Print what was packed, what was left out, and what looks odd."""
    table = Table("speaker", "split", "recordings", "minutes", title=str(folder))
    for speaker in Corpus(folder).speakers:
        table.add_row(speaker.name, speaker.split, str(len(speaker.recordings)), f"{speaker.minutes:.1f}")
    console.print(table)
    if nested := [sub.name for sub in sub_folders if _holds_folders_alone(sub)]:
        console.print(
            f"{', '.join(nested)}: taken as one speaker each, though they hold nothing but folders. If those are the "
            "speakers, please pack the folder that holds them."
        )
    if reader.copies:
        console.print(f"{reader.copies} files left out as copies of others.")
    if reader.skipped:
        console.print(f"{len(reader.skipped)} files left out, the first: {reader.skipped[0]}")


def trim(audio: np.ndarray, threshold_db: float = -45.0, margin_s: float = 0.03) -> np.ndarray:
    """audio (time,) without what lies more than threshold_db under its peak at either end, but for a margin."""
    loud = np.flatnonzero(np.abs(audio) > np.abs(audio).max() * 10 ** (threshold_db / 20))
    margin = int(margin_s * SAMPLE_RATE)
    return audio[max(0, loud[0] - margin) : loud[-1] + margin]


def _holds_folders_alone(folder: Path) -> bool:
    """Whether several folders lie in it, and no recording."""
    inside = list(folder.iterdir())
    return sum(path.is_dir() for path in inside) > 1 and not any(path.suffix.lower() in AUDIO for path in inside)


def _lines(file: Path) -> list[str]:
    """The lines of a text file, whatever editor wrote it; none where there is no such file."""
    lines = file.read_text(encoding="utf-8-sig").splitlines() if file.is_file() else []
    return [line.strip() for line in lines if line.strip()]


DEBIAN_PACKAGES = {
    "tuxpaint-stamps-default": "GPL-2+",
    "fillets-ng-data-cs": "GPL-2",
    "fillets-ng-data-nl": "GPL-2",
    "festvox-ru": "BSD-like, (c) N. V. Shmyrev",
}
# es is overdriven, lt and nl are tiny and noisy; fil-nl-x is unlabelled, the same two voices.
TUX_LANGUAGES = ("be", "bg", "ca", "da", "el", "en_GB", "fr", "ro", "ru")
DEBIAN_VALID = ("tux-da", "tux-en_GB", "fil-nl-m")


def fetch_debian(folder: Path) -> None:
    """Build a free speech corpus, 7 h of 15 speakers, out of four Debian packages (411 MB; nothing is installed).

    Needs apt-get and dpkg-deb, and `apt-get update` once before. The audio is GPL: train on it, do not pass it on.
    """
    unpacked = folder / ".packages"
    unpacked.mkdir(parents=True, exist_ok=True)
    for package in track(DEBIAN_PACKAGES, description=f"Fetching {len(DEBIAN_PACKAGES)} packages"):
        if (unpacked / package / "usr").is_dir():
            continue
        try:
            subprocess.run(["apt-get", "download", "-q", package], cwd=unpacked, check=True, stdout=subprocess.DEVNULL)
            archive = next(unpacked.glob(f"{package}_*.deb"))
            subprocess.run(["dpkg-deb", "-x", archive.name, package], cwd=unpacked, check=True)
        except (FileNotFoundError, subprocess.CalledProcessError) as error:
            raise SystemExit(f"{package} could not be fetched: {error}. Please run `apt-get update` first.") from error
        version = archive.name.split("_")[1].replace("%3a", ":")
        (unpacked / package / "version").write_text(version)
        archive.unlink()
    for file in sorted(unpacked.rglob("*")):
        speaker = debian_speaker(file.relative_to(unpacked).as_posix())
        if speaker:
            link = folder / speaker / f"{file.parent.name}_{file.name}"
            link.parent.mkdir(exist_ok=True)
            if not link.exists():
                link.symlink_to(os.path.relpath(file, link.parent))
    versions = [
        f"{name} {(unpacked / name / 'version').read_text()} ({terms})" for name, terms in DEBIAN_PACKAGES.items()
    ]
    (folder / ABOUT).write_text(f"speech out of the Debian packages {', '.join(versions)}\n")
    (folder / VALID_LIST).write_text("\n".join(DEBIAN_VALID) + "\n")


def debian_speaker(path: str) -> str | None:
    """Who speaks in a file of the four packages (path below them), or None where it is not to be used."""
    package, _, _ = path.partition("/")
    if package == "tuxpaint-stamps-default":
        match = re.search(rf"_({'|'.join(TUX_LANGUAGES)})\.ogg$", path)
        return f"tux-{match[1]}" if match else None
    if package.startswith("fillets-ng-data-") and path.endswith(".ogg"):
        language = package[-2:]
        match = re.search(r"[/-](m|v)\d*-[^/]*$", path)
        speaker = f"fil-{language}-{match[1] if match else 'x'}"
        return None if speaker == "fil-nl-x" else speaker
    return "festvox-ru" if package == "festvox-ru" and path.endswith(".wav") else None
