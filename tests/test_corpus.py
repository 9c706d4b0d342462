"""Promise: a folder of recordings, whatever lies in it, becomes a corpus of full segments, or a sentence."""

import errno
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from core.audio import SAMPLE_RATE, SEGMENT
from core.audio.clips import FOLDER, load_clip
from core.audio.io import encode
from core.audio.measure import loudness_lufs
from tests.broken_audio import silent_flac
from training.corpus import SPLITS, Corpus, by_hash, pack
from training.folders import Reader, trim
from training.pairs import Pairs


def test_packing_splits_by_speaker_and_drops_copies_and_broken_files(corpus: Path) -> None:
    packed = Corpus(corpus)
    assert [speaker.name for speaker in packed.split("valid")] == ["speaker-3"]
    assert len(packed.split("train")) == 3
    assert sum(len(speaker.recordings) for speaker in packed.split("all")) == 8


def test_a_corpus_with_nothing_in_it_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="one folder of audio a speaker"):
        pack(tmp_path)
    (tmp_path / "speaker").mkdir()
    (tmp_path / "speaker" / "noise.wav").write_bytes(b"no sound")
    with pytest.raises(SystemExit, match="no readable recording"):
        pack(tmp_path)
    with pytest.raises(SystemExit, match="python -m training corpus"):
        Corpus(tmp_path)


def test_a_corpus_of_one_speaker_is_refused_for_training(tmp_path: Path) -> None:
    (tmp_path / "solo").mkdir()
    shutil.copy(FOLDER / "speech_en_m_uh3.flac", tmp_path / "solo")
    with pytest.raises(SystemExit, match="no folder of the valid speaker nobody"):
        pack(tmp_path, {"valid": ["nobody"]})
    pack(tmp_path)
    packed = Corpus(tmp_path)
    assert len(packed.split("train")) == len(packed.split("all")) == 1
    with pytest.raises(SystemExit, match="only solo"):
        packed.split("valid")


