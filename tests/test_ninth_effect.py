"""Promise: one more effect takes one more entry in core/effects/rack.py, and nothing else but training.

The product is copied, the entry is written into the copy, and the copy's own tests are run there.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

ENTRY = """\
    Effect(
        "shelf",
        "High shelf",
        "Lifts or lowers what lies above a frequency, and answers it from a wall.",
        (
            Parameter("edge", "Hz", 500.0, 5000.0, 2000.0, "Frequency above which the sound is lifted.", "log"),
            Parameter("lift", "dB", -24.0, 24.0, 12.0, "How far it is lifted."),
            Parameter("pause", "ms", 20.0, 90.0, 40.0, "Time until the wall answers.", role="repeat"),
            Parameter("answer", "%", 20.0, 60.0, 40.0, "Share of the answer in the sound."),
            Parameter("loudness", "dB", -9.0, 9.0, 0.0, "Loudness against the dry sound.", role="level"),
        ),
        lambda edge, lift, pause, answer: [
            pedalboard.HighShelfFilter(cutoff_frequency_hz=edge, gain_db=lift),
            Delay(delay_seconds=pause / 1000, feedback=0.0, mix=answer / 100),
        ],
        way="static",
    ),
"""
"""A unit, a level and a repeat that no other effect has, and a plugin that none uses."""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The product with nine effects."""
    copy = tmp_path_factory.mktemp("nine")
    for folder in ("core", "pages", "training", "tests", ".streamlit"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__", "benchmarks"))
    for file in ("streamlit_app.py", "pyproject.toml"):
        shutil.copy(ROOT / file, copy)
    (copy / "checkpoints").symlink_to(ROOT / "checkpoints")
    rack = copy / "core" / "effects" / "rack.py"
    code, end = rack.read_text(), "    ),\n)\n\n_BY_NAME"
    assert code.count(end) == 1
    code = code.replace(end, f"    ),\n{ENTRY})\n\n_BY_NAME")
    rack.write_text(code.replace("from pedalboard", "import pedalboard\nfrom pedalboard", 1))
    return copy


BANK = tuple(f"tests/test_{name}.py" for name in ("effects", "automation", "code", "knobs"))
CHOSEN = "nine_effects or shelf or random or exported or row or wrong"


@pytest.fixture(scope="module")
def told(copy: Path) -> str:
    """What pytest says in the copy of the bank of every effect, and of nine_effects.py."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-rA", "-k", CHOSEN]
    done = subprocess.run(
        [*command, *BANK, "tests/nine_effects.py"], cwd=copy, capture_output=True, text=True, timeout=600, check=False
    )
    return done.stdout


def failed(told: str, *files: str) -> list[str]:
    """Tests of these files that failed or could not begin."""
    bad = re.findall(r"^(?:FAILED|ERROR) (\S+)", told, re.MULTILINE)
    return [name for name in bad if name.startswith(files)]


def test_the_bank_of_every_effect_takes_it(told: str) -> None:
    assert not failed(told, *BANK), told[-6000:]
    assert len(re.findall(r"^PASSED tests/test_\S+\[shelf", told, re.MULTILINE)) >= 20, told[-6000:]
    assert "PASSED tests/test_effects.py::test_every_knob_is_audible[shelf-4]" in told


def test_paths_polish_files_and_every_page_take_it(told: str) -> None:
    assert not failed(told, "tests/nine_effects.py"), told[-6000:]
    assert told.count("PASSED tests/nine_effects.py::test_pages") >= 8
