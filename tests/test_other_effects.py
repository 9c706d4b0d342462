"""Promise: a checkpoint that knows other effects than the shipped ones goes by its own, on every page."""

import shutil
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
import torch

from core.checkpoints import hub
from core.checkpoints.folder import load_config, save_config, save_controllers
from core.effects import effect_named, render
from core.explorer import CHECKPOINTS, Explorer
from core.latent.atlas import Atlas, ChainPoints
from core.models.controller import Controller, ControllerConfig
from pages.shared.results import checkpoints
from tests.app import visit

pytestmark = pytest.mark.usefixtures("results_of_this_code")

EFFECTS = ("lowpass", "delay")  # neither all nor in the order of the rack


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """factor, as if it had been trained on two effects: their part of the atlas, and fresh controllers."""
    folder = tmp_path_factory.mktemp("other") / "two"
    shutil.copytree(CHECKPOINTS / "factor", folder)
    config = replace(load_config(folder), effects=EFFECTS, scores={}, controllers={})
    save_config(folder, config)
    atlas = Atlas.load(folder / "atlas.npz")
    number = np.array([EFFECTS.index(name) if name in EFFECTS else -1 for name in atlas.effects], dtype=np.int8)
    kept = np.flatnonzero(number[atlas.effect] >= 0)[::10]
    arrays = {field.name: getattr(atlas, field.name) for field in fields(atlas)}
    chains = ChainPoints.none(arrays["values"].shape[1], arrays["pca"].shape[1])
    arrays = {name: array[kept] if len(array) == len(atlas) else array for name, array in arrays.items()}
    own = {"effects": np.array(EFFECTS), "effect": number[arrays["effect"]], "chains": chains}
    Atlas(**arrays | own).save(folder / "atlas.npz")
    torch.manual_seed(0)
    counts = tuple(len(effect_named(name).parameters) for name in EFFECTS)
    latent = len(atlas.pca_mean)
    sizes = {"full": 0, "w2": 2, "w4": 4}
    fresh = {name: Controller(ControllerConfig(latent, counts, bottleneck=size)) for name, size in sizes.items()}
    save_controllers(folder, fresh, config)
    return folder


def test_it_is_verified_and_answers_with_its_own_effects(folder: Path, dry: np.ndarray) -> None:
    hub.verify(folder)
    explorer = Explorer.load(folder, device="cpu")
    assert tuple(explorer.atlas.effects) == EFFECTS
    setting = explorer.estimate(
        explorer.encode(dry, render(dry, explorer.nearest(np.zeros(explorer.layout.size))))
    ).setting
    assert setting.effect in EFFECTS
    assert explorer.play(np.zeros(2)).setting.effect in EFFECTS


@pytest.mark.parametrize("page", ["overview", "clusters", "reconstruct", "interpolate", "play", "match", "models"])
def test_every_page_goes_by_its_effects(page: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "CHECKPOINTS", folder.parent)
    app = visit(page)
    assert not app.exception
    assert not app.error
    assert app.selectbox(key="checkpoint").value == "two"


def test_an_effect_it_does_not_know_is_no_choice_on_play(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder.parent / "factor").symlink_to(CHECKPOINTS / "factor")
    monkeypatch.setattr(checkpoints, "CHECKPOINTS", folder.parent)
    app = visit("play")
    app.selectbox(key="p_effect").set_value("reverb").run()
    app.selectbox(key="checkpoint").set_value("two").run()
    (folder.parent / "factor").unlink()
    assert not app.exception
    assert app.selectbox(key="p_effect").value == "all"
    assert app.selectbox(key="p_effect").options == ["All effects", "Low-pass ladder", "Delay"]