def test_recordings_shorter_than_a_segment_fill_one(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        sound = load_clip("speech_en_m_uh3")[24000:27000] * (1.0 if name == "a" else 0.5)
        (tmp_path / name / "word.wav").write_bytes(encode(sound))
    pack(tmp_path)
    packed = Corpus(tmp_path)
    segment = packed.words(packed.speakers[0], np.random.default_rng(0), SEGMENT)
    assert np.abs(segment.reshape(-1, 8192)).max(axis=1).min() > 0


def test_words_are_full_and_pairs_at_reference_loudness(corpus: Path) -> None:
    packed = Corpus(corpus)
    for speaker in packed.split("all"):
        assert packed.words(speaker, np.random.default_rng(0), SEGMENT).shape == (SEGMENT,)
    for index in range(4):
        assert abs(loudness_lufs(Pairs(packed, "all", ("delay",))[index].dry) + 23) < 0.1


def test_trim_keeps_the_sound() -> None:
    sound = np.concatenate([np.zeros(5000), np.ones(1000), np.zeros(5000)]).astype(np.float32)
    trimmed = trim(sound)
    assert trimmed.sum() == 1000
    assert len(trimmed) < 3000


def test_a_link_to_nothing_is_left_out_and_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        shutil.copy(FOLDER / "speech_en_m_uh3.flac", tmp_path / name / f"{name}.flac")
    (tmp_path / "b" / "b.flac").write_bytes((FOLDER / "speech_en_f_allison.flac").read_bytes())
    (tmp_path / "b" / "gone.flac").symlink_to("../.git/annex/objects/gone.flac")
    pack(tmp_path)
    assert [len(speaker.recordings) for speaker in Corpus(tmp_path).speakers] == [1, 1]
    assert "1 files left out, the first: gone.flac cannot be read" in capsys.readouterr().out


@pytest.mark.parametrize("text", [b"Anna Maria\n", b"\xef\xbb\xbfAnna Maria\r\n\r\n"])
def test_a_list_of_validation_speakers_has_a_name_a_line(text: bytes, tmp_path: Path) -> None:
    for name, clip in (("Anna Maria", "speech_en_m_uh3"), ("Bob", "speech_en_f_allison")):
        (tmp_path / name).mkdir()
        shutil.copy(FOLDER / f"{clip}.flac", tmp_path / name)
    (tmp_path / "valid_speakers.txt").write_bytes(text)
    pack(tmp_path)
    assert [speaker.name for speaker in Corpus(tmp_path).split("valid")] == ["Anna Maria"]


def test_speakers_that_lie_a_floor_deeper_are_spoken_of(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for place, clip in (("wav/p1", "speech_en_m_uh3"), ("wav/p2", "speech_en_f_allison"), ("p3", "speech_it_m_carlo")):
        (tmp_path / place).mkdir(parents=True)
        shutil.copy(FOLDER / f"{clip}.flac", tmp_path / place)
    pack(tmp_path)
    said = " ".join(capsys.readouterr().out.split())
    assert "wav: taken as one speaker each, though they hold nothing but folders" in said
    pack(tmp_path / "wav")
    assert "taken as one speaker" not in capsys.readouterr().out


def clips_of(folder: Path, *names: str) -> None:
    """A corpus with one short clip for each speaker, every one another sound."""
    sound = load_clip("speech_en_m_uh3")[:48_000]
    for number, name in enumerate(names):
        (folder / name).mkdir(parents=True)
        (folder / name / "a.wav").write_bytes(encode(sound[number * 100 :]))


def test_a_list_of_splits_says_what_each_speaker_is_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clips_of(tmp_path, "Anna Maria", "Bob", "Cy", "Dan")
    (tmp_path / "splits.txt").write_text("test: Anna Maria\ncalibration:Bob\n\nvalid: Cy\n")
    pack(tmp_path)
    packed = Corpus(tmp_path)
    assert {speaker.name: speaker.split for speaker in packed.speakers} == {
        "Anna Maria": "test", "Bob": "calibration", "Cy": "valid", "Dan": "train",
    }  # fmt: skip
    assert packed.held_out("test") == "test"
    assert "test: 0.0 minutes of 1 speakers" in capsys.readouterr().out
    pack(tmp_path, {"valid": ["Dan"]})  # whoever packs has the last word
    assert [speaker.name for speaker in Corpus(tmp_path).split("train")] == ["Anna Maria", "Bob", "Cy"]
    assert Corpus(tmp_path).held_out("test") == "valid"
    assert "the validation speakers stand in" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "reason"),
    [("Anna\n", "SPLIT: SPEAKER"), ("exam: Anna\n", "one of train"), ("test: A\nvalid: A\n", "for test and for valid")],
)
def test_a_list_of_splits_that_means_nothing_is_refused(text: str, reason: str, tmp_path: Path) -> None:
    clips_of(tmp_path, "Anna", "A")
    (tmp_path / "splits.txt").write_text(text)
    with pytest.raises(SystemExit, match=reason):
        pack(tmp_path)


def test_of_many_speakers_three_splits_of_a_tenth_are_held_out() -> None:
    names = [f"p{number}" for number in range(110)]
    counts = Counter(by_hash(names).values())
    assert counts == dict.fromkeys(SPLITS[1:], 11)
    assert Counter(by_hash(names[:24]).values()) == dict.fromkeys(SPLITS[1:], 3)
    assert list(by_hash(names[:8]).values()) == ["valid"]
    assert by_hash(names[:1]) == {}


def recording(path: Path, clip: str = "speech_en_m_uh3") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(FOLDER / f"{clip}.flac", path)


