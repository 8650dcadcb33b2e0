"""The identification branch of DMRNet."""

from typing import Dict, List, Sequence, Tuple

import torch.nn.functional as F
from mmdet.structures.bbox import bbox2roi
from mmdet.utils import ConfigType, OptMultiConfig
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmdmr.models.losses import pair_loss
from mmdmr.models.memory import MemoryQueue
from mmdmr.registry import MODELS


@MODELS.register_module()
class DMRHead(BaseModule):
    """Embeds persons from RoI features of its own on the detector's FPN maps.

    RoIAlign, one linear layer, L2 norm (DMRNet, AAAI 2021, Sec. 3.2). The
    maps that are pooled are chosen by stride, so that the same head serves
    FPNs that start at stride 4 and at stride 8.

    Args:
        in_channels (int): Channels of the FPN maps. Defaults to 256.
        out_channels (int): Length of an embedding. Defaults to 2048.
        in_strides (Sequence[int]): Strides of the maps the detector hands
            over, in order. Defaults to those of MMDetection's Faster R-CNN.
        roi_feat_size (int): Side of the pooled features. Defaults to 7.
        featmap_strides (Sequence[int]): Strides of the maps to pool from.
            Defaults to (8, 16, 32).
        finest_scale (int): Boxes smaller than twice this, in pixels of the
            network's input, are pooled from the finest map. Defaults to 56.
        scale (float): Scale g of :func:`pair_loss`. Defaults to 16.
        margin (float): Margin m of :func:`pair_loss`. Defaults to 0.
        loss_weight (float): Defaults to 1.
        init_cfg (dict or list, optional): As in MMEngine. Defaults to Xavier
            for the linear layer.

    Raises:
        ValueError: If ``featmap_strides`` are not all in ``in_strides``.
    """

    def __init__(
        self,
        in_channels: int = 256,
        out_channels: int = 2048,
        in_strides: Sequence[int] = (4, 8, 16, 32, 64),
        roi_feat_size: int = 7,
        featmap_strides: Sequence[int] = (8, 16, 32),
        finest_scale: int = 56,
        scale: float = 16.0,
        margin: float = 0.0,
        loss_weight: float = 1.0,
        init_cfg: OptMultiConfig = dict(type='Xavier', layer='Linear'),
    ) -> None:
        super().__init__(init_cfg=init_cfg)
        missing = set(featmap_strides) - set(in_strides)
        if missing:
            raise ValueError(
                f'featmap_strides {sorted(missing)} are not among the strides '
                f"of the detector's maps, in_strides={tuple(in_strides)}"
            )
        self.in_strides = tuple(in_strides)
        self.levels = [self.in_strides.index(s) for s in featmap_strides]
        self.out_channels = out_channels
        self.scale = scale
        self.margin = margin
        self.loss_weight = loss_weight
        self.roi_extractor = MODELS.build(
            self._roi_extractor_cfg(
                in_channels, roi_feat_size, featmap_strides, finest_scale
            )
        )
        self.fc = nn.Linear(in_channels * roi_feat_size**2, out_channels)

    @staticmethod
    def _roi_extractor_cfg(
        in_channels: int,
        roi_feat_size: int,
        featmap_strides: Sequence[int],
        finest_scale: int,
    ) -> ConfigType:
        return dict(
            type='mmdet.SingleRoIExtractor',
            roi_layer=dict(
                type='RoIAlign', output_size=roi_feat_size, sampling_ratio=2
            ),
            out_channels=in_channels,
            featmap_strides=list(featmap_strides),
            finest_scale=finest_scale,
        )

    def forward(self, x: Tuple[Tensor], rois: Tensor) -> Tensor:
        """Embed regions.

        Args:
            x (tuple[Tensor]): FPN maps, each (N, C, H, W), one for each of
                ``in_strides``.
            rois (Tensor): (n, 5) image index and ``x1, y1, x2, y2`` in pixels
                of the network's input.

        Returns:
            Tensor: (n, out_channels) float32 embeddings of unit length.

        Raises:
            ValueError: If the number of maps is not that of ``in_strides``.
        """
        if len(x) != len(self.in_strides):
            raise ValueError(
                f'got {len(x)} feature maps for in_strides={self.in_strides}; '
                'set reid_head.in_strides to the strides of this detector'
            )
        feats = self.roi_extractor([x[level] for level in self.levels], rois)
        feats = self.fc(feats.flatten(1))
        if feats.dtype.itemsize < 4:
            feats = feats.float()
        return F.normalize(feats, dim=1)

    def loss(
        self,
        x: Tuple[Tensor],
        rois: Tensor,
        person_ids: Tensor,
        keys: Tensor,
        memory: MemoryQueue,
    ) -> Dict[str, Tensor]:
        """Stage the batch's keys and compare its persons with the memory.

        Args:
            x (tuple[Tensor]): FPN maps, see :meth:`forward`.
            rois (Tensor): Ground-truth boxes of the batch, (n, 5).
            person_ids (Tensor): Their identities, (n,) int64, -1 where
                unlabelled. Unlabelled persons are negatives, never anchors.
            keys (Tensor): Embeddings of the same boxes by the key encoder,
                (n, out_channels).
            memory (MemoryQueue): Where the keys are staged.

        Returns:
            dict[str, Tensor]: ``loss_reid``.
        """
        embeddings = self(x, rois)
        memory.stage(keys, person_ids)
        bank = memory.bank()
        labelled = person_ids >= 0
        loss = pair_loss(
            embeddings[labelled],
            person_ids[labelled],
            bank.keys,
            bank.ids,
            scale=self.scale,
            margin=self.margin,
        )
        return dict(loss_reid=self.loss_weight * loss)

    def predict(
        self, x: Tuple[Tensor], bboxes: Sequence[Tensor]
    ) -> List[Tensor]:
        """Embed boxes image by image.

        Args:
            x (tuple[Tensor]): FPN maps, see :meth:`forward`.
            bboxes (Sequence[Tensor]): Per image (n, 4) boxes in pixels of
                the network's input.

        Returns:
            list[Tensor]: Per image (n, out_channels) embeddings.
        """
        embeddings = self(x, bbox2roi(bboxes))
        return list(embeddings.split([len(b) for b in bboxes]))
