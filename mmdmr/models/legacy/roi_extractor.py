"""RoI features as MMDetection 1 pooled them."""

from mmdet.utils import ConfigType
from torch import Tensor, nn

from mmdmr.models.legacy.roi_align import LegacyRoIAlign, exclusive_ends
from mmdmr.models.roi_extractors import FullPrecisionRoIExtractor
from mmdmr.registry import MODELS


@MODELS.register_module()
class LegacyRoIExtractor(FullPrecisionRoIExtractor):
    """``SingleRoIExtractor`` with the conventions of MMDetection 1.0rc0.

    For weights of DMRNet's release alone: regions are pooled by
    :class:`LegacyRoIAlign`, and their level follows from sizes of
    ``x2 - x1 + 1`` times ``y2 - y1 + 1`` pixels. Without it the embeddings
    of these weights are a few percent off. The arguments are those of
    ``SingleRoIExtractor``; ``type`` and ``aligned`` of ``roi_layer`` do not
    count.
    """

    def build_roi_layers(
        self, layer_cfg: ConfigType, featmap_strides: list[int]
    ) -> nn.ModuleList:
        """One operator for each map.

        Args:
            layer_cfg (dict): Arguments of ``RoIAlign``.
            featmap_strides (list[int]): Strides of the maps.

        Returns:
            nn.ModuleList: As many :class:`LegacyRoIAlign`.
        """
        layer_cfg = {**layer_cfg, 'type': LegacyRoIAlign}
        layer_cfg.pop('aligned', None)
        return super().build_roi_layers(layer_cfg, featmap_strides)

    def map_roi_levels(self, rois: Tensor, num_levels: int) -> Tensor:
        """Choose a map for each region by its size.

        Args:
            rois (Tensor): (n, 5) image index and ``x1, y1, x2, y2`` in pixels
                of the network's input.
            num_levels (int): Number of maps.

        Returns:
            Tensor: (n,) int64 indices of maps.
        """
        return super().map_roi_levels(exclusive_ends(rois), num_levels)
