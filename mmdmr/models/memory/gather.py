"""Gathering tensors of unequal length over ranks."""

import torch
from mmengine import dist
from torch import Tensor


def gather_ragged(rows: Tensor) -> Tensor:
    """Concatenate the rows of all ranks, in rank order.

    Args:
        rows (Tensor): Rows of this rank, (n, ...); n may differ between ranks
            and be 0.

    Returns:
        Tensor: Rows of all ranks, (sum of n, ...), the same on every rank;
        ``rows`` itself without distributed training.

    Example:
        >>> import torch
        >>> gather_ragged(torch.tensor([3, 5])).tolist()  # a single rank
        [3, 5]
    """
    if dist.get_world_size() == 1:
        return rows
    count = torch.tensor([len(rows)], device=rows.device)
    counts = [int(c) for c in dist.all_gather(count)]
    # all_gather takes tensors of one shape: pad to the longest, then cut.
    padded = rows.new_zeros((max(counts), *rows.shape[1:]))
    padded[: len(rows)] = rows
    parts = dist.all_gather(padded)
    return torch.cat([part[:n] for part, n in zip(parts, counts)])
