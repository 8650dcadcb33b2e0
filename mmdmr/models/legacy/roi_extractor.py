"""RoI extractor with the conventions of MMDetection 1."""

from mmdet.utils import ConfigType
from torch import Tensor, nn

from mmdmr.models.legacy.roi_align import LegacyRoIAlign, exclusive_ends
from mmdmr.models.roi_extractors import FullPrecisionRoIExtractor
from mmdmr.registry import MODELS


@MODELS.register_module()
class LegacyRoIExtractor(FullPrecisionRoIExtractor):
    """``SingleRoIExtractor`` with the conventions of MMDetection 1.0rc0.

    Only the weights of DMRNet's release need this extractor. With another
    extractor the embeddings of these weights are a few percent off. Regions
    are pooled by :class:`LegacyRoIAlign`. Their level follows from sizes of
    ``x2 - x1 + 1`` times ``y2 - y1 + 1`` pixels. The class takes the
    arguments of ``SingleRoIExtractor``; ``type`` and ``aligned`` of
    ``roi_layer`` have no effect.

    Example:
        A region of the pixels 0 to 111 is 112 pixels wide, twice the default
        ``finest_scale`` of 56: the region leaves the finest map.

        >>> import torch
        >>> extractor = LegacyRoIExtractor(
        ...     dict(type='RoIAlign', output_size=7, sampling_ratio=2),
        ...     out_channels=4,
        ...     featmap_strides=[8, 16],
        ... )
        >>> rois = torch.tensor([[0, 0.0, 0, 110, 110], [0, 0, 0, 111, 111]])
        >>> extractor.map_roi_levels(rois, num_levels=2).tolist()
        [0, 1]
    """

    def build_roi_layers(
        self, layer_cfg: ConfigType, featmap_strides: list[int]
    ) -> nn.ModuleList:
        """Build an operator for each map.

        Args:
            layer_cfg (dict): Config of ``RoIAlign``.
            featmap_strides (list[int]): Strides of the maps.

        Returns:
            nn.ModuleList: Operators, :class:`LegacyRoIAlign` each.
        """
        layer_cfg = {**layer_cfg, 'type': LegacyRoIAlign}
        layer_cfg.pop('aligned', None)
        return super().build_roi_layers(layer_cfg, featmap_strides)

    def map_roi_levels(self, rois: Tensor, num_levels: int) -> Tensor:
        """Choose a map for each region by its size.

        Args:
            rois (Tensor): Regions, (n, 5) image index and ``x1, y1, x2, y2``
                in pixels of the network's input.
            num_levels (int): Number of maps.

        Returns:
            Tensor: Indices of maps, (n,) int64.
        """
        return super().map_roi_levels(exclusive_ends(rois), num_levels)

    def are_regions(self, rois: Tensor) -> Tensor:
        """Tell regions that can be pooled.

        A region that ends before it begins is empty here.

        Args:
            rois (Tensor): Regions, (n, 5) image index and ``x1, y1, x2, y2``.

        Returns:
            Tensor: Mask of the finite regions, (n,) bool.
        """
        return rois.isfinite().all(dim=1)
