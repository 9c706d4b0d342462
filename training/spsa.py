"""Gradients through what has none, by simultaneous perturbation (Spall 1992): of a sound's distance by its knobs."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any

import numpy as np
import torch
from torch import Tensor

from core.audio.distance import mrstft
from core.effects import Setting, render
from training.seeds import stream

Loss = Callable[[np.ndarray], float]
"""From knob positions (knob,) in [0, 1] to a distance."""


def spsa_gradient(
    loss: Loss, values: np.ndarray, generator: np.random.Generator, epsilon: float = 0.02, draws: int = 1
) -> np.ndarray:
    """Estimate of the gradient (knob,) of loss at values (knob,) from 2 * draws evaluations.

    Each draw moves all knobs at once by plus and minus epsilon in random directions (antithetic): the mean over draws
    of (loss(x + e d) - loss(x - e d)) / (2 e) * d, whose expectation is the gradient as e goes to 0. Near the ends of
    the range one side is cut off, and the difference is divided by the way that was really gone.
    """
    values = np.asarray(values, dtype=np.float64)
    total = np.zeros_like(values)
    for _ in range(draws):
        direction = generator.choice((-1.0, 1.0), size=values.shape)
        above, below = (np.clip(values + sign * epsilon * direction, 0, 1) for sign in (1, -1))
        way = above - below
        total += np.where(way != 0, (loss(above) - loss(below)) / np.where(way != 0, way, 1), 0)
    return total / draws


@dataclass(frozen=True)
class SoundLoss:
    """Distance of dry (time,) through an effect from wet (time,): MR-STFT, and l1_weight times the mean difference."""

    effect: str
    dry: np.ndarray
    wet: np.ndarray
    l1_weight: float = 1.0

    def __call__(self, values: np.ndarray) -> float:
        sound = render(self.dry, Setting(self.effect, tuple(values)))
        return mrstft(sound, self.wet) + self.l1_weight * float(np.abs(sound - self.wet).mean())


def work(loss: Loss, values: np.ndarray, seed: tuple[int, ...], epsilon: float, draws: int) -> tuple[float, np.ndarray]:
    """The loss at values and its gradient; what a worker process does for one example."""
    gradient = spsa_gradient(loss, values, stream("directions of SPSA", *seed), epsilon, draws)
    return loss(values), gradient


class _Spsa(torch.autograd.Function):
    """Forward: losses (batch,) at values (batch, knob); backward: their estimated gradients. `spsa` calls it."""

    @staticmethod
    def forward(ctx: Any, values: Tensor, losses: list[float], gradients: list[np.ndarray]) -> Tensor:
        padded = torch.zeros_like(values)
        for row, gradient in enumerate(gradients):
            padded[row, : len(gradient)] = torch.from_numpy(gradient).to(values)
        ctx.save_for_backward(padded)
        return values.new_tensor(losses)

    @staticmethod
    def backward(ctx: Any, *outputs: Tensor) -> tuple[Tensor, None, None]:
        (gradients,) = ctx.saved_tensors
        return gradients * outputs[0][:, None], None, None


def spsa(
    values: Tensor,
    losses: Iterable[Loss],
    counts: Iterable[int],
    seed: int,
    epsilon: float = 0.02,
    draws: int = 1,
    pool: ProcessPoolExecutor | None = None,
) -> Tensor:
    """losses (batch,) at values (batch, knob), with gradients by simultaneous perturbation.

    counts: how many of a row's values its loss takes; the rest may be anything. pool: see `workers`; none: in here.
    The same seed gives the same gradients, with any number of workers.
    """
    rows = values.detach().double().cpu().numpy()
    tasks = [
        (loss, row[:count], (seed, number), epsilon, draws)
        for number, (loss, row, count) in enumerate(zip(losses, rows, counts, strict=True))
    ]
    done = list((pool.map if pool else map)(work, *zip(*tasks, strict=True)))
    found, gradients = zip(*done, strict=True)
    return _Spsa.apply(values, list(found), list(gradients))


@contextmanager
def workers(count: int) -> Iterator[ProcessPoolExecutor | None]:
    """A pool of worker processes of one thread each; None for a count of 0."""
    if count == 0:
        yield None
        return
    with ProcessPoolExecutor(count, get_context("spawn"), torch.set_num_threads, (1,)) as pool:
        yield pool


def in_turn(pool: ProcessPoolExecutor | None, function: Callable[[Any], Any], jobs: Sequence[Any]) -> Iterator[Any]:
    """What the function makes of each job, in their order, by the pool's processes; without one, in here."""
    return pool.map(function, jobs) if pool else map(function, jobs)
