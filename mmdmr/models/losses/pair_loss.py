"""Pairwise loss between the labelled persons of a batch and a memory."""

import torch
import torch.nn.functional as F
from torch import Tensor

from mmdmr.models.losses.labelled_loss import LabelledLoss
from mmdmr.models.losses.reduction import reduce
from mmdmr.models.losses.similarity import similarities
from mmdmr.registry import MODELS


def pair_loss(
    query: Tensor,
    query_ids: Tensor,
    keys: Tensor,
    key_ids: Tensor,
    scale: float = 16.0,
    margin: float = 0.0,
    reduction: str = 'mean',
) -> Tensor:
    r"""Unified pair loss of DMRNet (AAAI 2021, arXiv 2102.10795, Sec. 3.3).

    For a labelled person with embedding :math:`q` and similarities
    :math:`s_k = \langle q, k \rangle` to the keys,

    .. math::
        L = \mathrm{softplus}\Big(
            \log \sum_{k \in P} e^{-g (s_k - m)} +
            \log \sum_{k \in N} e^{g s_k} \Big)

    where P are the keys of the same identity and N all others, unlabelled
    ones included. This is circle loss (CVPR 2020) without its re-weighting.
    Anchors without any positive key are left out; an anchor without negatives
    costs nothing. Half precision is computed in float32.

    Args:
        query (Tensor): Embeddings of the labelled persons, (a, d), unit
            length.
        query_ids (Tensor): Their identities, (a,) int64, all >= 0.
        keys (Tensor): Embeddings in the memory, (k, d), unit length. No
            gradient is needed.
        key_ids (Tensor): Identities of the keys, (k,) int64, -1 where
            unlabelled.
        scale (float): g > 0. Defaults to 16.
        margin (float): m. Defaults to 0.
        reduction (str): ``mean`` or ``none``. Defaults to 'mean', which in
            distributed training is that of this rank's anchors;
            :class:`PairLoss` takes that of all ranks.

    Returns:
        Tensor: Scalar, the mean over the anchors that have a positive, and a
        zero attached to the graph of ``query`` if there is none; or the
        losses of these anchors, (a',).
    """
    sims = similarities(query, keys)
    same = query_ids[:, None] == key_ids[None, :]
    has_positive = same.any(dim=1)
    sims, same = sims[has_positive], same[has_positive]
    excluded = torch.finfo(sims.dtype).min
    positive = (-scale * (sims - margin)).masked_fill(~same, excluded)
    negative = (scale * sims).masked_fill(same, excluded)
    losses = F.softplus(positive.logsumexp(dim=1) + negative.logsumexp(dim=1))
    return reduce(losses, reduction)


@MODELS.register_module()
class PairLoss(LabelledLoss):
    """:func:`pair_loss` of a batch's labelled persons.

    Args:
        scale (float): Scale g. Defaults to 16.
        margin (float): Margin m. Defaults to 0.
        loss_weight (float): Defaults to 1.
    """

    def __init__(
        self,
        scale: float = 16.0,
        margin: float = 0.0,
        loss_weight: float = 1.0,
    ) -> None:
        super().__init__(pair_loss, loss_weight, scale=scale, margin=margin)
