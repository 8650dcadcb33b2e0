"""Online instance matching: classification by a look-up table."""

import torch.nn.functional as F
from torch import Tensor

from mmdmr.models.losses.labelled_loss import LabelledLoss
from mmdmr.models.losses.reduction import reduce
from mmdmr.models.losses.similarity import similarities
from mmdmr.registry import MODELS


def oim_loss(
    query: Tensor,
    query_ids: Tensor,
    keys: Tensor,
    key_ids: Tensor,
    scale: float = 10.0,
    reduction: str = 'mean',
) -> Tensor:
    """Online instance matching loss (Xiao et al., CVPR 2017, Sec. 3.3).

    Cross-entropy of a softmax over the scaled similarities to all keys, the
    target being the one that stands for the person's identity. Half precision
    is computed in float32.

    Args:
        query (Tensor): Embeddings of the labelled persons, (a, d), unit
            length.
        query_ids (Tensor): Their identities, (a,) int64, all >= 0.
        keys (Tensor): Rows of the look-up table and of the circular queue,
            (k, d); zero vectors take part. No gradient is needed.
        key_ids (Tensor): (k,) int64, the identity a row stands for, each one
            once, -1 in the queue.
        scale (float): Inverse temperature > 0. Defaults to 10.
        reduction (str): ``mean`` or ``none``. Defaults to 'mean', which in
            distributed training is that of this rank's persons;
            :class:`OIMLoss` takes that of all ranks.

    Returns:
        Tensor: Scalar, the mean over the persons, and a zero attached to the
        graph of ``query`` if there is none; or their losses, (a,).

    Raises:
        ValueError: Not each identity has one key.
    """
    same = query_ids[:, None] == key_ids[None, :]
    if (same.sum(dim=1) != 1).any():
        raise ValueError(
            'OIM needs one key for each identity: set model.memory to '
            "dict(type='mmdmr.OIMTable', num_ids=...)"
        )
    target = same.int().argmax(dim=1)
    logits = scale * similarities(query, keys)
    losses = F.cross_entropy(logits, target, reduction='none')
    return reduce(losses, reduction)


@MODELS.register_module()
class OIMLoss(LabelledLoss):
    """:func:`oim_loss` of a batch's labelled persons.

    Args:
        scale (float): Inverse temperature. Defaults to 10.
        loss_weight (float): Defaults to 1.
    """

    def __init__(self, scale: float = 10.0, loss_weight: float = 1.0) -> None:
        super().__init__(oim_loss, loss_weight, scale=scale)
