"""From the losses of persons to one number."""

from mmengine import dist
from torch import Tensor


def mean_over_ranks(losses: Tensor) -> Tensor:
    """Mean over the anchors of all ranks, times the share of this rank.

    Distributed training averages the gradients of the ranks. Had each rank
    taken the mean of its own anchors, an anchor of a rank with few would count
    more than one of a rank with many. So this is the sum over this rank's
    anchors, divided by the mean number of anchors of a rank: the mean of that
    over ranks is the mean over all anchors.

    To be called on every rank, also where there is no anchor.

    Args:
        losses (Tensor): Of this rank's anchors, (a,), a may be 0.

    Returns:
        Tensor: Scalar; a zero attached to the graph of ``losses`` if there is
        no anchor. Without distributed training the mean.
    """
    number = losses.new_tensor(len(losses))
    dist.all_reduce(number)
    return losses.sum() * dist.get_world_size() / number.clamp(min=1)


def reduce(losses: Tensor, reduction: str) -> Tensor:
    """Reduce as PyTorch's losses do.

    Args:
        losses (Tensor): (a,), a may be 0.
        reduction (str): ``mean`` or ``none``.

    Returns:
        Tensor: Scalar, a zero attached to the graph of ``losses`` if there
        are none; or ``losses`` themselves.

    Raises:
        ValueError: The reduction is neither.
    """
    if reduction not in ('mean', 'none'):
        raise ValueError(f"reduction must be mean or none, not '{reduction}'")
    if reduction == 'none':
        return losses
    return losses.sum() / max(len(losses), 1)
