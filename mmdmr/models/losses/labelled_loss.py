"""A loss of the labelled persons of a batch, as a module."""

from collections.abc import Callable

from torch import Tensor, nn

from mmdmr.models.losses.reduction import mean_over_ranks
from mmdmr.models.memory import Bank


class LabelledLoss(nn.Module):
    """Compares the labelled persons of a batch with a memory.

    The loss is the mean over the labelled persons of all ranks.

    Args:
        function (Callable): Loss of ``(query, query_ids, keys, key_ids)``,
            ``reduction`` and ``settings``, such as
            :func:`~mmdmr.models.pair_loss`.
        loss_weight (float): What the loss is multiplied by.
        **settings: Keyword arguments of the function.
    """

    def __init__(
        self,
        function: Callable[..., Tensor],
        loss_weight: float,
        **settings: float,
    ) -> None:
        super().__init__()
        self.function = function
        self.loss_weight = loss_weight
        self.settings = settings

    def extra_repr(self) -> str:
        """Settings, for a printed model."""
        return f'loss_weight={self.loss_weight}, {self.settings}'

    def forward(
        self, embeddings: Tensor, person_ids: Tensor, bank: Bank
    ) -> Tensor:
        """Compare a batch with the memory.

        Args:
            embeddings (Tensor): Of all persons, (n, d), unit length.
            person_ids (Tensor): (n,) int64, -1 where unlabelled; those are
                never anchors.
            bank (Bank): What ``memory.bank()`` returned.

        Returns:
            Tensor: Scalar, see :func:`~.reduction.mean_over_ranks`.
        """
        labelled = person_ids >= 0
        losses = self.function(
            embeddings[labelled],
            person_ids[labelled],
            bank.keys,
            bank.ids,
            reduction='none',
            **self.settings,
        )
        return self.loss_weight * mean_over_ranks(losses)
