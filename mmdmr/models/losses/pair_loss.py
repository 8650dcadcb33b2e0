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

    where P holds the keys of the same identity and N all other keys,
    unlabelled keys included. This is circle loss (CVPR 2020) without its
    re-weighting. An anchor without a positive key is left out. An anchor
    without negatives costs nothing. Half precision is computed in float32.

    Args:
        query (Tensor): Embeddings of the labelled persons, (a, d), unit
            length.
        query_ids (Tensor): Identities of the queries, (a,) int64, all >= 0.
        keys (Tensor): Embeddings in the memory, (k, d), unit length. No
            gradient is needed.
        key_ids (Tensor): Identities of the keys, (k,) int64, -1 where
            unlabelled.
        scale (float): Scale g > 0. Defaults to 16.
        margin (float): Margin m. Defaults to 0.
        reduction (str): ``mean`` or ``none``. The mean is over this rank's
            anchors; :class:`PairLoss` takes the mean over all ranks. Defaults
            to 'mean'.

    Returns:
        Tensor: Scalar, the mean over the a' anchors that have a positive;
        without such anchors a zero attached to the graph of ``query``. With
        ``none`` the losses of these anchors, (a',).

    Example:
        One positive of similarity 1 and one negative of similarity 0:

        >>> import torch
        >>> keys, key_ids = torch.eye(2), torch.tensor([3, -1])
        >>> loss = pair_loss(keys[:1], key_ids[:1], keys, key_ids, scale=4.0)
        >>> print(f'{loss:.4f}')  # log(1 + exp(-4) exp(0))
        0.0181
    """
    # All pairs of an anchor and a key, (a, k): s_k and membership in P.
    sims = similarities(query, keys)
    same = query_ids[:, None] == key_ids[None, :]
    # (a', k): anchors with a positive.
    has_positive = same.any(dim=1)
    sims, same = sims[has_positive], same[has_positive]
    # The exponents. Keys outside P, or outside N, get a vanishing exponent.
    excluded = torch.finfo(sims.dtype).min
    positive = (-scale * (sims - margin)).masked_fill(~same, excluded)
    negative = (scale * sims).masked_fill(same, excluded)
    # logsumexp adds up the exponentials of a row without overflow.
    losses = F.softplus(positive.logsumexp(dim=1) + negative.logsumexp(dim=1))
    return reduce(losses, reduction)


@MODELS.register_module()
class PairLoss(LabelledLoss):
    """:func:`pair_loss` of a batch's labelled persons.

    Args:
        scale (float): Scale g > 0. Defaults to 16.
        margin (float): Margin m. Defaults to 0.
        loss_weight (float): Factor of the loss. Defaults to 1.

    Example:
        >>> import torch
        >>> from mmdmr.models import MemoryQueue
        >>> memory = MemoryQueue(num_labelled=8, feat_channels=2)
        >>> query, ids = torch.eye(2), torch.tensor([3, 4])
        >>> memory.stage(query, ids)
        >>> loss = PairLoss(scale=4.0)(query, ids, memory.bank())
        >>> print(f'{loss:.4f}')  # log(1 + exp(-4) exp(0))
        0.0181
    """

    def __init__(
        self,
        scale: float = 16.0,
        margin: float = 0.0,
        loss_weight: float = 1.0,
    ) -> None:
        super().__init__(pair_loss, loss_weight, scale=scale, margin=margin)
