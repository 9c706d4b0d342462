"""Training losses: pure functions of tensors."""

import torch
from torch import Tensor
from torch.nn import functional


def summed_squared_error(decoded: Tensor, target: Tensor) -> Tensor:
    """Squared error summed over all but the batch axis, mean over the batch. The report's reconstruction loss."""
    return (decoded - target).pow(2).flatten(1).sum(dim=1).mean()


def beta_at(step: int, beta: float, warmup_steps: int) -> float:
    """Weight of the KL divergence at a training step: from 0 to beta in a straight line over warmup_steps."""
    return beta if step >= warmup_steps else beta * step / warmup_steps


def label_error(guess: Tensor, label: Tensor, effects: int) -> Tensor:
    """Cross-entropy of the effect plus summed absolute error of its knobs, mean over the batch.

    guess (batch, effects + knob): logits, then knob positions. label (batch, 1 + knob): see PairTensors.
    """
    known = label[:, 1:].isfinite()
    knobs = (guess[:, effects:] - label[:, 1:].nan_to_num()).where(known, 0.0)
    return functional.cross_entropy(guess[:, :effects], label[:, 0].long()) + knobs.abs().sum(dim=1).mean()


def twin_distance(effect: Tensor) -> Tensor:
    """Summed squared distance between the effect parts (2 * twin, effect) of neighbouring rows, mean over twins."""
    first, second = effect.unflatten(0, (-1, 2)).unbind(dim=1)
    return (first - second).pow(2).sum(dim=1).mean()


def swap_twins(effect: Tensor, share: float) -> Tensor:
    """Effect parts (2 * twin, effect) with those of a random share of neighbouring rows exchanged."""
    twins = effect.unflatten(0, (-1, 2))
    chosen = torch.rand(len(twins), 1, 1, device=effect.device) < share
    return torch.where(chosen, twins.flip(1), twins).flatten(0, 1)


def stop_where_endless(loss: Tensor, step: int) -> None:
    """SystemExit where a loss is no finite number any more: what is learnt from it is lost."""
    if not loss.isfinite():
        raise SystemExit(
            f"The loss is no finite number any more at step {step:,}. Please begin anew, in another --out, "
            "with a lower --learning-rate."
        )
