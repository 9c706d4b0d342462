"""Promise: decoders that are refined err less, and what the effect part says stays bit for bit."""

import shutil
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from core.audio.measurements import measurement_count
from core.audio.spectrogram import SpectrogramConfig
from core.checkpoints.cache import CHECKPOINTS
from core.checkpoints.folder import load, load_config, load_controllers
from core.latent.projection import PCA
from core.models.factor_vae import FactorVAE, FactorVAEConfig
from training import card
from training.atlas import coarse
from training.config import VAERun
from training.refine import RefineRun, grown, refine
from training.teach import TeachRun, teach
from training.vae_module import VAEModule

SIZES = FactorVAEConfig(SpectrogramConfig(samples=512 * 64), width=8, local_latent=4, effect_latent=4, perceptron=16)


@pytest.fixture
def dry() -> Tensor:
    """Magnitudes of 48 pairs, smooth over bands and frames, as sounds are."""
    generator = torch.Generator().manual_seed(0)
    few = torch.randn(48, 1, 9, 7, generator=generator)
    return 10 ** (torch.nn.functional.interpolate(few, (128, 64), mode="bilinear")[:, 0] - 1.5)


def begun(dry: Tensor) -> FactorVAE:
    from training.vae import start_from_pca  # as `vae` begins

    model = FactorVAE(SIZES).eval()
    blocks = model.compress(dry).unflatten(2, (-1, 16)).transpose(1, 2).flatten(0, 1).flatten(1)
    pca = PCA.fit(blocks.numpy(), 4)
    deviation = pca.project(blocks.numpy()).std(axis=0)
    start_from_pca(
        model.linear_in, model.linear_out, *(torch.from_numpy(part) for part in (pca.mean, pca.basis, deviation))
    )
    return model


def error(model: FactorVAE, dry: Tensor) -> float:
    with torch.inference_mode():
        return float((model.compress(dry) - model.decode_content(model.encode_content(dry)[0])[0]).square().mean())


def test_further_numbers_say_what_the_others_leave(dry: Tensor) -> None:
    before = begun(dry[:32])
    learnt = before.linear_out.weight.data  # no PCA any more
    learnt += learnt.std() * torch.randn(learnt.shape, generator=torch.Generator().manual_seed(1))
    model = grown(before, 8, dry[:32]).eval()
    assert isinstance(model, FactorVAE)
    assert model.config.local_latent == 8
    assert error(model, dry[32:]) < 0.75 * error(before, dry[32:])
    was, now = before.encode_content(dry)[0].detach(), model.encode_content(dry)[0].detach()
    steps = SIZES.steps
    kept, new = now.unflatten(1, (8, steps)).split(4, dim=1)
    assert torch.allclose(kept.flatten(1), was, atol=1e-5)
    assert new.std() == pytest.approx(1, abs=0.3)
    measurements = torch.randn(3, len(before.measured_mean))
    assert torch.equal(model.encode_effect(measurements)[0], before.encode_effect(measurements)[0])


def test_as_many_numbers_as_before_change_nothing(dry: Tensor) -> None:
    before = begun(dry)
    after = grown(before, 4, dry).state_dict()
    assert all(torch.equal(value, after[name]) for name, value in before.state_dict().items())


@pytest.mark.parametrize("content_share", [1.0, 0.0])
def test_what_an_ear_hears_is_learnt_from(dry: Tensor, content_share: float) -> None:
    """Of dry while the content is learnt, of wet afterwards."""
    joint = torch.stack([dry, dry.flip(0)], dim=1)[:8]
    losses = []
    for weight in (0.0, 2.0):
        model = grown(begun(dry), 4, dry)
        run = VAERun((), effects=("delay",), ear_weight=weight, content_share=content_share)
        torch.manual_seed(0)
        module = VAEModule(model, run, total_steps=10)
        losses.append(module.loss((joint, torch.randn(8, measurement_count(SIZES.spectrogram)), torch.zeros(8, 5))))
    without, with_ear = losses
    assert "heard" not in without
    numbers = joint[0, : 1 if content_share else 2].numel()
    expected = without["loss"] + 2 * with_ear["heard"] / numbers
    assert with_ear["loss"].item() == pytest.approx(expected.item(), rel=1e-4)


