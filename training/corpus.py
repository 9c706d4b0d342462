"""A corpus: any folder with one sub-folder of audio a speaker, packed once into one array that training maps."""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.markup import escape
from rich.progress import track
from rich.table import Table

from core.audio import SAMPLE_RATE
from core.cells import shown
from core.checkpoints.arrival import arriving, settle
from training.folders import Reader, oddities, plain_name, speakers_in

PACKED, INDEX = "packed.int16", "packed.json"
SPLITS = ("train", "valid", "calibration", "test")
"""What a speaker is for. valid: curves and choices; calibration: ranges and limits; test: figures, read at the end."""
SPLIT_LIST = "splits.txt"  # lines "SPLIT: SPEAKER", or "# a remark"; who is not in it is trained on
VALID_LIST = "valid_speakers.txt"  # what folders had before: a validation speaker a line
LEAST_MINUTES, LEAST_SPEAKERS = 10, 3  # of a split that is to be measured on
_FEWER = "name fewer with --valid, --calibration and --test"
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
    """A packed corpus on disk, mapped, not loaded; cheap to hand to worker processes.

    about: what it is and under which licences, as its folder says; the folder's name where it does not.
    """

    def __init__(self, folder: Path) -> None:
        if not (folder / INDEX).is_file():
            raise SystemExit(f"{folder} holds no packed corpus. Please run: python -m training corpus {folder}")
        self.folder = folder
        self.about = " ".join(_lines(folder / ABOUT)) or shown(folder.name)
        try:
            with suppress(PermissionError):
                settle(folder)
            rows = json.loads((folder / INDEX).read_text())
            self.speakers = tuple(
                Speaker(row["name"], row["split"], tuple((start, length) for start, length in row["recordings"]))
                for row in rows
            )
            self.audio = np.memmap(folder / PACKED, dtype=np.int16, mode="r")
            whole = len(self.audio) >= max(start + length for one in self.speakers for start, length in one.recordings)
        except (OSError, ValueError, KeyError, TypeError):
            whole = False
        if not whole:
            raise SystemExit(f"{folder} is not packed to its end. Please run again: python -m training corpus {folder}")

    @property
    def digest(self) -> str:
        """Tells corpora apart that were packed from other recordings."""
        return hashlib.sha256((self.folder / INDEX).read_bytes()).hexdigest()[:16]

    def split(self, split: str) -> tuple[Speaker, ...]:
        """Speakers of one of SPLITS, or of "all"; SystemExit where there is none."""
        chosen = tuple(s for s in self.speakers if split in ("all", s.split))
        if not chosen:
            others = ", ".join(shown(speaker.name) for speaker in self.speakers)
            remedy = f"with --{split} NAME" if split != "train" else f"and {_FEWER}"
            raise SystemExit(
                f"{self.folder} has no speaker for the split {split!r}, only {others}. Please add a folder of "
                f"recordings, or pack again {remedy}: python -m training corpus {self.folder}"
            )
        return chosen

    def held_out(self, split: str) -> str:
        """`split`, "calibration" or "test", where the corpus has it; else, in words, "valid"."""
        if any(speaker.split == split for speaker in self.speakers):
            return split
        print(f"{self.folder} has no {split} split: the validation speakers stand in, whom choices were made on.")
        return "valid"

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
    console, reader = Console(), Reader()
    sub_folders = speakers_in(folder)
    named = _told(folder, splits or {}, sub_folders)
    _lines(folder / ABOUT)  # what cannot be read is refused before the work
    for oddity in oddities(folder, sub_folders):
        console.print(oddity, markup=False)
    rows: list[dict[str, Any]] = []
    position = 0
    with _writing(folder) as staged:
        with (staged / PACKED).open("wb") as packed:
            for sub in track(sub_folders, description=f"Packing {len(sub_folders)} speakers", console=console):
                recordings = []
                for samples in reader.recordings(sub):
                    packed.write(samples.tobytes())
                    recordings.append((position, len(samples)))
                    position += len(samples)
                if recordings:
                    rows.append({"name": sub.name, "recordings": recordings})
        if not rows:
            why = f" The first: {reader.skipped[0]}" if reader.skipped else ""
            raise SystemExit(
                f"{shown(folder)} holds no readable recording in any of its {len(sub_folders)} sub-folders.{why}"
            )
        names = [row["name"] for row in rows]
        chosen = _there(folder, named, names) if named else by_hash(names)
        rows = [{"name": row["name"], "split": chosen.get(row["name"], "train"), **row} for row in rows]
        (staged / INDEX).write_text(json.dumps(rows))
    _tell(folder, [path.name for path in sub_folders if path.name not in names], reader, console)


@contextmanager
def _writing(folder: Path) -> Iterator[Path]:
    """A folder for the new files of a corpus, which arrive together; SystemExit where they cannot be written."""
    try:
        with arriving(folder) as staged:
            yield staged
    except OSError as error:
        raise SystemExit(
            f"{shown(folder)} cannot be written to ({error.strerror}). Please make room there, or copy the corpus to a "
            "folder that can be written to."
        ) from error


