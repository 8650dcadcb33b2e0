"""Reduction of losses, one for each person, to one number."""

from mmengine import dist
from torch import Tensor


def mean_over_ranks(losses: Tensor) -> Tensor:
    """Mean over the anchors of all ranks, times the share of this rank.

    Distributed training averages the gradients of the ranks. If each rank took
    the mean over its own anchors, an anchor of a rank with few anchors would
    count more than an anchor of a rank with many. The result is therefore the
    sum over this rank's anchors, divided by the mean number of anchors of a
    rank. With 1 and 3 anchors on two ranks, both divide by 2. The average
    over the ranks is then the sum over all anchors, divided by 4.

    Every rank has to call this function, a rank without anchors too.

    Args:
        losses (Tensor): Losses of this rank's anchors, (a,), a may be 0.

    Returns:
        Tensor: Scalar; without anchors a zero attached to the graph of
        ``losses``. Without distributed training the mean.

    Example:
        >>> import torch
        >>> mean_over_ranks(torch.tensor([1.0, 2.0])).item()  # a single rank
        1.5
        >>> mean_over_ranks(torch.zeros(0)).item()
        0.0
    """
    number = losses.new_tensor(len(losses))
    dist.all_reduce(number)
    return losses.sum() * dist.get_world_size() / number.clamp(min=1)


def reduce(losses: Tensor, reduction: str) -> Tensor:
    """Reduce losses as PyTorch does.

    Args:
        losses (Tensor): Losses of this rank's anchors, (a,), a may be 0.
        reduction (str): ``mean`` or ``none``.

    Returns:
        Tensor: Scalar, the mean; without anchors a zero attached to the graph
        of ``losses``. With ``none`` the losses themselves.

    Raises:
        ValueError: The reduction is neither ``mean`` nor ``none``.

    Example:
        >>> import torch
        >>> reduce(torch.tensor([1.0, 2.0]), 'mean').item()
        1.5
    """
    if reduction not in ('mean', 'none'):
        raise ValueError(f"reduction must be mean or none, not '{reduction}'")
    if reduction == 'none':
        return losses
    return losses.sum() / max(len(losses), 1)
