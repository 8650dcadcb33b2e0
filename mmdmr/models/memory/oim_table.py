"""The memory of OIM: a row for each identity, a ring of unlabelled keys."""

import torch
import torch.nn.functional as F
from torch import Tensor

from mmdmr.errors import InputError
from mmdmr.models.memory.bank import Bank
from mmdmr.models.memory.memory import Memory
from mmdmr.models.memory.ring import Ring
from mmdmr.models.memory.staging import Staged
from mmdmr.registry import MODELS


@MODELS.register_module()
class OIMTable(Memory):
    r"""Look-up table and circular queue of online instance matching.

    Xiao et al., "Joint Detection and Identification Feature Learning for
    Person Search", CVPR 2017, Sec. 3.3. Each labelled identity owns a row,
    which follows its embeddings,

    .. math:: v \leftarrow \frac{m v + (1 - m) x}{\|m v + (1 - m) x\|}

    one sample after the other in the batch's order. Embeddings of unlabelled
    persons go to a circular queue, where they overwrite the oldest embeddings.
    A batch is compared with the table *before* the batch's own embeddings
    enter. Rows of identities not yet seen and empty slots of the queue are
    zero vectors and take part.

    An identity without a row is neither compared nor stored, and
    :meth:`check` tells of it; ``mmdmr train`` checks all identities before
    training.

    Args:
        num_ids (int): Number of identities of the training set, which are
            numbered from 0; >= 1. CUHK-SYSU has 5532, PRW has 483.
        num_unlabelled (int): Slots of the circular queue, >= 0. The paper has
            5000 slots, published code 500 for PRW. Defaults to 0.
        momentum (float): Share m of the row that stays, in [0, 1). Defaults
            to 0.5.
        feat_channels (int): Length of an embedding. Defaults to 2048.

    Raises:
        InputError: An argument is out of range.

    Example:
        >>> import torch
        >>> memory = OIMTable(num_ids=2, num_unlabelled=1, feat_channels=2)
        >>> memory.stage(torch.eye(2), torch.tensor([0, -1]))
        >>> memory.bank().ids.tolist(), memory.commit()
        ([0, 1, -1], tensor(0))
        >>> memory.table.tolist(), memory.unlabelled.keys.tolist()
        ([[1.0, 0.0], [0.0, 0.0]], [[0.0, 1.0]])
    """

    table: Tensor
    commits: Tensor
    highest_id: Tensor

    def __init__(
        self,
        num_ids: int,
        num_unlabelled: int = 0,
        momentum: float = 0.5,
        feat_channels: int = 2048,
    ) -> None:
        super().__init__()
        if num_ids < 1 or num_unlabelled < 0 or feat_channels < 1:
            raise InputError(
                'OIMTable needs num_ids >= 1, num_unlabelled >= 0 and '
                f'feat_channels >= 1, got {num_ids}, {num_unlabelled} and '
                f'{feat_channels}'
            )
        if not 0 <= momentum < 1:
            raise InputError(f'momentum must be in [0, 1), got {momentum}')
        self.momentum = momentum
        self.register_buffer('table', torch.zeros(num_ids, feat_channels))
        self.register_buffer('commits', torch.zeros((), dtype=torch.long))
        self.unlabelled = Ring(num_unlabelled, feat_channels)
        # A buffer only to move with the module: no part of a checkpoint.
        self.register_buffer('highest_id', torch.tensor(-1), persistent=False)

    def check(self) -> None:
        """Check that every identity committed so far has a row.

        The check waits for the device;
        :class:`~mmdmr.engine.hooks.MemoryQueueHook` calls it now and then.

        Raises:
            InputError: An identity has no row.

        Example:
            >>> import torch
            >>> memory = OIMTable(num_ids=2, feat_channels=2)
            >>> memory.stage(torch.eye(2), torch.tensor([0, 1]))
            >>> refused = memory.commit()
            >>> memory.check()
        """
        highest = int(self.highest_id)
        if highest >= len(self.table):
            raise InputError(
                f'identity {highest} has no row in OIMTable('
                f'num_ids={len(self.table)}): set model.memory.num_ids to the '
                "number of identities of the training set, which 'mmdmr "
                "verify_dataset' prints"
            )

    def _bank(self, staged: Staged) -> Bank:
        # Table and queue before this batch, without the batch's own keys. They
        # are copied: the commit changes rows that have a gradient.
        keys = torch.cat([self.table, self.unlabelled.keys])
        ids = torch.arange(len(self.table), device=self.table.device)
        return Bank(
            (keys,),
            torch.cat([ids, torch.full_like(self.unlabelled.ids, -1)]),
            torch.full_like(staged.ids[: staged.num], -1),
            one_key_per_id=True,
        )

    def _write(self, staged: Staged) -> None:
        self.commits += 1
        if len(staged.ids):
            torch.maximum(
                self.highest_id, staged.ids.max(), out=self.highest_id
            )
        keys = staged.keys
        has_row = (staged.ids >= 0) & (staged.ids < len(self.table))
        # Keys without a row write row 0 back as it is.
        rows = staged.ids.where(has_row, 0)
        # One after the other: a batch may hold an identity more than once.
        for i in range(len(keys)):
            row = rows[i : i + 1]
            old = self.table.index_select(0, row)
            new = F.normalize(torch.lerp(keys[i : i + 1], old, self.momentum))
            self.table.index_copy_(0, row, torch.where(has_row[i], new, old))
        self.unlabelled.write(keys, staged.ids, staged.ids == -1, self.commits)

    def _clear(self) -> None:
        self.table.zero_()
        self.commits.zero_()
        self.highest_id.fill_(-1)
        self.unlabelled.reset()

    def statistics(self) -> dict[str, float]:
        """Numbers to log.

        Returns:
            dict[str, float]: ``fill`` (identities seen so far) and
            ``unlabelled_fill`` (unlabelled embeddings in the queue).
        """
        return dict(
            fill=float(self.table.any(dim=1).sum()),
            unlabelled_fill=float(self.unlabelled.fill),
        )