def by_hash(names: Sequence[str]) -> dict[str, str]:
    """Splits of those held out, by name: of twenty speakers and more a tenth each, three at least, for validation,
    calibration and test; of fewer a tenth, one at least, for validation; of one nobody."""
    ordered = sorted(names, key=lambda name: hashlib.sha256(os.fsencode(name)).digest())
    if len(names) < 20:
        return dict.fromkeys(ordered[: len(names) // 10 or (1 if len(names) > 1 else 0)], "valid")
    each = max(len(names) // 10, LEAST_SPEAKERS)
    return {name: split for place, split in enumerate(SPLITS[1:]) for name in ordered[place * each :][:each]}


def _told(folder: Path, splits: Mapping[str, Sequence[str]], speakers: Sequence[Path]) -> dict[str, str]:
    """Split by the name of a speaker's folder, as named by whoever packs, or in the folder's own list.

    SystemExit for what is no split, and for somebody who has no folder.
    """
    there = {plain_name(path.name): path.name for path in speakers}
    told = [(split, name) for split, names in splits.items() for name in names]
    if not told:
        told = [("valid", name) for name in _listed(folder / VALID_LIST, there)]
        if listed := _listed(folder / SPLIT_LIST, there):
            told = [(split.strip(), name.strip()) for split, _, name in (line.partition(":") for line in listed)]
    found: dict[str, str] = {}
    for split, name in told:
        if split not in SPLITS or not name:
            raise SystemExit(f'{folder / SPLIT_LIST}: a line is "SPLIT: SPEAKER", with one of {", ".join(SPLITS)}.')
        if found.setdefault(name, split) != split:
            raise SystemExit(f"{folder}: the speaker {name} cannot be for {found[name]} and for {split}.")
    if strangers := [name for name in found if plain_name(name) not in there]:
        raise SystemExit(
            f"{shown(folder)} has no folder of the {found[strangers[0]]} speaker {', '.join(map(shown, strangers))}."
        )
    return {there[plain_name(name)]: split for name, split in found.items()}


def _there(folder: Path, named: dict[str, str], names: Sequence[str]) -> dict[str, str]:
    """Of splits by name those of speakers who have recordings; SystemExit for a split of which nobody is left."""
    chosen = {name: split for name, split in named.items() if name in names}
    if lost := [name for name, split in named.items() if split not in chosen.values()]:
        raise SystemExit(
            f"{shown(folder)} has no readable recording of its own of the {named[lost[0]]} speaker "
            f"{', '.join(map(shown, lost))}. Please name somebody else."
        )
    return chosen


def _tell(folder: Path, empty: list[str], reader: Reader, console: Console) -> None:
    """Print what was packed, and what was left out. empty: names of folders without a recording."""
    table = Table("speaker", "split", "recordings", "minutes", title=escape(shown(folder)))
    for speaker in Corpus(folder).speakers:
        table.add_row(
            escape(shown(speaker.name)), speaker.split, str(len(speaker.recordings)), f"{speaker.minutes:.1f}"
        )
    console.print(table)
    if all(speaker.split != "train" for speaker in Corpus(folder).speakers):
        console.print(f"Nobody is left to train on. If you mean to train, please pack again and {_FEWER}.")
    for split in SPLITS[1:]:
        inside = [speaker for speaker in Corpus(folder).speakers if speaker.split == split]
        minutes = sum(speaker.minutes for speaker in inside)
        if inside and (len(inside) < LEAST_SPEAKERS or minutes < LEAST_MINUTES):
            console.print(
                f"{split}: {minutes:.1f} minutes of {len(inside)} speakers. Figures of less than {LEAST_MINUTES} "
                f"minutes or {LEAST_SPEAKERS} speakers say little of others."
            )
    if empty:
        names = ", ".join(map(shown, empty))
        console.print(f"{names}: no readable recording, so no speaker.", markup=False)
    if reader.copies:
        console.print(f"{reader.copies} files left out as copies of others.")
    if reader.skipped:
        console.print(f"{len(reader.skipped)} files left out, the first: {reader.skipped[0]}", markup=False)
    if reader.notes:
        console.print(f"{len(reader.notes)} things to say of what was read, the first: {reader.notes[0]}", markup=False)


def _listed(file: Path, there: Mapping[str, str]) -> list[str]:
    """The lines of a list, without remarks, which begin with "# " and are no name of a folder that is there."""
    return [line for line in _lines(file) if not line.startswith("# ") or plain_name(line) in there]


def _lines(file: Path) -> list[str]:
    """The lines of a text file, whatever editor wrote it; none where there is no such file."""
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines() if file.is_file() else []
    except (OSError, UnicodeDecodeError) as error:
        raise SystemExit(f"{shown(file)} cannot be read as text. Please save it as UTF-8.") from error
    return [line.strip() for line in lines if line.strip()]
