"""Promise: an effect part that is taught further learns more, and what z says stays where it was."""

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from core.audio.measurements import by_effect, tails
from core.audio.spectrogram import SpectrogramConfig
from core.checkpoints.cache import CHECKPOINTS
from core.checkpoints.folder import load, load_config
from core.models.factor_vae import FactorVAE, FactorVAEConfig
from training import card
from training.config import VAERun
from training.labels import Kept, learn_labels
from training.teach import TeachRun, places, teach, widened
from training.vae_module import label_size

SIZES = FactorVAEConfig(
    SpectrogramConfig(measurements="by_effect"), width=8, local_latent=4, effect_latent=4, perceptron=16
)
EFFECTS = ("delay", "overdrive", "lowpass")


@pytest.fixture
def pairs() -> tuple[Tensor, Tensor]:
    """Measurements of 64 pairs, as random as their labels: an effect alone, all its knobs at .5."""
    torch.manual_seed(0)
    label = torch.full((64, 3 + 8), torch.nan)
    label[:, :3] = nn.functional.one_hot(torch.randint(3, (64,)), 3)
    label[:, 3:] = 0.5
    return torch.randn(64, by_effect.COUNT + tails.COUNT), label


def test_what_is_read_beside_counts_nothing_at_first(pairs: tuple[Tensor, Tensor]) -> None:
    before = FactorVAE(SIZES).eval()
    model = widened(before, pairs[0]).eval()
    mu, logvar = model.encode_effect(pairs[0])
    assert torch.allclose(mu, places(before, pairs[0]), atol=1e-6)
    assert torch.equal(model.measured_std[-tails.COUNT :], pairs[0][:, -tails.COUNT :].std(dim=0))
    (mu + logvar).sum().backward()
    first = model.effect_in[0]
    assert isinstance(first, nn.Linear)
    assert first.weight.grad is not None
    assert first.weight.grad[:, -tails.COUNT :].abs().sum() > 0  # it is learnt from


def moved(pairs: tuple[Tensor, Tensor], weight: float) -> float:
    """How far forty epochs of other labels lead z away, in deviations."""
    torch.manual_seed(1)
    before = FactorVAE(SIZES).eval()
    model, home = widened(before, pairs[0]), places(before, pairs[0])
    run = VAERun((), effects=EFFECTS, label_epochs=40)
    learn_labels(model, nn.Linear(4, label_size(EFFECTS)), *pairs, run, Kept(home, weight))
    with torch.inference_mode():
        mu, _ = model.eval().encode_effect(pairs[0])
    return float(((mu - home) / home.std(dim=0)).abs().mean())


def test_what_leaves_its_place_is_drawn_back(pairs: tuple[Tensor, Tensor]) -> None:
    assert moved(pairs, 1.0) < 0.6 * moved(pairs, 0.0)


def test_a_head_learns_to_read_what_is_there(pairs: tuple[Tensor, Tensor]) -> None:
    model = widened(FactorVAE(SIZES), pairs[0])
    before = {name: value.clone() for name, value in model.state_dict().items()}
    head = nn.Linear(4, label_size(EFFECTS))
    unread = head.weight.detach().clone()
    learn_labels(model, head, *pairs, VAERun((), effects=EFFECTS, label_epochs=2), head_alone=True)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert not torch.equal(head.weight, unread)


def test_only_the_effect_part_is_another_in_the_checkpoint_that_arrives(
    small_run: Path, corpus: Path, tmp_path: Path
) -> None:
    checkpoint = small_run / "checkpoint"
    kept = {file: file.read_bytes() for file in checkpoint.iterdir()}
    found = teach(TeachRun(checkpoint, (corpus,), tmp_path, pairs=12, epochs=2, workers=0))
    assert {file: file.read_bytes() for file in checkpoint.iterdir()} == kept
    was, now = (load(folder)[0].state_dict() for folder in (checkpoint, found))
    other = {name.split(".")[0] for name in was if not torch.equal(was[name], now[name])}
    assert other == {"effect_in", "measured_mean", "measured_std"}
    config, before = load_config(found), load_config(checkpoint)
    assert config.training["taught"]["run"]["pairs"] == 12
    assert config.training["command"] == before.training["command"]
    assert "effect part taught further: `python -m training" in card.training(config.training)
    assert (config.controllers, config.scores) == ({}, {})
    assert {**config.model_config, "spectrogram": before.model_config["spectrogram"]} == before.model_config
    assert config.model_config["spectrogram"]["measurements"] == "in_chains"
    assert (config.model, config.effects, config.meaning) == (before.model, before.effects, before.meaning)
    with pytest.raises(SystemExit, match=r"checkpoint holds a checkpoint already\. Please choose another --out"):
        teach(TeachRun(found, (corpus,), tmp_path, pairs=12, workers=0))
    again = teach(
        TeachRun(found, (corpus,), tmp_path / "again", pairs=12, epochs=2, workers=0)
    )  # it reads them all now
    assert load(again)[0].config == load(found)[0].config


def test_a_model_without_an_effect_part_is_refused(corpus: Path, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"joint-2ch has no effect part that .*\. Please give"):
        teach(TeachRun(CHECKPOINTS / "joint-2ch", (corpus,), tmp_path))
    with pytest.raises(SystemExit, match="One pair has no spread"):
        teach(TeachRun(CHECKPOINTS / "factor", (corpus,), tmp_path, pairs=1))
