"""No memory at all: a batch is compared with itself."""

import torch

from mmdmr.models.memory.memory import Bank, Memory, Staged
from mmdmr.registry import MODELS


@MODELS.register_module()
class BatchMemory(Memory):
    """Holds the keys of the batch and forgets them.

    The row "without memory" of DMRNet's comparison (AAAI 2021, Sec. 4.3):
    pairs are those inside a batch, and an anchor's own key is always among
    its positives. In distributed training a batch is that of all ranks.

    ``model.memory.type=mmdmr.BatchMemory`` alone switches a config's memory
    off, hence the arguments.

    Args:
        num_labelled (int): Without effect. Defaults to 0.
        num_unlabelled (int): With 0 the batch's unlabelled keys are left
            out, with any other number all of them are compared with.
            Defaults to 1.
        feat_channels (int): Without effect. Defaults to 2048.
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
            return Bank(*staged)
        rows = (staged.ids >= 0).nonzero().flatten()
        places = torch.arange(len(rows), device=rows.device)
        return Bank(
            staged.keys[rows], staged.ids[rows], staged.own_rows(rows, places)
        )

    def _write(self, staged: Staged) -> None:
        """Nothing is kept."""

    def _clear(self) -> None:
        """Nothing was kept."""
