"""The memory of DMRNet: rings of recent embeddings."""

from collections.abc import Iterator

import torch
from torch import Tensor

from mmdmr.errors import InputError
from mmdmr.models.memory.bank import ABSENT, Bank
from mmdmr.models.memory.memory import Memory
from mmdmr.models.memory.ring import Ring
from mmdmr.models.memory.staging import Staged
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
        The queue drawn at :class:`~mmdmr.models.memory.staging.Staged`, with
        the five keys on a single rank. The third key holds a NaN:

        >>> import torch
        >>> memory = MemoryQueue(3, 1, feat_channels=1)
        >>> memory.stage(torch.ones(2, 1), torch.tensor([5, 6]))
        >>> memory.commit()
        tensor(0)
        >>> keys = torch.tensor([[1.0], [1], [torch.nan], [1], [1]])
        >>> memory.stage(keys, torch.tensor([7, -1, 8, 9, -1]))
        >>> bank = memory.bank()
        >>> bank.ids.tolist()
        [7, -2, -2, 9, -1, -2, 6, -2, -2]
        >>> bank.own_rows.tolist()
        [0, -1, -1, 3, 4]
        >>> memory.commit()
        tensor(1)
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
        """Rings with slots, each with the mask of the staged rows it gets."""
        # A refused key has the identity ABSENT and belongs to neither ring.
        yield self.labelled, staged.ids >= 0
        if self.unlabelled.size:
            yield self.unlabelled, staged.ids == -1

    def _bank(self, staged: Staged) -> Bank:
        """Blocks: staged keys, labelled slots, unlabelled slots if any.

        :class:`~mmdmr.models.memory.staging.Staged` draws the blocks. The
        slots are not copied. The commit writes to absent rows alone: their
        gradient is zero, whatever they hold.
        """
        takes_part = torch.zeros_like(staged.ids, dtype=torch.bool)
        blocks, ids = [staged.keys], []
        for ring, belongs in self._parts(staged):
            # Both follow from the slots that the commit will write to.
            takes_part |= ring.fits(belongs)
            ids.append(ring.ids.masked_fill(~ring.kept(belongs), ABSENT))
            blocks.append(ring.keys)
        # Staged rows are the first rows of the bank.
        ids.insert(0, staged.ids.masked_fill(~takes_part, ABSENT))
        return Bank(tuple(blocks), torch.cat(ids), staged.own_rows(takes_part))

    def _write(self, staged: Staged) -> None:
        self.commits += 1
        for ring, belongs in self._parts(staged):
            ring.write(staged.keys, staged.ids, belongs, self.commits)

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
