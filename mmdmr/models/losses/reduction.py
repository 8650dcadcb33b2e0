"""Reduction of losses, one for each person, to one number."""

from mmengine import dist
from torch import Tensor


def mean_over_ranks(losses: Tensor, is_anchor: Tensor) -> Tensor:
    """Mean over the anchors of all ranks, times the share of this rank.

    Distributed training averages the gradients of the ranks. If each rank took
    the mean over its own anchors, an anchor of a rank with few anchors would
    count more than an anchor of a rank with many. The result is therefore the
    sum over this rank's anchors, divided by the mean number of anchors of a
    rank. With 1 and 3 anchors on two ranks, both divide by 2. The average
    over the ranks is then the sum over all anchors, divided by 4.

    Every rank has to call this function, a rank without anchors too.

    Args:
        losses (Tensor): Losses of this rank's persons, (n,), 0 for a person
            that is no anchor; n may be 0.
        is_anchor (Tensor): Mask of the anchors, (n,) bool.

    Returns:
        Tensor: Scalar; without anchors a zero attached to the graph of
        ``losses``. Without distributed training the mean.

    Example:
        >>> import torch
        >>> is_anchor = torch.tensor([True, False, True])
        >>> losses = torch.tensor([1.0, 0.0, 2.0])
        >>> mean_over_ranks(losses, is_anchor).item()  # a single rank
        1.5
        >>> mean_over_ranks(losses[:0], is_anchor[:0]).item()
        0.0
    """
    number = is_anchor.sum().to(losses.dtype)
    dist.all_reduce(number)
    return losses.sum() * dist.get_world_size() / number.clamp(min=1)


def reduce(losses: Tensor, is_anchor: Tensor, reduction: str) -> Tensor:
    """Reduce losses as PyTorch does.

    Args:
        losses (Tensor): Losses of this rank's persons, (n,), 0 for a person
            that is no anchor; n may be 0.
        is_anchor (Tensor): Mask of the anchors, (n,) bool.
        reduction (str): ``mean`` or ``none``.

    Returns:
        Tensor: Scalar, the mean over the anchors; without anchors a zero
        attached to the graph of ``losses``. With ``none`` the losses of the
        anchors, (a,); their number is read from the device.

    Raises:
        ValueError: The reduction is neither ``mean`` nor ``none``.

    Example:
        >>> import torch
        >>> is_anchor = torch.tensor([True, False, True])
        >>> losses = torch.tensor([1.0, 0.0, 2.0])
        >>> reduce(losses, is_anchor, 'mean').item()
        1.5
        >>> reduce(losses, is_anchor, 'none').tolist()
        [1.0, 2.0]
    """
    if reduction not in ('mean', 'none'):
        raise ValueError(f"reduction must be mean or none, not '{reduction}'")
    if reduction == 'none':
        return losses[is_anchor]
    return losses.sum() / is_anchor.sum().clamp(min=1)
