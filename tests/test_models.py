"""Promise: the VAEs obey the laws of a VAE, and can learn."""

import pytest
import torch
from torch.distributions import Normal, kl_divergence

from core.audio.measurements import measurement_count
from core.audio.spectrogram import SpectrogramConfig
from core.checkpoints.folder import build
from core.latent.projection import PCA, block_rows
from core.models.factor_vae import FactorVAE, FactorVAEConfig
from core.models.joint_vae import JointVAE, JointVAEConfig
from core.models.layers import gaussian_kl, sample, start_from_pca
from core.models.memory import Memory

SMALL: dict[str, dict] = {
    "factor_vae": {"width": 64, "local_latent": 16},
    "joint_vae": {"width": 64},
    "week5_vae": {"latent": 64, "spectrogram": {"fft": 1024, "hop": 2048 // 4, "samples": 16384, "bands": None}},
}


def batch_for(model: torch.nn.Module, count: int = 4) -> tuple[torch.Tensor, torch.Tensor]:
    """Magnitudes and measurements with some structure: smooth random hills."""
    generator = torch.Generator().manual_seed(0)
    config = model.config.spectrogram
    hills = torch.randn(count, 2, 12, 16, generator=generator)
    db = torch.nn.functional.interpolate(hills, (config.bins, config.frames), mode="bilinear") * 15 - 45
    return 10 ** (db / 20), torch.randn(count, measurement_count(config), generator=generator)


@pytest.fixture(params=SMALL)
def model(request: pytest.FixtureRequest) -> torch.nn.Module:
    torch.manual_seed(0)
    return build(request.param, SMALL[request.param])


def test_kl_is_the_closed_form() -> None:
    mu, logvar = torch.randn(50), torch.randn(50)
    expected = kl_divergence(Normal(mu, (0.5 * logvar).exp()), Normal(torch.zeros(50), torch.ones(50)))
    assert torch.allclose(gaussian_kl(mu, logvar), expected, atol=1e-5)
    assert gaussian_kl(torch.zeros(3), torch.zeros(3)).abs().max() == 0


def test_kl_does_not_depend_on_the_unit_of_a_part() -> None:
    model = JointVAE(JointVAEConfig(width=64))
    mu, logvar = torch.randn(2, model.config.latent), torch.randn(2, model.config.latent)
    scaled = model.kl(mu * model.unit, logvar + 2 * model.unit.log())
    assert torch.allclose(scaled, gaussian_kl(mu, logvar), atol=1e-4)


def test_a_draw_without_deviation_is_the_mean() -> None:
    mu = torch.randn(3, 7)
    assert torch.equal(sample(mu, torch.full_like(mu, -200.0)), mu)


def test_shapes(model: torch.nn.Module) -> None:
    magnitude, measurements = batch_for(model)
    mu, logvar = model.encode(magnitude, measurements)
    assert mu.shape == logvar.shape == (4, model.config.latent)
    assert sum(size for _, size in model.config.parts) == model.config.latent
    assert model.decode(mu).shape == magnitude.shape
    assert model.decode(mu).min() >= 0


def test_compress_is_undone_by_expand(model: torch.nn.Module) -> None:
    magnitude, _ = batch_for(model)
    assert torch.allclose(model.expand(model.compress(magnitude)), magnitude, atol=1e-5, rtol=1e-4)


def test_batch_members_do_not_touch_each_other(model: torch.nn.Module) -> None:
    model.eval()
    magnitude, measurements = batch_for(model)
    with torch.no_grad():
        together, _ = model.encode(magnitude, measurements)
        alone, _ = model.encode(magnitude[2:3], measurements[2:3])
    assert (together[2] - alone[0]).norm() < 1e-4 * alone.norm()


def test_one_batch_is_overfitted(model: torch.nn.Module) -> None:
    magnitude, measurements = batch_for(model)
    target = model.compress(magnitude)
    optimizer = torch.optim.Adam(model.parameters(), 2e-3)
    for _ in range(80):
        decoded = model.decode_compressed(model.encode(magnitude, measurements)[0])
        loss = (decoded - target).pow(2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if loss < 0.3 * target.var():
            break
    assert loss < 0.3 * target.var()


def test_gradients_are_finite_at_extremes(model: torch.nn.Module) -> None:
    magnitude, measurements = batch_for(model)
    magnitude = magnitude.clone()
    magnitude[0], magnitude[1] = 0.0, 1000.0
    mu, logvar = model.encode(magnitude, measurements * 100)
    (model.decode_compressed(sample(mu, logvar)).pow(2).mean() + model.kl(mu, logvar).mean()).backward()
    assert all(torch.isfinite(p.grad).all() for p in model.parameters() if p.grad is not None)


def test_training_starts_at_the_pca_of_blocks() -> None:
    torch.manual_seed(0)
    model = JointVAE(JointVAEConfig(width=64, local_latent=8)).eval()
    magnitude, measurements = batch_for(model, 8)
    blocks = block_rows(model.compress(magnitude).numpy(), model.config.reduction)
    pca = PCA.fit(blocks, 8)
    coordinates = pca.project(blocks)
    arrays = (torch.from_numpy(a) for a in (pca.mean, pca.basis, coordinates.std(axis=0)))
    start_from_pca(model.linear_in, model.linear_out, *arrays)
    with torch.no_grad():
        mu, _ = model.encode(magnitude, measurements)
        error = (model.decode_compressed(mu) - model.compress(magnitude)).pow(2).mean()
    by_pca = ((pca.restore(coordinates) - blocks) ** 2).mean()
    assert error < 1.1 * by_pca + 0.01


@pytest.fixture
def factor() -> FactorVAE:
    """With strong weights everywhere, so that no part hides behind a start at zero."""
    torch.manual_seed(0)
    model = FactorVAE(FactorVAEConfig(width=64, local_latent=16)).eval()
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    return model


def test_the_dry_sound_comes_from_content_alone(factor: FactorVAE) -> None:
    z = torch.randn(1, factor.config.latent).repeat(12, 1)
    z[:, -factor.config.effect_latent :] = torch.randn(12, factor.config.effect_latent)
    with torch.no_grad():
        decoded = factor.decode(z)
    assert torch.equal(decoded[:, 0], decoded[:1, 0].expand(12, -1, -1))
    assert (decoded[1:, 1] - decoded[:1, 1]).abs().max() > 1e-3


def test_content_comes_from_the_dry_sound_alone(factor: FactorVAE) -> None:
    magnitude, measurements = batch_for(factor, 2)
    other = torch.stack([magnitude[:, 0], magnitude[:, 1].flip(-1)], dim=1)
    content = factor.config.latent - factor.config.effect_latent
    with torch.no_grad():
        mu, _ = factor.encode(magnitude, measurements)
        same, _ = factor.encode(other, measurements * 2)
    assert torch.equal(mu[:, :content], same[:, :content])
    assert not torch.allclose(mu[:, content:], same[:, content:])


def test_the_reports_model_has_its_size() -> None:
    week5 = build("week5_vae", {})
    weights = sum(p.numel() for p in week5.parameters())
    assert 95e6 < weights < 130e6
    assert week5.config.spectrogram == SpectrogramConfig(fft=4096, hop=2048, bands=None)


def test_memory_begins_as_a_copy() -> None:
    torch.manual_seed(0)
    power = torch.rand(2, 24, 40)
    heard = Memory(8, 24, 12)(power, torch.zeros(2, 8))
    assert torch.allclose(heard, power, atol=0.02)


def test_memory_hears_what_was_as_many_frames_ago() -> None:
    """In the bands of a group alone, and never what comes later."""
    torch.manual_seed(0)
    memory = Memory(8, 32, 12)  # groups of two bands
    memory.kernel.bias.data.unflatten(0, (16, 12))[3, 5] = 1.0
    power = torch.zeros(1, 32, 40)
    power[0, :, (10, 38)] = 1.0
    heard = memory(power, torch.zeros(1, 8))
    echoed = torch.nn.functional.softplus(torch.tensor(1.0))
    assert torch.allclose(heard[0, 6:8, 15], echoed.expand(2), atol=1e-3)
    assert heard[0, :6, 15].max() < 0.01
    assert heard[..., :10].max() < 1e-5
