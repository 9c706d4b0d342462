"""Promise: gradients through an effect that has none are, on the whole, the true ones."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch

from core.effects import Setting, render
from tests.commands import FORKS
from training.spsa import SoundLoss, spsa, spsa_gradient, workers

DRAWS = 4000


@dataclass(frozen=True)
class Bowl:
    """x' A x / 2 - b' x, and its gradient; picklable, for worker processes. Refuses what is no knob position."""

    curvature: tuple[tuple[float, ...], ...]
    slope: tuple[float, ...]

    def __call__(self, x: np.ndarray) -> float:
        assert ((x >= 0) & (x <= 1)).all()
        return float(x @ np.array(self.curvature) @ x / 2 - x @ np.array(self.slope))

    def gradient(self, x: np.ndarray) -> np.ndarray:
        return np.array(self.curvature) @ x - self.slope


class Drive:
    """Squared error of a sine through tanh, driven, tilted and mixed by two to four knobs; gradient by autograd."""

    def __init__(self, knobs: int) -> None:
        self.sine = 0.8 * torch.sin(torch.arange(400, dtype=torch.float64) * 0.3)
        self.target = self._wet(torch.tensor([0.7, 0.4, 0.6, 0.2][:knobs], dtype=torch.float64))

    def _wet(self, x: torch.Tensor) -> torch.Tensor:
        drive, mix, *more = x
        wet = torch.tanh((1 + 6 * drive) * self.sine)
        if more:
            wet = wet + 0.5 * more[0] * wet.roll(3)
        if len(more) > 1:
            wet = wet * torch.exp(more[1])
        return self.sine + mix * (wet - self.sine)

    def _error(self, x: torch.Tensor) -> torch.Tensor:
        return (self._wet(x) - self.target).square().mean()

    def __call__(self, x: np.ndarray) -> float:
        with torch.inference_mode():
            return float(self._error(torch.from_numpy(x)))

    def gradient(self, x: np.ndarray) -> np.ndarray:
        leaf = torch.tensor(x, dtype=torch.float64, requires_grad=True)
        return torch.autograd.grad(self._error(leaf), leaf)[0].numpy()


BOWL = Bowl(((3.0, 1.0, 0.0), (1.0, 2.0, -0.5), (0.0, -0.5, 1.0)), (2.0, -1.0, 0.5))
SMOOTH = {
    "bowl": (BOWL, [0.3, 0.6, 0.8]),
    "2 knobs": (Drive(2), [0.3, 0.7]),
    "3 knobs": (Drive(3), [0.4, 0.8, 0.2]),
    "4 knobs": (Drive(4), [0.4, 0.8, 0.2, 0.6]),
    # One side is cut off: at the ends, and nearer to them than epsilon.
    "at the ends": (BOWL, [0.0, 1.0, 0.5]),
    "in a corner": (Drive(3), [1.0, 0.0, 1.0]),
    "near the ends": (Drive(4), [0.995, 0.6, 0.004, 1.0]),
}


@pytest.mark.parametrize("name", SMOOTH)
def test_the_mean_of_many_draws_is_the_gradient(name: str) -> None:
    loss, x = SMOOTH[name]
    true = loss.gradient(np.array(x))
    found = spsa_gradient(loss, np.array(x), np.random.default_rng(0), epsilon=0.01, draws=DRAWS)
    cosine = found @ true / np.linalg.norm(found) / np.linalg.norm(true)
    assert cosine > 0.99
    assert np.linalg.norm(found) == pytest.approx(np.linalg.norm(true), rel=0.1)


@pytest.mark.parametrize("epsilon", [0.001, 0.02, 0.3])
@pytest.mark.parametrize("seed", [0, 1])
def test_one_draw_of_a_parabola_is_exact(epsilon: float, seed: int) -> None:
    parabola, x = Bowl(((5.0,),), (1.5,)), np.array([0.4])
    found = spsa_gradient(parabola, x, np.random.default_rng(seed), epsilon)
    assert found == pytest.approx(parabola.gradient(x), rel=1e-9)


@pytest.mark.parametrize("end", [0.0, 1.0])
def test_a_slope_is_exact_at_the_ends_of_the_range_too(end: float) -> None:
    found = spsa_gradient(Bowl(((0.0,),), (-2.0,)), np.array([end]), np.random.default_rng(0))
    assert found == pytest.approx([2.0], rel=1e-9)


def test_autograd_scales_by_what_comes_in_and_leaves_other_knobs_alone() -> None:
    parabola = Bowl(((4.0,),), (1.0,))  # one knob: no noise
    free = torch.tensor([[0.3, 9.0], [-0.5, 9.0]], requires_grad=True)
    values = free.sigmoid()
    weight = torch.tensor([2.0, -3.0])
    losses = spsa(values, [parabola] * 2, [1, 1], seed=0)
    assert losses.tolist() == pytest.approx([parabola(x[:1].double().numpy()) for x in values.detach()], rel=1e-5)
    (weight * losses).sum().backward()
    own = values.detach()[:, 0]
    assert free.grad is not None
    assert free.grad[:, 0].tolist() == pytest.approx((weight * (4 * own - 1) * own * (1 - own)).tolist(), rel=1e-4)
    assert (free.grad[:, 1] == 0).all()


def test_knobs_beyond_a_row_s_own_get_no_gradient() -> None:
    slopes = [Bowl(((0.0,) * n,) * n, (1.0,) * n) for n in (2, 4, 3)]
    values = torch.full((3, 4), 0.5)
    values[0, 2:] = torch.nan  # anything may stand there
    values.requires_grad_(True)
    spsa(values, slopes, [2, 4, 3], seed=0, draws=8).sum().backward()
    assert values.grad is not None
    assert torch.isfinite(values.grad).all()
    assert [(row != 0).sum().item() for row in values.grad] == [2, 4, 3]
    assert (values.grad[0, 2:] == 0).all()


def test_the_same_seed_gives_the_same_gradients_with_any_number_of_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.spsa.get_context", lambda _: FORKS)  # else each would load torch anew

    def gradients(seed: int, pool) -> torch.Tensor:
        values = torch.tensor([[0.2, 0.5, 0.9], [0.2, 0.5, 0.9], [0.6, 0.1, 0.4]], requires_grad=True)
        spsa(values, [BOWL] * 3, [3] * 3, seed, draws=2, pool=pool).sum().backward()
        assert values.grad is not None
        return values.grad

    with workers(0) as none:
        assert none is None
        alone = gradients(3, none)
    assert torch.equal(gradients(3, None), alone)
    assert not torch.equal(gradients(4, None), alone)
    assert not torch.equal(alone[0], alone[1])  # every row draws by itself
    with workers(2) as pool:
        assert torch.equal(gradients(3, pool), alone)


def test_descends_through_the_real_overdrive(dry: np.ndarray) -> None:
    words = dry[24_000:56_768]
    loss = SoundLoss("overdrive", words, render(words, Setting("overdrive", (0.6, 0.6, 0.6))))
    values, generator = np.array([0.3, 0.3, 0.3]), np.random.default_rng(0)
    start = loss(values)
    for _ in range(25):
        values = np.clip(values - 0.01 * spsa_gradient(loss, values, generator), 0, 1)
    assert loss(np.array([0.6, 0.6, 0.6])) < 1e-6
    assert loss(values) < 0.3 * start
