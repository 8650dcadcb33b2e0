"""A loss of the labelled persons of a batch, as a module."""

from collections.abc import Callable

from torch import Tensor, nn

from mmdmr.models.losses.reduction import mean_over_ranks
from mmdmr.models.memory import Bank


class LabelledLoss(nn.Module):
    """Compares the labelled persons of a batch with a memory.

    The loss is the mean over the labelled persons of all ranks.

    Args:
        function (Callable): Function such as :func:`~.pair_loss.pair_losses`
            of ``(query, query_ids, blocks, key_ids)`` and of ``settings``,
            which returns losses and a mask of the anchors.
        loss_weight (float): Factor of the loss.
        **settings: Keyword arguments of the function.

    Example:
        The query equals the key of its identity, 3:

        >>> import torch
        >>> from mmdmr.models.losses.pair_loss import pair_losses
        >>> from mmdmr.models.memory import Bank
        >>> loss_of = LabelledLoss(pair_losses, loss_weight=2.0, scale=4.0)
        >>> rows = torch.tensor([-1])
        >>> bank = Bank((torch.eye(2),), torch.tensor([3, 4]), rows)
        >>> loss = loss_of(torch.eye(2)[:1], torch.tensor([3]), bank)
        >>> print(f'{loss:.4f}')  # 2 log(1 + exp(-4))
        0.0363
    """

    def __init__(
        self,
        function: Callable[..., tuple[Tensor, Tensor]],
        loss_weight: float,
        **settings: float,
    ) -> None:
        super().__init__()
        self.function = function
        self.loss_weight = loss_weight
        self.settings = settings

    def extra_repr(self) -> str:
        """Weight and settings, for a printed model."""
        return f'loss_weight={self.loss_weight}, {self.settings}'

    def forward(
        self, embeddings: Tensor, person_ids: Tensor, bank: Bank
    ) -> Tensor:
        """Compare a batch with the memory.

        Args:
            embeddings (Tensor): Embeddings of all persons, (n, d), unit
                length.
            person_ids (Tensor): Identities, (n,) int64, -1 where unlabelled;
                unlabelled persons are never anchors.
            bank (Bank): Result of ``memory.bank()``.

        Returns:
            Tensor: Scalar, see :func:`~.reduction.mean_over_ranks`.
        """
        losses, is_anchor = self.function(
            embeddings, person_ids, bank.blocks, bank.ids, **self.settings
        )
        return self.loss_weight * mean_over_ranks(losses, is_anchor)
