"""Promise: what is odd about a corpus costs nothing but itself, and is said before anybody waits for a training."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from core.audio import SAMPLE_RATE
from core.audio.clips import load_clip
from core.audio.io import encode
from training.corpus import Corpus, pack

RATE = 2_000  # as few samples as a minute can have


def put(*files: Path) -> None:
    """Short recordings, every one another sound."""
    sound = load_clip("speech_en_m_uh3")[:48_000]
    for number, file in enumerate(files):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(encode(sound[number * 100 :]))


def counts(folder: Path) -> dict[str, int]:
    """By speaker, how many recordings were packed."""
    return {speaker.name: len(speaker.recordings) for speaker in Corpus(folder).speakers}


def said(capsys: pytest.CaptureFixture[str]) -> str:
    return " ".join(capsys.readouterr().out.split())


def long_recording(file: Path, minutes: int, bad: slice, value: float) -> None:
    """Minutes of noise, of which those of `bad` hold one value alone."""
    sound = np.random.default_rng(0).standard_normal((minutes, 60 * RATE)).astype(np.float32) * 0.1
    sound[bad] = value
    file.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(file, sound.ravel(), RATE, subtype="FLOAT")


@pytest.mark.parametrize("value", [0.0, np.nan])
@pytest.mark.parametrize("bad", [slice(0, 10), slice(10, 20)])
def test_a_stretch_of_a_long_recording_that_cannot_be_used_costs_that_stretch_alone(
    bad: slice, value: float, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    long_recording(tmp_path / "a" / "long.wav", 22, bad, value)
    put(tmp_path / "b" / "b.wav")
    pack(tmp_path)
    lengths = [length / SAMPLE_RATE for _, length in Corpus(tmp_path).speakers[0].recordings]
    assert lengths == pytest.approx([600, 120], abs=1)
    text = said(capsys)
    assert f"long.wav, minutes {bad.start} to {bad.stop}: left out, as long.wav " in text
    assert "files left out" not in text


def test_a_long_recording_without_any_sound_is_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    long_recording(tmp_path / "a" / "long.wav", 12, slice(0, 12), 0.0)
    put(tmp_path / "b" / "b.wav")
    pack(tmp_path)
    assert counts(tmp_path) == {"b": 1}
    assert "1 files left out, the first: long.wav is silent" in said(capsys)


def test_what_a_corpus_is_in_other_letters_is_refused_before_any_work(tmp_path: Path) -> None:
    put(tmp_path / "a" / "a.wav", tmp_path / "b" / "b.wav")
    pack(tmp_path)
    assert Corpus(tmp_path).about == tmp_path.name
    (tmp_path / "about.txt").write_bytes("\ufeffVon Müller, CC0\r\n".encode())
    assert Corpus(tmp_path).about == "Von Müller, CC0"
    (tmp_path / "about.txt").write_bytes("Von Müller, CC0\n".encode("latin-1"))
    before = (tmp_path / "packed.json").stat().st_mtime_ns
    for work in (Corpus, pack):
        with pytest.raises(SystemExit, match=r"about.txt cannot be read as text. Please save it as UTF-8"):
            work(tmp_path)
    assert (tmp_path / "packed.json").stat().st_mtime_ns == before


@pytest.mark.parametrize("what", ["no recording", "copies alone"])
def test_where_nobody_is_left_of_a_split_that_was_named_nobody_else_is_chosen(what: str, tmp_path: Path) -> None:
    put(tmp_path / "a" / "a.wav", tmp_path / "b" / "b.wav")
    put(tmp_path / "c" / ("a.txt" if what == "no recording" else "a.wav"))
    for splits in ({"valid": ["c"]}, {"valid": ["b"], "test": ["c"]}):
        with pytest.raises(SystemExit, match=r"no readable recording of its own of the (valid|test) speaker c"):
            pack(tmp_path, splits)
    pack(tmp_path, {"valid": ["b", "c"]})
    assert {speaker.name: speaker.split for speaker in Corpus(tmp_path).speakers} == {"a": "train", "b": "valid"}


def test_nobody_left_to_train_on_is_said_at_packing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(tmp_path / "a" / "a.wav", tmp_path / "b" / "b.wav")
    pack(tmp_path, {"valid": ["a"], "test": ["b"]})
    assert "Nobody is left to train on" in said(capsys)
    with pytest.raises(SystemExit, match=r"pack again and name fewer with --valid, --calibration and --test"):
        Corpus(tmp_path).split("train")


def test_recordings_in_linked_folders_are_packed_once_and_a_ring_of_links_ends(
    tmp_path: Path,
) -> None:
    corpus, store = tmp_path / "corpus", tmp_path / "store"
    plain = "a/a.wav", "b/b.wav", ".raw/old/e.wav"
    put(*(corpus / file for file in plain), store / "wav" / "c.wav", store / "wav" / "deep" / "d.wav")
    (corpus / "a" / "more").symlink_to(store / "wav")
    (corpus / "a" / "again").symlink_to(store / "wav")
    (store / "wav" / "ring").symlink_to(store)
    (corpus / "c").mkdir()
    (corpus / "c" / "wav").symlink_to(corpus / ".raw" / "old")
    (corpus / "b" / "all").symlink_to(corpus)
    (corpus / "b" / "friend").symlink_to(corpus / "a")
    pack(corpus)
    assert counts(corpus) == {"a": 3, "b": 1, "c": 1}


def test_hidden_folders_are_nobodys_recordings(tmp_path: Path) -> None:
    files = "a/a.wav", "a/.Trash-1000/old/t.wav", "b/b.wav", "b/in/c.wav", "b/in/.ipynb_checkpoints/t.wav"
    put(*(tmp_path / file for file in files))
    pack(tmp_path)
    assert counts(tmp_path) == {"a": 1, "b": 2}


@pytest.mark.parametrize(("name", "line"), [("splits.txt", "valid: b"), ("valid_speakers.txt", "b")])
def test_a_list_may_hold_remarks(name: str, line: str, tmp_path: Path) -> None:
    put(tmp_path / "a" / "a.wav", tmp_path / "b" / "b.wav", tmp_path / "# c" / "c.wav")
    (tmp_path / name).write_text(f"# of whom: a\n{line}\n")
    pack(tmp_path)
    assert [speaker.name for speaker in Corpus(tmp_path).split("valid")] == ["b"]
    (tmp_path / "valid_speakers.txt").write_text("# c\n")
    (tmp_path / "splits.txt").unlink(missing_ok=True)
    pack(tmp_path)
    assert [speaker.name for speaker in Corpus(tmp_path).split("valid")] == ["# c"]
