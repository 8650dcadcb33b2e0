"""Contrastive loss of unlabelled persons, each a class of its own."""

import torch
from torch import Tensor, nn

from mmdmr.models.losses.pair_loss import pair_loss
from mmdmr.models.losses.reduction import mean_over_ranks
from mmdmr.models.memory import Bank
from mmdmr.registry import MODELS


@MODELS.register_module()
class UnlabelledContrastiveLoss(nn.Module):
    r"""Learning from persons without identity, after DMRNet++.

    The abstract of DMRNet++ (TPAMI 2022) speaks of an "unlabeled-aided
    contrastive loss", no more is public in it; what follows is our reading.
    Each unlabelled person of the batch is an anchor and a class of its own:
    its only positive is its own key, made by the key encoder, and all other
    keys in the memory are negatives,

    .. math:: L = -\log \frac{e^{g s_+}}{e^{g s_+} + \sum_{k \in N} e^{g s_k}}

    (InfoNCE), which is :func:`pair_loss` with a single positive and no
    margin. Two pictures of one stranger are told apart as if they showed two,
    hence a weight below that of the labelled persons' loss may serve.

    Args:
        scale (float): Scale g. Defaults to 16.
        loss_weight (float): Defaults to 1.
    """

    def __init__(self, scale: float = 16.0, loss_weight: float = 1.0) -> None:
        super().__init__()
        self.scale = scale
        self.loss_weight = loss_weight

    def forward(
        self, embeddings: Tensor, person_ids: Tensor, bank: Bank
    ) -> Tensor:
        """Compare a batch's strangers with the memory.

        Args:
            embeddings (Tensor): Of all persons, (n, d), unit length.
            person_ids (Tensor): (n,) int64, -1 where unlabelled.
            bank (Bank): What ``memory.bank()`` returned. A person whose own
                key is not in it is left out.

        Returns:
            Tensor: Scalar, the mean over the unlabelled persons of all ranks,
            see :func:`~.reduction.mean_over_ranks`.
        """
        anchors = (person_ids < 0) & (bank.own_rows >= 0)
        own = bank.own_rows[anchors]
        classes = torch.arange(len(own), device=own.device)
        key_classes = torch.full_like(bank.ids, -1)
        key_classes[own] = classes
        losses = pair_loss(
            embeddings[anchors],
            classes,
            bank.keys,
            key_classes,
            scale=self.scale,
            reduction='none',
        )
        return self.loss_weight * mean_over_ranks(losses)
