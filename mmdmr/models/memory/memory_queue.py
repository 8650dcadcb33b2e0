"""The memory of DMRNet: rings of recent embeddings."""

from collections.abc import Iterator

import torch
from torch import Tensor

from mmdmr.errors import InputError
from mmdmr.models.memory.memory import Bank, Memory, Staged
from mmdmr.models.memory.ring import Ring
from mmdmr.registry import MODELS


@MODELS.register_module()
class MemoryQueue(Memory):
    """Queue of recent embeddings (DMRNet, AAAI 2021, Sec. 3.3).

    Two first-in first-out rings hold the keys of labelled and of unlabelled
    persons. A batch is compared with the queue as it will be after the
    commit: with the batch's own keys, without the overwritten keys.

    Args:
        num_labelled (int): Slots for labelled keys, >= 1. The paper has 4096
            slots for CUHK-SYSU and 1024 for PRW.
        num_unlabelled (int): Slots for unlabelled keys, >= 0. The paper has
            4096 slots for CUHK-SYSU and 0 for PRW. Defaults to 0.
        feat_channels (int): Length of an embedding. Defaults to 2048.

    Raises:
        InputError: A size is out of range.

    Example:
        The queue drawn at :class:`~mmdmr.models.memory.memory.Staged`, with
        the five keys on a single rank. The third key holds a NaN:

        >>> import torch
        >>> memory = MemoryQueue(3, 1, feat_channels=1)
        >>> memory.stage(torch.ones(2, 1), torch.tensor([5, 6]))
        >>> memory.commit()
        0
        >>> keys = torch.tensor([[1.0], [1], [torch.nan], [1], [1]])
        >>> memory.stage(keys, torch.tensor([7, -1, 8, 9, -1]))
        >>> bank = memory.bank()
        >>> bank.ids.tolist(), bank.own_rows.tolist()
        ([7, 9, 6, -1], [0, -1, -1, 1, 3])
        >>> memory.commit()
        1
        >>> memory.labelled.ids.tolist(), memory.unlabelled.ids.tolist()
        ([9, 6, 7], [-1])
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
            raise InputError(
                'MemoryQueue needs num_labelled >= 1, num_unlabelled >= 0 and '
                f'feat_channels >= 1, got {num_labelled}, {num_unlabelled} '
                f'and {feat_channels}'
            )
        self.labelled = Ring(num_labelled, feat_channels)
        self.unlabelled = Ring(num_unlabelled, feat_channels)
        self.register_buffer('commits', torch.zeros((), dtype=torch.long))

    def _parts(self, staged: Staged) -> Iterator[tuple[Ring, Tensor]]:
        """Both rings, each with the staged rows that belong to it."""
        yield self.labelled, (staged.ids >= 0).nonzero().flatten()
        yield self.unlabelled, (staged.ids < 0).nonzero().flatten()

    def _bank(self, staged: Staged) -> Bank:
        """Four blocks of keys, one below the other::

            labelled    staged keys that fit    a, d
                        stored keys that stay   y
            unlabelled  staged keys that fit    e
                        stored keys that stay

        Empty slots are left out. :class:`Staged` draws the keys a to e, x and
        y.
        """
        keys, ids, staged_rows, bank_rows = [], [], [], []
        num_rows = 0
        for ring, rows in self._parts(staged):
            # Both follow from the slots that the commit will write to.
            new, kept = ring.newest(rows), ring.kept(len(rows))
            keys += [staged.keys[new], ring.keys[kept].to(staged.keys.dtype)]
            ids += [staged.ids[new], ring.ids[kept]]
            # The new keys follow the rows that the bank has so far.
            staged_rows.append(new)
            bank_rows.append(
                torch.arange(len(new), device=new.device) + num_rows
            )
            num_rows += len(new) + len(ids[-1])
        own_rows = staged.own_rows(
            torch.cat(staged_rows), torch.cat(bank_rows)
        )
        return Bank(torch.cat(keys), torch.cat(ids), own_rows)

    def _write(self, staged: Staged) -> None:
        self.commits += 1
        for ring, rows in self._parts(staged):
            ring.write(staged.keys[rows], staged.ids[rows], self.commits)

    def _clear(self) -> None:
        self.labelled.reset()
        self.unlabelled.reset()
        self.commits.zero_()

    def statistics(self) -> dict[str, float]:
        """Numbers to log.

        Returns:
            dict[str, float]: ``fill`` and ``unlabelled_fill`` (keys stored),
            ``age`` (mean number of iterations since the labelled keys were
            written) and ``positives`` (mean number of stored keys that share
            the identity of a labelled key written last, itself included).
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
