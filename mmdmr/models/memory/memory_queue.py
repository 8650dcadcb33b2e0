"""The memory of DMRNet: rings of embeddings seen recently."""

from collections.abc import Iterator

import torch
from torch import Tensor

from mmdmr.models.memory.memory import Bank, Memory, Staged
from mmdmr.models.memory.ring import Ring
from mmdmr.registry import MODELS


@MODELS.register_module()
class MemoryQueue(Memory):
    """Queue of recent embeddings (DMRNet, AAAI 2021, Sec. 3.3).

    Two first-in first-out rings hold the keys of labelled and of unlabelled
    persons. A batch is compared with the memory as it will be: its own keys
    are in, those they push out are not.

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
        self.labelled = Ring(num_labelled, feat_channels)
        self.unlabelled = Ring(num_unlabelled, feat_channels)
        self.register_buffer('commits', torch.zeros((), dtype=torch.long))

    def _parts(self, staged: Staged) -> Iterator[tuple[Ring, Tensor]]:
        """Staged rows by ring."""
        yield self.labelled, (staged.ids >= 0).nonzero().flatten()
        yield self.unlabelled, (staged.ids < 0).nonzero().flatten()

    def _bank(self, staged: Staged) -> Bank:
        """Staged keys that fit, then the stored ones that stay, of the
        labelled and then of the unlabelled ring. Empty slots are left out.
        """
        keys, ids, rows_in, places = [], [], [], []
        num = 0
        for ring, rows in self._parts(staged):
            kept, new = ring.kept(len(rows)), ring.newest(rows)
            rows_in.append(new)
            places.append(torch.arange(len(new), device=new.device) + num)
            keys += [staged.keys[new], ring.keys[kept].to(staged.keys.dtype)]
            ids += [staged.ids[new], ring.ids[kept]]
            num += len(new) + len(ids[-1])
        own_rows = staged.own_rows(torch.cat(rows_in), torch.cat(places))
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
