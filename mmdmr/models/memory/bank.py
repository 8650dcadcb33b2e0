"""The keys that a batch is compared with, in blocks of fixed shapes."""

from typing import NamedTuple

import torch
from torch import Tensor

#: Identity of a row that takes no part: neither positive nor negative. Rows
#: are marked, not cut out: the length of a cut would have to be read from the
#: device, and the reading would wait for the device.
ABSENT = -2


class Bank(NamedTuple):
    """Keys that a batch is compared with.

    The shapes follow from the memory's size and the number of staged keys
    alone. Rows that take no part have the identity :data:`ABSENT` and finite
    keys. The blocks may be the memory's own tensors: a loss reads the blocks
    and never changes them.

    Args:
        blocks (tuple[Tensor, ...]): Embeddings, one block below the other,
            (k1, d), (k2, d) and so on.
        ids (Tensor): Identities of the rows of all blocks, (k,) int64, -1
            where unlabelled, -2 (:data:`ABSENT`) where a row takes no part.
        own_rows (Tensor): Row of each key that this rank staged, in the order
            of staging; (n,) int64, -1 for a key that takes no part.
        one_key_per_id (bool): True if each identity has one row at most, as
            classification needs. Defaults to False.

    Example:
        >>> import torch
        >>> from mmdmr.models import MemoryQueue
        >>> memory = MemoryQueue(num_labelled=3, feat_channels=3)
        >>> memory.stage(torch.eye(3), torch.tensor([7, -1, 8]))
        >>> bank = memory.bank()
        >>> [len(block) for block in bank.blocks], bank.ids.tolist()
        ([3, 3], [7, -2, 8, -2, -2, -2])
        >>> bank.own_rows.tolist()
        [0, -1, 2]
    """

    blocks: tuple[Tensor, ...]
    ids: Tensor
    own_rows: Tensor
    one_key_per_id: bool = False

    @property
    def keys(self) -> Tensor:
        """Tensor: All rows in one tensor, (k, d), a copy of the blocks.

        Example:
            >>> import torch
            >>> from mmdmr.models import BatchMemory
            >>> memory = BatchMemory()
            >>> memory.stage(torch.eye(3), torch.tensor([7, -1, 8]))
            >>> memory.bank().keys.shape
            torch.Size([3, 3])
        """
        return torch.cat(self.blocks)

    def compact(self) -> 'Bank':
        """Cut out the rows that take no part.

        For losses that do not know :data:`ABSENT`. The number of rows is read
        from the device: the reading waits for it.

        Returns:
            Bank: One block of the rows that take part; ``own_rows`` counts in
            this block.

        Example:
            >>> import torch
            >>> from mmdmr.models import MemoryQueue
            >>> memory = MemoryQueue(num_labelled=3, feat_channels=3)
            >>> memory.stage(torch.eye(3), torch.tensor([7, -1, 8]))
            >>> bank = memory.bank().compact()
            >>> bank.keys.shape, bank.ids.tolist(), bank.own_rows.tolist()
            (torch.Size([2, 3]), [7, 8], [0, -1, 1])
        """
        present = self.ids != ABSENT
        # The row of a key in the result: number of rows kept before the key.
        places = present.cumsum(0) - 1
        own_rows = places[self.own_rows].masked_fill(self.own_rows < 0, -1)
        return Bank(
            (self.keys[present],),
            self.ids[present],
            own_rows,
            self.one_key_per_id,
        )
