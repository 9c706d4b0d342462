"""A corpus: any folder with one sub-folder of audio a speaker, packed once into one array that training maps."""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
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
SPLITS = ("train", "valid", "calibration", "test")
"""What a speaker is for. valid: curves and choices; calibration: ranges and limits; test: figures, read at the end."""
SPLIT_LIST = "splits.txt"  # lines "SPLIT: SPEAKER"; who is not in it is trained on
VALID_LIST = "valid_speakers.txt"  # what folders had before: a validation speaker a line
LEAST_MINUTES, LEAST_SPEAKERS = 10, 3  # of a split that is to be measured on
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
        """Speakers of one of SPLITS, or of "all"; SystemExit where there is none."""
        chosen = tuple(s for s in self.speakers if split in ("all", s.split))
        if not chosen:
            others = ", ".join(speaker.name for speaker in self.speakers)
            raise SystemExit(
                f"{self.folder} has no speaker for the split {split!r}, only {others}. Please add a folder of "
                f"recordings, or pack again with --{split} NAME: python -m training corpus {self.folder}"
            )
        return chosen

    def held_out(self, split: str) -> str:
        """`split`, "calibration" or "test", where the corpus has it; else, in words, "valid"."""
        if any(speaker.split == split for speaker in self.speakers):
            return split
        print(f"{self.folder} has no {split} split: the validation speakers stand in, whom choices were made on.")
        return "valid"

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


def pack(folder: Path, splits: Mapping[str, Sequence[str]] | None = None) -> None:
    """Decode every recording under folder/<speaker>/ to 24 kHz, trim silence, peak-normalise, and write one array.

    splits: speakers of "valid", "calibration" and "test", where somebody names them; else as splits.txt or
    valid_speakers.txt in the folder says, else chosen by a hash of their names, see `by_hash`.
    Unreadable, silent and byte-identical files are counted and left out. SystemExit where nothing is left.
    """
    console, reader = Console(), _Reader()
    named = _told(folder, splits or {})
    sub_folders = (
        sorted(path for path in folder.iterdir() if path.is_dir() and path.name[0] != ".") if folder.is_dir() else []
    )
    rows: list[dict[str, Any]] = []
    position, partial = 0, folder / (PACKED + ".partial")
    if not sub_folders:
        raise SystemExit(f"{folder} has no sub-folders. A corpus holds one folder of audio a speaker.")
    if strangers := sorted(set(named) - {path.name for path in sub_folders}):
        raise SystemExit(f"{folder} has no folder of the {named[strangers[0]]} speaker {', '.join(strangers)}.")
    with partial.open("wb") as packed:
        for sub in track(sub_folders, description=f"Packing {len(sub_folders)} speakers", console=console):
            recordings = []
            for samples in reader.recordings(sub):
                packed.write(samples.tobytes())
                recordings.append((position, len(samples)))
                position += len(samples)
            if recordings:
                rows.append({"name": sub.name, "recordings": recordings})
    if not rows:
        partial.unlink()
        raise SystemExit(f"{folder} holds no readable recording in any of its {len(sub_folders)} sub-folders.")
    names = [row["name"] for row in rows]
    chosen = {name: split for name, split in named.items() if name in names} or by_hash(names)
    rows = [{"name": row["name"], "split": chosen.get(row["name"], "train"), **row} for row in rows]
    os.replace(partial, folder / PACKED)
    (folder / INDEX).write_text(json.dumps(rows))
    _tell(folder, sub_folders, reader, console)


def by_hash(names: Sequence[str]) -> dict[str, str]:
    """Splits of those held out, by name: of twenty speakers and more a tenth each, three at least, for validation,
    calibration and test; of fewer a tenth, one at least, for validation; of one nobody."""
    ordered = sorted(names, key=lambda name: hashlib.sha256(name.encode()).digest())
    if len(names) < 20:
        return dict.fromkeys(ordered[: len(names) // 10 or (1 if len(names) > 1 else 0)], "valid")
    each = max(len(names) // 10, LEAST_SPEAKERS)
    return {name: split for place, split in enumerate(SPLITS[1:]) for name in ordered[place * each :][:each]}


def _told(folder: Path, splits: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Split by speaker, as named by whoever packs, or in the folder's own list; SystemExit for what is no split."""
    told = [(split, name) for split, names in splits.items() for name in names]
    if not told:
        told = [("valid", name) for name in _lines(folder / VALID_LIST)]
        if listed := _lines(folder / SPLIT_LIST):
            told = [(split.strip(), name.strip()) for split, _, name in (line.partition(":") for line in listed)]
    found: dict[str, str] = {}
    for split, name in told:
        if split not in SPLITS or not name:
            raise SystemExit(f'{folder / SPLIT_LIST}: a line is "SPLIT: SPEAKER", with one of {", ".join(SPLITS)}.')
        if found.setdefault(name, split) != split:
            raise SystemExit(f"{folder}: the speaker {name} cannot be for {found[name]} and for {split}.")
    return found


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
    for split in SPLITS[1:]:
        inside = [speaker for speaker in Corpus(folder).speakers if speaker.split == split]
        minutes = sum(speaker.minutes for speaker in inside)
        if inside and (len(inside) < LEAST_SPEAKERS or minutes < LEAST_MINUTES):
            console.print(
                f"{split}: {minutes:.1f} minutes of {len(inside)} speakers. Figures of less than {LEAST_MINUTES} "
                f"minutes or {LEAST_SPEAKERS} speakers say little of others."
            )
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
