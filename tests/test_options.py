"""Promise: an option that no run can have is refused in a sentence, before any work."""

import shutil
import sys
from pathlib import Path

import pytest

from core.checkpoints.limits import CheckpointError
from core.explorer import CHECKPOINTS
from training.__main__ import main
from training.atlas import AtlasRun
from training.config import ControllerRun, VAERun
from training.evaluate import EvaluateRun
from training.experiments.vocoder import VocoderRun
from training.options import refuse

HERE = Path("corpus")
WRONG = {
    "--pairs 0 is too few: please ask for 1 at least": VAERun((HERE,), pairs=0),
    "--valid-pairs 0 is too few": VAERun((HERE,), valid_pairs=0),
    "--epochs -1 is too few": VAERun((HERE,), epochs=-1),
    "--batch 0 is too few": ControllerRun(HERE, (HERE,), batch=0),
    "--max-steps 0 is too few": ControllerRun(HERE, (HERE,), max_steps=0),
    "--calibration-pairs 0 is too few": ControllerRun(HERE, (HERE,), calibration_pairs=0),
    "--seed -1 is too few: please ask for 0": AtlasRun(HERE, (HERE,), seed=-1),
    "--seed 4294967295 is too large": AtlasRun(HERE, (HERE,), seed=2**32 - 1),
    "--settings 0 is too few": AtlasRun(HERE, (HERE,), settings=0),
    "--examples 0 is too few": EvaluateRun(HERE, HERE, examples=0),
    "--fixed 2.0 is no share": VAERun((HERE,), fixed=2.0),
    "--learning-rate nan is no number": VAERun((HERE,), learning_rate=float("nan")),
    "--learning-rate 0.0 is no number": VAERun((HERE,), learning_rate=0.0),
    "--hear-every 0.0 is no number": VocoderRun((HERE,), HERE, hear_every=0.0),
    "--beta -1.0 is no number": VAERun((HERE,), beta=-1.0),
    "--effects flanger must be of these: delay": VAERun((HERE,), effects=("flanger",)),
    "--effects  must be of these": VAERun((HERE,), effects=()),
    "--effects delay delay names an effect twice": VAERun((HERE,), effects=("delay", "delay")),
}


@pytest.mark.parametrize("sentence", WRONG)
def test_it_is_refused_in_a_sentence(sentence: str) -> None:
    with pytest.raises(SystemExit) as caught:
        refuse(WRONG[sentence])
    assert str(caught.value).startswith(sentence)
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize(
    "run", [VAERun((HERE,)), ControllerRun(HERE, (HERE,)), AtlasRun(HERE, (HERE,)), EvaluateRun(HERE, HERE)]
)
def test_defaults_are_taken(run: object) -> None:
    refuse(run)


def test_a_disk_that_is_full_at_the_end_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: object) -> None:
        raise OSError(28, "No space left on device", "config.json")

    monkeypatch.setattr("training.__main__.carry_out", full)
    monkeypatch.setattr(sys, "argv", ["training", "corpus", "takes"])
    with pytest.raises(SystemExit, match=r"No space left on device: 'config\.json'\.$"):
        main()


def test_a_file_in_the_place_of_a_run_folder_or_a_start_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("x")
    for out in (tmp_path / "notes.txt", tmp_path / "notes.txt" / "run"):
        with pytest.raises(SystemExit, match=r"notes.txt is a file"):
            refuse(VAERun((HERE,), out=out))
    with pytest.raises(CheckpointError, match=r"config.json is missing"):
        refuse(VAERun((HERE,), start=tmp_path))


def test_a_start_without_its_weights_is_refused(tmp_path: Path) -> None:
    shutil.copy(CHECKPOINTS / "factor" / "config.json", tmp_path)
    with pytest.raises(CheckpointError, match=r"weights.safetensors is missing"):
        refuse(VAERun((HERE,), start=tmp_path))
    (tmp_path / "weights.safetensors").write_bytes(b"version https://git-lfs.github.com/spec/v1\n")
    with pytest.raises(CheckpointError, match=r"a pointer of Git LFS"):
        refuse(VAERun((HERE,), start=tmp_path))


@pytest.mark.parametrize("words", ["--corpus a --corpus b", "--corpus=a --corpus b", "--model width 8 --model depth 2"])
def test_an_option_of_several_values_that_is_given_twice_is_refused(
    words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["training", "vae", "--corpus=c", *words.split()])
    with pytest.raises(SystemExit, match=r"--(corpus|model) is given twice. Please give it once"):
        main()


def test_a_folder_of_the_home_folder_is_found_however_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[VAERun] = []
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr("training.__main__.carry_out", done.append)
    monkeypatch.setattr(sys, "argv", ["training", "vae", "--corpus", "~/a", "b~", "--out=~/run"])
    main()
    assert done[0].corpus == (tmp_path / "a", Path("b~"))
    assert done[0].out == tmp_path / "run"


def test_too_little_shared_memory_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def carry_out(_: object) -> None:
        raise RuntimeError(
            "unable to allocate shared memory(shm) for file </torch_1_2_3>: No space left on device (28)"
        )

    monkeypatch.setattr("training.__main__.carry_out", carry_out)
    monkeypatch.setattr(sys, "argv", ["training", "vae", "--corpus", "a"])
    with pytest.raises(SystemExit, match=r"too little shared memory.*--workers 0.*--shm-size"):
        main()


def test_the_command_line_ends_in_the_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ["training", "vae", "--corpus", str(tmp_path), "--out", str(tmp_path / "run")]
    for more, sentence in ((["--pairs", "0"], "--pairs 0 is too few"), (["--start", str(tmp_path)], "is missing")):
        monkeypatch.setattr(sys, "argv", [*words, *more])
        with pytest.raises(SystemExit, match=sentence):
            main()
    assert not (tmp_path / "run").exists()
