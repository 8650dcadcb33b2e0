"""RoIAlign of MMDetection 1, by the operator of MMCV 2."""

from typing import Any

import torch
from mmcv.ops import RoIAlign
from torch import Tensor


def exclusive_ends(rois: Tensor) -> Tensor:
    """Turn the last pixel of regions into their end coordinate.

    Args:
        rois (Tensor): Regions, (n, 5) image index and ``x1, y1, x2, y2`` in
            pixels, ``x2 - x1 + 1`` wide and ``y2 - y1 + 1`` high.

    Returns:
        Tensor: Regions with ``x2 + 1`` and ``y2 + 1``, (n, 5); an end before
        its start is moved to the start.

    Example:
        >>> import torch
        >>> exclusive_ends(torch.tensor([[0.0, 10, 20, 10, 29]])).tolist()
        [[0.0, 10.0, 20.0, 11.0, 30.0]]
    """
    image, start, end = rois.split([1, 2, 2], dim=1)
    return torch.cat([image, start, torch.maximum(end + 1, start)], dim=1)


class LegacyRoIAlign(RoIAlign):
    """RoIAlign of MMDetection 1.0rc0, which DMRNet's release was trained on.

    In MMDetection 1 a region reaches from ``x1 * scale`` to
    ``(x2 + 1) * scale`` in units of feature cells, and the centre of a cell
    has an integral coordinate. With ``aligned=True`` MMCV's operator subtracts
    half a cell, which is added here beforehand. With ``aligned=False``
    the operator would make every region at least one cell wide, which
    MMDetection 1 did not.

    Args:
        *args: Arguments of MMCV's ``RoIAlign``.
        **kwargs: Keyword arguments of MMCV's ``RoIAlign`` but ``aligned``.

    Example:
        Cells hold their x coordinate. The region is the pixel 2, from 2 to 3:

        >>> import torch
        >>> pool = LegacyRoIAlign(1, spatial_scale=1.0, sampling_ratio=1)
        >>> cells = torch.arange(6.0).expand(1, 1, 6, 6).contiguous()
        >>> pool(cells, torch.tensor([[0.0, 2, 2, 2, 2]])).item()
        2.5
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, aligned=True, **kwargs)

    def forward(self, feats: Tensor, rois: Tensor) -> Tensor:
        """Pool regions.

        Args:
            feats (Tensor): Feature map, (N, C, H, W).
            rois (Tensor): Regions, (n, 5) image index and ``x1, y1, x2, y2``
                in pixels of the network's input.

        Returns:
            Tensor: Pooled features, (n, C, h, w), h and w of ``output_size``.
        """
        rois = exclusive_ends(rois)
        rois[:, 1:] += 0.5 / self.spatial_scale
        return super().forward(feats, rois)
