"""Contrastive loss of unlabelled persons, each a class of its own."""

import torch
from torch import Tensor, nn

from mmdmr.models.losses.pair_loss import contrast
from mmdmr.models.losses.reduction import anchors, mean_over_ranks
from mmdmr.models.memory import ABSENT, Bank
from mmdmr.registry import MODELS


@MODELS.register_module()
class UnlabelledContrastiveLoss(nn.Module):
    r"""Contrastive loss of persons without identity, after DMRNet++.

    The abstract of DMRNet++ (TPAMI 2022) names an "unlabeled-aided
    contrastive loss" without a formula; the formula here is our reading. Each
    unlabelled person of the batch is an anchor and a class of its own. Its
    only positive is its own key, made by the key encoder; all other keys in
    the memory are negatives,

    .. math:: L = -\log \frac{e^{g s_+}}{e^{g s_+} + \sum_{k \in N} e^{g s_k}}

    (InfoNCE), which is :func:`~mmdmr.models.pair_loss` with a single positive
    and no margin. Two pictures of one unlabelled person count as two persons:
    a weight below that of the labelled persons' loss may help.

    Args:
        scale (float): Scale g > 0. Defaults to 16.
        loss_weight (float): Factor of the loss. Defaults to 1.

    Example:
        >>> import torch
        >>> from mmdmr.models import BatchMemory
        >>> memory, ids = BatchMemory(), torch.tensor([-1, -1])
        >>> memory.stage(torch.eye(2), ids)
        >>> loss_of = UnlabelledContrastiveLoss(scale=4.0)
        >>> loss = loss_of(torch.eye(2), ids, memory.bank())
        >>> print(f'{loss:.4f}')  # log(1 + exp(-4) exp(0))
        0.0181
    """

    def __init__(self, scale: float = 16.0, loss_weight: float = 1.0) -> None:
        super().__init__()
        self.scale = scale
        self.loss_weight = loss_weight

    def forward(
        self, embeddings: Tensor, person_ids: Tensor, bank: Bank
    ) -> Tensor:
        """Compare a batch's unlabelled persons with the memory.

        Args:
            embeddings (Tensor): Embeddings of all persons, (n, d), unit
                length.
            person_ids (Tensor): Identities, (n,) int64, -1 where unlabelled.
            bank (Bank): Result of ``memory.bank()``. A person whose own key
                takes no part is left out, unless the embedding of the person
                is not finite: the loss is NaN then.

        Returns:
            Tensor: Scalar, the mean over the unlabelled persons of all ranks,
            see :func:`~.reduction.mean_over_ranks`.
        """
        is_anchor = anchors(embeddings, person_ids < 0, bank.own_rows >= 0)
        # The row of a person without own key, -1, equals no row.
        rows = torch.arange(len(bank.ids), device=bank.ids.device)
        losses = contrast(
            embeddings,
            bank.blocks,
            is_anchor,
            is_positive=bank.own_rows[:, None] == rows,
            is_absent=bank.ids == ABSENT,
            scale=self.scale,
        )
        return self.loss_weight * mean_over_ranks(losses, is_anchor)
