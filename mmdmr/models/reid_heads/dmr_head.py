"""The identification branch of DMRNet."""

from collections.abc import Sequence
from typing import Any

from mmdet.utils import ConfigType
from torch import Tensor

from mmdmr.errors import InputError
from mmdmr.models.featmaps import FeatmapShape
from mmdmr.models.reid_heads.reid_head import ReIDHead
from mmdmr.registry import MODELS

#: Arguments of the loss that configs of release 0.1.0 gave the head.
_PAIR_LOSS_ARGS = ('scale', 'margin', 'loss_weight')


@MODELS.register_module()
class DMRHead(ReIDHead):
    """Embeds persons from RoI features of its own on the detector's FPN maps.

    RoIAlign, one linear layer, L2 norm (DMRNet, AAAI 2021, Sec. 3.2). The
    head chooses the maps to pool from by stride. The same head therefore
    serves FPNs that start at stride 4 and at stride 8.

    Args:
        in_channels (int): Channels of the FPN maps. Defaults to 256.
        in_strides (Sequence[int]): Strides of the maps the detector hands
            over, in order. Defaults to (4, 8, 16, 32, 64), MMDetection's
            Faster R-CNN.
        roi_feat_size (int): Side of the pooled features. Defaults to 7.
        featmap_strides (Sequence[int]): Strides of the maps to pool from.
            Defaults to (8, 16, 32).
        finest_scale (int): Scale in pixels of the network's input. A box
            whose root of the area is below twice this scale is pooled from
            the finest map. Defaults to 56.
        roi_extractor (dict | None): Entries of
            :class:`~mmdmr.models.FullPrecisionRoIExtractor` to change.
            Defaults to None.
        **kwargs: Arguments of :class:`ReIDHead`: ``out_channels``,
            ``loss_reid``, ``loss_unlabelled``, ``init_cfg``; or, as in
            configs of release 0.1.0, ``scale``, ``margin`` and
            ``loss_weight`` of ``PairLoss``.

    Raises:
        InputError: A stride of ``featmap_strides`` is not in ``in_strides``.

    Example:
        >>> import torch
        >>> head = DMRHead(in_channels=4, out_channels=8)
        >>> sides = [64 // stride for stride in head.in_strides]
        >>> feats = [torch.rand(1, 4, side, side) for side in sides]
        >>> head(feats, torch.tensor([[0, 8.0, 8, 40, 56]])).shape
        torch.Size([1, 8])
        >>> head.levels  # indices of the maps of strides 8, 16 and 32
        [1, 2, 3]
    """

    def __init__(
        self,
        in_channels: int = 256,
        in_strides: Sequence[int] = (4, 8, 16, 32, 64),
        roi_feat_size: int = 7,
        featmap_strides: Sequence[int] = (8, 16, 32),
        finest_scale: int = 56,
        roi_extractor: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        loss_args = {k: kwargs.pop(k) for k in _PAIR_LOSS_ARGS if k in kwargs}
        if loss_args:
            kwargs['loss_reid'] = dict(type='mmdmr.PairLoss', **loss_args)
        super().__init__(in_channels * roi_feat_size**2, **kwargs)
        missing = set(featmap_strides) - set(in_strides)
        if missing:
            raise InputError(
                f'featmap_strides {sorted(missing)} are not among the strides '
                f"of the detector's maps, in_strides={tuple(in_strides)}"
            )
        self.in_channels = in_channels
        self.in_strides = tuple(in_strides)
        self.levels = [self.in_strides.index(s) for s in featmap_strides]
        self.roi_extractor = MODELS.build(
            {
                **self._roi_extractor_cfg(
                    in_channels, roi_feat_size, featmap_strides, finest_scale
                ),
                **(roi_extractor or {}),
            }
        )

    @staticmethod
    def _roi_extractor_cfg(
        in_channels: int,
        roi_feat_size: int,
        featmap_strides: Sequence[int],
        finest_scale: int,
    ) -> ConfigType:
        return dict(
            type='mmdmr.FullPrecisionRoIExtractor',
            roi_layer=dict(
                type='RoIAlign', output_size=roi_feat_size, sampling_ratio=2
            ),
            out_channels=in_channels,
            featmap_strides=list(featmap_strides),
            finest_scale=finest_scale,
        )

    def check_featmaps(self, shapes: Sequence[FeatmapShape]) -> None:
        """Check strides and channels, see :meth:`ReIDHead.check_featmaps`."""
        strides = tuple(shape.stride for shape in shapes)
        if strides != self.in_strides:
            raise InputError(
                f"the detector's maps have strides {strides}, but "
                f'reid_head.in_strides are {self.in_strides}: set in_strides '
                "to the detector's strides"
            )
        widths = [shapes[level].channels for level in self.levels]
        if set(widths) != {self.in_channels}:
            raise InputError(
                f"the detector's maps of strides "
                f'{[strides[level] for level in self.levels]} have {widths} '
                f'channels, but reid_head.in_channels is {self.in_channels}: '
                'all maps that are pooled must have that width. Set '
                'in_channels, or make the widths equal by a neck such as FPN '
                'or ChannelMapper'
            )

    def forward(self, feats: Sequence[Tensor | None], rois: Tensor) -> Tensor:
        """Embed regions (DMRNet, AAAI 2021, Sec. 3.2).

        Args:
            feats (Sequence[Tensor | None]): FPN maps, each (N, C, H, W), a
                map for each of ``in_strides``. A map that is not pooled may
                be None.
            rois (Tensor): (n, 5) image index and ``x1, y1, x2, y2`` in pixels
                of the network's input.

        Returns:
            Tensor: (n, out_channels) float32 embeddings of unit length.

        Raises:
            InputError: ``feats`` and ``in_strides`` differ in length.
        """
        if len(feats) != len(self.in_strides):
            raise InputError(
                f'got {len(feats)} feature maps for in_strides='
                f'{self.in_strides}; set reid_head.in_strides to the '
                'strides of this detector'
            )
        # Each region is pooled from the map that fits its size.
        chosen = [feats[level] for level in self.levels]
        return self.embed(self.roi_extractor(chosen, rois))
