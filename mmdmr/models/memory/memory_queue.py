"""The memory: rings of embeddings seen recently."""

from typing import Any, Dict, Iterator, NamedTuple, Optional, Tuple

import torch
from torch import Tensor, nn

from mmdmr.models.memory.gather import gather_ragged
from mmdmr.models.memory.loading import fill_absent
from mmdmr.registry import MODELS


class Bank(NamedTuple):
    """What a batch is compared with.

    Args:
        keys (Tensor): Embeddings, (k, d).
        ids (Tensor): Identities, (k,) int64, -1 where unlabelled.
    """

    keys: Tensor
    ids: Tensor


class _Ring(nn.Module):
    """First-in first-out ring of keys with identity and time of writing.

    Args:
        size (int): Number of slots, may be 0.
        feat_channels (int): Length of a key.
    """

    keys: Tensor
    ids: Tensor
    written: Tensor
    pointer: Tensor
    fill: Tensor

    def __init__(self, size: int, feat_channels: int) -> None:
        super().__init__()
        self.size = size
        self.register_buffer('keys', torch.zeros(size, feat_channels))
        self.register_buffer('ids', torch.full((size,), -1))
        self.register_buffer('written', torch.zeros(size, dtype=torch.long))
        self.register_buffer('pointer', torch.zeros((), dtype=torch.long))
        self.register_buffer('fill', torch.zeros((), dtype=torch.long))

    def newest(self, items: Tensor) -> Tensor:
        """The last ``size`` of ``items``: those that fit."""
        return items[max(len(items) - self.size, 0) :]

    def slots(self, num: int) -> Tensor:
        """Slots that the newest of the next ``num`` keys will take."""
        steps = torch.arange(
            max(num - self.size, 0), num, device=self.keys.device
        )
        return (self.pointer + steps) % max(self.size, 1)

    def kept(self, num_incoming: int) -> Tensor:
        """Mask, (size,): filled and not overwritten by the next keys."""
        mask = torch.arange(self.size, device=self.keys.device) < self.fill
        mask[self.slots(num_incoming)] = False
        return mask

    def write(self, keys: Tensor, ids: Tensor, time: Tensor) -> None:
        if not self.size:
            return
        slots = self.slots(len(keys))
        self.keys[slots] = self.newest(keys).to(self.keys.dtype)
        self.ids[slots] = self.newest(ids)
        self.written[slots] = time
        self.pointer.add_(len(keys)).remainder_(self.size)
        self.fill.add_(len(keys)).clamp_(max=self.size)

    def reset(self) -> None:
        self.keys.zero_()
        self.ids.fill_(-1)
        for buffer in (self.written, self.pointer, self.fill):
            buffer.zero_()


@MODELS.register_module()
class MemoryQueue(nn.Module):
    """Queue of recent embeddings (DMRNet, AAAI 2021, Sec. 3.3).

    Two first-in first-out rings hold the keys of labelled and of unlabelled
    persons. Keys enter in two moves, so that a forward pass leaves no lasting
    trace: the loss *stages* the batch's keys and compares with
    :meth:`bank`, which shows the memory as it will be; :meth:`commit`, called
    once an iteration by :class:`~mmdmr.engine.hooks.MemoryQueueHook`, writes
    them. In distributed training the staged keys of all ranks are gathered,
    in rank order, so that every rank holds the same memory.

    Args:
        num_labelled (int): Slots for labelled keys, >= 1. The paper has
            4096 for CUHK-SYSU and 1024 for PRW.
        num_unlabelled (int): Slots for unlabelled keys, may be 0. The paper
            has 4096 for CUHK-SYSU and 0 for PRW. Defaults to 0.
        feat_channels (int): Length of an embedding. Defaults to 2048.

    Raises:
        ValueError: If a size is out of range.
    """

    commits: Tensor

    def __init__(
        self,
        num_labelled: int,
        num_unlabelled: int = 0,
        feat_channels: int = 2048,
    ) -> None:
        super().__init__()
        if num_labelled < 1 or num_unlabelled < 0 or feat_channels < 1:
            raise ValueError(
                'MemoryQueue needs num_labelled >= 1, num_unlabelled >= 0 and '
                f'feat_channels >= 1, got {num_labelled}, {num_unlabelled} '
                f'and {feat_channels}'
            )
        self.labelled = _Ring(num_labelled, feat_channels)
        self.unlabelled = _Ring(num_unlabelled, feat_channels)
        self.register_buffer('commits', torch.zeros((), dtype=torch.long))
        self._staged: Optional[Bank] = None
        self._refused = 0

    def _load_from_state_dict(
        self,
        state_dict: Dict[str, Tensor],
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
                'memory.commit() after every training iteration'
            )
        keys, ids = gather_ragged(keys.detach()), gather_ragged(ids)
        finite = keys.isfinite().all(dim=1)
        self._refused = int((~finite).sum())
        self._staged = Bank(keys[finite], ids[finite])

    def _staged_parts(
        self, staged: Bank
    ) -> Iterator[Tuple[_Ring, Tensor, Tensor]]:
        """Staged keys by ring: ``(ring, keys, ids)`` twice."""
        keys, ids = staged
        for ring, mask in (
            (self.labelled, ids >= 0),
            (self.unlabelled, ids < 0),
        ):
            yield ring, keys[mask], ids[mask]

    @torch.no_grad()
    def bank(self) -> Bank:
        """The memory as it will be once the staged keys are committed.

        Returns:
            Bank: Staged keys that fit, then the stored ones that stay, of
            the labelled and then of the unlabelled ring. Empty slots are
            left out.

        Raises:
            RuntimeError: If nothing was staged.
        """
        if self._staged is None:
            raise RuntimeError('stage() the keys of the batch first')
        keys, ids = [], []
        for ring, new_keys, new_ids in self._staged_parts(self._staged):
            kept = ring.kept(len(new_keys))
            keys += [ring.newest(new_keys), ring.keys[kept].to(new_keys.dtype)]
            ids += [ring.newest(new_ids), ring.ids[kept]]
        return Bank(torch.cat(keys), torch.cat(ids))

    @torch.no_grad()
    def commit(self) -> int:
        """Write the staged keys; without staged keys nothing happens.

        Returns:
            int: Number of keys refused because they were not finite.
        """
        if self._staged is None:
            return 0
        self.commits += 1
        for ring, keys, ids in self._staged_parts(self._staged):
            ring.write(keys, ids, self.commits)
        self._staged = None
        return self._refused

    def statistics(self) -> Dict[str, float]:
        """Figures to log.

        Returns:
            dict[str, float]: ``fill`` and ``unlabelled_fill`` (keys stored),
            ``age`` (mean number of iterations since the labelled keys were
            written) and ``positives`` (mean number of stored keys that
            share the identity of a labelled key written last, itself
            included).
        """
        ring = self.labelled
        filled = ring.ids >= 0
        newest = ring.ids[filled & (ring.written == self.commits)]
        positives = (newest[:, None] == ring.ids).sum(dim=1).float()
        age = (self.commits - ring.written[filled]).float()
        return dict(
            fill=float(ring.fill),
            unlabelled_fill=float(self.unlabelled.fill),
            age=float(age.mean()) if len(age) else 0.0,
            positives=float(positives.mean()) if len(positives) else 0.0,
        )

    def reset(self) -> None:
        """Empty the memory, staged keys included."""
        self.labelled.reset()
        self.unlabelled.reset()
        self.commits.zero_()
        self._staged, self._refused = None, 0
