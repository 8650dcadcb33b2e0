"""RoIAlign as MMDetection 1 had it, by the operator of today."""

from typing import Any

import torch
from mmcv.ops import RoIAlign
from torch import Tensor


def exclusive_ends(rois: Tensor) -> Tensor:
    """Regions whose last pixel is part of them, by where they end.

    Args:
        rois (Tensor): (n, 5) image index and ``x1, y1, x2, y2`` in pixels,
            ``x2 - x1 + 1`` wide and ``y2 - y1 + 1`` high.

    Returns:
        Tensor: (n, 5) with ``x2 + 1`` and ``y2 + 1``, but no end before its
        start.
    """
    image, start, end = rois.split([1, 2, 2], dim=1)
    return torch.cat([image, start, torch.maximum(end + 1, start)], dim=1)


class LegacyRoIAlign(RoIAlign):
    """RoIAlign of MMDetection 1.0rc0, which DMRNet's release was trained on.

    There a region reaches from ``x1 * scale`` to ``(x2 + 1) * scale`` in
    units of feature cells, and the centre of a cell has an integral
    coordinate. With ``aligned=True`` today's operator subtracts half a cell,
    which is added here beforehand. With ``aligned=False`` it would make every
    region at least one cell wide, which the old one did not.

    Args:
        *args: Of MMCV's ``RoIAlign``.
        **kwargs: Likewise, without ``aligned``.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, aligned=True, **kwargs)

    def forward(self, feats: Tensor, rois: Tensor) -> Tensor:
        """Pool regions.

        Args:
            feats (Tensor): Maps, (N, C, H, W).
            rois (Tensor): (n, 5) image index and ``x1, y1, x2, y2`` in pixels
                of the network's input.

        Returns:
            Tensor: (n, C, h, w), with the operator's ``output_size``.
        """
        rois = exclusive_ends(rois)
        rois[:, 1:] += 0.5 / self.spatial_scale
        return super().forward(feats, rois)