def test_a_checkpoint_that_is_refined_keeps_its_effect_part_and_controllers(
    small_run: Path, corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    checkpoint = small_run / "checkpoint"
    kept = {file: file.read_bytes() for file in checkpoint.iterdir()}
    run = RefineRun(
        checkpoint, (corpus,), tmp_path, local_latent=6, pairs=16, valid_pairs=2, content_steps=2, wet_steps=2,
        batch=8, workers=0, save_every=2,
    )  # fmt: skip
    found = refine(run)
    assert {file: file.read_bytes() for file in checkpoint.iterdir()} == kept
    (was, before), (now, config) = (load(folder) for folder in (checkpoint, found))
    first, second = was.state_dict(), now.state_dict()
    same = {name for name in first if torch.equal(first[name], second[name])}
    assert {name for name in first if name.startswith(("effect_in", "measured_"))} <= same
    assert not {name for name in same if name.startswith(("dry_out", "wet_out", "linear_out"))}
    assert config.model_config == {**before.model_config, "local_latent": 6}
    assert (config.effects, config.meaning, config.controllers) == (before.effects, before.meaning, before.controllers)
    assert config.training["refined"]["run"]["wet_steps"] == 2
    assert config.training["command"] == before.training["command"]
    assert "its decoders refined: `python -m training" in card.training(config.training)
    assert refine(run) == found
    assert "nothing was changed" in capsys.readouterr().out
    with pytest.raises(
        SystemExit, match=r"spends 6 numbers a latent step already\. Please ask for --local-latent 6 at"
    ):
        refine(RefineRun(found, (corpus,), tmp_path / "fewer", local_latent=5))


def test_controllers_come_along(corpus: Path, tmp_path: Path) -> None:
    """They read the effect part alone, which stays."""
    begun_from = tmp_path / "factor"
    shutil.copytree(CHECKPOINTS / "factor", begun_from)
    found = refine(
        RefineRun(
            begun_from, (corpus,), tmp_path / "out", pairs=8, valid_pairs=2, content_steps=1, wet_steps=1, batch=4,
            workers=0,
        )
    )  # fmt: skip
    config = load_config(found)
    assert load_controllers(found, config).keys() == load_config(begun_from).controllers.keys()
    assert (found / "controllers.safetensors").read_bytes() == (begun_from / "controllers.safetensors").read_bytes()
    assert not (found / "atlas.npz").exists()
    assert config.scores == {name: load_config(begun_from).scores[name] for name in ("study", "robustness")}


def test_a_model_without_content_is_refused(corpus: Path, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"joint-2ch has no content of its own\. Please give"):
        refine(RefineRun(CHECKPOINTS / "joint-2ch", (corpus,), tmp_path))


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"local_latent": 5000}, r"--local-latent: local_latent 5000 must lie in 1 \.\.\. 4096\."),
        (
            {"local_latent": 512, "pairs": 5},
            r"48 further numbers begin as, take 6 pairs at least\. Please ask",
        ),
        ({"pairs": 1}, r"take 2 pairs at least\. Please ask for --pairs 2\."),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_rendered(
    asked: dict[str, int], said: str, corpus: Path, tmp_path: Path
) -> None:
    with pytest.raises(SystemExit, match=said):
        refine(RefineRun(CHECKPOINTS / "factor", (corpus,), tmp_path / "out", **asked))  # type: ignore[arg-type]
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("command", [refine, teach])
def test_a_name_for_a_path_is_told_so(command: Callable[[Any], Path], corpus: Path, tmp_path: Path) -> None:
    run = (RefineRun if command is refine else TeachRun)(Path("factor"), (corpus,), tmp_path)
    with pytest.raises(SystemExit, match=r"no checkpoint folder factor\. .* --checkpoint checkpoints/factor\."):
        command(run)


def test_a_coarse_pca_restores_nearly_the_same_and_packs_smaller() -> None:
    generator = np.random.default_rng(0)
    rows = (
        generator.standard_normal((500, 40))
        * np.geomspace(20, 0.5, 40)
        @ np.linalg.qr(generator.standard_normal((40, 40)))[0]
    )
    pca = PCA.fit(rows.astype(np.float32), 40)
    rounded = coarse(pca, pca.project(rows).std(axis=0), off=0.1)
    assert np.std(rounded.restore(pca.project(rows)) - rows) == pytest.approx(0.1, rel=0.5)
    exact, fewer = (zlib.compress(part.basis.astype(np.float16).tobytes()) for part in (pca, rounded))
    assert len(fewer) < 0.8 * len(exact)
