"""Pairwise loss between the labelled persons of a batch and a memory."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from mmdmr.models.losses.labelled_loss import LabelledLoss
from mmdmr.models.losses.reduction import anchors, of_anchors, reduce
from mmdmr.models.losses.similarity import similarities
from mmdmr.models.memory import ABSENT
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
    without negatives costs nothing. An anchor whose embedding is not finite
    has the loss NaN. Half precision is computed in float32.

    Args:
        query (Tensor): Embeddings of the labelled persons, (a, d), unit
            length.
        query_ids (Tensor): Identities of the queries, (a,) int64, all >= 0.
        keys (Tensor): Embeddings in the memory, (k, d), unit length. No
            gradient is needed.
        key_ids (Tensor): Identities of the keys, (k,) int64, -1 where
            unlabelled, -2 where a key takes no part.
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
    losses, is_anchor = pair_losses(
        query, query_ids, keys, key_ids, scale, margin
    )
    return reduce(losses, is_anchor, reduction)


def pair_losses(
    query: Tensor,
    query_ids: Tensor,
    keys: Tensor | Sequence[Tensor],
    key_ids: Tensor,
    scale: float = 16.0,
    margin: float = 0.0,
) -> tuple[Tensor, Tensor]:
    """:func:`pair_loss` of each person, with all persons in the result.

    The shapes of the result do not depend on the identities, so that nothing
    is read from the device.

    Args:
        query (Tensor): Embeddings of all persons, (n, d), unit length.
        query_ids (Tensor): Identities, (n,) int64, -1 where unlabelled;
            unlabelled persons are never anchors.
        keys (Tensor | Sequence[Tensor]): Embeddings in the memory, (k, d), or
            the blocks of a :class:`~mmdmr.models.memory.Bank`.
        key_ids (Tensor): Identities of the keys, (k,) int64, -1 where
            unlabelled, -2 where a key takes no part.
        scale (float): Scale g > 0. Defaults to 16.
        margin (float): Margin m. Defaults to 0.

    Returns:
        tuple[Tensor, Tensor]: Losses, (n,), 0 for a person that is no anchor,
        and the mask of the anchors, (n,) bool. The gradient of a person that
        is no anchor is 0. A labelled person whose embedding is not finite is
        an anchor in any case, with the loss NaN.

    Example:
        Three persons: the second is unlabelled, the third has no positive key:

        >>> import torch
        >>> keys, key_ids = torch.eye(2), torch.tensor([3, -1])
        >>> query, query_ids = keys[[0, 1, 1]], torch.tensor([3, -1, 4])
        >>> losses, is_anchor = pair_losses(query, query_ids, keys, key_ids, 4)
        >>> [f'{loss:.4f}' for loss in losses], is_anchor.tolist()
        (['0.0181', '0.0000', '0.0000'], [True, False, False])
    """
    # All pairs of a person and a key, (n, k): membership in P.
    is_positive = query_ids[:, None] == key_ids[None, :]
    is_anchor = anchors(query, query_ids >= 0, is_positive.any(dim=1))
    losses = contrast(
        query, keys, is_anchor, is_positive, key_ids == ABSENT, scale, margin
    )
    return losses, is_anchor


def contrast(
    query: Tensor,
    keys: Tensor | Sequence[Tensor],
    is_anchor: Tensor,
    is_positive: Tensor,
    is_absent: Tensor,
    scale: float,
    margin: float = 0.0,
) -> Tensor:
    """Equation of :func:`pair_loss`, with P and N given as masks.

    Args:
        query (Tensor): Embeddings of all persons, (n, d).
        keys (Tensor | Sequence[Tensor]): Keys, (k, d), or blocks of keys.
        is_anchor (Tensor): Mask of the persons that have a loss, (n,) bool.
        is_positive (Tensor): Mask of the pairs in P, (n, k) bool.
        is_absent (Tensor): Mask of the keys that take no part, (k,) bool. N
            holds all other keys outside P.
        scale (float): Scale g > 0.
        margin (float): Margin m. Defaults to 0.

    Returns:
        Tensor: Losses, (n,), 0 for a person that is no anchor, NaN for an
        anchor whose embedding is not finite.

    Example:
        A person, its key, another key, and a key that takes no part:

        >>> import torch
        >>> keys = torch.tensor([[1.0, 0], [0, 1], [1, 0]])
        >>> anchor, pairs = torch.tensor([True]), torch.tensor([[True, 0, 0]])
        >>> absent = torch.tensor([False, False, True])
        >>> loss = contrast(keys[:1], keys, anchor, pairs.bool(), absent, 4.0)
        >>> print(f'{loss.item():.4f}')  # log(1 + exp(-4) exp(0))
        0.0181
    """
    # Zero first: a NaN of a person without loss must not reach the product.
    sims = similarities(query.masked_fill(~is_anchor[:, None], 0), keys)
    # The exponents. Keys outside P, or outside N, get a vanishing exponent.
    excluded = torch.finfo(sims.dtype).min
    positive = (-scale * (sims - margin)).masked_fill(~is_positive, excluded)
    negative = (scale * sims).masked_fill(is_positive | is_absent, excluded)
    # logsumexp adds up the exponentials of a row without overflow.
    losses = F.softplus(positive.logsumexp(dim=1) + negative.logsumexp(dim=1))
    return of_anchors(losses, query, is_anchor)


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
        super().__init__(pair_losses, loss_weight, scale=scale, margin=margin)
