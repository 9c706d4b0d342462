"""Training losses: pure functions of tensors."""

from torch import Tensor


def summed_squared_error(decoded: Tensor, target: Tensor) -> Tensor:
    """Squared error summed over all but the batch axis, mean over the batch. The report's reconstruction loss."""
    return (decoded - target).pow(2).flatten(1).sum(dim=1).mean()


def beta_at(step: int, beta: float, warmup_steps: int) -> float:
    """Weight of the KL divergence at a training step: from 0 to beta in a straight line over warmup_steps."""
    return beta if step >= warmup_steps else beta * step / warmup_steps
