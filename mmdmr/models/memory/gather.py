"""Gathering the keys of all ranks in one collective."""

from typing import NamedTuple

import torch
from mmengine import dist
from torch import Tensor

#: Bytes of an identity, and of the number of keys in the header.
_ID_BYTES = torch.int64.itemsize


class GatheredKeys(NamedTuple):
    """Keys of all ranks, in rank order.

    Args:
        keys (Tensor): Keys, (m, d), of the type of this rank's keys.
        ids (Tensor): Identities, (m,) int64.
        first (int): Row of this rank's first key.
        capacity (int): Rows of a rank that the next gathering has to offer.

    Example:
        >>> import torch
        >>> gathered = gather_keys(torch.eye(2), torch.tensor([7, -1]), 16)
        >>> gathered.ids.tolist(), gathered.first  # a single rank
        ([7, -1], 0)
    """

    keys: Tensor
    ids: Tensor
    first: int
    capacity: int


def gather_keys(keys: Tensor, ids: Tensor, capacity: int) -> GatheredKeys:
    """Concatenate keys and identities of all ranks, in rank order.

    Ranks may have different numbers of keys. Each rank sends one buffer of
    bytes, with a row for each of ``capacity`` keys. Here two ranks have 2 and
    1 keys, and the capacity is 2::

                      rank 0            rank 1
        header        .....  2          .....  1      number of keys
        row           key a, identity   key c, identity
        row           key b, identity   .............  padding

    One collective gathers the buffers; bytes keep keys of any type and
    identities exactly. The numbers of keys are then read from the device: the
    one reading of a training step, in distributed training only. If a rank
    has more keys than ``capacity``, all ranks see this number and gather
    again, with a capacity of the next power of two.

    Args:
        keys (Tensor): Keys of this rank, (n, d); n may differ between ranks
            and be 0.
        ids (Tensor): Identities, (n,) int64.
        capacity (int): Number of keys that a buffer can hold, >= 1; the same
            on all ranks: the ``capacity`` of the result before.

    Returns:
        GatheredKeys: The same keys on every rank; ``keys`` and ``ids``
        themselves without distributed training.

    Example:
        >>> import torch
        >>> gathered = gather_keys(torch.eye(2), torch.tensor([7, -1]), 16)
        >>> gathered.keys.shape, gathered.capacity  # a single rank
        (torch.Size([2, 2]), 16)
    """
    if dist.get_world_size() == 1:
        return GatheredKeys(keys, ids, 0, capacity)
    buffers = _gather(keys, ids, capacity)
    # The one reading, of the last bytes of each header.
    counts = _as_ids(buffers[:, 0, -_ID_BYTES:]).tolist()
    if max(counts) > capacity:
        capacity = 1 << (max(counts) - 1).bit_length()
        buffers = _gather(keys, ids, capacity)
    rows = torch.cat([rank[1 : 1 + num] for rank, num in zip(buffers, counts)])
    return GatheredKeys(
        _aligned(rows[:, :-_ID_BYTES]).view(keys.dtype),
        _as_ids(rows[:, -_ID_BYTES:]),
        sum(counts[: dist.get_rank()]),
        capacity,
    )


def _gather(keys: Tensor, ids: Tensor, capacity: int) -> Tensor:
    """Buffers of all ranks, (ranks, 1 + capacity, bytes of a row) uint8."""
    # view() on bytes keeps all bits of a key and of its identity.
    rows = torch.cat(
        [
            _aligned(keys).view(torch.uint8),
            _aligned(ids.to(torch.int64)[:, None]).view(torch.uint8),
        ],
        dim=1,
    )
    buffer = rows.new_zeros((1 + capacity, rows.shape[1]))
    # The header tells the number of keys, also of keys that do not fit.
    num = ids.new_full((1,), len(ids), dtype=torch.int64)
    buffer[0, -_ID_BYTES:] = num.view(torch.uint8)
    fitting = rows[:capacity]
    buffer[1 : 1 + len(fitting)] = fitting
    return torch.stack(dist.all_gather(buffer))


def _as_ids(rows: Tensor) -> Tensor:
    """Whole numbers of rows of eight bytes, (n, 8) uint8 to (n,) int64."""
    return _aligned(rows).view(torch.int64).flatten()


def _aligned(rows: Tensor) -> Tensor:
    """Copy that view() accepts; contiguous() may return a slice itself."""
    return rows.clone(memory_format=torch.contiguous_format)
