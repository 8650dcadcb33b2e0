"""Pooling regions in float32, whatever the rest runs in."""

import torch
from mmdet.models.roi_heads.roi_extractors import SingleRoIExtractor
from torch import Tensor

from mmdmr.models.precision import at_least_float32
from mmdmr.registry import MODELS


@MODELS.register_module()
class FullPrecisionRoIExtractor(SingleRoIExtractor):
    """``SingleRoIExtractor`` that mixed precision leaves alone.

    MMCV's RoIAlign knows no bfloat16, and in float16 the corners of regions
    beyond 1024 pixels are whole numbers, beyond 2048 even ones. So maps of
    half precision are widened, and autocast is off inside. The arguments are
    those of ``SingleRoIExtractor``.
    """

    def forward(
        self,
        feats: tuple[Tensor],
        rois: Tensor,
        roi_scale_factor: float | None = None,
    ) -> Tensor:
        """Pool regions.

        Args:
            feats (tuple[Tensor]): Maps, (N, C, H, W) each.
            rois (Tensor): (n, 5) image index and ``x1, y1, x2, y2`` in pixels
                of the network's input.
            roi_scale_factor (float, optional): As in MMDetection. Defaults to
                None.

        Returns:
            Tensor: (n, C, h, w), of float32 at least under autocast, else of
            the maps' precision, as that of the layers behind will be.
        """
        device = rois.device.type
        mixed = torch.is_autocast_enabled(device)
        with torch.autocast(device, enabled=False):
            pooled = super().forward(
                tuple(map(at_least_float32, feats)), rois, roi_scale_factor
            )
        return pooled if mixed else pooled.to(feats[0].dtype)
