"""What all memories have in common: keys are staged, then committed."""

from typing import Any, NamedTuple

import torch
from mmengine import dist
from torch import Tensor, nn

from mmdmr.models.memory.gather import gather_ragged
from mmdmr.models.memory.loading import fill_absent


class Bank(NamedTuple):
    """What a batch is compared with.

    Args:
        keys (Tensor): Embeddings, (k, d).
        ids (Tensor): Identities, (k,) int64, -1 where unlabelled.
        own_rows (Tensor): Row in ``keys`` of each key that this rank staged,
            in its order; (n,) int64, -1 where the key is not among them.
    """

    keys: Tensor
    ids: Tensor
    own_rows: Tensor


class Staged(NamedTuple):
    """Keys of an iteration, of all ranks.

    Args:
        keys (Tensor): (m, d).
        ids (Tensor): (m,) int64, -1 where unlabelled.
        local (Tensor): Rows of them that this rank staged, (n,) int64; -1
            for a key that was refused.
    """

    keys: Tensor
    ids: Tensor
    local: Tensor

    def own_rows(self, rows: Tensor, places: Tensor) -> Tensor:
        """Where in a bank this rank's keys are.

        Args:
            rows (Tensor): Staged rows that are in the bank, (r,) int64.
            places (Tensor): Their rows in the bank, (r,) int64.

        Returns:
            Tensor: As in :class:`Bank`.
        """
        # one entry more: what refers to row -1, a refused key, finds -1
        place = self.ids.new_full((len(self.ids) + 1,), -1)
        place[rows] = places
        return place[self.local]


class Memory(nn.Module):
    """Embeddings of persons seen before, written in two moves.

    So that a forward pass leaves no lasting trace, the loss *stages* the
    batch's keys and compares with :meth:`bank`; :meth:`commit`, called once
    an iteration by :class:`~mmdmr.engine.hooks.MemoryQueueHook`, writes them.
    In distributed training the staged keys of all ranks are gathered, in rank
    order, so that every rank holds the same memory.

    A subclass says in ``_bank`` what a batch is compared with, in ``_write``
    what is kept, and in ``_clear`` how it begins.
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

        Keys that hold a NaN or an infinity are refused; :meth:`commit`
        tells how many.

        Args:
            keys (Tensor): Embeddings of the batch, (n, d), unit length.
            ids (Tensor): Identities, (n,) int64, -1 where unlabelled.

        Raises:
            RuntimeError: If the keys of the last iteration were never
                committed.
        """
        if self._staged is not None:
            raise RuntimeError(
                'keys were staged but never committed. Add '
                "dict(type='mmdmr.MemoryQueueHook') to custom_hooks, or call "
                'memory.commit() after every training iteration; stage '
                "nothing in validation (mode='predict')"
            )
        rank = torch.full_like(ids, dist.get_rank())
        keys, ids, rank = map(gather_ragged, (keys.detach(), ids, rank))
        finite = keys.isfinite().all(dim=1)
        self._refused = int((~finite).sum())
        rows = (finite.cumsum(0) - 1).masked_fill(~finite, -1)
        self._staged = Staged(
            keys[finite], ids[finite], rows[rank == dist.get_rank()]
        )

    @torch.no_grad()
    def bank(self) -> Bank:
        """What the staged batch is compared with.

        Returns:
            Bank: Embeddings and identities.

        Raises:
            RuntimeError: If nothing was staged.
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
        """Forget the staged keys, as those of an interrupted iteration."""
        self._staged, self._refused = None, 0

    def reset(self) -> None:
        """Begin anew, staged keys forgotten."""
        self._clear()
        self.discard()

    def _bank(self, staged: Staged) -> Bank:
        raise NotImplementedError

    def _write(self, staged: Staged) -> None:
        raise NotImplementedError

    def _clear(self) -> None:
        raise NotImplementedError
