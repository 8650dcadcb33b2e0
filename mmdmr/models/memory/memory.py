"""Base class of the memories: keys are staged, then committed."""

from typing import Any

import torch
from torch import Tensor, nn

from mmdmr.models.memory.bank import ABSENT, Bank
from mmdmr.models.memory.gather import gather_keys
from mmdmr.models.memory.loading import fill_absent
from mmdmr.models.memory.staging import Staged, staged_keys


class Memory(nn.Module):
    """Embeddings of persons seen before, written in two moves.

    A forward pass leaves no lasting trace. The loss *stages* the batch's keys
    and compares with :meth:`bank`. :meth:`commit` writes the staged keys; the
    :class:`~mmdmr.engine.hooks.MemoryQueueHook` calls it once an iteration.
    In distributed training the staged keys of all ranks are gathered, in rank
    order, so that every rank holds the same memory.

    All shapes are known without reading a tensor: a GPU is never waited for,
    except for the number of keys of the other ranks in distributed training,
    see :func:`~mmdmr.models.memory.gather.gather_keys`.

    A subclass implements three methods: ``_bank`` makes the keys that a batch
    is compared with, ``_write`` stores staged keys, ``_clear`` empties the
    memory.

    Example:
        >>> import torch
        >>> from mmdmr.models import MemoryQueue
        >>> memory = MemoryQueue(num_labelled=4, feat_channels=2)
        >>> for step in range(2):
        ...     memory.stage(torch.eye(2), torch.tensor([7, 8]))
        ...     ids = memory.bank().compact().ids  # a loss compares with them
        ...     refused = memory.commit()
        >>> ids.tolist(), int(refused)
        ([7, 8, 7, 8], 0)
    """

    def __init__(self) -> None:
        super().__init__()
        self._staged: Staged | None = None
        # Keys of a rank that a gathering can hold; grows on all ranks alike.
        self._capacity = 16

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

        A key that holds a NaN or an infinity in the precision of the memory is
        refused; :meth:`commit` returns the number of refused keys. The rows
        are drawn at :class:`~mmdmr.models.memory.staging.Staged`.

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
        # Batch rows become staged rows: the keys of all ranks, in rank order.
        gathered = gather_keys(keys.detach(), ids, self._capacity)
        self._capacity = gathered.capacity
        self._staged = staged_keys(
            self._in_own_precision(gathered.keys),
            gathered.ids,
            gathered.first,
            len(keys),
        )

    @torch.no_grad()
    def bank(self) -> Bank:
        """Keys that the staged batch is compared with.

        Returns:
            Bank: Embeddings, identities and rows of this rank's keys. The
            embeddings hold until the next :meth:`commit`.

        Raises:
            RuntimeError: Nothing was staged.
        """
        if self._staged is None:
            raise RuntimeError('stage() the keys of the batch first')
        return self._bank(self._staged)

    @torch.no_grad()
    def commit(self) -> Tensor:
        """Write the staged keys; without staged keys nothing happens.

        Returns:
            Tensor: Number of keys refused because they were not finite, a
            scalar int64. Reading it waits for the device.
        """
        if self._staged is None:
            return torch.zeros((), dtype=torch.int64)
        staged = self._staged
        self._write(staged)
        self._staged = None
        return (staged.ids == ABSENT).sum()

    def discard(self) -> None:
        """Forget the staged keys, as after an interrupted iteration."""
        self._staged = None

    def reset(self) -> None:
        """Empty the memory and forget the staged keys."""
        self._clear()
        self.discard()

    def _in_own_precision(self, keys: Tensor) -> Tensor:
        """Keys as the memory will store them; too large numbers are infinite.

        A memory that stores nothing leaves the keys as they are.
        """
        floats = (b.dtype for b in self.buffers() if b.is_floating_point())
        return keys.to(next(floats, keys.dtype))

    def _bank(self, staged: Staged) -> Bank:
        raise NotImplementedError

    def _write(self, staged: Staged) -> None:
        raise NotImplementedError

    def _clear(self) -> None:
        raise NotImplementedError
