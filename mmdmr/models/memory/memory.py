"""Base class of the memories: keys are staged, then committed."""

from typing import Any, NamedTuple

import torch
from mmengine import dist
from torch import Tensor, nn

from mmdmr.models.memory.gather import gather_ragged
from mmdmr.models.memory.loading import fill_absent


class Bank(NamedTuple):
    """Keys that a batch is compared with.

    Args:
        keys (Tensor): Embeddings, (k, d).
        ids (Tensor): Identities, (k,) int64, -1 where unlabelled.
        own_rows (Tensor): Row in ``keys`` of each key that this rank staged,
            in the order of staging; (n,) int64, -1 for a key that is not in
            ``keys``.

    Example:
        >>> import torch
        >>> from mmdmr.models import BatchMemory
        >>> memory = BatchMemory()
        >>> memory.stage(torch.eye(3), torch.tensor([7, -1, 8]))
        >>> bank = memory.bank()
        >>> bank.keys.shape, bank.ids.tolist(), bank.own_rows.tolist()
        (torch.Size([3, 3]), [7, -1, 8], [0, 1, 2])
    """

    keys: Tensor
    ids: Tensor
    own_rows: Tensor


class Staged(NamedTuple):
    """Keys of an iteration, of all ranks, without the refused keys.

    A key has four numbers, one in each of four index spaces. Here two ranks
    stage five keys, a to e, and c holds a NaN. The memory is a
    :class:`~mmdmr.models.MemoryQueue` of three labelled slots and one
    unlabelled slot; its two stored keys are x (identity 5, the older one) and
    y (identity 6)::

                          rank 0        rank 1
        key             a   b   c       d   e
        identity        7  -1   8       9  -1
                        |   |   |       |   |
        1 batch row     0   1   2       0   1    order of stage() on a rank
                        |   |   |       |   |
        2 gathered row  0   1   2       3   4    all ranks, in rank order
                        |   |   |       |   |
        3 staged row    0   1  -1       2   3    c is refused
                        |   |   |       |   |
        4 bank row      0  -1  -1       1   3    one slot: e is newer than b

        bank.keys     = a, d, y, e               x will be overwritten
        bank.ids      = 7, 9, 6, -1

        staged.local  = [0, 1, -1]    [2, 3]     1 -> 3, on each rank
        bank.own_rows = [0, -1, -1]   [1, 3]     1 -> 4, on each rank

    Args:
        keys (Tensor): Finite keys by staged row, (m, d).
        ids (Tensor): Identities, (m,) int64, -1 where unlabelled.
        local (Tensor): Staged row of each key of this rank by batch row, (n,)
            int64; -1 for a key that was refused.

    Example:
        Rank 0 of the drawing:

        >>> import torch
        >>> staged = Staged(
        ...     torch.zeros(4, 2),
        ...     torch.tensor([7, -1, 9, -1]),
        ...     local=torch.tensor([0, 1, -1]),
        ... )
        >>> in_bank, bank_rows = torch.tensor([[0, 2, 3], [0, 1, 3]])
        >>> staged.own_rows(in_bank, bank_rows).tolist()
        [0, -1, -1]
    """

    keys: Tensor
    ids: Tensor
    local: Tensor

    def own_rows(self, staged_rows: Tensor, bank_rows: Tensor) -> Tensor:
        """Bank row of each key of this rank.

        Args:
            staged_rows (Tensor): Staged rows that are in the bank, (r,)
                int64.
            bank_rows (Tensor): Bank rows of the same keys, (r,) int64.

        Returns:
            Tensor: Bank rows by batch row, as in :class:`Bank`.
        """
        # Table from staged row to bank row. One entry more than staged keys:
        # a refused key has the staged row -1 and finds the -1 at the end.
        table = self.ids.new_full((len(self.ids) + 1,), -1)
        table[staged_rows] = bank_rows
        return table[self.local]


