"""The memory that stores nothing: a batch is compared with itself."""

from mmdmr.models.memory.bank import ABSENT, Bank
from mmdmr.models.memory.memory import Memory
from mmdmr.models.memory.staging import Staged
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
        ([7, -2, 8], [0, -1, 2])
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
        takes_part = staged.ids >= (-1 if self.with_unlabelled else 0)
        return Bank(
            (staged.keys,),
            staged.ids.masked_fill(~takes_part, ABSENT),
            # All staged keys in order: staged rows are bank rows.
            staged.own_rows(takes_part),
        )

    def _write(self, staged: Staged) -> None:
        """Nothing is kept."""

    def _clear(self) -> None:
        """Nothing was kept."""
