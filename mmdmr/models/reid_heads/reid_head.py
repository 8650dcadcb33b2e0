"""Embeddings of persons from features of their regions."""

from collections.abc import Sequence

import torch
from mmdet.utils import ConfigType, OptConfigType, OptMultiConfig
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmdmr.models.featmaps import FeatmapShape
from mmdmr.models.memory import Memory
from mmdmr.models.precision import at_least_float32
from mmdmr.registry import MODELS


@MODELS.register_module()
class ReIDHead(BaseModule):
    """One linear layer, L2 norm, and losses against a memory.

    This head embeds features of regions that another module pools: the RoI
    head in the coupled baseline. :class:`DMRHead` pools its own features.

    Args:
        in_channels (int): Length of a region's features.
        out_channels (int): Length of an embedding. Defaults to 2048.
        loss_reid (dict): Config of the loss of the labelled persons. Defaults
            to ``mmdmr.PairLoss``.
        loss_unlabelled (dict | None): Config of the loss of the unlabelled
            persons, such as ``mmdmr.UnlabelledContrastiveLoss``. Defaults to
            None.
        init_cfg (dict | list | None): Initialisation as in MMEngine. Defaults
            to Xavier for the linear layer.

    Example:
        >>> import torch
        >>> from mmdmr.models import MemoryQueue
        >>> head = ReIDHead(in_channels=12, out_channels=8)
        >>> embeddings = head.embed(torch.ones(2, 3, 2, 2))
        >>> embeddings.shape, f'{embeddings[0].norm():.3f}'
        (torch.Size([2, 8]), '1.000')
        >>> memory = MemoryQueue(num_labelled=4, feat_channels=8)
        >>> ids = torch.tensor([3, -1])
        >>> sorted(head.loss(embeddings, ids, embeddings, memory))
        ['loss_reid']
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int = 2048,
        loss_reid: ConfigType = dict(type='mmdmr.PairLoss'),
        loss_unlabelled: OptConfigType = None,
        init_cfg: OptMultiConfig = dict(type='Xavier', layer='Linear'),
    ) -> None:
        super().__init__(init_cfg=init_cfg)
        self.out_channels = out_channels
        self.fc = nn.Linear(in_channels, out_channels)
        self.losses = nn.ModuleDict(dict(reid=MODELS.build(loss_reid)))
        if loss_unlabelled is not None:
            self.losses['unlabelled'] = MODELS.build(loss_unlabelled)

    def check_featmaps(self, shapes: Sequence[FeatmapShape]) -> None:
        """Check the detector's feature maps, if this head pools from the maps.

        Args:
            shapes (Sequence[FeatmapShape]): Shapes of the maps, in order.

        Raises:
            InputError: The maps do not fit the head's arguments.
        """

    def embed(self, feats: Tensor) -> Tensor:
        """Embed regions (DMRNet, AAAI 2021, Sec. 3.2).

        Args:
            feats (Tensor): Features of regions, (n, ...), ``in_channels``
                numbers each.

        Returns:
            Tensor: (n, out_channels) float32 embeddings of unit length; NaN
            if the length before was beyond float32.
        """
        feats = at_least_float32(self.fc(feats.flatten(1)))
        # Inner products of unit vectors are cosine similarities.
        length = feats.norm(dim=1, keepdim=True).clamp(min=1e-12)
        # An infinite length would make an embedding of zeros.
        return feats / length.masked_fill(length.isinf(), torch.nan)

    def loss(
        self,
        embeddings: Tensor,
        person_ids: Tensor,
        keys: Tensor,
        memory: Memory,
    ) -> dict[str, Tensor]:
        """Stage the batch's keys and compare its persons with the memory.

        Args:
            embeddings (Tensor): Embeddings of the batch's persons, (n,
                out_channels).
            person_ids (Tensor): Identities, (n,) int64, -1 where unlabelled.
            keys (Tensor): Embeddings of the same regions by the key encoder,
                (n, out_channels); without a key encoder ``embeddings`` again.
            memory (Memory): Memory where the keys are staged.

        Returns:
            dict[str, Tensor]: ``loss_reid`` and, if configured,
            ``loss_unlabelled``.
        """
        # The memory is written after the iteration, by MemoryQueueHook.
        memory.stage(keys, person_ids)
        bank = memory.bank()
        return {
            f'loss_{name}': loss(embeddings, person_ids, bank)
            for name, loss in self.losses.items()
        }