class Memory(nn.Module):
    """Embeddings of persons seen before, written in two moves.

    A forward pass leaves no lasting trace. The loss *stages* the batch's keys
    and compares with :meth:`bank`. :meth:`commit` writes the staged keys; the
    :class:`~mmdmr.engine.hooks.MemoryQueueHook` calls it once an iteration.
    In distributed training the staged keys of all ranks are gathered, in rank
    order, so that every rank holds the same memory.

    A subclass implements three methods: ``_bank`` makes the keys that a batch
    is compared with, ``_write`` stores staged keys, ``_clear`` empties the
    memory.

    Example:
        >>> import torch
        >>> from mmdmr.models import MemoryQueue
        >>> memory = MemoryQueue(num_labelled=4, feat_channels=2)
        >>> for step in range(2):
        ...     memory.stage(torch.eye(2), torch.tensor([7, 8]))
        ...     ids = memory.bank().ids  # a loss compares with the bank
        ...     refused = memory.commit()
        >>> ids.tolist(), refused
        ([7, 8, 7, 8], 0)
    """

    def __init__(self) -> None:
        super().__init__()
        self._staged: Staged | None = None
        self._refused = 0

    def _load_from_state_dict(
        self,
        state_dict: dict[str, Tensor],
        prefix: str,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        fill_absent(self, state_dict, prefix)
        super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)

    @torch.no_grad()
    def stage(self, keys: Tensor, ids: Tensor) -> None:
        """Announce the keys of this iteration.

        A key that holds a NaN or an infinity is refused; :meth:`commit`
        returns the number of refused keys. The index spaces in the comments
        are drawn at :class:`Staged`.

        Args:
            keys (Tensor): Embeddings of the batch, (n, d), unit length.
            ids (Tensor): Identities, (n,) int64, -1 where unlabelled.

        Raises:
            RuntimeError: The keys of the last iteration were never committed.
        """
        if self._staged is not None:
            raise RuntimeError(
                'keys were staged but never committed. Add '
                "dict(type='mmdmr.MemoryQueueHook') to custom_hooks, or call "
                'memory.commit() after every training iteration; stage '
                "nothing in validation (mode='predict')"
            )
        # 1 -> 2: the keys of all ranks, each with its rank.
        this_rank = dist.get_rank()
        ranks = torch.full_like(ids, this_rank)
        keys, ids, ranks = map(gather_ragged, (keys.detach(), ids, ranks))
        # 2 -> 3: finite keys are numbered in order, refused keys get -1.
        finite = keys.isfinite().all(dim=1)
        self._refused = int((~finite).sum())
        staged_rows = (finite.cumsum(0) - 1).masked_fill(~finite, -1)
        # 1 -> 3: gathering kept the batch order within a rank.
        local = staged_rows[ranks == this_rank]
        self._staged = Staged(keys[finite], ids[finite], local)

    @torch.no_grad()
    def bank(self) -> Bank:
        """Keys that the staged batch is compared with.

        Returns:
            Bank: Embeddings, identities and rows of this rank's keys.

        Raises:
            RuntimeError: Nothing was staged.
        """
        if self._staged is None:
            raise RuntimeError('stage() the keys of the batch first')
        return self._bank(self._staged)

    @torch.no_grad()
    def commit(self) -> int:
        """Write the staged keys; without staged keys nothing happens.

        Returns:
            int: Number of keys refused because they were not finite.
        """
        if self._staged is None:
            return 0
        self._write(self._staged)
        self._staged = None
        return self._refused

    def discard(self) -> None:
        """Forget the staged keys, as after an interrupted iteration."""
        self._staged, self._refused = None, 0

    def reset(self) -> None:
        """Empty the memory and forget the staged keys."""
        self._clear()
        self.discard()

    def _bank(self, staged: Staged) -> Bank:
        raise NotImplementedError

    def _write(self, staged: Staged) -> None:
        raise NotImplementedError

    def _clear(self) -> None:
        raise NotImplementedError
