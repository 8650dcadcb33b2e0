"""The keys of an iteration, before they are written to a memory."""

from typing import NamedTuple

import torch
from torch import Tensor

from mmdmr.models.memory.bank import ABSENT


class Staged(NamedTuple):
    """Keys of an iteration, of all ranks, in rank order.

    A key has a batch row, a staged row, and in most banks a bank row. Here two
    ranks stage five keys, a to e, and c holds a NaN. The memory is a
    :class:`~mmdmr.models.MemoryQueue` of three labelled slots and one
    unlabelled slot; its two stored keys are x (identity 5, the older one) and
    y (identity 6). A dot is an empty slot::

                          rank 0        rank 1
        key             a   b   c       d   e
        identity        7  -1   8       9  -1
                        |   |   |       |   |
        batch row       0   1   2       0   1    order of stage() on a rank
                        |   |   |       |   |
        staged row      0   1   2       3   4    all ranks, in rank order
        staged.ids      7  -1  -2       9  -1    c is refused, its key is 0
                        |   |   |       |   |    labelled slots  unlabelled
        bank row        0   1   2       3   4       5   6   7        8
        bank keys       a   b   0       d   e       x   y   .        .
        bank.ids        7  -2  -2       9  -1      -2   6  -2       -2

        bank.own_rows = [0, -1, -1]    [3, 4]    batch row -> bank row

    The rows of -2 (:data:`~mmdmr.models.memory.bank.ABSENT`) take no part: b,
    because the unlabelled slot will hold the newer e; c, which was refused; x
    and the empty slots, which d, a and e will overwrite.

    Args:
        keys (Tensor): Keys by staged row, (m, d); zero for a refused key.
        ids (Tensor): Identities, (m,) int64, -1 where unlabelled, -2 for a
            refused key.
        first (int): Staged row of this rank's first key.
        num (int): Number of keys of this rank.

    Example:
        Rank 1 of the drawing; of its two keys, only d takes part:

        >>> import torch
        >>> ids = torch.tensor([7, -1, -2, 9, -1])
        >>> staged = Staged(torch.zeros(5, 2), ids, first=3, num=2)
        >>> takes_part = torch.tensor([True, False, False, True, False])
        >>> staged.own_rows(takes_part).tolist()
        [3, -1]
    """

    keys: Tensor
    ids: Tensor
    first: int
    num: int

    def own_rows(self, takes_part: Tensor) -> Tensor:
        """Staged row of each key of this rank that takes part.

        A bank that starts with all staged keys has the same rows.

        Args:
            takes_part (Tensor): Mask of the staged rows, (m,) bool.

        Returns:
            Tensor: Staged rows by batch row, (n,) int64, -1 for a key that
            takes no part.
        """
        end = self.first + self.num
        rows = torch.arange(self.first, end, device=self.ids.device)
        return rows.masked_fill(~takes_part[self.first : end], -1)


def staged_keys(keys: Tensor, ids: Tensor, first: int, num: int) -> Staged:
    """Refuse the keys that are not finite.

    Args:
        keys (Tensor): Embeddings of all ranks, (m, d).
        ids (Tensor): Identities, (m,) int64, negative where unlabelled.
        first (int): Row of this rank's first key.
        num (int): Number of keys of this rank.

    Returns:
        Staged: The same number of keys; a refused key is zero and has the
        identity :data:`~mmdmr.models.memory.bank.ABSENT`.

    Example:
        >>> import torch
        >>> keys = torch.tensor([[1.0], [torch.nan]])
        >>> staged = staged_keys(keys, torch.tensor([7, 8]), 0, 2)
        >>> staged.keys.tolist(), staged.ids.tolist()
        ([[1.0], [0.0]], [7, -2])
    """
    refused = ~keys.isfinite().all(dim=1)
    return Staged(
        # Zero, because a NaN times a gradient of zero would be NaN.
        keys.masked_fill(refused[:, None], 0),
        ids.clamp(min=-1).masked_fill(refused, ABSENT),
        first,
        num,
    )
