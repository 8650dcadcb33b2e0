"""Losses, one for each person: who has one, and reduction to one number."""

import torch
from mmengine import dist
from torch import Tensor


def anchors(
    embeddings: Tensor, is_concerned: Tensor, has_positive: Tensor
) -> Tensor:
    """Choose the persons of a batch that have a loss.

    A person whose embedding is not finite has a loss, too, which will be NaN,
    also if the memory holds no positive key. Such a person could otherwise go
    unnoticed: the key of the person is refused, and without a key encoder
    this key is often the only positive.

    Args:
        embeddings (Tensor): Embeddings of all persons, (n, d).
        is_concerned (Tensor): Mask of the persons that the loss is about, such
            as all labelled persons; (n,) bool.
        has_positive (Tensor): Mask of the persons that have a positive key,
            (n,) bool.

    Returns:
        Tensor: Mask of the anchors, (n,) bool.

    Example:
        A person with a positive key, one without, and a broken one:

        >>> embeddings = torch.tensor([[1.0, 0], [0, 1], [torch.nan, 0]])
        >>> is_labelled = torch.tensor([True, True, True])
        >>> has_positive = torch.tensor([True, False, False])
        >>> anchors(embeddings, is_labelled, has_positive).tolist()
        [True, False, True]
    """
    return is_concerned & (has_positive | ~is_finite(embeddings))


def is_finite(embeddings: Tensor) -> Tensor:
    """Tell embeddings without NaN and infinity, without reading the device.

    Args:
        embeddings (Tensor): Embeddings, (n, d).

    Returns:
        Tensor: Mask of the finite embeddings, (n,) bool.

    Example:
        >>> is_finite(torch.tensor([[1.0, 0], [torch.inf, 0]])).tolist()
        [True, False]
    """
    return embeddings.isfinite().all(dim=1)


def of_anchors(
    losses: Tensor, embeddings: Tensor, is_anchor: Tensor
) -> Tensor:
    """Set the losses of all other persons to 0, of broken anchors to NaN.

    An infinite similarity may give a loss that is finite. NaN makes the error
    visible, and stops a training with a
    :class:`~mmdmr.engine.hooks.FiniteLossHook`.

    Args:
        losses (Tensor): Losses of all persons, (n,).
        embeddings (Tensor): Embeddings that the losses come from, (n, d).
        is_anchor (Tensor): Mask of the anchors, (n,) bool.

    Returns:
        Tensor: Losses, (n,).

    Example:
        >>> embeddings = torch.tensor([[1.0, 0], [0, 1], [torch.inf, 0]])
        >>> is_anchor = torch.tensor([True, False, True])
        >>> of_anchors(torch.ones(3), embeddings, is_anchor).tolist()
        [1.0, 0.0, nan]
    """
    broken = is_anchor & ~is_finite(embeddings)
    return losses.masked_fill(~is_anchor, 0).masked_fill(broken, torch.nan)


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
