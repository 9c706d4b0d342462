"""Promise: what a command of a folder cannot carry out is a sentence, and nothing is written."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from core.audio.clips import load_clip
from core.audio.io import encode
from core.folder import FolderError, apply_files, encode_files, match_files, morph_files
from core.folder.journal import journal_of
from core.paths.route import Route

LONG = "l" * 300


def one_name_twice(folder: Path) -> None:
    (folder / "x.flac").write_bytes(encode(load_clip("bell"), "flac"))
    match_files(folder, folder)


def another_command(folder: Path) -> None:
    out = folder.parent / "z.csv"
    begun = {"format": "latentfx-journal/1", "about": {"the command": "encode"}, "columns": {}}
    journal_of(out).write_text(json.dumps(begun) + "\n")
    match_files(folder, folder, out)


def columns_of_others(folder: Path) -> None:
    (folder.parent / "z.csv").write_text("name,price\n")
    match_files(folder, folder, folder.parent / "z.csv")


def no_journal(folder: Path) -> None:
    journal_of(folder.parent / "z.csv").write_text("name,price\n")
    match_files(folder, folder, folder.parent / "z.csv")


def others_rows(folder: Path) -> None:
    encode_files(folder / "x.wav", folder.parent / "z.csv", workers=1)
    encode_files(folder / "inner", folder.parent / "z.csv", workers=1)


def dry_twice(folder: Path) -> None:
    for name in ("a_dry.wav", "a_dry.flac", "a_wet.wav"):
        (folder / name).write_bytes(b"")
    match_files(folder)


def there_already(folder: Path) -> None:
    (folder.parent / "out").mkdir()
    (folder.parent / "out" / "x_delay.wav").write_bytes(b"")
    apply_files("delay", folder / "x.wav", folder.parent / "out")


def long_names(folder: Path) -> None:
    long = folder / f"{'l' * 200}.wav"
    long.write_bytes(encode(load_clip("bell")))
    morph_files(long, long, folder.parent / "out", ("delay", "reverb"), Route(steps=2))


def of_two_folders(folder: Path) -> None:
    (folder / "inner" / "x.wav").write_bytes((folder / "x.wav").read_bytes())
    apply_files("delay", [folder / "x.wav", folder / "inner" / "x.wav"], folder.parent / "out")


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda folder: match_files(folder), "holds no pairs: names such as take_dry.wav with take_wet"),
        (lambda folder: match_files(folder, folder / "inner"), "of one name in both were looked for, and found"),
        (lambda folder: match_files(folder / "x.wav", folder), "please give two folders or two files"),
        (lambda folder: match_files(folder / "nowhere"), "There is no file or folder"),
        (lambda folder: encode_files([]), "There is nothing to work on"),
        (lambda folder: encode_files(folder.parent / "empty"), "empty holds no recordings (WAV, FLAC"),
        (lambda folder: encode_files(folder, folder / "no" / "z.csv"), "There is no folder"),
        (lambda folder: encode_files(folder, folder / "z.xlsx"), "names no table: please let it end in .csv"),
        (lambda folder: encode_files(folder, workers=0), "There is no work with 0 processes"),
        (lambda folder: apply_files("delay", folder, folder / "out"), "whose recordings are read"),
        (lambda folder: apply_files("delay", folder, folder.parent / "no" / "out"), "There is no folder"),
        (lambda folder: apply_files("delay", folder / "inner", folder / "x.wav"), "is a file. Please name a folder"),
        (lambda folder: morph_files(folder / "x", folder / "y", folder.parent / "out"), "has no x_dry and x_wet"),
        (lambda folder: apply_files("delay", folder, Path("/dev/null/out")), "There is no folder /dev/null"),
        (lambda folder: apply_files("delay", folder, folder.parent / LONG), "cannot be made (File name too"),
        (lambda folder: encode_files(folder / f"{LONG}.wav"), "cannot be used (File name too long)"),
        (lambda folder: encode_files(folder, folder / f"{LONG}.csv"), "cannot be used (File name too long)"),
        (lambda folder: match_files(folder, folder / LONG), "cannot be used (File name too long)"),
        (lambda folder: apply_files("delay", folder, folder.parent / LONG / "out"), "used (File name too long)"),
        (lambda folder: morph_files(folder / LONG / "x", folder / "x.wav", folder.parent / "out"), "name too long"),
        (long_names, "step-01.wav cannot be written (File name too long). Please mend that"),
        (one_name_twice, "have one name, x. Please rename one"),
        (dry_twice, "are both the dry sound of one pair"),
        (of_two_folders, "have one name, x_delay.wav. Please rename one"),
        (another_command, "was begun with the command encode, not match. Please choose another --out"),
        (columns_of_others, "is there already, with other columns. Please choose another --out"),
        (no_journal, "z.csv.journal is no journal of LatentFX"),
        (others_rows, "x.wav, which is not among these recordings"),
        (there_already, "x_delay.wav is there already"),
    ],
    ids=lambda value: "" if callable(value) else value[:30],
)  # fmt: skip
def test_a_command_that_cannot_be_carried_out_is_a_sentence(
    call: Callable[[Path], object], said: str, recordings: Path
) -> None:
    (recordings.parent / "empty").mkdir()
    with pytest.raises(FolderError, match=re.escape(said)) as refused:
        call(recordings)
    assert str(refused.value).endswith((".", ")."))
    assert not (recordings / "no").exists()
