"""Online instance matching: classification by a look-up table."""

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor

from mmdmr.errors import InputError
from mmdmr.models.losses.labelled_loss import LabelledLoss
from mmdmr.models.losses.reduction import anchors, of_anchors, reduce
from mmdmr.models.losses.similarity import similarities
from mmdmr.models.memory import Bank
from mmdmr.registry import MODELS

_WRONG_MEMORY = (
    'OIM needs one key for each identity: set model.memory to '
    "dict(type='mmdmr.OIMTable', num_ids=...)"
)


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
        InputError: An identity has no key or several: the keys are not those
            of an :class:`~mmdmr.models.OIMTable`. The check waits for the
            device.

    Example:
        Two rows and an empty slot; the similarities are 1, 0 and 0:

        >>> import torch
        >>> keys = torch.tensor([[1.0, 0], [0, 1], [0, 0]])
        >>> ids = torch.tensor([0, 1, -1])
        >>> loss = oim_loss(keys[:1], ids[:1], keys, ids)
        >>> print(f'{loss:.2e}')  # log(1 + 2 exp(-10))
        9.08e-05
    """
    if ((query_ids[:, None] == key_ids).sum(dim=1) != 1).any():
        raise InputError(_WRONG_MEMORY)
    losses, is_anchor = oim_losses(query, query_ids, keys, key_ids, scale)
    return reduce(losses, is_anchor, reduction)


def oim_losses(
    query: Tensor,
    query_ids: Tensor,
    keys: Tensor | Sequence[Tensor],
    key_ids: Tensor,
    scale: float = 10.0,
) -> tuple[Tensor, Tensor]:
    """:func:`oim_loss` of each person, with all persons in the result.

    The shapes of the result do not depend on the identities, so that nothing
    is read from the device. The keys are not checked.

    Args:
        query (Tensor): Embeddings of all persons, (n, d), unit length.
        query_ids (Tensor): Identities, (n,) int64, -1 where unlabelled;
            unlabelled persons are never anchors.
        keys (Tensor | Sequence[Tensor]): Rows as in :func:`oim_loss`, (k, d),
            or the blocks of a :class:`~mmdmr.models.memory.Bank`.
        key_ids (Tensor): Identities of the rows, (k,) int64, -1 in the queue.
        scale (float): Inverse temperature g > 0. Defaults to 10.

    Returns:
        tuple[Tensor, Tensor]: Losses, (n,), 0 for a person that is no anchor,
        and the mask of the anchors, (n,) bool. The gradient of a person that
        is no anchor is 0. A labelled person whose embedding is not finite is
        an anchor in any case, with the loss NaN.

    Example:
        Of two persons, the second is unlabelled:

        >>> import torch
        >>> keys = torch.tensor([[1.0, 0], [0, 1], [0, 0]])
        >>> ids = torch.tensor([0, 1, -1])
        >>> query, query_ids = keys[[0, 0]], ids[[0, 2]]
        >>> losses, is_anchor = oim_losses(query, query_ids, keys, ids)
        >>> is_anchor.tolist(), f'{losses[0]:.2e}', losses[1].item()
        ([True, False], '9.08e-05', 0.0)
    """
    same = query_ids[:, None] == key_ids[None, :]
    is_anchor = anchors(query, query_ids >= 0, same.any(dim=1))
    # Zero first: a NaN of a person without loss must not reach the product.
    logits = scale * similarities(
        query.masked_fill(~is_anchor[:, None], 0), keys
    )
    # The target of a person without key is row 0, and is masked at the end.
    target = same.int().argmax(dim=1)
    losses = F.cross_entropy(logits, target, reduction='none')
    return of_anchors(losses, query, is_anchor), is_anchor


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
        super().__init__(oim_losses, loss_weight, scale=scale)

    def forward(
        self, embeddings: Tensor, person_ids: Tensor, bank: Bank
    ) -> Tensor:
        """Compare a batch with the table, as :class:`LabelledLoss` does.

        Args:
            embeddings (Tensor): Embeddings of all persons, (n, d), unit
                length.
            person_ids (Tensor): Identities, (n,) int64, -1 where unlabelled.
            bank (Bank): Result of ``memory.bank()``.

        Returns:
            Tensor: Scalar, see :func:`~.reduction.mean_over_ranks`.

        Raises:
            InputError: The bank is not that of a
                :class:`~mmdmr.models.OIMTable`.
        """
        if not bank.one_key_per_id:
            raise InputError(_WRONG_MEMORY)
        return super().forward(embeddings, person_ids, bank)