LAYOUTS = {
    "VCTK": (("wav48/p225/1.flac", "wav48/p226/1.flac", "txt/p225/1.flac"), "txt, wav48: taken as one speaker each"),
    "LibriTTS": (("train-clean-100/103/1240/1.flac", "dev-clean/84/121123/2.flac"), "the names sound like subsets"),
    "DAPS": (
        ("clean/f1_script1_clean.flac", "ipad/f1_script1_ipad.flac"),
        "clean and ipad both hold recordings of f1",
    ),
    "one folder": (("anna/1.flac", "anna/2.flac"), "anna is the only folder"),
    "loose": (("1.flac", "2.flac", "anna/1.flac", "bob/2.flac"), "2 recordings lie beside the folders"),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_word_before_the_work_where_folders_are_no_speakers(
    layout: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    places, word = LAYOUTS[layout]
    for place, clip in zip(places, ("speech_en_m_uh3", "speech_en_f_allison", "bell", "tabla_loop"), strict=False):
        recording(tmp_path / place, clip)
    pack(tmp_path)
    said = " ".join(capsys.readouterr().out.split())
    assert word in said
    assert said.index(word) < said.index("Packing")


def test_speakers_of_one_list_of_sentences_are_not_taken_for_conditions(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, clip in (("bdl", "speech_en_m_uh3"), ("slt", "speech_en_f_allison")):
        recording(tmp_path / name / "arctic_a0001.flac", clip)
    pack(tmp_path)
    assert "both hold" not in capsys.readouterr().out


def test_whatever_lies_in_a_speakers_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    odd = tmp_path / "[red] \U0001f600\n"
    recording(odd / "a [bold]\n.flac")
    recording(odd / "inner.wav" / "b.flac", "speech_en_f_allison")  # a folder that is named like a recording
    (odd / "empty.wav").touch()
    (odd / "loop.wav").symlink_to("loop.wav")
    os.mkfifo(odd / "pipe.wav")
    (odd / "._a.wav").write_bytes(b"Mac OS X        ")
    recording(tmp_path / os.fsdecode(b"Jos\xe9") / "c.flac", "speech_it_m_carlo")  # not UTF-8
    (tmp_path / "me").symlink_to(tmp_path)
    (tmp_path / "nobody").mkdir()
    pack(tmp_path)
    packed = {speaker.name: len(speaker.recordings) for speaker in Corpus(tmp_path).speakers}
    assert packed == {odd.name: 2, os.fsdecode(b"Jos\xe9"): 1}
    said = " ".join(capsys.readouterr().out.split())
    assert "nobody: no readable recording, so no speaker" in said
    assert "3 files left out" in said
    assert "[red]" in said


def test_a_recording_of_more_than_ten_minutes_is_packed_in_pieces(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "book.flac").write_bytes(silent_flac(0.18, clicks=True))
    recording(tmp_path / "b" / "b.flac")
    pack(tmp_path)
    book = Corpus(tmp_path).speakers[0]
    assert [length / SAMPLE_RATE for _, length in book.recordings] == pytest.approx([590, 30], abs=1)


def test_what_there_is_to_say_of_recordings_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, clip in (("a", "speech_en_m_uh3"), ("b", "speech_en_f_allison")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "cut.wav").write_bytes(encode(load_clip(clip))[: 100_000 if name == "a" else None])
    pack(tmp_path)
    assert "1 things to say of what was read, the first: cut.wav ends early" in " ".join(
        capsys.readouterr().out.split()
    )


def test_a_list_that_is_no_text_and_names_in_two_spellings(tmp_path: Path) -> None:
    for name, clip in (("Jose\u0301 ", "speech_en_m_uh3"), ("Bob", "speech_en_f_allison")):
        recording(tmp_path / name / "a.flac", clip)
    (tmp_path / "valid_speakers.txt").write_text("Jos\u00e9\n", encoding="utf-8")
    pack(tmp_path)
    assert [speaker.name for speaker in Corpus(tmp_path).split("valid")] == ["Jose\u0301 "]
    (tmp_path / "valid_speakers.txt").write_bytes("Jos\u00e9\n".encode("latin-1"))
    with pytest.raises(SystemExit, match=r"cannot be read as text. Please save it as UTF-8"):
        pack(tmp_path)


def test_a_full_disk_is_a_sentence_and_leaves_the_old_corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, clip in (("a", "speech_en_m_uh3"), ("b", "speech_en_f_allison")):
        recording(tmp_path / name / "a.flac", clip)
    pack(tmp_path)
    before = (tmp_path / "packed.json").read_bytes()

    def full(*_: object) -> Iterator[np.ndarray]:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Reader, "recordings", full)
    with pytest.raises(SystemExit, match=r"cannot be written to \(No space left on device\)"):
        pack(tmp_path)
    assert (tmp_path / "packed.json").read_bytes() == before
    assert not [path.name for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_a_corpus_that_is_not_whole_is_refused(tmp_path: Path) -> None:
    recording(tmp_path / "a" / "a.flac")
    pack(tmp_path)
    os.truncate(tmp_path / "packed.int16", 1000)
    with pytest.raises(SystemExit, match=r"is not packed to its end. Please run again"):
        Corpus(tmp_path)
    (tmp_path / "packed.json").write_text("[{")
    with pytest.raises(SystemExit, match="is not packed to its end"):
        Corpus(tmp_path)
