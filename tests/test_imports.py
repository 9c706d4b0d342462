"""Promise: the arrows between rooms point one way (README, "Who may import whom"), and none go round in circles."""

import ast
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = [
    *(file for folder in ("core", "training", "pages") for file in (ROOT / folder).rglob("*.py")),
    ROOT / "streamlit_app.py",
]


def module(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module(file): file for file in FILES}

PAGES = sorted({name.split(".")[1] for name in MODULES if name.count(".") > 1} & {
    folder.name for folder in (ROOT / "pages").iterdir() if (folder / "page.py").exists()
})  # fmt: skip
FLOOR = {"core.strict_json", "core.processes", "core.cells"}
ROOMS = ("match", "paths", "checkpoints", "models", "latent", "effects", "audio")
SOUND = {"core.effects", "core.latent", "core.audio"}
ARROWS: dict[str, set[str]] = {
    "core.explorer": {f"core.{room}" for room in ROOMS},
    "core.apart": {"core.explorer", "core.match"},
    "core.folder": {"core.explorer", *(f"core.{room}" for room in ROOMS)},
    "core.own_map": {"core.explorer", *(f"core.{room}" for room in ROOMS)},
    "core.match": SOUND,
    "core.paths": SOUND,
    "core.checkpoints": {"core.models", *SOUND},  # an atlas that arrives from the Hub is verified, too
    "core.models": {"core.audio"},
    "core.effects": {"core.audio"},
    "core.latent": set(),
    "core.audio": set(),
    "core.strict_json": set(),
    "core.processes": set(),
    "core.cells": set(),
    "training": {"core"},
    "streamlit_app": {"core.processes", "pages.shared", *(f"pages.{page}.page" for page in PAGES)},
    **{f"pages.{page}": {"pages.shared", "pages.widgets", "core"} for page in PAGES},
    "pages.models": {"pages.static", "pages.shared", "pages.widgets", "core"},  # it offers the page without a server
    "pages.static": {"pages.shared", "pages.widgets", "core"},
    "pages.shared": {"pages.widgets", "core"},
    "pages.widgets": set(),
}
"""Whom a room may import of ours, beside its own modules; everybody in core, FLOOR."""

ONLY = {
    "streamlit": ("streamlit_app", "pages"),
    "lightning": ("training",),
    "soundfile": ("core.audio.io", "core.audio.decoders"),
    "av": ("core.audio.decoders",),
    "huggingface_hub": ("core.checkpoints.hub",),
    "pickle": (),
    "tests": (),
}
"""Who alone may import a package."""


def within(name: str, place: str) -> bool:
    return name == place or name.startswith(place + ".")


def imported(file: Path) -> set[str]:
    """Names of the modules that a file imports: at its head, in a function, or for type checkers alone."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.module, f"{file}: a relative import"
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            names |= (inner & MODULES.keys()) | ({node.module} if inner - MODULES.keys() else set())
    return names


@pytest.mark.parametrize("name", MODULES)
def test_no_arrow_points_back(name: str) -> None:
    rooms = [room for room in ARROWS if within(name, room)]
    allowed = {*rooms, *(place for room in rooms for place in ARROWS[room])} | (
        FLOOR if within(name, "core") else set()
    )
    found = imported(MODULES[name])
    ours = {other for other in found if other.split(".")[0] in ("core", "pages", "training", "streamlit_app")}
    # What a package says of itself, as core.audio its sample rate, is its room's.
    wrong = {other for other in ours if not any(within(other, place) for place in allowed)}
    used = {package for package in ONLY if any(within(other, package) for other in found)}
    alone = {package for package in used if not any(within(name, user) for user in ONLY[package])}
    assert rooms or name in ("core", "pages"), f"{name} belongs to no room"
    assert not wrong | alone, f"{name} imports {wrong | alone}"


def test_no_imports_go_in_circles() -> None:
    """Those for type checkers count: whoever reads has to go round, too."""
    graph = {name: (imported(file) & MODULES.keys()) - {name} for name, file in MODULES.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


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
