"""Online instance matching: classification by a look-up table."""

import torch.nn.functional as F
from torch import Tensor

from mmdmr.errors import InputError
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
    r"""Online instance matching loss (Xiao et al., CVPR 2017, Sec. 3.3).

    Cross-entropy of a softmax over the scaled similarities
    :math:`s_k = \langle q, k \rangle` to all keys; the target :math:`t` is the
    key of the person's identity,

    .. math:: L = -\log \frac{e^{g s_t}}{\sum_k e^{g s_k}}

    Half precision is computed in float32.

    Args:
        query (Tensor): Embeddings of the labelled persons, (a, d), unit
            length.
        query_ids (Tensor): Identities of the queries, (a,) int64, all >= 0.
        keys (Tensor): Rows of the look-up table and of the circular queue,
            (k, d); zero vectors take part. No gradient is needed.
        key_ids (Tensor): Identities of the rows, (k,) int64, each identity
            once, -1 in the queue.
        scale (float): Inverse temperature g > 0. Defaults to 10.
        reduction (str): ``mean`` or ``none``. The mean is over this rank's
            persons; :class:`OIMLoss` takes the mean over all ranks. Defaults
            to 'mean'.

    Returns:
        Tensor: Scalar, the mean over the persons; without persons a zero
        attached to the graph of ``query``. With ``none`` the losses of the
        persons, (a,).

    Raises:
        InputError: An identity has no key or several: the memory of the
            config is no :class:`~mmdmr.models.OIMTable`.

    Example:
        Two rows and an empty slot; the similarities are 1, 0 and 0:

        >>> import torch
        >>> keys = torch.tensor([[1.0, 0], [0, 1], [0, 0]])
        >>> ids = torch.tensor([0, 1, -1])
        >>> loss = oim_loss(keys[:1], ids[:1], keys, ids)
        >>> print(f'{loss:.2e}')  # log(1 + 2 exp(-10))
        9.08e-05
    """
    same = query_ids[:, None] == key_ids[None, :]
    if (same.sum(dim=1) != 1).any():
        raise InputError(
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
        scale (float): Inverse temperature g > 0. Defaults to 10.
        loss_weight (float): Factor of the loss. Defaults to 1.

    Example:
        >>> import torch
        >>> from mmdmr.models import OIMTable
        >>> memory = OIMTable(num_ids=2, feat_channels=2)
        >>> query, ids = torch.eye(2), torch.tensor([0, 1])
        >>> memory.stage(query, ids)
        >>> loss = OIMLoss()(query, ids, memory.bank())
        >>> print(f'{loss:.4f}')  # log(2): both rows are still zero
        0.6931
    """

    def __init__(self, scale: float = 10.0, loss_weight: float = 1.0) -> None:
        super().__init__(oim_loss, loss_weight, scale=scale)
