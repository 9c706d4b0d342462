"""A folder of recordings as people have them: its speakers, what looks odd, and every recording in it."""

import hashlib
import os
import re
import unicodedata
from collections.abc import Iterator
from itertools import combinations, count
from pathlib import Path

import numpy as np

from core.audio import SAMPLE_RATE
from core.audio.io import ENDINGS, MAX_SECONDS, AudioError, NothingThere, TooLong, length_s, load
from core.cells import shown

_VOICE = re.compile(r"([A-Za-z]{1,3}\d{1,4})[_-].+")  # how many corpora begin the names of files: f1_script1, p225_001
_SUBSET = re.compile(r"(train|dev|test|valid|val|eval)([ _.-].*)?", re.IGNORECASE)


def plain_name(name: str) -> str:
    """A name as it is compared: accents in one letter or two, blanks around it or not."""
    return unicodedata.normalize("NFC", name).strip()


def speakers_in(folder: Path) -> list[Path]:
    """The sub-folders, one a speaker, in order; SystemExit, in a sentence, where there is none to be read."""
    try:
        inside = sorted(folder.iterdir())
    except OSError as error:
        raise SystemExit(f"{shown(folder)} cannot be read ({error.strerror}). Please give a folder.") from error
    speakers = [
        path for path in inside if os.path.isdir(path) and path.name[0] != "." and not _leads_back(path, folder)
    ]
    if not speakers:
        loose = sum(map(_is_recording, inside))
        found = f" but {loose} recordings" if loose else ""
        raise SystemExit(f"{shown(folder)} has no sub-folders{found}. A corpus holds one folder of audio a speaker.")
    return speakers


def oddities(folder: Path, speakers: list[Path]) -> Iterator[str]:
    """Sentences on what may not be meant so, to be said before the work."""
    if loose := sum(map(_is_recording, folder.iterdir())):
        yield f"{loose} recordings lie beside the folders: they belong to no speaker and are left out."
    names = [shown(path.name) for path in speakers]
    if len(speakers) == 1:
        yield f"{names[0]} is the only folder, and taken as one speaker. Training needs two at least."
    if nested := [shown(path.name) for path in speakers if _holds_folders_alone(path)]:
        yield (
            f"{', '.join(nested)}: taken as one speaker each, though they hold nothing but folders. If those are the "
            "speakers, please pack the folder that holds them."
        )
    if subsets := [name for name in names if _SUBSET.fullmatch(name)]:
        yield f"{', '.join(subsets)}: taken as one speaker each, though the names sound like subsets."
    voices = {path: {found[1] for file in _inside(path) if (found := _VOICE.fullmatch(file.name))} for path in speakers}
    for one, other in combinations(speakers, 2):
        if shared := sorted(voices[one] & voices[other]):
            yield (
                f"{shown(one.name)} and {shown(other.name)} both hold recordings of {', '.join(shared[:3])}. If those "
                "are the speakers, the same voice may be trained on and measured on: please make a folder for each."
            )
            return


class Reader:
    """Decodes every recording once, and counts what it leaves out.

    skipped: a sentence for each file that is left out. notes: what there is to say of those that were read.
    """

    def __init__(self) -> None:
        self.seen: set[bytes] = set()
        self.copies = 0
        self.skipped: list[str] = []
        self.notes: list[str] = []

    def recordings(self, folder: Path) -> Iterator[np.ndarray]:
        """The recordings under folder, trimmed, at 24 kHz and peak-normalised, int16; long ones in pieces."""
        for file in sorted(filter(_is_recording, _inside(folder))):
            try:
                digest = hashlib.sha256(file.read_bytes() if file.is_file() else b"").digest()
                if file.is_file() and digest in self.seen:
                    self.copies += 1
                    continue
                self.seen.add(digest)
                for audio in self._pieces(file):
                    trimmed = trim(audio)
                    yield np.round(trimmed / np.abs(trimmed).max() * 32_000).astype(np.int16)
            except OSError as error:  # a disk that is away, or nothing for us
                self.skipped.append(f"{shown(file.name)} cannot be read ({error.strerror}).")
            except AudioError as error:
                self.skipped.append(str(error))

    def _pieces(self, file: Path) -> Iterator[np.ndarray]:
        """A recording (time,) at 24 kHz, of which each piece may be read at once."""
        try:
            loaded = load(file, shown(file.name))
        except TooLong:
            lasts_s = length_s(file)
            if lasts_s is None:
                raise
            yield from self._stretches(file, lasts_s)
        else:
            self.notes.extend(loaded.notes)
            yield loaded.audio

    def _stretches(self, file: Path, lasts_s: float) -> Iterator[np.ndarray]:
        """A long recording, ten minutes (time,) at once; a note for those that cannot be used, AudioError if all."""
        wrong: dict[float, AudioError] = {}
        for start_s in count(0.0, MAX_SECONDS):
            if start_s >= lasts_s - 1:
                break
            try:
                yield load(file, shown(file.name), start_s, MAX_SECONDS).audio
            except NothingThere:  # its header claims more
                break
            except AudioError as error:
                wrong[start_s] = error
        if wrong and len(wrong) * MAX_SECONDS >= start_s:
            raise wrong[0.0]
        for begun_s, why in wrong.items():
            minutes = f"{begun_s / 60:.0f} to {min(begun_s + MAX_SECONDS, lasts_s) / 60:.0f}"
            self.notes.append(f"{shown(file.name)}, minutes {minutes}: left out, as {why}")


def trim(audio: np.ndarray, threshold_db: float = -45.0, margin_s: float = 0.03) -> np.ndarray:
    """audio (time,) without what lies more than threshold_db under its peak at either end, but for a margin."""
    loud = np.flatnonzero(np.abs(audio) > np.abs(audio).max() * 10 ** (threshold_db / 20))
    margin = int(margin_s * SAMPLE_RATE)
    return audio[max(0, loud[0] - margin) : loud[-1] + margin]


def _is_recording(path: Path) -> bool:
    """Whether a file's name is one of a recording; also of a link to nothing, which is spoken of."""
    return path.suffix.lower() in ENDINGS and path.name[0] != "." and not os.path.isdir(path)


def _inside(folder: Path) -> Iterator[Path]:
    """All files under a speaker's folder. Links to folders are followed, but to none twice, to no other speaker and
    not to what holds them all; hidden folders hold what was thrown away."""
    corpus, own = folder.parent.resolve(), folder.resolve()
    seen = {corpus, *corpus.parents}
    for place, folders, files in os.walk(folder, followlinks=True):
        here = Path(place).resolve()
        if here in seen or (here.parent == corpus and here != own and here.name[0] != "."):
            folders.clear()
            continue
        seen.add(here)
        folders[:] = sorted(name for name in folders if name[0] != ".")
        yield from (Path(place, name) for name in files)


def _holds_folders_alone(folder: Path) -> bool:
    """Whether folders lie in it, and no recording."""
    try:
        inside = list(folder.iterdir())
    except OSError:  # not ours to read: it will be a speaker without a recording
        return False
    return any(map(os.path.isdir, inside)) and not any(map(_is_recording, inside))


def _leads_back(path: Path, folder: Path) -> bool:
    """Whether a link leads to the corpus itself, or to what holds it."""
    return path.is_symlink() and path.resolve() in (folder.resolve(), *folder.resolve().parents)
