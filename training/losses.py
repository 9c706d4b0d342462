"""Training losses: pure functions of tensors."""

import torch
from torch import Tensor
from torch.nn import functional


def summed_squared_error(decoded: Tensor, target: Tensor) -> Tensor:
    """Squared error summed over all but the batch axis, mean over the batch. The report's reconstruction loss."""
    return (decoded - target).pow(2).flatten(1).sum(dim=1).mean()


def audible_error(decoded: Tensor, target: Tensor, floor: float) -> Tensor:
    """Squared error summed over all but the batch axis, mean over the batch; what is silent counts a quarter.

    floor: below it the target is silence, half of all cells, which nobody hears.
    """
    weight = torch.where(target > floor, 1.0, 0.25)
    return (weight * (decoded - target).pow(2)).flatten(1).sum(dim=1).mean()


def change_error(decoded: Tensor, target: Tensor, floor: float) -> Tensor:
    """Squared error of wet - dry in joint spectrograms (batch, 2, bin, frame), summed as `audible_error` sums; where
    both are silent it counts a quarter."""
    off = (decoded[:, 1] - decoded[:, 0]) - (target[:, 1] - target[:, 0])
    weight = torch.where(target.amax(dim=1) > floor, 1.0, 0.25)
    return (weight * off.pow(2)).flatten(1).sum(dim=1).mean()


def beta_at(step: int, beta: float, warmup_steps: int) -> float:
    """Weight of the KL divergence at a training step: from 0 to beta in a straight line over warmup_steps."""
    return beta if step >= warmup_steps else beta * step / warmup_steps


def label_error(guess: Tensor, label: Tensor, effects: int) -> Tensor:
    """Cross-entropy of each effect's presence and of each pair's order, and summed absolute error of the knobs, mean
    over the batch.

    guess (batch, effects + knob + pair): logits of presence, knob positions, logits of "the first one of the pair comes
    first", pairs as `torch.triu_indices` has them. label (batch, effects + knob): see pairs.Source.
    """
    place, knobs = label.split([effects, label.shape[1] - effects], dim=1)
    there, position, order = guess.split([effects, knobs.shape[1], guess.shape[1] - label.shape[1]], dim=1)
    off = (position - knobs.nan_to_num()).where(knobs.isfinite(), 0.0).abs()
    return chain_error(there, order, place) + off.sum(dim=1).mean()


def chain_error(there: Tensor, order: Tensor, place: Tensor) -> Tensor:
    """Cross-entropy of each effect's presence and of the order of those pairs that are there, mean over the batch.

    there (batch, effect), order (batch, pair): see `label_error`. place (batch, effect): from 1 on, 0: not there.
    """
    effects = place.shape[1]
    present = functional.binary_cross_entropy_with_logits(there, (place > 0).float(), reduction="none")
    first, second = torch.triu_indices(effects, effects, 1)
    both = (place[:, first] > 0) & (place[:, second] > 0)
    earlier = (place[:, first] < place[:, second]).float()
    turned = functional.binary_cross_entropy_with_logits(order, earlier, reduction="none").where(both, 0.0)
    return (present.sum(dim=1) + turned.sum(dim=1)).mean()


def stop_where_endless(loss: Tensor, step: int) -> None:
    """SystemExit where a loss is no finite number any more: what is learnt from it is lost."""
    if not loss.isfinite():
        raise SystemExit(
            f"The loss is no finite number any more at step {step:,}. Please begin anew, in another --out, "
            "with a lower --learning-rate."
        )
