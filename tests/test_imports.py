"""Promise: the arrows between packages point one way (README, "Who may import whom")."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = [
    file for folder in ("core", "training", "pages") for file in (ROOT / folder).rglob("*.py")
] + [ROOT / "streamlit_app.py"]  # fmt: skip


def imported(file: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


def forbidden(file: Path) -> tuple[str, ...]:
    place = file.relative_to(ROOT).parts
    rules = {
        "core": ("streamlit", "lightning", "pages", "training", "tests", "pickle"),
        "training": ("streamlit", "pages", "tests", "pickle"),
        "pages": ("lightning", "training", "tests", "pickle"),
        "streamlit_app.py": ("lightning", "training", "tests", "core.models", "core.explorer"),
    }
    extra = {
        ("core", "models"): ("core.effects", "core.latent", "core.explorer"),
        ("core", "effects"): ("core.models", "core.latent", "core.explorer"),
        ("core", "audio"): ("core.models", "core.latent", "core.effects", "core.explorer"),
        ("core", "latent"): ("core.models", "core.effects", "core.audio", "core.explorer"),
    }
    only = {"soundfile": ("core", "audio", "io.py"), "huggingface_hub": ("core", "checkpoints", "hub.py")}
    alone = tuple(name for name, user in only.items() if place != user)
    return rules[place[0]] + extra.get(place[:2], ()) + alone


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_no_arrow_points_back(file: Path) -> None:
    found = {name for name in imported(file) for bad in forbidden(file) if name == bad or name.startswith(bad + ".")}
    assert not found, f"{file} imports {found}"


def test_heavy_packages_stay_off_the_way_to_first_paint() -> None:
    code = (
        "import sys, core.effects, core.audio.clips, core.audio.io, pages.shared.choices, pages.shared.controls, "
        "pages.shared.results.checkpoints, pages.shared.results.sounds, pages.shared.results.paths, "
        "pages.shared.results.points, pages.shared.figures.latent_map, pages.shared.figures.spectrograms, "
        "pages.shared.arrival, pages.shared.queue;"
        "heavy = ('torch', 'umap', 'sklearn', 'numba', 'lightning', 'huggingface_hub');"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
