"""The memory that stores nothing: a batch is compared with itself."""

import torch

from mmdmr.models.memory.memory import Bank, Memory, Staged
from mmdmr.registry import MODELS


@MODELS.register_module()
class BatchMemory(Memory):
    """Holds the keys of the batch and forgets them.

    This memory makes the row "without memory" of DMRNet's comparison (AAAI
    2021, Sec. 4.3): pairs are formed inside a batch, and an anchor's own key
    is always among its positives. In distributed training the batches of all
    ranks count as one batch.

    The class takes the arguments of :class:`~mmdmr.models.MemoryQueue`. So
    ``model.memory.type=mmdmr.BatchMemory`` alone switches the memory of a
    config off.

    Args:
        num_labelled (int): Number without effect. Defaults to 0.
        num_unlabelled (int): Switch for unlabelled keys: 0 leaves the batch's
            unlabelled keys out, any other number keeps all unlabelled keys.
            Defaults to 1.
        feat_channels (int): Number without effect. Defaults to 2048.

    Example:
        >>> import torch
        >>> memory = BatchMemory(num_unlabelled=0)
        >>> memory.stage(torch.eye(3), torch.tensor([7, -1, 8]))
        >>> memory.bank().ids.tolist(), memory.bank().own_rows.tolist()
        ([7, 8], [0, -1, 1])
    """

    def __init__(
        self,
        num_labelled: int = 0,
        num_unlabelled: int = 1,
        feat_channels: int = 2048,
    ) -> None:
        super().__init__()
        self.with_unlabelled = num_unlabelled > 0

    def _bank(self, staged: Staged) -> Bank:
        if self.with_unlabelled:
            # All staged keys in order: staged rows are bank rows.
            return Bank(*staged)
        rows = (staged.ids >= 0).nonzero().flatten()
        bank_rows = torch.arange(len(rows), device=rows.device)
        return Bank(
            staged.keys[rows],
            staged.ids[rows],
            staged.own_rows(rows, bank_rows),
        )

    def _write(self, staged: Staged) -> None:
        """Nothing is kept."""

    def _clear(self) -> None:
        """Nothing was kept."""
